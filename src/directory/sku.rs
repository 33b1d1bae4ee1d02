//! What the tenant can subscribe to: products with the service plans they bring.
//!
//! `Assumed:` the ids; users-and-licensing.md section 2.2 marks them unverified.

use uuid::{Uuid, uuid};

/// A product that licences are sold of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sku {
    /// The id, the same in every tenant.
    pub id: Uuid,
    /// Such as `CRMSTANDARD`; accounts name their licences by it.
    pub part_number: &'static str,
    /// The name people read.
    pub display_name: &'static str,
    /// The service plans.
    pub plans: &'static [Plan],
}

/// A service that a licence gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The id.
    pub id: Uuid,
    /// The name programs read.
    pub name: &'static str,
}

/// Part number of CRM Online Professional.
pub const PROFESSIONAL: &str = "CRMSTANDARD";

/// Part number of CRM Online Basic.
pub const BASIC: &str = "CRMPLAN2";

/// Every product.
pub const SKUS: &[Sku] = &[
    Sku {
        id: uuid!("d17b27af-3f49-4822-99f9-56a661538792"),
        part_number: PROFESSIONAL,
        display_name: "Microsoft Dynamics CRM Online Professional",
        plans: &[Plan { id: uuid!("f9646fb2-e3b2-4309-95de-dc4833737456"), name: PROFESSIONAL }],
    },
    Sku {
        id: uuid!("906af65a-2970-46d5-9b58-4e9aa50f0657"),
        part_number: BASIC,
        display_name: "Microsoft Dynamics CRM Online Basic",
        plans: &[Plan { id: uuid!("bf36ca64-95c6-4918-9275-eb9f4ce2c04f"), name: BASIC }],
    },
];

/// The product of a part number.
pub fn sku(part_number: &str) -> Option<&'static Sku> {
    SKUS.iter().find(|sku| sku.part_number == part_number)
}

/// The product with an id.
pub fn sku_with(id: Uuid) -> Option<&'static Sku> {
    SKUS.iter().find(|sku| sku.id == id)
}
