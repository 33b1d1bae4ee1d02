//! `RetrieveUserLicenseInfo`: the service plans a user is licensed for.
//!
//! `Source:` `RetrieveUserLicenseInfo` Function (Dataverse Web API reference). `Assumed:` the plan ids
//! (users-and-licensing.md section 2.2 marks them unverified), and that a user outside the directory that holds a
//! licence has the Professional plan.

use uuid::{Uuid, uuid};

use crate::fault::{Fault, Result, code};
use crate::licensing::Facts;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Datum, Nature, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(super) struct RetrieveUserLicenseInfo;

/// The plans by part number: id, name, what people read.
const PLANS: &[(&str, Uuid, &str)] = &[
    (
        PROFESSIONAL,
        uuid!("f9646fb2-e3b2-4309-95de-dc4833737456"),
        "Microsoft Dynamics CRM Online Professional",
    ),
    ("CRMPLAN2", uuid!("bf36ca64-95c6-4918-9275-eb9f4ce2c04f"), "Microsoft Dynamics CRM Online Basic"),
];

const PROFESSIONAL: &str = "CRMSTANDARD";

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
            Some(account) => account.licenses.iter().filter_map(|name| plan(name)).collect(),
            None if facts.licensed => plan(PROFESSIONAL).into_iter().collect(),
            None => Vec::new(),
        };
        Ok(Reply::Complex(vec![("licenseInfo", Datum::Complex(vec![("ServicePlans", Datum::List(plans))]))]))
    }
}

fn plan(part_number: &str) -> Option<Datum> {
    let (name, id, display) = PLANS.iter().find(|(name, ..)| *name == part_number)?;
    Some(Datum::Complex(vec![
        ("ServicePlanId", Datum::Guid(*id)),
        ("Name", Datum::String((*name).to_owned())),
        ("DisplayName", Datum::String((*display).to_owned())),
    ]))
}
