//! What `OData` text says, before any name is known.

use rust_decimal::Decimal;
use uuid::Uuid;

/// A literal of the language.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// Whole number of 32 or 64 bits.
    Int(i64),
    /// Number with a point, or a whole number too long for 64 bits.
    Decimal(Decimal),
    /// Number with an exponent, `INF`, `-INF`, `NaN`.
    Double(f64),
    /// Text, quotes undoubled.
    String(Box<str>),
    /// Unique identifier.
    Guid(Uuid),
    /// Date, days since 1970-01-01.
    Date(i32),
    /// Date and time, seconds since 1970 in UTC; fractions are dropped, as rows hold seconds.
    DateTime(i64),
    /// A member of an enumeration: `Namespace.Type'Member'`.
    Enum {
        /// The qualified type.
        name: Box<str>,
        /// The member or members.
        member: Box<str>,
    },
    /// An array or object of JSON, as it stands; whoever wants it reads it.
    Json(Box<str>),
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// One of several.
    Or(Vec<Expr>),
    /// All of several.
    And(Vec<Expr>),
    /// `not x`
    Not(Box<Expr>),
    /// `a eq b`
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// A literal.
    Literal(Literal),
    /// `@name`
    Alias(Box<str>),
    /// `a/b/c`
    Path(Path),
    /// `a/b/name(args)`
    Call {
        /// What stands before the name.
        path: Path,
        /// The name, qualified if it is.
        name: Box<str>,
        /// The arguments.
        args: Vec<Argument>,
    },
    /// `a/b/any(x:...)`
    Lambda {
        /// The collection.
        path: Path,
        /// `all` rather than `any`.
        all: bool,
        /// Variable and condition; absent in `any()`.
        body: Option<(Box<str>, Box<Expr>)>,
    },
}

/// The names between slashes.
pub type Path = Vec<Box<str>>;

/// An argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// Its name, where arguments are named.
    pub name: Option<Box<str>>,
    /// Its value.
    pub value: Expr,
}

/// The six comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

/// One key of an `$orderby`.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderItem {
    /// By what.
    pub by: Expr,
    /// Whether `desc` follows.
    pub descending: bool,
}

/// One property of an `$expand`.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpandItem {
    /// The names between slashes, `$ref` included.
    pub path: Path,
    /// Options within the parentheses, undecoded.
    pub options: Vec<(Box<str>, Box<str>)>,
}

/// One step of an `$apply`: rows in, rows or groups out.
#[derive(Debug, Clone, PartialEq)]
pub enum Transformation {
    /// `filter(condition)`
    Filter(Expr),
    /// `aggregate(price with sum as total)`: all rows are one group.
    Aggregate(Vec<AggregateItem>),
    /// `groupby((a,b/c),aggregate(...))`
    GroupBy {
        /// What rows of one group have in common.
        keys: Vec<Expr>,
        /// What is worked out of each group; nothing where only the groups are wanted.
        aggregate: Vec<AggregateItem>,
    },
}

/// One value of an `aggregate`.
#[derive(Debug, Clone, PartialEq)]
pub struct AggregateItem {
    /// Of what; `$count` stands for the rows themselves.
    pub of: Expr,
    /// How, the word behind `with`; none behind `$count`.
    pub method: Option<Box<str>>,
    /// What it is called in the answer.
    pub alias: Box<str>,
}

impl Expr {
    /// Shows every path of an expression: of columns, in front of functions, and of collections. Paths within a
    /// lambda begin with its variable.
    pub fn each_path(&self, seen: &mut impl FnMut(&Path)) {
        match self {
            Self::Or(parts) | Self::And(parts) => {
                for part in parts {
                    part.each_path(seen);
                }
            }
            Self::Not(inner) => inner.each_path(seen),
            Self::Compare(_, left, right) => {
                left.each_path(seen);
                right.each_path(seen);
            }
            Self::Literal(_) | Self::Alias(_) => {}
            Self::Path(path) => seen(path),
            Self::Call { path, args, .. } => {
                if !path.is_empty() {
                    seen(path);
                }
                for arg in args {
                    arg.value.each_path(seen);
                }
            }
            Self::Lambda { path, body, .. } => {
                seen(path);
                if let Some((_, body)) = body {
                    body.each_path(seen);
                }
            }
        }
    }
}
