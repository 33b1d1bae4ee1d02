//! The rules of synchronisation by number, and what must hold of users of the directory in every world.
//!
//! What CRM knows of an account is how it was before the first change that waits, so this holds at every moment, whatever
//! waits. `Assumed:` D15 (free and per-app plans, trials, guests) is left out, as the reference leaves it out.

use std::collections::HashSet;

use super::super::support::{documented, violation};
use super::learn::{EXISTS, GONE, SOFT_DELETED};
use crate::fault::Result;
use crate::licensing::{Class, Facts};
use crate::model::Reference;
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Trigger, Violation};
use crate::world::World;

/// See the module.
#[derive(Debug)]
pub(in crate::rules) struct Synchronisation;

const RULES: &[Documented] = &[
    documented(
        "D1",
        "The directory decides who exists, is licensed and administers, and what people are called; CRM never writes to it.",
        "SDK15 hh670617; SEED1",
    ),
    documented("D2", "An account without licence and administrator role has no user.", "PP:create-users.md"),
    documented(
        "D3",
        "A licence makes a user: enabled, Read-Write, in the root business unit, without a role.",
        "SEED1; TechNet jj191623; PP:create-users.md",
    ),
    documented(
        "D4",
        "A global or service administrator without a licence is Administrative, enabled, and System Administrator.",
        "KB 2790161; PP:global-service-administrators-can-administer-without-license.md",
    ),
    documented(
        "D5",
        "With a licence such an administrator is Read-Write.",
        "KB 2790161; PP:global-service-administrators-can-administer-without-license.md",
    ),
    documented(
        "D6",
        "A licence that comes enables the user; who was Administrative for want of one is Read-Write, who is non-interactive stays so.",
        "PP:create-users.md; EMEA CRM support blog 2014-07-02",
    ),
    documented(
        "D7",
        "A licence that goes disables the user, makes an administrator Administrative, and leaves a non-interactive user as it is.",
        "SEED1; PP:create-users.md",
    ),
    documented(
        "D8",
        "An account that is blocked, deleted or outside the security group has a disabled user, whatever its access mode.",
        "PP:create-users.md, PP:control-user-access.md; switch security_group",
    ),
    documented(
        "D9",
        "A deleted account can be restored for thirty days, its user with it; after that the user stays, disabled.",
        "PP:delete-users.md",
    ),
    documented(
        "D10",
        "CRM learns of a change sync_delay after it was made; of those of one account in their order.",
        "PP:create-users.md, PP:delete-users.md; crmtipoftheday 37; switch sync_delay",
    ),
    documented(
        "D11",
        "CRM learns at once when an administrator asks for it, and of an account that signs in.",
        "PP:create-users.md; PP:troubleshooting-user-needs-read-write-access-organization.md",
    ),
    documented(
        "D12",
        "Changes alone act on users: who was disabled in CRM stays so, but in Dataverse signing in enables an entitled user.",
        "PP:create-users.md; decision for crm2013",
    ),
    documented(
        "D13",
        "An administrator role that goes disables an unlicensed user; the System Administrator role stays.",
        "decision; SDK error 0x80041D64",
    ),
    documented(
        "D14",
        "An administrator of the tenant is not disabled in CRM, and stays System Administrator there.",
        "SDK errors 0x80041D64, 0x80041D65",
    ),
    documented(
        "D16",
        "A licensed administrator is Read-Write, an unlicensed one always Administrative.",
        "PP:create-users.md",
    ),
    documented(
        "D20",
        "A licence that goes before the directory knows of the non-interactive mode makes the user Administrative, and disabled.",
        "SEED1; mechanism decided; switch non_interactive_settle_delay",
    ),
    documented(
        "D21",
        "With time between the steps the user stays non-interactive and gives its licence back.",
        "SEED1",
    ),
    documented("D22", "Assigning the licence again makes the user Read-Write; then start over.", "SEED1; D6"),
    documented("D23", "Until CRM learns of it, a removed licence is not seen there.", "SEED1; D10"),
    documented("D24", "Until CRM learns of it, a new account has no user there.", "PP:create-users.md; D10"),
];

impl Rule for Synchronisation {
    fn documented(&self) -> &'static [Documented] {
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[]
    }

    fn run(&self, _execution: &mut Execution<'_, '_>) -> Result<()> {
        Ok(())
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let (columns, directory) = (&world.known().systemuser, world.directory());
        let guard = world.settings().security_group.0;
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        for (_, row) in world.records().table(columns.id).iter() {
            let user = Facts::of_row(world, row);
            let (Class::Directory, Some(id), false) = (user.class(world), user.object_id, user.deleted)
            else {
                continue;
            };
            let at = Reference::new(columns.id, user.id);
            let mut wrong = |rule, what: &str| found.push(violation(rule, at, what));
            if !seen.insert(id) {
                wrong("D1", "Another user has the same object id.");
            }
            let state = row.get(columns.azurestate).as_int().unwrap_or(EXISTS);
            let waits = directory.waiting_of(id).next().is_some();
            match directory.known(id) {
                Some(account) => {
                    if user.licensed != account.is_licensed() {
                        wrong("L9", "islicensed is not what CRM knows of the account.");
                    }
                    if state != EXISTS {
                        wrong("D9", "The account exists, and azurestate says otherwise.");
                    }
                    if !user.disabled && !account.account_enabled {
                        wrong("D8", "The account is blocked, and the user enabled.");
                    }
                    if !user.disabled && !waits && !account.passes(guard) {
                        wrong("D8", "The account is outside the security group, and the user enabled.");
                    }
                }
                None if directory.deleted(id).is_some() || state != EXISTS => {
                    if !user.disabled {
                        wrong("D9", "The account is deleted, and the user enabled.");
                    }
                    let is_told = match state {
                        SOFT_DELETED => true,
                        GONE => waits || directory.account(id).is_none() && directory.deleted(id).is_none(),
                        _ => waits,
                    };
                    if !is_told {
                        wrong("D9", "azurestate does not tell that the account is deleted.");
                    }
                }
                // Rows that a document brought: their accounts are not known.
                None => {}
            }
        }
        found
    }
}
