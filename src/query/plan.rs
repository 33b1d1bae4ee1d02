//! The logical algebra: what is asked for, whatever language asked.
//!
//! - There is no *not*: negation is pushed to the leaves by the languages, and which leaves take rows without a
//!   value is said once, by [`Operator::takes_null`] (queries.md A.5 and C).
//! - A [`Source`] is a scope: a table, the joins around it and a predicate over them. The query, the inside of an
//!   *any* and an expanded collection are one each, and a [`ColRef`] is meaningful within its scope only.
//! - What is relative to the caller or to the clock stays symbolic and is resolved when the plan runs.

mod print;

use uuid::Uuid;

use super::cookie::Cookie;
use crate::model::{ColumnId, NavigationKind, TableId, Value};

pub use print::Printed;

/// The most rows of one page, of a `$top`, and of what a count tells. Source: queries.md A.10.
pub const MOST_ROWS: u32 = 5_000;

/// A whole query: which rows, of them what, in which order, how many.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Which rows.
    pub source: Source,
    /// Which of their columns.
    pub columns: Columns,
    /// Which related rows come along.
    pub expand: Vec<Expand>,
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

/// A table joined to another of the same scope, at most one row of it to each row.
///
/// The join is an outer one: where there is no row, its columns are null. For a predicate that takes no nulls that
/// is the same as an inner join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Join {
    /// What it is joined to.
    pub parent: Alias,
    /// The lookup column there. A lookup that points to another table joins nothing.
    pub to: ColumnId,
    /// The joined table.
    pub table: TableId,
    /// The column of the joined table that equals it.
    pub from: ColumnId,
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

/// How a column is compared: the platform's condition operators, negatives included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal to one value.
    Equal,
    /// Not equal to one value; takes nulls.
    NotEqual,
    /// Greater.
    GreaterThan,
    /// Greater or equal.
    GreaterEqual,
    /// Less.
    LessThan,
    /// Less or equal.
    LessEqual,
    /// Matches a pattern with `%`, `_`, `[abc]`, `[^abc]`.
    Like,
    /// Does not match it; takes nulls.
    NotLike,
    /// Starts with a pattern.
    BeginsWith,
    /// Does not start with it; takes nulls.
    DoesNotBeginWith,
    /// Ends with a pattern.
    EndsWith,
    /// Does not end with it; takes nulls.
    DoesNotEndWith,
    /// Equal to one of several values.
    In,
    /// Equal to none of several values; takes nulls.
    NotIn,
    /// Has no value.
    Null,
    /// Has a value.
    NotNull,
    /// Is the caller.
    EqualUserId,
    /// Is not the caller; takes nulls.
    NotEqualUserId,
    /// Is the caller's business unit.
    EqualBusinessId,
    /// Is not the caller's business unit; takes nulls.
    NotEqualBusinessId,
}

/// Which columns of a row are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// Every readable one.
    All,
    /// These, in the order of the request; the primary key comes along unasked.
    Some(Vec<ColumnId>),
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
            expand: Vec::new(),
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

impl Default for Page {
    fn default() -> Self {
        Self { size: MOST_ROWS, continues: true, start: Start::First }
    }
}

impl Alias {
    /// The table whose rows a scope asks for.
    pub const ROOT: Self = Self(0);
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

impl Operator {
    /// The operator that stands for *not* this one.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::GreaterThan => Self::LessEqual,
            Self::GreaterEqual => Self::LessThan,
            Self::LessThan => Self::GreaterEqual,
            Self::LessEqual => Self::GreaterThan,
            Self::Like => Self::NotLike,
            Self::NotLike => Self::Like,
            Self::BeginsWith => Self::DoesNotBeginWith,
            Self::DoesNotBeginWith => Self::BeginsWith,
            Self::EndsWith => Self::DoesNotEndWith,
            Self::DoesNotEndWith => Self::EndsWith,
            Self::In => Self::NotIn,
            Self::NotIn => Self::In,
            Self::Null => Self::NotNull,
            Self::NotNull => Self::Null,
            Self::EqualUserId => Self::NotEqualUserId,
            Self::NotEqualUserId => Self::EqualUserId,
            Self::EqualBusinessId => Self::NotEqualBusinessId,
            Self::NotEqualBusinessId => Self::EqualBusinessId,
        }
    }

    /// The operator with its sides exchanged; only the six that compare have sides.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::GreaterThan => Self::LessThan,
            Self::GreaterEqual => Self::LessEqual,
            Self::LessThan => Self::GreaterThan,
            Self::LessEqual => Self::GreaterEqual,
            other => other,
        }
    }

    /// Whether a row without a value passes. The negative operators take nulls, which SQL would not.
    /// Source: queries.md A.5, table of nulls.
    pub fn takes_null(self) -> bool {
        matches!(
            self,
            Self::NotEqual
                | Self::NotLike
                | Self::DoesNotBeginWith
                | Self::DoesNotEndWith
                | Self::NotIn
                | Self::Null
                | Self::NotEqualUserId
                | Self::NotEqualBusinessId
        )
    }
}
