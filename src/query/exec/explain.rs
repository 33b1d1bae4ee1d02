//! How a plan would be run, told without running it.

use super::Context;
use super::access::{self, Way};
use crate::model::NavigationKind;
use crate::query::plan::{Expand, Query};

/// How a plan would be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The way to the rows.
    pub way: Way,
    /// Whether rows come in the order wanted, rather than being sorted.
    pub in_order: bool,
    /// The ways to the rows of each expanded property, in the order of the plan.
    pub expand: Vec<ExplainedExpand>,
}

/// How the rows of an expanded property would be found for each row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedExpand {
    /// Whether an index leads to them; otherwise their table is read once for all rows.
    pub by_index: bool,
    /// The properties nested in it.
    pub expand: Vec<ExplainedExpand>,
}

/// Says how a query would be run, without running it.
pub fn explain(context: &Context<'_>, query: &Query) -> Explanation {
    let data = context.records.table(query.source.table);
    Explanation {
        way: access::explain(context, &query.source),
        in_order: query.order.is_empty() && query.group.is_none() && data.is_in_id_order(),
        expand: explain_expand(context, &query.expand),
    }
}

/// Says how the rows of expanded properties would be found.
fn explain_expand(context: &Context<'_>, expands: &[Expand]) -> Vec<ExplainedExpand> {
    let explained = |expand: &Expand| ExplainedExpand {
        by_index: match expand.navigation {
            NavigationKind::Lookup { .. } => true,
            NavigationKind::Collection { table, column } => context.records.table(table).is_indexed(column),
            NavigationKind::ManyToMany { intersect, near, .. } => {
                context.records.table(intersect).is_indexed(near)
            }
        },
        expand: explain_expand(context, &expand.expand),
    };
    expands.iter().map(explained).collect()
}
