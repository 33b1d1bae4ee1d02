//! `RetrieveBusinessHierarchyBusinessUnit`: a business unit and all below it.
//!
//! `Source:` `RetrieveBusinessHierarchyBusinessUnit` Function (users-and-licensing.md section 8); SDK13 message
//! privileges. `Assumed:` the unit itself comes first, then those below it, nearest first.

use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, Nature, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(super) struct RetrieveBusinessHierarchyBusinessUnit;

static SIGNATURE: Signature = Signature {
    name: "RetrieveBusinessHierarchyBusinessUnit",
    nature: Nature::Function,
    binding: Binding::Row("businessunit"),
    parameters: &[],
    returns: Some(Type::Collection(&Type::Row("businessunit"))),
    source: "RetrieveBusinessHierarchyBusinessUnit Function; users-and-licensing.md section 8",
};

impl Message for RetrieveBusinessHierarchyBusinessUnit {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        &["prvReadBusinessUnit"]
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let unit = super::target(call)?;
        let world = call.world();
        let units = &world.known().businessunit;
        let mut ids = vec![unit];
        ids.extend(super::below(world, units.id, units.parentbusinessunitid, unit));
        Ok(Reply::Rows { table: units.id, ids })
    }
}
