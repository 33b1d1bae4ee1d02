//! Generated users: `large:N`, and the scenarios in which something has run out. The same users in every run.

use uuid::Uuid;

use super::builder::Builder;
use super::organization::{PROFESSIONAL, domain};
use super::people::Comes;
use crate::directory::Account;
use crate::licensing;
use crate::model::{Record, Reference};
use crate::settings::Settings;

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
    let generator = Generator::new(builder, licensing::READ_WRITE);
    let mut companions = [builder.companions(), builder.companions()];
    let licensed = licensing::seats(&builder.world).available();
    for number in 0..users {
        let in_sales = number % 4 == 3;
        let mut user = generator.user(number, if in_sales { sales } else { root });
        generator.license(builder, &mut user, number < licensed);
        let id = builder.next_id();
        builder.add_person(&mut companions[usize::from(in_sales)], id, &mut user, Comes::Whole);
    }
}

/// Adds users until no licence is left.
pub(super) fn fill_seats(builder: &mut Builder) {
    let root = builder.world.identity().root_business_unit;
    let generator = Generator::new(builder, licensing::READ_WRITE);
    let mut companions = builder.companions();
    for number in 0..licensing::seats(&builder.world).available() {
        let mut user = generator.user(number, root);
        generator.license(builder, &mut user, true);
        let id = builder.next_id();
        builder.add_person(&mut companions, id, &mut user, Comes::Whole);
    }
}

/// Adds non-interactive users until no slot is left.
pub(super) fn fill_slots(builder: &mut Builder) {
    let root = builder.world.identity().root_business_unit;
    let generator = Generator::new(builder, licensing::NON_INTERACTIVE);
    let mut companions = builder.companions();
    // Users that `fill_seats` made have the lower numbers.
    let first = builder.world.records().table(generator.columns.id).len() as u32;
    for number in first..first + builder.slots_left() {
        let mut user = generator.user(number, root);
        let id = builder.next_id();
        builder.add_person(&mut companions, id, &mut user, Comes::Whole);
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
        Self {
            columns,
            units: known.businessunit.id,
            prototype,
            domain: domain(&builder.world.identity().unique_name),
        }
    }

    /// An enabled user without a licence.
    fn user(&self, number: u32, unit: Uuid) -> Record {
        let (given, surname) = names(number);
        let sign_in = format!(
            "{}.{}{}@{}",
            given.to_ascii_lowercase(),
            surname.to_ascii_lowercase(),
            number.wrapping_add(1),
            self.domain
        );
        let mut user = self.prototype.clone();
        user.set(self.columns.firstname, given);
        user.set(self.columns.lastname, surname);
        user.set(self.columns.fullname, format!("{given} {surname}"));
        user.set(self.columns.domainname, sign_in.as_str());
        user.set(self.columns.internalemailaddress, sign_in);
        user.set(self.columns.businessunitid, Reference::new(self.units, unit));
        user
    }

    /// Gives the user a licence, or disables it; where the organization keeps no users of its own (U16), a licensed
    /// one is the directory's.
    fn license(&self, builder: &mut Builder, user: &mut Record, licensed: bool) {
        user.set(self.columns.islicensed, licensed);
        user.set(self.columns.isdisabled, !licensed);
        if !licensed || builder.settings().crm_managed_users {
            return;
        }
        let text = |column| user.get(column).as_str().unwrap_or_default().to_owned();
        let account = Account {
            id: builder.next_id(),
            user_principal_name: text(self.columns.domainname),
            given_name: Some(text(self.columns.firstname)),
            surname: Some(text(self.columns.lastname)),
            display_name: Some(text(self.columns.fullname)),
            mail: Some(text(self.columns.domainname)),
            account_enabled: true,
            licenses: vec![PROFESSIONAL.to_owned()],
            admin_roles: Vec::new(),
        };
        user.set(self.columns.issyncwithdirectory, true);
        user.set(self.columns.azureactivedirectoryobjectid, account.id);
        user.set(self.columns.windowsliveid, account.user_principal_name.as_str());
        builder.add_account(account);
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
