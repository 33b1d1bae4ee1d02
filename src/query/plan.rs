//! The logical algebra: what is asked for, whatever language asked.
//!
//! - There is no *not*: negation is pushed to the leaves by the languages, and which leaves take rows without a
//!   value is said once, by [`Operator::takes_null`] (queries.md A.5 and C).
//! - A [`Source`] is a scope: a table, the joins around it and a predicate over them. The query, the inside of an
//!   *any* and an expanded collection are one each, and a [`ColRef`] is meaningful within its scope only.
//! - What is relative to the caller or to the clock stays symbolic and is resolved when the plan runs.

mod operator;
mod print;

use uuid::Uuid;

use super::cookie::Cookie;
use crate::model::{ColumnId, NavigationKind, TableId, Value};

pub use operator::{Applies, Operator, Values};
pub use print::Printed;

/// The most rows of one page, of a `$top`, and of what a count tells. Source: queries.md A.10.
pub const MOST_ROWS: u32 = 5_000;

/// A whole query: which rows, of them what, in which order, how many.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Which rows.
    pub source: Source,
    /// Which of the root's columns, under their own names.
    pub columns: Columns,
    /// Columns under names the query gives: those of joined tables, and those with an alias.
    pub named: Vec<Named>,
    /// Which related rows come along.
    pub expand: Vec<Expand>,
    /// Groups of rows instead of rows; then `columns`, `named`, `expand` and `order` are empty.
    pub group: Option<Group>,
    /// Of rows that show the same values only one. No primary key comes along unasked, and none decides the order.
    pub distinct: bool,
    /// In which order; the primary key is always appended, so it never stands here for that purpose.
    pub order: Vec<OrderKey>,
    /// Which part of them.
    pub page: Page,
    /// Whether to count all rows too.
    pub count: bool,
}

/// A table, its joins and a predicate over them.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The table whose rows are asked for; it goes by [`Alias::ROOT`].
    pub table: TableId,
    /// The tables joined to it; the n-th goes by the alias n, counting from 1.
    pub joins: Vec<Join>,
    /// What must hold.
    pub filter: Predicate,
}

/// A table of a scope: the root or one of its joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Alias(pub u16);

/// A table joined to another of the same scope.
///
/// The languages join in the order of the request, parents first. What must hold of the joined rows for them to be
/// joined at all stands in `on`; the scope's filter is asked of what the joins made.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// What it is joined to.
    pub parent: Alias,
    /// The column there. A lookup that points to another table joins nothing.
    pub to: ColumnId,
    /// The joined table.
    pub table: TableId,
    /// The column of the joined table that equals it.
    pub from: ColumnId,
    /// What becomes of rows without a match, and with several.
    pub kind: JoinKind,
    /// What must hold of a joined row; speaks of its alias only.
    pub on: Predicate,
}

/// What a join makes of a row by the number of its matches. Source: queries.md B.3.
///
/// The link types *exists*, *in* and those within filters are no joins but [`Predicate::Quant`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// A row for each match, none without.
    Inner,
    /// A row for each match; without a match one whose joined columns are null, those of the joins behind it too.
    Outer,
    /// One row for whichever match comes first, none without.
    First,
}

/// A column of one of a scope's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ColRef {
    /// The table.
    pub alias: Alias,
    /// The column in it.
    pub column: ColumnId,
}

/// What must hold of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// Always.
    True,
    /// Never.
    False,
    /// All of them.
    And(Vec<Predicate>),
    /// One of them.
    Or(Vec<Predicate>),
    /// A column against given values.
    Cmp {
        /// The column.
        column: ColRef,
        /// How it is compared.
        operator: Operator,
        /// With what; as many as the operator takes.
        args: Vec<Value>,
    },
    /// Two columns; false where either is null, except that *not equal* takes any null on the left.
    Cols {
        /// The left one.
        left: ColRef,
        /// One of the six that compare.
        operator: Operator,
        /// The right one.
        right: ColRef,
    },
    /// Whether related rows exist.
    Quant {
        /// Which sort of existence.
        kind: Quantifier,
        /// How they are related.
        link: Link,
        /// Which related rows count; a scope of its own.
        body: Box<Source>,
    },
}

/// The sorts of existence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// Some related row satisfies the body.
    Any,
    /// No related row satisfies the body.
    NotAny,
    /// There are related rows, and none satisfies the body (the platform's link type `all`).
    AllNone,
}

/// How the rows of a [`Predicate::Quant`] are related to a row of the scope around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Their column `from` equals the column `to` of the row that goes by `parent`.
    Columns {
        /// Whose related rows they are.
        parent: Alias,
        /// The column there.
        to: ColumnId,
        /// The column of the related rows.
        from: ColumnId,
    },
    /// A row of `intersect` names both.
    Through {
        /// Whose related rows they are.
        parent: Alias,
        /// The joining table.
        intersect: TableId,
        /// Its column with the id of the parent.
        near: ColumnId,
        /// Its column with the id of the related row.
        far: ColumnId,
    },
}

/// Which columns of a row are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// Every readable one.
    All,
    /// These, in the order of the request; the primary key comes along unasked.
    Some(Vec<ColumnId>),
}

/// A column under a name the query gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The column.
    pub column: ColRef,
    /// Its name in the answer.
    pub name: Box<str>,
    /// Whether the name is an alias the query gave to this very column, rather than made of the join's alias.
    pub aliased: bool,
}

/// Groups of rows, and what is worked out of each. Source: queries.md B.7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Rows with the same keys are one group; without keys all rows are.
    pub keys: Vec<GroupKey>,
    /// What is worked out.
    pub measures: Vec<Measure>,
    /// In which order the groups come.
    pub order: Vec<GroupOrder>,
    /// The most rows that may be grouped; more are refused.
    pub most_rows: u32,
}

/// What groups are made by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupKey {
    /// The column.
    pub column: ColRef,
    /// Which part of a date, in whose time zone.
    pub part: Option<(DatePart, Zone)>,
    /// Its name in the answer.
    pub name: Box<str>,
}

/// The parts of a date that groups are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatePart {
    /// Of the month.
    Day,
    /// Of the year; the first of January is in week 1 and weeks start on Sunday.
    Week,
    /// Of the year.
    Month,
    /// Of the year.
    Quarter,
    /// The calendar year.
    Year,
    /// The period of the organization's fiscal calendar, with its year.
    FiscalPeriod,
    /// The year of the organization's fiscal calendar.
    FiscalYear,
}

/// Whose midnight separates days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// The caller's.
    User,
    /// That of Greenwich.
    Utc,
}

/// What is worked out of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// How.
    pub function: Aggregate,
    /// Of which column; `None` only with [`Aggregate::Count`].
    pub column: Option<ColRef>,
    /// Its name in the answer.
    pub name: Box<str>,
}

/// The functions over a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// The rows.
    Count,
    /// The rows with a value.
    CountColumn,
    /// The different values.
    CountDistinct,
    /// The sum of the values.
    Sum,
    /// Their average; of whole numbers a whole number.
    Average,
    /// The least.
    Min,
    /// The greatest.
    Max,
}

/// One key of the order of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupOrder {
    /// Which key, or which measure counting on from the keys.
    pub output: u16,
    /// What of it is compared.
    pub by: OrderBy,
    /// Greatest first.
    pub descending: bool,
}

/// Related rows that come along with each row.
#[derive(Debug, Clone, PartialEq)]
pub struct Expand {
    /// Name of the navigation property.
    pub name: Box<str>,
    /// Where it leads.
    pub navigation: NavigationKind,
    /// Whether only the address of the related row is wanted (`/$ref`).
    pub reference_only: bool,
    /// Which columns of the related rows.
    pub columns: Columns,
    /// Which related rows; `None` where the property leads to a user or a team, whichever it is.
    pub source: Option<Source>,
    /// In which order.
    pub order: Vec<OrderKey>,
    /// How many of each row's.
    pub top: u32,
    /// Which rows related to those come along with them.
    pub expand: Vec<Expand>,
}

/// One key of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderKey {
    /// The column.
    pub column: ColRef,
    /// What of it is compared.
    pub by: OrderBy,
    /// Greatest first. Nulls come first in an ascending order.
    pub descending: bool,
}

/// What of a column an order compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderBy {
    /// Its value; the number of a choice.
    Value,
    /// The primary name of the row a lookup points to.
    LookupName,
    /// The label of a choice or of a two-option column.
    Label,
}

/// Which part of the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// How many rows at most.
    pub size: u32,
    /// Whether the answer says how to go on; a `$top` does not.
    pub continues: bool,
    /// Where it starts.
    pub start: Start,
}

/// Where a page starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// At the first row.
    First,
    /// After `pages` pages of this size.
    Skip {
        /// The pages before it.
        pages: u32,
    },
    /// After the last row of the page before.
    After(Cookie),
}

impl Query {
    /// Every row of a table, all columns, first page.
    pub fn all(table: TableId) -> Self {
        Self {
            source: Source::all(table),
            columns: Columns::All,
            named: Vec::new(),
            expand: Vec::new(),
            group: None,
            distinct: false,
            order: Vec::new(),
            page: Page::default(),
            count: false,
        }
    }
}

impl Source {
    /// Every row of a table.
    pub fn all(table: TableId) -> Self {
        Self { table, joins: Vec::new(), filter: Predicate::True }
    }

    /// Only those rows of which `condition` holds too.
    pub fn restrict(&mut self, condition: Predicate) {
        let filter = std::mem::replace(&mut self.filter, Predicate::True);
        self.filter = Predicate::and([filter, condition]);
    }

    /// The table that goes by an alias.
    pub fn table_of(&self, alias: Alias) -> TableId {
        match alias.0 {
            0 => self.table,
            n => self.joins[usize::from(n) - 1].table,
        }
    }
}

/// Whether something is expanded within what is expanded, and a collection is anywhere among it: then expanded rows
/// are paged and shaped in another way. Source: queries.md A.10, web-api.md 4.5.
pub fn nests_collections(expands: &[Expand]) -> bool {
    fn has_collection(expands: &[Expand]) -> bool {
        expands.iter().any(|expand| {
            !matches!(expand.navigation, NavigationKind::Lookup { .. }) || has_collection(&expand.expand)
        })
    }
    expands.iter().any(|expand| !expand.expand.is_empty()) && has_collection(expands)
}

impl Default for Page {
    fn default() -> Self {
        Self { size: MOST_ROWS, continues: true, start: Start::First }
    }
}

impl Alias {
    /// The table whose rows a scope asks for.
    pub const ROOT: Self = Self(0);
}

impl OrderKey {
    /// Leaves out what the primary key makes superfluous: the keys behind it, and the key itself where it ascends, since
    /// it comes last in every order anyway. Not for distinct rows, whose order it does not end.
    pub fn end_at_primary(keys: &mut Vec<Self>, primary: ColumnId) {
        let is_primary = |key: &Self| key.column == ColRef::root(primary) && key.by == OrderBy::Value;
        if let Some(at) = keys.iter().position(is_primary) {
            keys.truncate(at + usize::from(keys[at].descending));
        }
    }
}

impl ColRef {
    /// A column of the root.
    pub fn root(column: ColumnId) -> Self {
        Self { alias: Alias::ROOT, column }
    }
}

impl Predicate {
    /// A column against one value.
    pub fn cmp(column: ColRef, operator: Operator, value: impl Into<Value>) -> Self {
        Self::Cmp { column, operator, args: vec![value.into()] }
    }

    /// A column against nothing: null, not null, and what is relative to the caller.
    pub fn test(column: ColRef, operator: Operator) -> Self {
        Self::Cmp { column, operator, args: Vec::new() }
    }

    /// A column of the root is one of these ids.
    pub fn one_of(column: ColumnId, ids: impl IntoIterator<Item = Uuid>) -> Self {
        let args: Vec<Value> = ids.into_iter().map(Value::Guid).collect();
        if args.is_empty() {
            return Self::False;
        }
        Self::Cmp { column: ColRef::root(column), operator: Operator::In, args }
    }

    /// All of several, flat and without what is always true.
    pub fn and(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::True => {}
                Self::False => return Self::False,
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::True,
            1 => flat.swap_remove(0),
            _ => Self::And(flat),
        }
    }

    /// One of several, flat and without what is never true.
    pub fn or(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::False => {}
                Self::True => return Self::True,
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::False,
            1 => flat.swap_remove(0),
            _ => Self::Or(flat),
        }
    }
}
