//! Generated users: `large:N`, and the scenarios in which something has run out. The same users in every run.

use std::collections::HashMap;
use std::ops::Range;

use uuid::Uuid;

use super::builder::Builder;
use super::organization::domain;
use super::people::{Comes, Companions};
use crate::directory::Account;
use crate::directory::sku::PROFESSIONAL;
use crate::licensing;
use crate::model::{Record, Reference, Value};
use crate::settings::Settings;
use crate::world::Transaction;

/// The Sales business unit of the default scenario.
const SALES: Uuid = super::well_known::business_unit(2);
/// Licences that the default scenario takes, and those that `large` leaves free.
const TAKEN_BY_DEFAULT: u32 = 4;
const LEFT_FREE: u32 = 6;

/// Given names and surnames; a user's two names are picked so that all pairs come before one repeats.
const GIVEN: &[&str] = &[
    "Adam", "Alicia", "Amir", "Anna", "Antonio", "Beatrice", "Ben", "Carla", "Chen", "Clara", "Daniel",
    "Diana", "Elena", "Emil", "Erik", "Fatima", "Felix", "Gabriela", "George", "Hana", "Helen", "Hugo",
    "Ines", "Ivan", "Jack", "Julia", "Kai", "Karim", "Laura", "Leo", "Lin", "Lucas", "Maria", "Marta", "Max",
    "Mia", "Miguel", "Nadia", "Nils", "Nora", "Olga", "Omar", "Oscar", "Paula", "Peter", "Priya", "Rafael",
    "Rosa", "Sam", "Sara", "Simon", "Sofia", "Stefan", "Tara", "Theo", "Tom", "Uma", "Vera", "Victor", "Wei",
    "Yara", "Yusuf", "Zoe",
];
const SURNAMES: &[&str] = &[
    "Adams", "Ahmed", "Allen", "Andersen", "Bailey", "Becker", "Bennett", "Berg", "Brown", "Carter", "Costa",
    "Davis", "Diaz", "Dubois", "Evans", "Fischer", "Garcia", "Gray", "Green", "Hansen", "Harris", "Hill",
    "Hoffman", "Ito", "Jackson", "Jensen", "Johnson", "Jones", "Kelly", "Khan", "Kim", "Larsen", "Lee",
    "Lewis", "Lopez", "Martin", "Meyer", "Miller", "Moore", "Morris", "Nguyen", "Nilsson", "Novak", "Olsen",
    "Parker", "Patel", "Petrov", "Rossi", "Roth", "Russo", "Sanders", "Santos", "Schmidt", "Silva", "Singh",
    "Smith", "Tanaka", "Taylor", "Thompson", "Walker", "Weber", "White", "Wilson", "Wood", "Young", "Zhang",
    "Ziegler",
];

/// Raises the licences to what `large` takes, unless somebody said how many there are.
pub(super) fn raise_licenses(settings: &mut Settings, users: u32) -> Result<(), String> {
    if is_set(settings, "licenses") {
        return Ok(());
    }
    let licenses = users.saturating_add(TAKEN_BY_DEFAULT + LEFT_FREE);
    settings.set("licenses", &licenses.to_string())
}

/// Whether somebody gave a switch its value, by its key or in the structure itself.
pub(super) fn is_set(settings: &Settings, key: &str) -> bool {
    let defaults = Settings::of_era(settings.era).entries();
    settings
        .entries()
        .into_iter()
        .zip(defaults)
        .any(|(entry, default)| entry.key == key && (entry.explicit || entry.value != default.value))
}

/// Adds licensed users in the root business unit, every fourth in Sales; where licences run out, the rest are
/// created disabled, as U11 has it.
pub(super) fn add_users(builder: &mut Builder, users: u32) {
    let root = builder.world.identity().root_business_unit;
    let sales = if builder.people.default_teams.contains_key(&SALES) { SALES } else { root };
    let licensed = licensing::seats(&builder.world).available();
    let unit = |number| if number % 4 == 3 { sales } else { root };
    add(builder, licensing::READ_WRITE, 0..users, unit, |number| {
        if number < licensed { Access::Licensed } else { Access::Disabled }
    });
}

/// Adds users until no licence is left.
pub(super) fn fill_seats(builder: &mut Builder) {
    let root = builder.world.identity().root_business_unit;
    let free = licensing::seats(&builder.world).available();
    add(builder, licensing::READ_WRITE, 0..free, |_| root, |_| Access::Licensed);
}

/// Adds non-interactive users until no slot is left.
pub(super) fn fill_slots(builder: &mut Builder) {
    let root = builder.world.identity().root_business_unit;
    // Users that `fill_seats` made have the lower numbers.
    let first = builder.world.records().table(builder.world.known().systemuser.id).len() as u32;
    let numbers = first..first + builder.slots_left();
    add(builder, licensing::NON_INTERACTIVE, numbers, |_| root, |_| Access::Unlicensed);
}

/// What becomes of a generated user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Enabled, with a licence.
    Licensed,
    /// Enabled, without one.
    Unlicensed,
    /// Neither.
    Disabled,
}

/// Users in a change set: few enough that what it keeps to take them back stays small.
const CHANGE_SET: u32 = 512;

fn add(
    builder: &mut Builder,
    mode: i32,
    numbers: Range<u32>,
    unit: impl Fn(u32) -> Uuid,
    access: impl Fn(u32) -> Access,
) {
    let generator = Generator::new(builder, mode);
    let mut user = generator.prototype.clone();
    let mut companions: HashMap<Uuid, Companions> = HashMap::new();
    let mut next = numbers.start;
    while next < numbers.end {
        let end = numbers.end.min(next.saturating_add(CHANGE_SET));
        for number in next..end {
            companions.entry(unit(number)).or_insert_with(|| builder.companions());
        }
        let Builder { world, people, .. } = builder;
        let mut transaction = Transaction::begin(world);
        for number in next..end {
            let unit = unit(number);
            generator.describe(&mut user, number, unit);
            generator.admit(&mut transaction, &mut user, access(number));
            let id = transaction.next_id();
            if let Some(companions) = companions.get_mut(&unit) {
                people.add(&mut transaction, companions, id, &mut user, Comes::Whole);
            }
        }
        transaction.commit();
        next = end;
    }
}

/// Makes the rows of users.
struct Generator {
    columns: crate::model::known::SystemUser,
    units: crate::model::TableId,
    prototype: Record,
    domain: String,
}

impl Generator {
    fn new(builder: &Builder, access_mode: i32) -> Self {
        let known = builder.world.known();
        let columns = known.systemuser.clone();
        let mut prototype = Record::new();
        prototype.set(columns.accessmode, access_mode);
        builder.complete_user(&mut prototype);
        prototype.drop_defaults(&builder.catalogue.table(columns.id).defaults);
        Self {
            columns,
            units: known.businessunit.id,
            prototype,
            domain: domain(&builder.world.identity().unique_name),
        }
    }

    /// Makes a row that of another user.
    fn describe(&self, user: &mut Record, number: u32, unit: Uuid) {
        let (given, surname) = names(number);
        let mut digits = itoa::Buffer::new();
        let mut sign_in = [given, ".", surname, digits.format(number + 1), "@", &self.domain].concat();
        sign_in.make_ascii_lowercase();
        user.set(self.columns.firstname, given);
        user.set(self.columns.lastname, surname);
        user.set(self.columns.fullname, [given, " ", surname].concat());
        user.set(self.columns.domainname, sign_in.as_str());
        user.set(self.columns.internalemailaddress, sign_in);
        user.set(self.columns.businessunitid, Reference::new(self.units, unit));
        user.set(self.columns.queueid, Value::Null);
    }

    /// Gives the user what it is to have; where the organization keeps no users of its own (U16), a licensed one is
    /// the directory's.
    fn admit(&self, transaction: &mut Transaction<'_>, user: &mut Record, access: Access) {
        user.set(self.columns.islicensed, access == Access::Licensed);
        user.set(self.columns.isdisabled, access == Access::Disabled);
        if transaction.settings().crm_managed_users {
            return;
        }
        user.set(self.columns.issyncwithdirectory, access == Access::Licensed);
        if access != Access::Licensed {
            user.remove(self.columns.azureactivedirectoryobjectid);
            user.remove(self.columns.windowsliveid);
            return;
        }
        let text = |column| user.get(column).as_str().unwrap_or_default().to_owned();
        let account = Account {
            given_name: Some(text(self.columns.firstname)),
            surname: Some(text(self.columns.lastname)),
            display_name: Some(text(self.columns.fullname)),
            mail: Some(text(self.columns.domainname)),
            licenses: vec![PROFESSIONAL.to_owned()],
            ..Account::new(transaction.next_id(), text(self.columns.domainname))
        };
        user.set(self.columns.azureactivedirectoryobjectid, account.id);
        user.set(self.columns.windowsliveid, account.user_principal_name.as_str());
        transaction.directory_mut().put(account);
    }
}

/// Walks through all pairs: the numbers of given names and of surnames have no common divisor.
fn names(number: u32) -> (&'static str, &'static str) {
    let number = number as usize;
    (GIVEN[number % GIVEN.len()], SURNAMES[number % SURNAMES.len()])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn all_pairs_of_names_come_before_one_repeats() {
        let pairs = GIVEN.len() * SURNAMES.len();
        let seen: HashSet<_> = (0..pairs as u32).map(names).collect();
        assert_eq!(seen.len(), pairs);
    }
}
