//! `RetrieveVersion`: the build of the organization.
//!
//! `Source:` `RetrieveVersion` Function (Dataverse Web API reference); `Assumed:` which build, see
//! [`ORGANIZATION_VERSION`](super::ORGANIZATION_VERSION).

use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Datum, Nature, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(super) struct RetrieveVersion;

static RESPONSE: ComplexType =
    ComplexType { name: "RetrieveVersionResponse", properties: &[("Version", Type::String, true)] };

static SIGNATURE: Signature = Signature {
    name: "RetrieveVersion",
    nature: Nature::Function,
    binding: Binding::Unbound,
    parameters: &[],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveVersion Function; web-api.md section 7",
};

impl Message for RetrieveVersion {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, _call: &mut Call<'_, '_>) -> Result<Reply> {
        Ok(Reply::Complex(vec![("Version", Datum::String(super::ORGANIZATION_VERSION.to_owned()))]))
    }
}
