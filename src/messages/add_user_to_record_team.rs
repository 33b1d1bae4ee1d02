//! `AddUserToRecordTeam`: adds a user to the access team of a record, which the system makes for the first of them.
//!
//! `Source:` `AddUserToRecordTeam` Action (Dynamics 365 Web API reference; users-and-licensing.md sections 5.3, T9 and
//! T11, and 8). Who may is the rule's. `Assumed:` the team is in the root business unit and the system administers it,
//! so that neither a business unit nor a user is kept from going by teams that nobody made; a template of another
//! table is an invalid argument.

use uuid::Uuid;

use crate::fault::{Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::model::{Record, Reference, Value};
use crate::service::registry::{
    Binding, Call, ComplexType, Datum, Nature, Parameter, Reply, Signature, Type,
};
use crate::service::{Message, Origin, Session, crud, teams};

/// See the module.
#[derive(Debug)]
pub(super) struct AddUserToRecordTeam;

pub(super) static PARAMETERS: &[Parameter] = &[
    Parameter { name: "Record", kind: Type::AnyRow, optional: false },
    Parameter { name: "TeamTemplate", kind: Type::Row("teamtemplate"), optional: false },
];

static RESPONSE: ComplexType =
    ComplexType { name: "AddUserToRecordTeamResponse", properties: &[("AccessTeamId", Type::Guid, false)] };

static SIGNATURE: Signature = Signature {
    name: "AddUserToRecordTeam",
    nature: Nature::Action,
    binding: Binding::Row("systemuser"),
    parameters: PARAMETERS,
    returns: Some(Type::Complex(&RESPONSE)),
    source: "AddUserToRecordTeam Action; users-and-licensing.md section 8",
};

impl Message for AddUserToRecordTeam {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (caller, user) = (*call.caller, super::target(call)?);
        let (of, template) = (super::row(call, "Record")?, super::row(call, "TeamTemplate")?);
        let session = super::session(call)?;
        check(session, of, template)?;
        let team = match teams::of_record(session.world(), of, template.id) {
            Some(team) => team,
            None => make(session, of, template)?,
        };
        let member = session.world().known().teammembership.clone();
        let row = [(member.teamid, Value::Guid(team)), (member.systemuserid, Value::Guid(user))];
        session.create_row(caller, Origin::Api, member.id, None, row.into_iter().collect::<Record>())?;
        Ok(Reply::Complex(vec![("AccessTeamId", Datum::Guid(team))]))
    }
}

/// Whether record and template are there, and the template is for such records.
pub(super) fn check(session: &Session<'_>, of: Reference, template: Reference) -> Result<()> {
    let world = session.world();
    if world.records().table(of.table).find(of.id).is_none() {
        return Err(crud::does_not_exist(world, of.table, of.id));
    }
    let row = world.records().table(template.table).get(template.id);
    let row = row.ok_or_else(|| crud::does_not_exist(world, template.table, template.id))?;
    let table = world.catalogue().table(of.table);
    if !table.auto_create_access_teams {
        return Err(Fault::new(&code::EntityNotEnabledForAutoCreatedAccessTeams)
            .rule(RuleId("T10"))
            .hint("Name a record of a table whose EntityMetadata says AutoCreateAccessTeams."));
    }
    if row.get(world.known().teamtemplate.objecttypecode).as_int() != Some(table.object_type_code) {
        return Err(Fault::new(&code::InvalidArgument)
            .rule(RuleId("T9"))
            .hint("Name a template whose objecttypecode is that of the record's table."));
    }
    Ok(())
}

/// The team of a record, without members.
fn make(session: &mut Session<'_>, of: Reference, template: Reference) -> Result<Uuid> {
    let world = session.world();
    let (known, system) = (world.known(), Caller::system(world));
    let team = &known.team;
    let (root, table) = (world.identity().root_business_unit, team.id);
    let row: Record = [
        (team.name, format!("{}+{}", of.id, template.id).as_str().into()),
        (team.teamtype, teams::ACCESS.into()),
        (team.businessunitid, Reference::new(known.businessunit.id, root).into()),
        (team.administratorid, Reference::new(known.systemuser.id, system.user).into()),
        (team.systemmanaged, true.into()),
        (team.regardingobjectid, of.into()),
        (team.regardingobjecttypecode, Value::from(&*world.catalogue().table(of.table).logical_name)),
        (team.teamtemplateid, template.into()),
    ]
    .into_iter()
    .collect();
    session.create_row(system, Origin::Consequence, table, None, row).map(|written| written.id)
}
