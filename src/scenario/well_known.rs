//! Ids that are the same in every organization made from an embedded scenario, so that tests and documentation can
//! name them. The first group is the table's object type code, the last one counts.

use uuid::Uuid;

/// What the first group of a well-known id says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum Kind {
    Tenant = 0x0365,
    DirectoryAccount = 0x3650,
    User = 0x0008,
    Team = 0x0009,
    BusinessUnit = 0x0010,
    Organization = 0x1019,
    Privilege = 0x1023,
    Role = 0x1036,
    Currency = 0x9105,
}

/// Roles a business unit can have under well-known ids.
const ROLES_PER_UNIT: u64 = 0x100;

const fn id(kind: Kind, number: u64) -> Uuid {
    Uuid::from_u128(((kind as u128) << 96) | 0x4000_8000_0000_0000_0000 | number as u128)
}

/// Number `number` of the users.
pub const fn user(number: u64) -> Uuid {
    id(Kind::User, number)
}

/// Number `number` of the business units; the root is number 1.
pub const fn business_unit(number: u64) -> Uuid {
    id(Kind::BusinessUnit, number)
}

/// The default team of the business unit of that number.
pub const fn default_team(number: u64) -> Uuid {
    id(Kind::Team, number)
}

/// Role `role` (see `roles.rs`) as the business unit of that number has it.
pub const fn role(unit: u64, role: u64) -> Uuid {
    id(Kind::Role, unit * ROLES_PER_UNIT + role)
}

/// Number `number` of the privileges whose real id is not known.
pub const fn privilege(number: u64) -> Uuid {
    id(Kind::Privilege, number)
}

/// The directory account of the user of that number.
pub const fn directory_account(number: u64) -> Uuid {
    id(Kind::DirectoryAccount, number)
}

/// The number of a business unit with a well-known id.
pub fn business_unit_number(unit: Uuid) -> Option<u64> {
    let number = unit.as_u64_pair().1 & 0xffff_ffff_ffff;
    (business_unit(number) == unit).then_some(number)
}

/// The Office 365 tenant.
pub const TENANT: Uuid = id(Kind::Tenant, 1);
/// The row of `organization`.
pub const ORGANIZATION: Uuid = id(Kind::Organization, 1);
/// The business unit without a parent.
pub const ROOT_BUSINESS_UNIT: Uuid = business_unit(1);
/// The default team of the root business unit.
pub const ROOT_TEAM: Uuid = default_team(1);
/// The user SYSTEM.
pub const SYSTEM: Uuid = user(1);
/// The user INTEGRATION.
pub const INTEGRATION: Uuid = user(2);
/// The support user.
pub const SUPPORT: Uuid = user(3);
/// The delegated administrator; era `dataverse` only.
pub const DELEGATED_ADMIN: Uuid = user(4);
/// The first administrator, the default caller.
pub const ADMINISTRATOR: Uuid = user(5);
/// The base currency, US Dollar.
pub const US_DOLLAR: Uuid = id(Kind::Currency, 1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_as_the_documentation_writes_them() {
        assert_eq!(ADMINISTRATOR.to_string(), "00000008-0000-4000-8000-000000000005");
        assert_eq!(ROOT_BUSINESS_UNIT.to_string(), "00000010-0000-4000-8000-000000000001");
        assert_eq!(role(1, 1).to_string(), "00001036-0000-4000-8000-000000000101");
        assert_eq!(business_unit_number(business_unit(2)), Some(2));
        assert_eq!(business_unit_number(user(2)), None);
    }
}
