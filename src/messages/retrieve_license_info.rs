//! `RetrieveLicenseInfo`: licences used and unused, by access mode.
//!
//! `Source:` `RetrieveLicenseInfo` Function (Dynamics 365 Web API reference, mt607844 and mt607929), CRM 2013 SDK
//! gg328171. What an access mode other than 0 counts: `Assumed:` users-and-licensing.md section 2.2 (decisions).

use crate::fault::{Fault, Result, RuleId, code};
use crate::licensing::{
    ADMINISTRATIVE, DELEGATED_ADMIN, NON_INTERACTIVE, READ, READ_WRITE, SUPPORT, enabled_with_mode, seats,
    slots,
};
use crate::service::Message;
use crate::service::registry::{
    Binding, Call, ComplexType, Datum, Nature, Parameter, Reply, Signature, Type,
};

/// See the module.
#[derive(Debug)]
pub(super) struct RetrieveLicenseInfo;

static RESPONSE: ComplexType = ComplexType {
    name: "RetrieveLicenseInfoResponse",
    properties: &[("AvailableCount", Type::Int32, false), ("GrantedLicenseCount", Type::Int32, false)],
};

static SIGNATURE: Signature = Signature {
    name: "RetrieveLicenseInfo",
    nature: Nature::Function,
    binding: Binding::Unbound,
    parameters: &[Parameter { name: "AccessMode", kind: Type::Int32, optional: false }],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveLicenseInfo Function; users-and-licensing.md section 2.2",
};

impl Message for RetrieveLicenseInfo {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        &["prvReadLicense"]
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let world = call.world();
        // The organization service's sample sends no access mode, which there means 0.
        let mode = match call.argument("AccessMode") {
            Datum::Int32(mode) => *mode,
            Datum::Null => READ_WRITE,
            _ => return Err(Fault::new(&code::InvalidArgument)),
        };
        let (available, granted) = match mode {
            READ_WRITE | READ => (seats(world).available(), seats(world).consumed),
            ADMINISTRATIVE => (seats(world).available(), enabled_with_mode(world, mode)),
            NON_INTERACTIVE => (slots(world).available(), slots(world).used),
            SUPPORT | DELEGATED_ADMIN => (0, enabled_with_mode(world, mode)),
            _ => {
                return Err(Fault::new(&code::PicklistValueOutOfRange)
                    .rule(RuleId("U2"))
                    .hint("AccessMode takes 0 to 5, the values of systemuser.accessmode."));
            }
        };
        Ok(Reply::Complex(vec![
            ("AvailableCount", Datum::Int32(available.cast_signed())),
            ("GrantedLicenseCount", Datum::Int32(granted.cast_signed())),
        ]))
    }
}
