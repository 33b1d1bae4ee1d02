//! The CRM New User wizard as a call: U20 to U25.
//!
//! It differs from a create through the Web API in that it refuses when licences are short. `Source:` SEED0 ("the
//! New User wizard will inform you that you are out of licenses"), CRM Online help "Managing users", SEED3 (at least
//! one role). `Assumed:` codes (U20, U22), the route, and that a wizard user signs in by its e-mail address.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::support::record;
use crate::fault::{Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::licensing::{self, READ_WRITE};
use crate::model::{Reference, Value};
use crate::service::{Origin, Session};
use crate::world::World;

/// What the wizard shows before it is filled in (U24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Licences bought.
    pub seats: u32,
    /// Licences in use.
    pub used: u32,
    /// Licences left.
    pub available: u32,
    /// How many non-interactive users there may be.
    #[serde(rename = "niLimit")]
    pub ni_limit: u32,
    /// How many there are.
    #[serde(rename = "niUsed")]
    pub ni_used: u32,
}

/// What is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Where the users belong; the root business unit where it is left out.
    #[serde(default)]
    pub business_unit: Option<Uuid>,
    /// Their roles, of that business unit.
    #[serde(default)]
    pub roles: Vec<Uuid>,
    /// The users.
    pub users: Vec<NewUser>,
    /// Whether invitations are sent at once.
    #[serde(default)]
    pub send_invitations: bool,
}

/// One user of the form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Address, and the name to sign in with.
    pub email: String,
}

/// A user the wizard made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Made {
    /// Its id.
    pub systemuserid: Uuid,
    /// The name it signs in with.
    pub domainname: String,
}

/// What the wizard shows (U24).
pub fn figures(world: &World) -> Figures {
    let (seats, slots) = (licensing::seats(world), licensing::slots(world));
    Figures {
        seats: seats.purchased,
        used: seats.consumed,
        available: seats.available(),
        ni_limit: slots.limit,
        ni_used: slots.used,
    }
}

/// Runs the wizard in a change set (U20 to U23).
///
/// # Errors
///
/// `InvalidUserQuota` without enough licences (U20, U22), `InvalidRole` without a role (U21),
/// `SdkEntityDoesNotSupportMessage` where the organization keeps no users of its own, and what creating a user and
/// giving it a role refuse.
pub fn run(session: &mut Session<'_>, caller: Caller, form: &Form) -> Result<Vec<Made>> {
    check(session.world(), form)?;
    let unit = form.business_unit.unwrap_or(session.world().identity().root_business_unit);
    form.users.iter().map(|user| make(session, caller, form, user, unit)).collect()
}

fn check(world: &World, form: &Form) -> Result<()> {
    if !world.settings().crm_managed_users {
        return Err(Fault::new(&code::SdkEntityDoesNotSupportMessage)
            .rule(RuleId("U20"))
            .hint("The wizard exists only where crm_managed_users is on; add users in the directory."));
    }
    let available = licensing::seats(world).available() as usize;
    let quota = |rule, hint: String| Err(Fault::new(&code::InvalidUserQuota).rule(RuleId(rule)).hint(hint));
    if available == 0 {
        return quota(
            "U20",
            format!("{} A create through the Web API succeeds without one.", out_of_licences(world)),
        );
    }
    if form.roles.is_empty() {
        return Err(Fault::new(&code::InvalidRole)
            .rule(RuleId("U21"))
            .hint("Choose at least one security role."));
    }
    if form.users.len() > available {
        return quota("U22", format!("{available} licenses are free; add at most as many users at once."));
    }
    if form.users.is_empty() {
        return Err(Fault::new(&code::InvalidArgument).hint("Name at least one user."));
    }
    Ok(())
}

fn out_of_licences(world: &World) -> String {
    format!(
        "All {} licenses are in use: disable a user, or raise the setting licenses.",
        licensing::seats(world).purchased
    )
}

fn make(session: &mut Session<'_>, caller: Caller, form: &Form, user: &NewUser, unit: Uuid) -> Result<Made> {
    let catalogue = std::sync::Arc::clone(session.world().catalogue());
    let known = catalogue.known();
    let columns = &known.systemuser;
    let row = record([
        (columns.accessmode, READ_WRITE.into()),
        (columns.firstname, user.first_name.as_str().into()),
        (columns.lastname, user.last_name.as_str().into()),
        (columns.domainname, user.email.as_str().into()),
        (columns.windowsliveid, user.email.as_str().into()),
        (columns.internalemailaddress, user.email.as_str().into()),
        (columns.businessunitid, Reference::new(known.businessunit.id, unit).into()),
        (columns.invitestatuscode, i32::from(form.send_invitations).into()),
    ]);
    let written = session.create_row(caller, Origin::Wizard, columns.id, None, row)?;
    for role in &form.roles {
        if session.world().records().table(known.role.id).get(*role).is_none() {
            return Err(Fault::with(
                &code::ObjectDoesNotExist,
                format!("Entity 'role' With Id = {role} Does Not Exist"),
            )
            .rule(RuleId("U21"))
            .hint("Choose roles of the business unit."));
        }
        let given = record([
            (known.systemuserroles.systemuserid, Value::Guid(written.id)),
            (known.systemuserroles.roleid, Value::Guid(*role)),
        ]);
        session.create_row(caller, Origin::Wizard, known.systemuserroles.id, None, given)?;
    }
    Ok(Made { systemuserid: written.id, domainname: user.email.clone() })
}
