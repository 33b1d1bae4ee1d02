//! What a request may not say of a user: built-in users (U3, U4, U28, U66 aside), columns the system keeps (U40 to
//! U45), what may change of an application user (U28c).
//!
//! `Source:` the SDK's error texts 0x80041D33, 0x80041D41, 0x80041D48, 0x80041D4C to 0x80041D4F, 0x80041D67; SEED3
//! (`IsLicensed` is read-only, `IsSyncWithDirectory` can only be set on create).
//! `Assumed:` that a value equal to the stored one is let through (U41, U42), that what the system keeps is ignored
//! where the documents name no error (U45), and that object ids and application ids are ignored where they cannot
//! be set.

use super::super::support::{documented, is_consequence};
use crate::fault::{Fault, Result, RuleId, code};
use crate::licensing::{Class, DELEGATED_ADMIN, Facts, SUPPORT};
use crate::model::{ColumnId, Reference, Value};
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, Violation, on};
use crate::world::World;

/// See the module.
#[derive(Debug)]
pub(in crate::rules) struct ProtectedColumns;

const RULES: &[Documented] = &[
    documented("U3", "A support user cannot be created.", "SDK error 0x80041D41"),
    documented("U4", "A delegated admin cannot be created.", "SDK error 0x80041D67"),
    documented(
        "U28",
        "No user can become support user or delegated admin.",
        "SDK errors 0x80041D41, 0x80041D67",
    ),
    documented(
        "U28a",
        "The support user and the delegated admin cannot be changed.",
        "SDK errors 0x80041D41, 0x80041D67; SEED3",
    ),
    documented("U28b", "SYSTEM and INTEGRATION cannot be changed.", "SDK error 0x80041D33"),
    documented(
        "U28c",
        "Of an application user, business unit, e-mail, names and state can be changed, identity and mode cannot.",
        "SDK error 0x80041D48; PP:manage-application-users.md",
    ),
    documented("U40", "islicensed cannot be set on create.", "SDK error 0x80041D4D; SEED3"),
    documented("U41", "islicensed cannot be changed.", "SDK error 0x80041D4C; SEED3"),
    documented("U42", "issyncwithdirectory cannot be changed after create.", "SDK error 0x80041D4E; SEED3"),
    documented("U43", "azureactivedirectoryobjectid cannot be changed.", "SDK error 0x80041D4F"),
    documented("U44", "Nobody changes his own domainname.", "SDK error 0x80044161"),
    documented("U45", "What the system keeps is ignored in a request.", "decision"),
    documented("I3", "The built-in users stay enabled, and each exists once.", "SEED2, SEED3"),
];

impl Rule for ProtectedColumns {
    fn documented(&self) -> &'static [Documented] {
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("systemuser", Verb::Create, Stage::PreOperation),
            on("systemuser", Verb::Update, Stage::PreOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        if is_consequence(execution) {
            return Ok(());
        }
        if execution.verb == Verb::Create { on_create(execution) } else { on_update(execution) }
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let users = &world.known().systemuser;
        let mut found = Vec::new();
        let (mut support, mut delegated) = (0, 0);
        for (_, row) in world.records().table(users.id).iter() {
            let facts = Facts::of_row(world, row);
            let class = facts.class(world);
            support += usize::from(class == Class::Support);
            delegated += usize::from(class == Class::DelegatedAdmin);
            if facts.disabled && matches!(class, Class::Support | Class::DelegatedAdmin) {
                let row = Some(Reference::new(users.id, facts.id));
                found.push(Violation {
                    rule: RuleId("I3"),
                    row,
                    what: "A built-in user is disabled.".to_owned(),
                });
            }
        }
        if support > 1 || delegated > 1 {
            let what = format!("There are {support} support users and {delegated} delegated admins.");
            found.push(Violation { rule: RuleId("I3"), row: None, what });
        }
        found
    }
}

fn on_create(execution: &mut Execution<'_, '_>) -> Result<()> {
    let catalogue = execution.catalogue;
    let user = &catalogue.known().systemuser;
    match execution.requested(user.accessmode).and_then(Value::as_int) {
        Some(SUPPORT) => {
            return Err(Fault::new(&code::SupportUserCannotBeCreateNorUpdated)
                .rule(RuleId("U3"))
                .hint("accessmode 3 is the built-in support user's; choose 0, 1, 2 or 4."));
        }
        Some(DELEGATED_ADMIN) => {
            return Err(Fault::new(&code::DelegatedAdminUserCannotBeCreateNorUpdated)
                .rule(RuleId("U4"))
                .hint("accessmode 5 is the built-in delegated admin's; choose 0, 1, 2 or 4."));
        }
        _ => {}
    }
    let synchronised = execution.requested(user.issyncwithdirectory).and_then(Value::as_bool) == Some(true);
    match execution.requested(user.islicensed) {
        Some(Value::Bool(licensed)) if *licensed || synchronised => {
            return Err(Fault::new(&code::CannotCreateSyncUserIsLicensedField)
                .rule(RuleId("U40"))
                .hint("Leave islicensed out; the system sets it."));
        }
        _ => drop(execution.input.remove(user.islicensed)),
    }
    ignore(execution, RuleId("U43"), &[user.azureactivedirectoryobjectid]);
    ignore_kept(execution);
    Ok(())
}

fn on_update(execution: &mut Execution<'_, '_>) -> Result<()> {
    let catalogue = execution.catalogue;
    let user = &catalogue.known().systemuser;
    let facts = Facts::of_record(execution.world(), execution.id, &execution.before);
    let class = facts.class(execution.world());
    built_in(execution, class)?;
    match execution.changed(user.accessmode).and_then(Value::as_int) {
        Some(SUPPORT) => {
            return Err(Fault::new(&code::SupportUserCannotBeCreateNorUpdated)
                .rule(RuleId("U28"))
                .hint("accessmode 3 is the built-in support user's; choose 0, 1, 2 or 4."));
        }
        Some(DELEGATED_ADMIN) => {
            return Err(Fault::new(&code::DelegatedAdminUserCannotBeCreateNorUpdated)
                .rule(RuleId("U28"))
                .hint("accessmode 5 is the built-in delegated admin's; choose 0, 1, 2 or 4."));
        }
        _ => {}
    }
    let identity = [
        user.accessmode,
        user.applicationid,
        user.domainname,
        user.issyncwithdirectory,
        user.azureactivedirectoryobjectid,
    ];
    if class == Class::Application && identity.iter().any(|column| execution.changed(*column).is_some()) {
        return Err(Fault::new(&code::ApplicationUserCannotBeUpdated)
            .rule(RuleId("U28c"))
            .hint("Of an application user change business unit, e-mail, names or isdisabled only."));
    }
    columns_kept(execution, &facts)?;
    if execution.caller.user == execution.id && execution.changed(user.domainname).is_some() {
        return Err(Fault::new(&code::CallerCannotChangeOwnDomainName)
            .rule(RuleId("U44"))
            .hint("Let another administrator change it."));
    }
    // An application id makes another class of user; the product takes it on create alone.
    if execution.changed(user.applicationid).is_some() {
        ignore(execution, RuleId("U28c"), &[user.applicationid]);
    }
    ignore_kept(execution);
    Ok(())
}

fn built_in(execution: &Execution<'_, '_>, class: Class) -> Result<()> {
    let user = &execution.known().systemuser;
    let disables = execution.requested(user.isdisabled).and_then(Value::as_bool) == Some(true);
    let (code, rule, disable) = match class {
        Class::System => (&code::CannotModifySpecialUser, "U28b", "U92"),
        Class::Support => (&code::SupportUserCannotBeCreateNorUpdated, "U28a", "U90"),
        Class::DelegatedAdmin => (&code::DelegatedAdminUserCannotBeCreateNorUpdated, "U28a", "U91"),
        _ => return Ok(()),
    };
    let fault = Fault::new(code).hint("This user is built in; change another one.");
    Err(if disables { fault.rule(RuleId(disable)).rule(RuleId(rule)) } else { fault.rule(RuleId(rule)) })
}

/// U41 to U43: columns that no update changes; the stored value itself is let through.
fn columns_kept(execution: &mut Execution<'_, '_>, facts: &Facts) -> Result<()> {
    let catalogue = execution.catalogue;
    let user = &catalogue.known().systemuser;
    let asked = |column: ColumnId| execution.requested(column).and_then(Value::as_bool);
    if asked(user.islicensed).is_some_and(|asked| asked != facts.licensed) {
        return Err(Fault::new(&code::CannotUpdateSyncUserIsLicensedField).rule(RuleId("U41")).hint(
            "islicensed follows the licence: assign or remove it in the directory, or enable or disable the user.",
        ));
    }
    if asked(user.issyncwithdirectory).is_some_and(|asked| asked != facts.synchronised) {
        return Err(Fault::new(&code::CannotUpdateSyncUserIsSyncWithDirectoryField)
            .rule(RuleId("U42"))
            .hint("issyncwithdirectory can be set on create only."));
    }
    if execution.changed(user.azureactivedirectoryobjectid).is_some() {
        return Err(Fault::new(&code::CannotUpdateAzureActiveDirectoryObjectIdField)
            .rule(RuleId("U43"))
            .hint("The object id comes from the directory; leave it out."));
    }
    for column in [user.islicensed, user.issyncwithdirectory] {
        execution.input.remove(column);
    }
    Ok(())
}

fn ignore_kept(execution: &mut Execution<'_, '_>) {
    let catalogue = execution.catalogue;
    let user = &catalogue.known().systemuser;
    let kept = [
        user.setupuser,
        user.azurestate,
        user.deletedstate,
        user.userlicensetype,
        user.systemmanagedusertype,
    ];
    ignore(execution, RuleId("U45"), &kept);
}

/// Drops columns from what the request asks, and says so.
fn ignore(execution: &mut Execution<'_, '_>, rule: RuleId, columns: &[ColumnId]) {
    let catalogue = execution.catalogue;
    let table = catalogue.table(execution.table);
    for column in columns {
        if execution.asked.remove(*column).is_some() {
            execution.input.remove(*column);
            let name = &table.column(*column).logical_name;
            execution.note(rule, format!("{name} was ignored: the system keeps it."));
        }
    }
}
