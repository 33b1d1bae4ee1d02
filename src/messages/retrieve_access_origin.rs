//! `RetrieveAccessOrigin`: why a user or a team has access to a record, in a sentence.
//!
//! It answers from ownership and shares alone, and says so where access comes from neither.
//! `Source:` PA:security-sharing-assigning.md (determine why a user has access: the sentences); what is answered for a
//! row that does not exist and for an unknown table as a public test suite recorded it from the service: 200 with the
//! text of the missing row, 400 0x80041102, and the organization as the owner of what nobody owns. `Assumed:` the order in which reasons are looked for is that of the
//! list; hierarchy security gives nothing here; no privilege is asked for.

use uuid::Uuid;

use crate::fault::{Fault, Result, code};
use crate::model::{Ownership, Reference, ValueRef};
use crate::security::AccessRights;
use crate::service::registry::{
    Binding, Call, ComplexType, Datum, Nature, Parameter, Reply, Signature, Type,
};
use crate::service::shares::{self, Share, inherit};
use crate::service::{Message, access, crud};
use crate::world::World;

/// See the module.
#[derive(Debug)]
pub(super) struct RetrieveAccessOrigin;

static RESPONSE: ComplexType =
    ComplexType { name: "RetrieveAccessOriginResponse", properties: &[("Response", Type::String, false)] };

static SIGNATURE: Signature = Signature {
    name: "RetrieveAccessOrigin",
    nature: Nature::Function,
    binding: Binding::Unbound,
    parameters: &[
        Parameter { name: "ObjectId", kind: Type::Guid, optional: false },
        Parameter { name: "LogicalName", kind: Type::String, optional: false },
        Parameter { name: "PrincipalId", kind: Type::Guid, optional: false },
    ],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveAccessOrigin Function; PA:security-sharing-assigning.md",
};

impl Message for RetrieveAccessOrigin {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (Datum::Guid(object), Datum::String(name), Datum::Guid(principal)) =
            (call.argument("ObjectId"), call.argument("LogicalName"), call.argument("PrincipalId"))
        else {
            return Err(Fault::new(&code::InvalidArgument)
                .hint("ObjectId, LogicalName and PrincipalId must all be given."));
        };
        let world = call.world();
        let Some(table) = world.catalogue().table_named(name) else {
            let message = format!(
                "The entity with a name = '{name}' with namemapping = 'Logical' was not found in the MetadataCache."
            );
            return Err(Fault::with(&code::QueryBuilderNoEntity, message)
                .hint("LogicalName takes the logical name of a table, such as account."));
        };
        let record = Reference::new(table.id, *object);
        access::demand(world, call.caller, AccessRights::READ, record)?;
        let sentence = if world.records().table(table.id).find(*object).is_some() {
            origin(world, record, *principal)
        } else {
            crud::does_not_exist(world, table.id, *object).message().to_owned()
        };
        Ok(Reply::Complex(vec![("Response", Datum::String(sentence))]))
    }
}

/// The reason, where ownership or shares give one.
fn origin(world: &World, record: Reference, principal: Uuid) -> String {
    let id = record.id;
    if world.catalogue().table(record.table).ownership != Ownership::User {
        let organization = world.identity().organization_id;
        return format!("PrincipalId is member of organization ({organization}) who is object owner ({id})");
    }
    let teams = teams_of(world, principal);
    let shared: Vec<Share> = shares::of_record(world, record).collect();
    let owner = inherit::owner(world, record).map(|owner| owner.id);
    let holders: Vec<Uuid> = parents(world, record)
        .into_iter()
        .filter_map(|parent| inherit::owner(world, parent))
        .map(|owner| owner.id)
        .collect();
    let inherits =
        |of: Uuid| shared.iter().any(|share| share.principal.id == of && !share.inherited.is_empty());
    let reasons: [(&dyn Fn(Uuid) -> bool, &str); 4] = [
        (&|of| owner == Some(of), "object owner"),
        (&|of| shared.iter().any(|share| share.principal.id == of && !share.own.is_empty()), "poa"),
        (&|of| inherits(of) && holders.contains(&of), "owner of a parent entity of object"),
        (&inherits, "root"),
    ];
    for (holds, reason) in reasons {
        let team = teams.iter().find(|team| holds(**team));
        match (holds(principal), team, reason) {
            (true, _, "poa") => return format!("PrincipalId has direct poa access to object ({id})"),
            (true, _, "root") => return format!("PrincipalId has poa access to object's root entity ({id})"),
            (true, _, reason) => return format!("PrincipalId is {reason} ({id})"),
            (false, Some(team), "poa") => {
                return format!("PrincipalId is member of team ({team}) who has poa access to object ({id})");
            }
            (false, Some(team), "root") => {
                return format!(
                    "PrincipalId is member of team ({team}) who has poa access to object's root entity ({id})"
                );
            }
            (false, Some(team), reason) => {
                return format!("PrincipalId is member of team ({team}) who is {reason} ({id})");
            }
            (false, None, _) => {}
        }
    }
    "Access origin could not be found. Access does not come from POA table or object ownership.".to_owned()
}

fn teams_of(world: &World, user: Uuid) -> Vec<Uuid> {
    let member = &world.known().teammembership;
    let rows = world.records().table(member.id).rows_with(member.systemuserid, ValueRef::Guid(user));
    rows.filter_map(|row| row.get(member.teamid).as_id()).collect()
}

/// The records above one, through relationships by which it may inherit.
fn parents(world: &World, record: Reference) -> Vec<Reference> {
    let mut found = vec![record];
    let mut at = 0;
    while let Some(child) = found.get(at).copied() {
        let row = world.records().table(child.table).get(child.id);
        for (column, target, _) in &world.catalogue().table(child.table).parents {
            let parent = row.and_then(|row| row.get(*column).as_lookup());
            if let Some(parent) = parent.filter(|parent| parent.table == *target && !found.contains(parent)) {
                found.push(parent);
            }
        }
        at += 1;
    }
    found.remove(0);
    found
}
