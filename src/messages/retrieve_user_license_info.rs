//! `RetrieveUserLicenseInfo`: the service plans a user is licensed for.
//!
//! `Source:` `RetrieveUserLicenseInfo` Function (Dataverse Web API reference). `Assumed:` that a user outside the
//! directory that holds a licence has the Professional plan.

use crate::directory::sku::{PROFESSIONAL, Sku, sku};
use crate::fault::{Fault, Result, code};
use crate::licensing::Facts;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Datum, Nature, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(super) struct RetrieveUserLicenseInfo;

static PLAN: ComplexType = ComplexType {
    name: "ServicePlan",
    properties: &[
        ("ServicePlanId", Type::Guid, false),
        ("Name", Type::String, true),
        ("DisplayName", Type::String, true),
    ],
};

static INFO: ComplexType = ComplexType {
    name: "UserLicenseInfo",
    properties: &[("ServicePlans", Type::Collection(&Type::Complex(&PLAN)), false)],
};

static RESPONSE: ComplexType = ComplexType {
    name: "RetrieveUserLicenseInfoResponse",
    properties: &[("licenseInfo", Type::Complex(&INFO), true)],
};

static SIGNATURE: Signature = Signature {
    name: "RetrieveUserLicenseInfo",
    nature: Nature::Function,
    binding: Binding::Row("systemuser"),
    parameters: &[],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveUserLicenseInfo Function; users-and-licensing.md section 2.2",
};

impl Message for RetrieveUserLicenseInfo {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let world = call.world();
        let user = super::target(call)?;
        let facts = Facts::of(world, user).ok_or_else(|| Fault::new(&code::ObjectDoesNotExist))?;
        let plans: Vec<Datum> = match facts.account(world) {
            Some(account) => account.licenses.iter().filter_map(|name| sku(name)).flat_map(plans).collect(),
            None if facts.licensed => sku(PROFESSIONAL).into_iter().flat_map(plans).collect(),
            None => Vec::new(),
        };
        Ok(Reply::Complex(vec![("licenseInfo", Datum::Complex(vec![("ServicePlans", Datum::List(plans))]))]))
    }
}

fn plans(sku: &'static Sku) -> impl Iterator<Item = Datum> {
    sku.plans.iter().map(|plan| {
        Datum::Complex(vec![
            ("ServicePlanId", Datum::Guid(plan.id)),
            ("Name", Datum::String(plan.name.to_owned())),
            ("DisplayName", Datum::String(sku.display_name.to_owned())),
        ])
    })
}
