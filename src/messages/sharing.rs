//! What the messages about sharing have in common: their types, and whom a record may be shared with.
//!
//! `Source:` `AccessRights` `EnumType`, `PrincipalAccess` `ComplexType` (Dataverse Web API reference);
//! PA:security-sharing-assigning.md; SDK errors 0x8004020C, 0x8004020D, 0x80040214, 0x80048339.
//! `Assumed:` which code answers for which fault where the list of errors gives a name and no case (S1, S4).

use crate::fault::{Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::model::{Ownership, Reference};
use crate::security::AccessRights;
use crate::service::registry::{Call, ComplexType, Datum, EnumType, Type};
use crate::service::shares::{SHAREABLE, inherit};
use crate::service::{access, crud, ownership, teams};
use crate::world::World;

/// The rights to a record, in the order of their numbers.
pub(super) static ACCESS_RIGHTS: EnumType = EnumType {
    name: "AccessRights",
    members: &[
        ("None", 0),
        ("ReadAccess", 1),
        ("WriteAccess", 2),
        ("AppendAccess", 4),
        ("AppendToAccess", 16),
        ("CreateAccess", 32),
        ("DeleteAccess", 65_536),
        ("ShareAccess", 262_144),
        ("AssignAccess", 524_288),
    ],
    flags: true,
};

/// A principal with the rights it has or gets.
pub(super) static PRINCIPAL_ACCESS: ComplexType = ComplexType {
    name: "PrincipalAccess",
    properties: &[
        ("AccessMask", Type::Enum(&ACCESS_RIGHTS), false),
        ("Principal", Type::Row("principal"), false),
    ],
};

/// Rights as an answer tells them.
pub(super) fn rights(rights: AccessRights) -> Datum {
    Datum::Enum(i64::from(rights.bits()))
}

/// The record that a message is about.
pub(super) fn record(call: &Call<'_, '_>) -> Result<Reference> {
    let record = super::row(call, "Target")?;
    let world = call.world();
    if world.records().table(record.table).find(record.id).is_none() {
        return Err(crud::does_not_exist(world, record.table, record.id)
            .hint("Target takes the key of an existing row."));
    }
    Ok(record)
}

/// What a message about sharing changes: the record, the principal, the rights.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) record: Reference,
    pub(super) principal: Reference,
    pub(super) rights: AccessRights,
}

/// Reads and checks what `GrantAccess` and `ModifyAccess` are called with: S1, S2, S4, S11, T12.
pub(super) fn wish(call: &Call<'_, '_>) -> Result<Wish> {
    let record = shareable(call)?;
    let Datum::Complex(parts) = call.argument("PrincipalAccess") else { return Err(incomplete()) };
    let part = |name: &str| parts.iter().find(|(of, _)| *of == name).map(|(_, datum)| datum);
    let Some(Datum::Row(principal)) = part("Principal") else { return Err(incomplete()) };
    let rights = match part("AccessMask") {
        Some(Datum::Enum(mask)) => *mask,
        _ => 0,
    };
    let rights = given(rights)?;
    let world = call.world();
    demand(world, call.caller, AccessRights::SHARE | rights, record)?;
    sharee(world, *principal)?;
    ownership::enabled(world, *principal)?;
    if inherit::owner(world, record) == Some(*principal) {
        return Err(Fault::new(&code::CannotShareWithOwner)
            .rule(RuleId("S4"))
            .hint("The owner has every right already; share with somebody else."));
    }
    Ok(Wish { record, principal: *principal, rights })
}

/// The record of a message that changes shares: one of a table whose rows somebody owns.
pub(super) fn shareable(call: &Call<'_, '_>) -> Result<Reference> {
    let record = record(call)?;
    if call.world().catalogue().table(record.table).ownership != Ownership::User {
        return Err(Fault::new(&code::SdkEntityDoesNotSupportMessage)
            .rule(RuleId("S1"))
            .hint("Only rows that a user or a team owns can be shared."));
    }
    Ok(record)
}

fn incomplete() -> Fault {
    Fault::with(
        &code::InvalidArgument,
        "Required parameter 'PrincipalAccess' is missing or names no principal.",
    )
    .hint("Send PrincipalAccess with AccessMask and Principal, an object with the key and its @odata.type.")
}

/// S1.
fn given(mask: i64) -> Result<AccessRights> {
    let rights = i32::try_from(mask).ok().and_then(AccessRights::from_bits);
    match rights {
        Some(rights) if !rights.is_empty() && SHAREABLE.contains(rights) => Ok(rights),
        _ => Err(Fault::new(&code::InvalidAccessRights).rule(RuleId("S1")).hint(
            "Give one or more of ReadAccess, WriteAccess, AppendAccess, AppendToAccess, DeleteAccess, ShareAccess, AssignAccess.",
        )),
    }
}

/// S4 and T12: an existing user, or a team that the system does not keep itself.
pub(super) fn sharee(world: &World, principal: Reference) -> Result<()> {
    let table = world.catalogue().table(principal.table);
    let exists = world.records().table(principal.table).find(principal.id).is_some();
    if !exists || !table.is_principal() {
        return Err(Fault::new(&code::InvalidSharee)
            .rule(RuleId("S4"))
            .hint("Name an existing user or team."));
    }
    if teams::is_system_managed(world, principal) {
        return Err(Fault::new(&code::CannotShareSystemManagedTeam)
            .rule(RuleId("T12"))
            .hint("Add users to the team of the record instead: AddUserToRecordTeam."));
    }
    Ok(())
}

/// S2.
pub(super) fn demand(world: &World, caller: &Caller, rights: AccessRights, record: Reference) -> Result<()> {
    access::demand(world, caller, rights, record).map_err(|fault| fault.rule(RuleId("S2")))
}
