//! `RetrieveOrganizationResources`: users, non-interactive users, custom tables, workflows and storage, used and
//! allowed.
//!
//! `Source:` `RetrieveOrganizationResources` Function (mt607527, mt608021, mt607599). The Web API text calls the
//! non-interactive properties "interactive users"; the SDK's class says non-interactive, which is right.
//! `Assumed:` the limits of what is not emulated are constants.

use crate::fault::Result;
use crate::licensing::{seats, slots};
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Datum, Nature, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(super) struct RetrieveOrganizationResources;

const MAX_CUSTOM_ENTITIES: i32 = 300;
const MAX_PUBLISHED_WORKFLOWS: i32 = 200;
const MAX_STORAGE_MEGABYTES: i32 = 5120;

static RESOURCES: ComplexType = ComplexType {
    name: "OrganizationResources",
    properties: &[
        ("CurrentNumberOfActiveUsers", Type::Int32, false),
        ("MaxNumberOfActiveUsers", Type::Int32, false),
        ("CurrentNumberOfNonInteractiveUsers", Type::Int32, false),
        ("MaxNumberOfNonInteractiveUsers", Type::Int32, false),
        ("CurrentNumberOfCustomEntities", Type::Int32, false),
        ("MaxNumberOfCustomEntities", Type::Int32, false),
        ("CurrentNumberOfPublishedWorkflows", Type::Int32, false),
        ("MaxNumberOfPublishedWorkflows", Type::Int32, false),
        ("CurrentStorage", Type::Int32, false),
        ("MaxStorage", Type::Int32, false),
    ],
};

static RESPONSE: ComplexType = ComplexType {
    name: "RetrieveOrganizationResourcesResponse",
    properties: &[("OrganizationResources", Type::Complex(&RESOURCES), false)],
};

static SIGNATURE: Signature = Signature {
    name: "RetrieveOrganizationResources",
    nature: Nature::Function,
    binding: Binding::Unbound,
    parameters: &[],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveOrganizationResources Function; users-and-licensing.md section 2.2",
};

impl Message for RetrieveOrganizationResources {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (seats, slots) = (seats(call.world()), slots(call.world()));
        let count = |number: u32| Datum::Int32(number.cast_signed());
        let resources = vec![
            ("CurrentNumberOfActiveUsers", count(seats.consumed)),
            ("MaxNumberOfActiveUsers", count(seats.purchased)),
            ("CurrentNumberOfNonInteractiveUsers", count(slots.used)),
            ("MaxNumberOfNonInteractiveUsers", count(slots.limit)),
            ("CurrentNumberOfCustomEntities", Datum::Int32(0)),
            ("MaxNumberOfCustomEntities", Datum::Int32(MAX_CUSTOM_ENTITIES)),
            ("CurrentNumberOfPublishedWorkflows", Datum::Int32(0)),
            ("MaxNumberOfPublishedWorkflows", Datum::Int32(MAX_PUBLISHED_WORKFLOWS)),
            ("CurrentStorage", Datum::Int32(0)),
            ("MaxStorage", Datum::Int32(MAX_STORAGE_MEGABYTES)),
        ];
        Ok(Reply::Complex(vec![("OrganizationResources", Datum::Complex(resources))]))
    }
}
