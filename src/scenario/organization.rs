//! What every new organization has: the organization's row, the root business unit with its team, the built-in
//! users and the first administrator, the currency, the roles. Source: users-and-licensing.md 1.3, 5.1, 5.3.

use uuid::Uuid;

use super::builder::Builder;
use super::people::Comes;
use super::{roles, well_known};
use crate::directory::Account;
use crate::directory::sku::PROFESSIONAL;
use crate::licensing::{self, NON_INTERACTIVE, READ_WRITE, SUPPORT};
use crate::model::{Record, Reference, ValueRef};
use crate::security::{SYSTEM_ADMINISTRATOR as ADMINISTRATORS_TEMPLATE, SYSTEM_ADMINISTRATOR_PROFILE};
use crate::settings::Era;

/// The roles of users that are there from the beginning.
const SYSTEM_ADMINISTRATOR: &str = "System Administrator";
const SUPPORT_USER: &str = "Support User";

/// Adds all of it to an empty world.
pub(super) fn add(builder: &mut Builder) -> Result<(), String> {
    let identity = builder.world.identity().clone();
    let known = builder.world.known().clone();
    add_row(builder)?;
    add_currency(builder)?;
    add_business_unit(
        builder,
        identity.root_business_unit,
        None,
        &identity.unique_name,
        builder.draft("businessunit"),
    )?;
    roles::add(builder, identity.root_business_unit)?;
    builder.add(
        SYSTEM_ADMINISTRATOR_PROFILE,
        builder.draft("fieldsecurityprofile").set("name", SYSTEM_ADMINISTRATOR),
    )?;
    let domain = domain(&identity.unique_name);
    let account = administrator_account(&domain);
    let administrator = account.id;
    let is_shut_out = !account.is_admitted(builder.settings().security_group.0);
    builder.add_account(account);
    let mut people = vec![
        Built {
            id: identity.system_user,
            last: "SYSTEM",
            mode: NON_INTERACTIVE,
            comes: Comes::Bare,
            ..Built::default()
        },
        Built {
            id: identity.integration_user,
            last: "INTEGRATION",
            mode: NON_INTERACTIVE,
            comes: Comes::Bare,
            integration: true,
            ..Built::default()
        },
        Built {
            id: well_known::SUPPORT,
            first: "Support",
            last: "User",
            domain: "crmoln@microsoft.com".to_owned(),
            mode: SUPPORT,
            role: Some(SUPPORT_USER),
            ..Built::default()
        },
    ];
    if builder.era() == Era::Dataverse {
        people.push(Built {
            id: well_known::DELEGATED_ADMIN,
            first: "Delegated",
            last: "Admin",
            domain: "crmoln2@microsoft.com".to_owned(),
            mode: licensing::DELEGATED_ADMIN,
            role: Some(SYSTEM_ADMINISTRATOR),
            ..Built::default()
        });
    }
    people.push(Built {
        id: identity.default_caller,
        first: "System",
        last: "Administrator",
        domain: format!("admin@{domain}"),
        account: Some(administrator),
        is_disabled: is_shut_out,
        role: Some(SYSTEM_ADMINISTRATOR),
        ..Built::default()
    });
    let mut companions = builder.companions();
    for person in people {
        let mut record = person.record(&known.systemuser);
        record.set(
            known.systemuser.businessunitid,
            Reference::new(known.businessunit.id, identity.root_business_unit),
        );
        builder.complete_user(&mut record);
        builder.add_person(&mut companions, person.id, &mut record, person.comes);
        if let Some(role) = person.role {
            roles::assign(builder, person.id, identity.root_business_unit, role)?;
        }
    }
    Ok(())
}

/// Makes whoever holds System Administrator a member of the field security profile of that name (C8).
pub(super) fn add_members_of_administrators_profile(builder: &mut Builder) {
    let known = builder.world.known().clone();
    let (roles, given, members) = (&known.role, &known.systemuserroles, &known.systemuserprofiles);
    let records = builder.world.records();
    let is_administrators = |role: Uuid| {
        let row = records.table(roles.id).get(role);
        row.is_some_and(|row| row.get(roles.roletemplateid).as_id() == Some(ADMINISTRATORS_TEMPLATE))
    };
    let is_member = |user: &Uuid| {
        let of = records.table(members.id).rows_with(members.systemuserid, ValueRef::Guid(*user));
        of.into_iter()
            .any(|row| row.get(members.fieldsecurityprofileid).as_id() == Some(SYSTEM_ADMINISTRATOR_PROFILE))
    };
    let mut missing: Vec<Uuid> = records
        .table(given.id)
        .iter()
        .filter(|(_, row)| row.get(given.roleid).as_id().is_some_and(is_administrators))
        .filter_map(|(_, row)| row.get(given.systemuserid).as_id())
        .filter(|user| !is_member(user))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    for user in missing {
        let id = builder.next_id();
        let record: Record = [
            (members.systemuserid, user.into()),
            (members.fieldsecurityprofileid, SYSTEM_ADMINISTRATOR_PROFILE.into()),
        ]
        .into_iter()
        .collect();
        builder.insert(members.id, id, &record);
    }
}

/// The mail domain of an organization.
pub(super) fn domain(unique_name: &str) -> String {
    format!("{unique_name}.onmicrosoft.com")
}

fn administrator_account(domain: &str) -> Account {
    let name = format!("admin@{domain}");
    Account {
        given_name: Some("System".to_owned()),
        surname: Some("Administrator".to_owned()),
        display_name: Some("System Administrator".to_owned()),
        mail: Some(name.clone()),
        licenses: vec![PROFESSIONAL.to_owned()],
        ..Account::new(well_known::directory_account(5), name)
    }
}

/// A built-in user.
struct Built {
    id: Uuid,
    first: &'static str,
    last: &'static str,
    domain: String,
    mode: i32,
    integration: bool,
    account: Option<Uuid>,
    /// Whether the directory does not let the account in (D8).
    is_disabled: bool,
    role: Option<&'static str>,
    comes: Comes,
}

impl Default for Built {
    fn default() -> Self {
        Self {
            id: Uuid::nil(),
            first: "",
            last: "",
            domain: String::new(),
            mode: READ_WRITE,
            integration: false,
            account: None,
            is_disabled: false,
            role: None,
            comes: Comes::Whole,
        }
    }
}

impl Built {
    fn record(&self, columns: &crate::model::known::SystemUser) -> Record {
        let full_name = if self.first.is_empty() {
            self.last.to_owned()
        } else {
            format!("{} {}", self.first, self.last)
        };
        let mut record = Record::new();
        if !self.first.is_empty() {
            record.set(columns.firstname, self.first);
        }
        record.set(columns.lastname, self.last);
        record.set(columns.fullname, full_name);
        if !self.domain.is_empty() {
            record.set(columns.domainname, self.domain.as_str());
            record.set(columns.internalemailaddress, self.domain.as_str());
        }
        record.set(columns.accessmode, self.mode);
        record.set(columns.isintegrationuser, self.integration);
        if let Some(account) = self.account {
            record.set(columns.windowsliveid, self.domain.as_str());
            record.set(columns.azureactivedirectoryobjectid, account);
            record.set(columns.issyncwithdirectory, true);
            record.set(columns.islicensed, true);
        }
        if self.is_disabled {
            record.set(columns.isdisabled, true);
        }
        record
    }
}

/// The one row of `organization`. `Assumed:` the values a new US English organization shows.
fn add_row(builder: &mut Builder) -> Result<(), String> {
    let identity = builder.world.identity().clone();
    let currency = builder.table("transactioncurrency")?.id;
    let delegated = (builder.era() == Era::Dataverse).then_some(well_known::DELEGATED_ADMIN);
    let draft = builder
        .draft("organization")
        .set("name", identity.unique_name)
        .set("basecurrencyid", Reference::new(currency, well_known::US_DOLLAR))
        .set("basecurrencyprecision", 2)
        .set("basecurrencysymbol", "$")
        .set("currencysymbol", "$")
        .set("currencydecimalprecision", 2)
        .set("pricingdecimalprecision", 2)
        .set("dateformatstring", "M/d/yyyy")
        .set("dateseparator", "/")
        .set("timeformatstring", "h:mm tt")
        .set("timeseparator", ":")
        .set("decimalsymbol", ".")
        .set("numberseparator", ",")
        .set("numbergroupformat", "3")
        .set("amdesignator", "AM")
        .set("pmdesignator", "PM")
        .set("fullnameconventioncode", 1)
        .set("languagecode", 1033)
        .set("localeid", 1033)
        .set("isauditenabled", false)
        .set("isdisabled", false)
        .set("maxuploadfilesize", 5_242_880)
        .set("sharetopreviousowneronassign", builder.settings().share_to_previous_owner_on_assign)
        .set("systemuserid", identity.system_user)
        .set("integrationuserid", identity.integration_user)
        .set("supportuserid", well_known::SUPPORT)
        .set_some("delegatedadminuserid", delegated);
    builder.add(identity.organization_id, draft)
}

fn add_currency(builder: &mut Builder) -> Result<(), String> {
    let draft = builder
        .draft("transactioncurrency")
        .set("currencyname", "US Dollar")
        .set("isocurrencycode", "USD")
        .set("currencysymbol", "$")
        .set("currencyprecision", 2)
        .set("exchangerate", crate::model::Value::Decimal(rust_decimal::Decimal::ONE));
    builder.add(well_known::US_DOLLAR, draft)
}

/// Adds a business unit with its default team (T1) and the team's queue (T3).
pub(super) fn add_business_unit(
    builder: &mut Builder,
    id: Uuid,
    parent: Option<Uuid>,
    name: &str,
    draft: super::builder::Draft,
) -> Result<(), String> {
    let units = builder.world.known().businessunit.id;
    let draft =
        draft.set("name", name).set_some("parentbusinessunitid", parent.map(|id| Reference::new(units, id)));
    builder.add(id, draft)?;
    let team = match well_known::business_unit_number(id) {
        Some(number) => well_known::default_team(number),
        None => builder.next_id(),
    };
    builder.people.default_teams.insert(id, team);
    let draft = builder.draft("team").set("name", name).set("isdefault", true);
    add_team(builder, team, id, name, draft)
}

/// Adds an owner team with its queue (T3).
pub(super) fn add_team(
    builder: &mut Builder,
    id: Uuid,
    unit: Uuid,
    name: &str,
    draft: super::builder::Draft,
) -> Result<(), String> {
    let known = builder.world.known();
    let (users, units, queues) = (known.systemuser.id, known.businessunit.id, known.queue.id);
    let administrator = builder.world.identity().default_caller;
    let queue = builder.next_id();
    let draft = draft
        .set_default("name", name)
        .set_default("businessunitid", Reference::new(units, unit))
        .set_default("teamtype", 0)
        .set_default("membershiptype", 0)
        .set_default("administratorid", Reference::new(users, administrator))
        .set("queueid", Reference::new(queues, queue));
    builder.add(id, draft)?;
    builder.add_team_queue(queue, name, id, unit);
    Ok(())
}
