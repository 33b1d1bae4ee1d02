//! U8 and U9: no two users sign in by the same name or stand for the same application.
//!
//! `Source:` the SDK's error texts 0x8004B046 and 0x8004F511; PP:manage-application-users.md (one user per
//! application id). `Assumed:` the online wording for duplicate names (on-premises says 0x80041D2C), and that a
//! deleted user's name is free again.

use super::super::support::{documented, text};
use crate::fault::{Fault, Result, RuleId, code};
use crate::licensing::Facts;
use crate::model::{ColumnId, Value};
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};

/// See the module.
#[derive(Debug)]
pub(in crate::rules) struct Duplicates;

impl Rule for Duplicates {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[
            documented(
                "U8",
                "domainname and windowsliveid are unique among users that are not deleted.",
                "SDK error 0x8004B046; the choice of the online code is a decision",
            ),
            documented("U9", "One user per application id.", "SDK error 0x8004F511; PP:create-users.md"),
        ];
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
        let catalogue = execution.catalogue;
        let user = &catalogue.known().systemuser;
        for column in [user.domainname, user.windowsliveid] {
            let taken = execution
                .input
                .mentions(column)
                .filter(|value| text(value).is_some())
                .is_some_and(|name| is_taken(execution, column, name));
            if taken {
                let name = &catalogue.table(user.id).column(column).logical_name;
                return Err(Fault::new(&code::CrmLiveDuplicateWindowsLiveId)
                    .rule(RuleId("U8"))
                    .hint(format!("Another user has this {name}; choose another value.")));
            }
        }
        match execution.input.mentions(user.applicationid) {
            Some(Value::Guid(id)) if is_taken(execution, user.applicationid, &Value::Guid(*id)) => {
                let message =
                    format!("You are attempting to create an Application ID = {id} that already exists.");
                Err(Fault::with(&code::DuplicateApplicationUser, message)
                    .rule(RuleId("U9"))
                    .hint("One application has one user; use the existing one."))
            }
            _ => Ok(()),
        }
    }
}

fn is_taken(execution: &Execution<'_, '_>, column: ColumnId, value: &Value) -> bool {
    let world = execution.world();
    world
        .records()
        .table(execution.table)
        .rows_where(column, value)
        .any(|row| row.id() != execution.id && !Facts::of_row(world, row).deleted)
}
