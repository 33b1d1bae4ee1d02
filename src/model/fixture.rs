//! The form of a file under `fixtures/tables`.

use serde::Deserialize;

use super::cascade::CascadeType;

/// One table file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableFile {
    pub(super) logical_name: String,
    pub(super) schema_name: String,
    pub(super) entity_set_name: String,
    pub(super) display_name: Option<String>,
    pub(super) display_collection_name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) object_type_code: i32,
    pub(super) ownership_type: String,
    pub(super) primary_id: String,
    pub(super) primary_name: Option<String>,
    #[serde(rename = "table_type")]
    pub(super) _table_type: Option<String>,
    #[serde(default)]
    pub(super) is_intersect: bool,
    /// Whether teams may be made for single rows of it (`AutoCreateAccessTeams`).
    #[serde(default)]
    pub(super) auto_create_access_teams: bool,
    /// That no request writes its rows, and what does.
    pub(super) read_only: Option<String>,
    #[serde(default, rename = "unverified")]
    pub(super) _unverified: bool,
    pub(super) columns: Vec<ColumnFile>,
    #[serde(default)]
    pub(super) many_to_one: Vec<ManyToOneFile>,
    /// Derived from the other files' `many_to_one`; kept in the files for their readers.
    #[serde(default, rename = "one_to_many")]
    pub(super) _one_to_many: Vec<serde::de::IgnoredAny>,
    #[serde(default)]
    pub(super) many_to_many: Vec<ManyToManyFile>,
    #[serde(default)]
    pub(super) alternate_keys: Vec<AlternateKeyFile>,
    /// Columns the store indexes besides lookups and keys.
    #[serde(default)]
    pub(super) indexed_columns: Vec<String>,
    /// Few-valued columns whose combinations the store counts.
    #[serde(default)]
    pub(super) counted_columns: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "they are the metadata's own independent flags")]
pub(super) struct ColumnFile {
    pub(super) logical_name: String,
    pub(super) schema_name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) display_name: Option<String>,
    pub(super) required_level: String,
    pub(super) valid_for_create: bool,
    pub(super) valid_for_update: bool,
    pub(super) valid_for_read: bool,
    pub(super) max_length: Option<usize>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) precision: Option<u32>,
    pub(super) format: Option<String>,
    pub(super) default: Option<serde_json::Value>,
    pub(super) targets: Option<Vec<String>>,
    #[serde(default)]
    pub(super) options: Vec<OptionFile>,
    #[serde(rename = "global_choice")]
    pub(super) _global_choice: Option<String>,
    pub(super) attribute_of: Option<String>,
    #[serde(default)]
    pub(super) is_secured: bool,
    #[serde(default, rename = "unverified")]
    pub(super) _unverified: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionFile {
    pub(super) value: i32,
    pub(super) label: String,
    pub(super) state: Option<i32>,
    pub(super) default_status: Option<i32>,
    #[serde(default, rename = "unverified")]
    pub(super) _unverified: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManyToOneFile {
    pub(super) schema_name: String,
    pub(super) referencing_attribute: String,
    pub(super) navigation_property: String,
    pub(super) referenced_table: String,
    /// Whether it is the relationship that makes the table a hierarchy.
    #[serde(default)]
    pub(super) hierarchical: bool,
    /// What an action on the row that is pointed to does to the rows that point to it.
    #[serde(default)]
    pub(super) cascade: CascadeFile,
    #[serde(default, rename = "navigation_property_basis")]
    pub(super) _basis: Option<String>,
    #[serde(default, rename = "unverified")]
    pub(super) _unverified: bool,
}

/// What is not named here does as in a referential relationship.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CascadeFile {
    pub(super) assign: Option<CascadeType>,
    pub(super) share: Option<CascadeType>,
    pub(super) unshare: Option<CascadeType>,
    pub(super) reparent: Option<CascadeType>,
    pub(super) delete: Option<CascadeType>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManyToManyFile {
    pub(super) schema_name: String,
    pub(super) intersect_table: String,
    pub(super) entity1: String,
    pub(super) entity1_key: String,
    pub(super) entity1_navigation: String,
    pub(super) entity2: String,
    pub(super) entity2_key: String,
    pub(super) entity2_navigation: String,
    #[serde(default, rename = "unverified")]
    pub(super) _unverified: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct AlternateKeyFile {
    pub(super) name: String,
    #[serde(default)]
    pub(super) display_name: Option<String>,
    pub(super) columns: Vec<String>,
}
