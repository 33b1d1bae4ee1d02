//! What a `FetchXML` document says, before any name is known. Source of elements and attributes: queries.md B.1.

use crate::query::plan::{DatePart, Operator};

/// `<fetch>`: a whole query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are the language's own independent attributes")]
pub struct Fetch {
    /// The most rows, on one page that nothing follows.
    pub top: Option<u32>,
    /// Rows of a page.
    pub count: Option<u32>,
    /// Which page, from 1.
    pub page: Option<u32>,
    /// Where the page before ended.
    pub paging_cookie: Option<Box<str>>,
    /// Of rows that show the same values only one.
    pub distinct: bool,
    /// Groups of rows instead of rows.
    pub aggregate: bool,
    /// The most rows that may be grouped.
    pub aggregate_limit: Option<u32>,
    /// Whether all rows are counted too.
    pub return_total_record_count: bool,
    /// Order choices by their numbers.
    pub use_raw_order_by: bool,
    /// `retained` asks for long-term retained data.
    pub data_source: Option<Box<str>>,
    /// The table whose rows are asked for.
    pub entity: Entity,
}

/// `<entity>`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entity {
    /// The table's logical name.
    pub name: Box<str>,
    /// What stands within.
    pub content: Content,
}

/// What an entity and a link to one hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    /// `<all-attributes/>`
    pub all_attributes: bool,
    /// `<no-attrs/>`
    pub no_attributes: bool,
    /// The columns.
    pub attributes: Vec<Attribute>,
    /// The order.
    pub orders: Vec<Order>,
    /// What must hold; of several all.
    pub filters: Vec<Filter>,
    /// The tables joined to this one.
    pub links: Vec<LinkEntity>,
}

/// `<attribute>`: a column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the language's own independent attributes")]
pub struct Attribute {
    /// The column's logical name.
    pub name: Box<str>,
    /// Its name in the answer.
    pub alias: Option<Box<str>>,
    /// What is worked out of it.
    pub aggregate: Option<AggregateFunction>,
    /// Whether rows are grouped by it.
    pub group_by: bool,
    /// By which part of a date.
    pub date_grouping: Option<DatePart>,
    /// Whether each value counts once.
    pub distinct: bool,
    /// Whether days are those of the caller's time zone.
    pub user_time_zone: bool,
    /// Whether the row's children are counted: `CountChildren`.
    pub count_children: bool,
    /// The element as it was sent, which a refusal quotes.
    pub xml: Quoted,
}

/// Text that a refusal quotes and that two documents need not share to be equal.
#[derive(Debug, Clone, Default)]
pub struct Quoted(pub Box<str>);

impl PartialEq for Quoted {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Quoted {}

/// The functions of `aggregate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AggregateFunction {
    /// `count`
    Count,
    /// `countcolumn`
    CountColumn,
    /// `sum`
    Sum,
    /// `avg`
    Average,
    /// `min`
    Min,
    /// `max`
    Max,
}

impl AggregateFunction {
    /// Every function with its name.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("count", Self::Count),
        ("countcolumn", Self::CountColumn),
        ("sum", Self::Sum),
        ("avg", Self::Average),
        ("min", Self::Min),
        ("max", Self::Max),
    ];
}

/// The parts of dates with their names.
pub const DATE_PARTS: &[(&str, DatePart)] = &[
    ("day", DatePart::Day),
    ("week", DatePart::Week),
    ("month", DatePart::Month),
    ("quarter", DatePart::Quarter),
    ("year", DatePart::Year),
    ("fiscal-period", DatePart::FiscalPeriod),
    ("fiscal-year", DatePart::FiscalYear),
];

/// `<order>`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// By which column; of rows.
    pub attribute: Option<Box<str>>,
    /// By which output; of groups.
    pub alias: Option<Box<str>>,
    /// Of which joined table.
    pub entity_name: Option<Box<str>>,
    /// Greatest first.
    pub descending: bool,
}

/// `<link-entity>`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkEntity {
    /// The linked table's logical name.
    pub name: Box<str>,
    /// The column of the linked table.
    pub from: Option<Box<str>>,
    /// The column of the table around it.
    pub to: Option<Box<str>>,
    /// What the linked table goes by.
    pub alias: Option<Box<str>>,
    /// What becomes of rows without a match, and with several.
    pub link_type: LinkType,
    /// What stands within.
    pub content: Content,
}

/// The values of `link-type`. Source: queries.md B.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkType {
    /// `inner`
    #[default]
    Inner,
    /// `natural`, an older name of `inner`
    Natural,
    /// `outer`
    Outer,
    /// `exists`
    Exists,
    /// `in`
    In,
    /// `matchfirstrowusingcrossapply`
    First,
    /// `any`
    Any,
    /// `not any`
    NotAny,
    /// `all`
    All,
    /// `not all`
    NotAll,
}

impl LinkType {
    /// Every type with its name.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("inner", Self::Inner),
        ("natural", Self::Natural),
        ("outer", Self::Outer),
        ("exists", Self::Exists),
        ("in", Self::In),
        ("matchfirstrowusingcrossapply", Self::First),
        ("any", Self::Any),
        ("not any", Self::NotAny),
        ("all", Self::All),
        ("not all", Self::NotAll),
    ];

    /// Whether it stands within a filter rather than beside one.
    pub fn is_filter(self) -> bool {
        matches!(self, Self::Any | Self::NotAny | Self::All | Self::NotAll)
    }
}

/// `<filter>`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Whether one of them is enough.
    pub or: bool,
    /// What it combines, in the order of the document.
    pub items: Vec<FilterItem>,
}

/// A part of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterItem {
    /// `<condition>`
    Condition(Condition),
    /// `<filter>`
    Filter(Filter),
    /// `<link-entity>` of a type of its own.
    Link(Box<LinkEntity>),
}

/// `<condition>`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The joined table whose column it is.
    pub entity_name: Option<Box<str>>,
    /// The column.
    pub attribute: Box<str>,
    /// How it is compared.
    pub operator: Operator,
    /// With which other column.
    pub value_of: Option<Box<str>>,
    /// With which values.
    pub values: Vec<Box<str>>,
}
