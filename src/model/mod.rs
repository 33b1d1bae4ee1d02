//! What the organization's tables are: columns, types, relationships, keys, choices, and the values they hold.
//!
//! Everything metadata can say about a table stands in `fixtures/tables/<logical name>.json` and is read here;
//! no table is described in code. "Table" and "column" are today's words for what the wire calls entity and
//! attribute.

mod cascade;
mod catalogue;
pub mod collation;
mod column;
mod derived;
mod fixture;
pub mod known;
mod privilege;
mod record;
mod rights;
mod securable;
mod table;
mod value;

pub use cascade::{Cascade, CascadeType};
pub use catalogue::Catalogue;
pub use column::{ChoiceOption, Column, ColumnId, ColumnType, DateBehavior, LookupKind, RequiredLevel};
pub(crate) use derived::Derived;
pub use known::Known;
pub use privilege::{Privilege, PrivilegeId};
pub use record::Record;
pub use rights::{AccessRights, Depth};
pub use securable::Securable;
pub use table::{
    AlternateKey, Navigation, NavigationKind, Ownership, Property, SystemColumns, Table, TableId, Target,
};
pub use value::{Reference, Value, ValueRef};
