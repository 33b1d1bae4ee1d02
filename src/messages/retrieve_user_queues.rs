//! `RetrieveUserQueues`: the private queues of a user, and the public ones if they are asked for.
//!
//! `Source:` `RetrieveUserQueues` Function (all private queues of a user and optionally all public queues);
//! users-and-licensing.md section 8.
//!
//! `Assumed:` a private queue is a user's if it is its default queue, if it owns it or is a member of it
//! (`queuemembership_association`), and if one of its teams owns it or has it as its default queue. A queue without a
//! type is public. Inactive queues are answered too. The order: first the user's own, then its teams', then the public
//! ones; the documents name none.

use std::collections::HashSet;

use uuid::Uuid;

use crate::fault::{Fault, Result, code};
use crate::model::ValueRef;
use crate::service::Message;
use crate::service::registry::{Binding, Call, Nature, Parameter, Reply, Signature, Type};
use crate::world::World;

/// See the module.
#[derive(Debug)]
pub(super) struct RetrieveUserQueues;

static SIGNATURE: Signature = Signature {
    name: "RetrieveUserQueues",
    nature: Nature::Function,
    binding: Binding::Row("systemuser"),
    parameters: &[Parameter { name: INCLUDE_PUBLIC, kind: Type::Boolean, optional: false }],
    returns: Some(Type::Collection(&Type::Row("queue"))),
    source: "RetrieveUserQueues Function; users-and-licensing.md section 8",
};

const INCLUDE_PUBLIC: &str = "IncludePublic";

/// `queueviewtype`
const PRIVATE: i32 = 1;

impl Message for RetrieveUserQueues {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        &["prvReadQueue"]
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let user = super::target(call)?;
        let include_public = super::flag(call, INCLUDE_PUBLIC).ok_or_else(|| {
            Fault::with(&code::InvalidArgument, "Required parameter 'IncludePublic' is missing.")
                .hint("Send IncludePublic as true or false.")
        })?;
        let world = call.world();
        let mut ids = private(world, user);
        if include_public {
            let queues = world.records().table(world.known().queue.id).iter().map(|(_, queue)| queue.id());
            ids.extend(queues.filter(|queue| !is_private(world, *queue)));
        }
        Ok(Reply::Rows { table: world.known().queue.id, ids })
    }
}

/// The private queues of a user, each once.
fn private(world: &World, user: Uuid) -> Vec<Uuid> {
    let (known, records) = (world.known(), world.records());
    let (queues, users, teams) = (&known.queue, &known.systemuser, &known.team);
    let owned = |owner: Uuid| {
        records
            .table(queues.id)
            .rows_with(queues.ownerid, ValueRef::Guid(owner))
            .map(|queue| queue.id())
            .collect::<Vec<_>>()
    };
    let default =
        |row: Option<crate::service::RowRef<'_>>, column| row.and_then(|row| row.get(column).as_id());

    let mut found: Vec<Uuid> =
        default(records.table(users.id).get(user), users.queueid).into_iter().collect();
    found.extend(owned(user));
    let member = &known.queuemembership;
    let memberships = records.table(member.id).rows_with(member.systemuserid, ValueRef::Guid(user));
    found.extend(memberships.filter_map(|membership| membership.get(member.queueid).as_id()));
    let member = &known.teammembership;
    let memberships = records.table(member.id).rows_with(member.systemuserid, ValueRef::Guid(user));
    for team in memberships.filter_map(|membership| membership.get(member.teamid).as_id()) {
        found.extend(default(records.table(teams.id).get(team), teams.queueid));
        found.extend(owned(team));
    }
    let mut seen = HashSet::new();
    found.retain(|queue| is_private(world, *queue) && seen.insert(*queue));
    found
}

fn is_private(world: &World, queue: Uuid) -> bool {
    let queues = &world.known().queue;
    let row = world.records().table(queues.id).get(queue);
    row.and_then(|row| row.get(queues.queueviewtype).as_int()) == Some(PRIVATE)
}
