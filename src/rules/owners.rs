//! Owners: S10 to S12, S20, T5, T6.
//!
//! A record is assigned by an update of `ownerid`. That needs the right to assign it (asked for in
//! `service/access/operation.rs`) and an owner who may have
//! it (S11, T5, T6; `service/ownership.rs` knows who may). Afterwards the children go where the record went, as their
//! relationships say, and the previous owner keeps a share where the organization wants it (S20). That the columns
//! beside `ownerid` follow it (S12) is the main operation's work.
//!
//! `Source:` PA:security-sharing-assigning.md; PP:create-users.md; SDK errors 0x8004022B, 0x8004032D, 0x80040231,
//! 0x80042F0A, 0x80048340. `Assumed:` the share of S20 gives all that sharing can give; children are assigned on
//! behalf of the caller, without asking for its right to assign each; the column of `organization` and the switch
//! stand for the same option, so either turns it on.

use super::support::{documented, is_consequence, record, violation};
use crate::fault::{Result, RuleId};
use crate::model::{Cascade, Ownership, Reference, Value, ValueRef};
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, Violation};
use crate::service::shares::{self, inherit};
use crate::service::{Execution, Origin, ownership};
use crate::world::World;

/// Before: who may be given it.
#[derive(Debug)]
pub(super) struct Owners;

impl Rule for Owners {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[
            documented(
                "S10",
                "Assigning is an update of ownerid; it needs the right to assign, and an owner who may read the table.",
                "PA:security-sharing-assigning.md; SDK error 0x80040231",
            ),
            documented(
                "S11",
                "A disabled owner is refused where strict_owner_enabled is on, an owner in a disabled business unit always.",
                "PP:create-users.md against SDK error 0x8004022B; switch strict_owner_enabled",
            ),
            documented(
                "T5",
                "A team is given rows only if it has a role, and one that lets it read them.",
                "PA:use-access-teams; SDK errors 0x80042F0A, 0x80040231",
            ),
        ];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            Trigger { table: None, verb: Verb::Create, stage: Stage::PreOperation },
            Trigger { table: None, verb: Verb::Update, stage: Stage::PreOperation },
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        if is_consequence(execution) {
            return Ok(());
        }
        let table = execution.world().catalogue().table(execution.table);
        let Some(column) = table.system.ownerid else { return Ok(()) };
        let Some(Value::Lookup(owner)) = execution.changed(column) else { return Ok(()) };
        ownership::may_own(execution.world(), *owner, execution.table)
    }
}

/// Afterwards: what follows a change of the owner, or of a parent.
#[derive(Debug)]
pub(super) struct Followers;

impl Rule for Followers {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[
            documented(
                "S8",
                "What a record inherits of its parents' shares follows them, and is kept apart from its own.",
                "PA:security-sharing-assigning.md",
            ),
            documented(
                "S12",
                "owninguser, owningteam and owningbusinessunit follow the owner.",
                "PP:wp-security-cds.md",
            ),
            documented(
                "S20",
                "The previous owner keeps a full share where the organization wants it.",
                "PA:security-sharing-assigning.md; switch share_to_previous_owner_on_assign",
            ),
        ];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            Trigger { table: None, verb: Verb::Create, stage: Stage::PostOperation },
            Trigger { table: None, verb: Verb::Update, stage: Stage::PostOperation },
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let row = Reference::new(execution.table, execution.id);
        let table = execution.world().catalogue().table(execution.table);
        let given =
            |column| execution.input.mentions(column).filter(|now| **now != *execution.before.get(column));
        let adopted = table.parents.iter().any(|(column, ..)| given(*column).is_some());
        let owner = table.system.ownerid.and_then(given).and_then(Value::as_lookup);
        let previous = table.system.ownerid.and_then(|column| execution.before.get(column).as_lookup());
        let assigned = owner.zip(previous);
        if let Some((owner, previous)) = assigned {
            if shares_to_previous_owner(execution.world()) {
                shares::grant(execution.session.transaction(), row, previous, shares::SHAREABLE);
                execution.note(RuleId("S20"), "The previous owner keeps a share with all rights.");
            }
            if !is_consequence(execution) {
                assign_children(execution, row, owner, previous)?;
            }
        }
        if adopted || assigned.is_some() {
            inherit::refresh(execution.session.transaction(), row);
        }
        Ok(())
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let mut found = Vec::new();
        for table in world.catalogue().tables().iter().filter(|table| table.ownership == Ownership::User) {
            let Some(column) = table.system.ownerid else { continue };
            for (_, row) in world.records().table(table.id).iter() {
                let Some(owner) = row.get(column).as_lookup() else { continue };
                let is_user = owner.table == world.known().systemuser.id;
                let follows = |column: Option<_>, expected: bool| {
                    column.is_none_or(|column| {
                        let value: ValueRef<'_> = row.get(column);
                        value.as_id() == expected.then_some(owner.id)
                    })
                };
                if !follows(table.system.owninguser, is_user) || !follows(table.system.owningteam, !is_user) {
                    let row = Reference::new(table.id, row.id());
                    found.push(violation("S12", row, "owninguser and owningteam do not follow ownerid."));
                }
            }
        }
        found
    }
}

fn shares_to_previous_owner(world: &World) -> bool {
    let organization = &world.known().organization;
    let row = world.records().table(organization.id).get(world.identity().organization_id);
    let column = organization.sharetopreviousowneronassign;
    world.settings().share_to_previous_owner_on_assign
        || row.is_some_and(|row| row.get(column) == ValueRef::Bool(true))
}

/// Gives the children of a record to its new owner, and theirs, as far as the relationships say.
fn assign_children(
    execution: &mut Execution<'_, '_>,
    row: Reference,
    owner: Reference,
    previous: Reference,
) -> Result<()> {
    let by = |cascade: Cascade| cascade.assign;
    let world = execution.world();
    // All are found before any changes hands; a tree may be deeper than a chain of consequences.
    let mut found = vec![row];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        let holder = if at == 0 { Some(previous) } else { inherit::owner(world, parent) };
        let new: Vec<_> = inherit::children(world, parent, by, holder)
            .into_iter()
            .filter(|child| !found.contains(child))
            .collect();
        found.extend(new);
        at += 1;
    }
    for (at, child) in found.iter().enumerate().skip(1) {
        if found[1..at].iter().all(|earlier| earlier.table != child.table) {
            ownership::may_own(execution.world(), owner, child.table)?;
        }
    }
    for child in found.into_iter().skip(1) {
        let world = execution.world();
        let column = world.catalogue().table(child.table).system.ownerid;
        if let Some(column) = column
            && inherit::owner(world, child) != Some(owner)
        {
            let (caller, change) = (execution.caller, record([(column, owner.into())]));
            execution.session.update_row(caller, Origin::Consequence, child.table, child.id, change)?;
        }
    }
    Ok(())
}
