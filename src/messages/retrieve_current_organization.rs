//! `RetrieveCurrentOrganization`: names, ids and addresses of the organization.
//!
//! `Source:` `RetrieveCurrentOrganization` Function (Dataverse Web API reference), shape as captured in web-api.md
//! section 7. `Assumed:` data centre and region.

use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{
    Binding, Call, ComplexType, Datum, EnumType, Nature, Parameter, Reply, Signature, Type,
};

/// See the module.
#[derive(Debug)]
pub(super) struct RetrieveCurrentOrganization;

static ACCESS_TYPE: EnumType = EnumType {
    name: "EndpointAccessType",
    members: &[("Default", 0), ("Internet", 1), ("Intranet", 2)],
    flags: false,
};

static ENDPOINT_TYPE: EnumType = EnumType {
    name: "EndpointType",
    members: &[("OrganizationService", 0), ("OrganizationDataService", 1), ("WebApplication", 2)],
    flags: false,
};

static STATE: EnumType =
    EnumType { name: "OrganizationState", members: &[("Enabled", 0), ("Disabled", 1)], flags: false };

static ENDPOINTS: ComplexType = ComplexType {
    name: "EndpointCollection",
    properties: &[
        ("Count", Type::Int32, false),
        ("IsReadOnly", Type::Boolean, false),
        ("Keys", Type::Collection(&Type::Enum(&ENDPOINT_TYPE)), false),
        ("Values", Type::Collection(&Type::String), false),
    ],
};

static DETAIL: ComplexType = ComplexType {
    name: "OrganizationDetail",
    properties: &[
        ("OrganizationId", Type::Guid, false),
        ("FriendlyName", Type::String, true),
        ("OrganizationVersion", Type::String, true),
        ("EnvironmentId", Type::String, true),
        ("DatacenterId", Type::Guid, false),
        ("Geo", Type::String, true),
        ("TenantId", Type::String, true),
        ("UrlName", Type::String, true),
        ("UniqueName", Type::String, true),
        ("State", Type::Enum(&STATE), false),
        ("Endpoints", Type::Complex(&ENDPOINTS), true),
    ],
};

static RESPONSE: ComplexType = ComplexType {
    name: "RetrieveCurrentOrganizationResponse",
    properties: &[("Detail", Type::Complex(&DETAIL), true)],
};

static SIGNATURE: Signature = Signature {
    name: "RetrieveCurrentOrganization",
    nature: Nature::Function,
    binding: Binding::Unbound,
    parameters: &[Parameter { name: "AccessType", kind: Type::Enum(&ACCESS_TYPE), optional: false }],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveCurrentOrganization Function; web-api.md section 7",
};

/// The organization's addresses, below its own root.
const ADDRESSES: &[(i64, &str)] =
    &[(2, "/"), (0, "/XRMServices/2011/Organization.svc"), (1, "/XRMServices/2011/OrganizationData.svc")];

impl Message for RetrieveCurrentOrganization {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let identity = call.world().identity();
        let text = |text: &str| Datum::String(text.to_owned());
        let endpoints = vec![
            ("Count", Datum::Int32(ADDRESSES.len() as i32)),
            ("IsReadOnly", Datum::Boolean(false)),
            ("Keys", Datum::List(ADDRESSES.iter().map(|(kind, _)| Datum::Enum(*kind)).collect())),
            ("Values", Datum::List(ADDRESSES.iter().map(|(_, path)| Datum::Address(path)).collect())),
        ];
        let detail = vec![
            ("OrganizationId", Datum::Guid(identity.organization_id)),
            ("FriendlyName", text(&identity.friendly_name)),
            ("OrganizationVersion", text(super::ORGANIZATION_VERSION)),
            ("EnvironmentId", text(&identity.organization_id.to_string())),
            ("DatacenterId", Datum::Guid(uuid::Uuid::nil())),
            ("Geo", text("NA")),
            ("TenantId", text(&identity.tenant_id.to_string())),
            ("UrlName", text(&identity.unique_name)),
            ("UniqueName", text(&identity.unique_name)),
            ("State", Datum::Enum(0)),
            ("Endpoints", Datum::Complex(endpoints)),
        ];
        Ok(Reply::Complex(vec![("Detail", Datum::Complex(detail))]))
    }
}
