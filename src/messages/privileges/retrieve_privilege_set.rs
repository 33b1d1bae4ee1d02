//! `RetrievePrivilegeSet`: all privileges there are, as rows.
//!
//! `Source:` `RetrievePrivilegeSet` Function (Dynamics 365 Web API reference), which binds it to the privileges. It is
//! answered unbound too, as users-and-licensing.md section 8 has it. It needs no privilege.

use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, Nature, Reply, Signature, Type};

/// The one that is bound to the privileges.
#[derive(Debug)]
pub(in crate::messages) struct RetrievePrivilegeSet;

/// The one that is called on nothing.
#[derive(Debug)]
pub(in crate::messages) struct RetrievePrivilegeSetOfAll;

static BOUND: Signature = signature(Binding::Set("privilege"));
static UNBOUND: Signature = signature(Binding::Unbound);

const fn signature(binding: Binding) -> Signature {
    Signature {
        name: "RetrievePrivilegeSet",
        nature: Nature::Function,
        binding,
        parameters: &[],
        returns: Some(Type::Collection(&Type::Row("privilege"))),
        source: "RetrievePrivilegeSet Function; users-and-licensing.md section 8",
    }
}

impl Message for RetrievePrivilegeSet {
    fn signature(&self) -> &'static Signature {
        &BOUND
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        Ok(every(call))
    }
}

impl Message for RetrievePrivilegeSetOfAll {
    fn signature(&self) -> &'static Signature {
        &UNBOUND
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        Ok(every(call))
    }
}

fn every(call: &Call<'_, '_>) -> Reply {
    let table = call.world().known().privilege.id;
    let rows = call.world().records().table(table);
    Reply::Rows { table, ids: rows.iter().map(|(_, row)| row.id()).collect() }
}
