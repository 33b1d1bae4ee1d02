//! Asking: from the text of a query language to the rows that answer it.
//!
//! 1. [`lang`] reads a language into its syntax, which knows no schema, and *lowers* that to a plan: names become
//!    tables and columns, literals become values of the columns they are compared with.
//! 2. [`plan`] is the one logical algebra all languages share. It prints itself.
//! 3. [`exec`] runs a plan over the rows of one moment.
//!
//! Nothing here knows who may see what: `service` adds the rows a caller may see to the plan's filter.

mod cookie;
pub mod exec;
pub mod lang;
pub mod plan;
#[cfg(test)]
mod testing;

pub use exec::{
    CallerFacts, Context, Count, Expanded, ExplainedExpand, Explanation, Found, PreparedExpand, ResultSet,
    Way, children, count, expand, explain, matches, run, zone_of_code, zone_of_user,
};
