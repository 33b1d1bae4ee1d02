//! `RetrieveDeploymentLicenseType`: which kind of deployment this is; `Live` for CRM Online.
//!
//! `Source:` `RetrieveDeploymentLicenseType` Function; the SDK's sample lists `SmallBusiness`, Professional, Enterprise,
//! Live and SPLA.

use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Datum, Nature, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(super) struct RetrieveDeploymentLicenseType;

static RESPONSE: ComplexType = ComplexType {
    name: "RetrieveDeploymentLicenseTypeResponse",
    properties: &[("licenseType", Type::String, true)],
};

static SIGNATURE: Signature = Signature {
    name: "RetrieveDeploymentLicenseType",
    nature: Nature::Function,
    binding: Binding::Unbound,
    parameters: &[],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveDeploymentLicenseType Function; users-and-licensing.md section 2.2",
};

impl Message for RetrieveDeploymentLicenseType {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, _call: &mut Call<'_, '_>) -> Result<Reply> {
        Ok(Reply::Complex(vec![("licenseType", Datum::String("Live".to_owned()))]))
    }
}
