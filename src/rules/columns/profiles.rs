//! C8 and C9: profiles themselves.
//!
//! `Source:` SDK error 0x8004F50C; "Use field security to control access to field values". `Assumed:` that a profile's
//! permissions go with it.

use super::super::support::{documented, is_consequence};
use crate::fault::{Fault, Result, RuleId, code};
use crate::model::ValueRef;
use crate::security::SYSTEM_ADMINISTRATOR_PROFILE;
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};

/// The end of a profile, and the one that has none.
#[derive(Debug)]
pub(in crate::rules) struct Profiles;

impl Rule for Profiles {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[
            documented(
                "C8",
                "The profile System Administrator is not changed, and whoever has that role is a member of it.",
                "CE:use-field-security-control-access-field-values.md; SDK errors 0x8004F50C, 0x8004F505",
            ),
            documented("C9", "A profile's permissions and memberships end with it.", "decision"),
        ];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("fieldsecurityprofile", Verb::Update, Stage::PreOperation),
            on("fieldsecurityprofile", Verb::Delete, Stage::PreOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        if execution.id == SYSTEM_ADMINISTRATOR_PROFILE && !is_consequence(execution) {
            return Err(Fault::new(&code::AdminProfileCannotBeEditedOrDeleted)
                .rule(RuleId("C8"))
                .hint("The profile is the system's own; make one of your own."));
        }
        if execution.verb == Verb::Delete {
            let catalogue = execution.catalogue;
            let permissions = &catalogue.known().fieldpermission;
            let rows = execution.world().records().table(permissions.id);
            let profile = ValueRef::Guid(execution.id);
            let own: Vec<_> =
                rows.rows_with(permissions.fieldsecurityprofileid, profile).map(|row| row.id()).collect();
            for permission in own {
                execution.delete(permissions.id, permission)?;
            }
        }
        Ok(())
    }
}
