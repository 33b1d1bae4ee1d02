//! Which parts of the language a query uses, by their own names; nothing is looked up.

use std::borrow::Cow;

use super::parse;
use super::syntax::{AggregateItem, Comparison, ExpandItem, Expr, Transformation};
use crate::query::plan::Operator;

/// The namespace of the platform's own functions.
const NAMESPACE: &str = "Microsoft.Dynamics.CRM.";

/// The options by which rows are asked for, `FetchXML`'s among them.
const OPTIONS: &[&str] = &[
    "$select",
    "$filter",
    "$orderby",
    "$top",
    "$count",
    "$skiptoken",
    "$expand",
    "$apply",
    "fetchXml",
    "savedQuery",
    "userQuery",
];
const WORDS: &[&str] = &[
    "eq",
    "ne",
    "gt",
    "ge",
    "lt",
    "le",
    "and",
    "or",
    "not",
    "any",
    "all",
    "contains",
    "startswith",
    "endswith",
];
/// The parts of `$apply`, each with that word in front: some are called as others elsewhere.
const STEPS: &[&str] = &[
    "$apply filter",
    "$apply groupby",
    "$apply aggregate",
    "$apply $count",
    "$apply average",
    "$apply countdistinct",
    "$apply max",
    "$apply min",
    "$apply sum",
];

/// Every part there is.
pub fn parts() -> Vec<Cow<'static, str>> {
    let own = Operator::ALL.iter().map(|operator| operator.function()).filter(|name| !name.is_empty());
    let own = own.map(|name| Cow::Owned(format!("{NAMESPACE}{name}")));
    let plain = [OPTIONS, WORDS, STEPS].into_iter().flatten();
    let mut all: Vec<_> = plain.map(|name| Cow::Borrowed(*name)).chain(own).collect();
    // Two operators can go by one function.
    let mut seen = std::collections::HashSet::new();
    all.retain(|name| seen.insert(name.clone()));
    all
}

/// Shows the parts that query options use, as often as they do. What is not well formed uses nothing.
pub fn uses<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)], seen: &mut dyn FnMut(&str)) {
    for (name, value) in pairs {
        let (name, value) = (name.as_ref(), value.as_ref().trim());
        if let Some(name) = OPTIONS.iter().find(|option| **option == name) {
            seen(name);
        }
        match name {
            "$filter" => of_text(value, seen),
            "$orderby" => {
                let keys = parse::order(value).unwrap_or_default();
                for key in &keys {
                    of(&key.by, seen);
                }
            }
            "$expand" => of_expand(&parse::expand(value).unwrap_or_default(), seen),
            "$apply" => parse::apply(value).unwrap_or_default().iter().for_each(|step| of_step(step, seen)),
            // A parameter alias may hold a part of a condition.
            alias if alias.starts_with('@') => of_text(value, seen),
            _ => {}
        }
    }
}

fn of_text(text: &str, seen: &mut dyn FnMut(&str)) {
    if let Ok(expression) = parse::expression(text) {
        of(&expression, seen);
    }
}

fn of_expand(items: &[ExpandItem], seen: &mut dyn FnMut(&str)) {
    for item in items {
        uses(&item.options, seen);
    }
}

fn of_step(step: &Transformation, seen: &mut dyn FnMut(&str)) {
    match step {
        Transformation::Filter(condition) => {
            seen("$apply filter");
            of(condition, seen);
        }
        Transformation::Aggregate(items) => of_aggregate(items, seen),
        Transformation::GroupBy { aggregate, .. } => {
            seen("$apply groupby");
            of_aggregate(aggregate, seen);
        }
    }
}

fn of_aggregate(items: &[AggregateItem], seen: &mut dyn FnMut(&str)) {
    if !items.is_empty() {
        seen("$apply aggregate");
    }
    for item in items {
        let method = item.method.as_deref().unwrap_or("$count");
        if let Some(step) = STEPS.iter().find(|step| step.strip_prefix("$apply ") == Some(method)) {
            seen(step);
        }
    }
}

fn of(expression: &Expr, seen: &mut dyn FnMut(&str)) {
    match expression {
        Expr::Or(parts) | Expr::And(parts) => {
            seen(if matches!(expression, Expr::Or(_)) { "or" } else { "and" });
            for part in parts {
                of(part, seen);
            }
        }
        Expr::Not(inner) => {
            seen("not");
            of(inner, seen);
        }
        Expr::Compare(comparison, left, right) => {
            seen(match comparison {
                Comparison::Equal => "eq",
                Comparison::NotEqual => "ne",
                Comparison::Greater => "gt",
                Comparison::GreaterOrEqual => "ge",
                Comparison::Less => "lt",
                Comparison::LessOrEqual => "le",
            });
            of(left, seen);
            of(right, seen);
        }
        Expr::Call { name, args, .. } => {
            seen(name);
            for argument in args {
                of(&argument.value, seen);
            }
        }
        Expr::Lambda { all, body, .. } => {
            seen(if *all { "all" } else { "any" });
            if let Some((_, body)) = body {
                of(body, seen);
            }
        }
        Expr::Literal(_) | Expr::Alias(_) | Expr::Path(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(pairs: &[(&str, &str)]) -> String {
        let mut all = Vec::new();
        uses(pairs, &mut |part| all.push(part.to_owned()));
        all.join(" ")
    }

    #[test]
    fn what_queries_use() {
        for (pairs, expected) in [
            (vec![("$select", "a,b"), ("$top", "1"), ("other", "x eq 1")], "$select $top"),
            (vec![("$filter", "a eq 'b and c' or not contains(d,'e')")], "$filter or eq not contains"),
            (vec![("$filter", "x/any(o:o/p ge 3) and y/all(q:q/r ne null)")], "$filter and any ge all ne"),
            (
                vec![("$filter", "Microsoft.Dynamics.CRM.LastXDays(PropertyName='a',PropertyValue=3)")],
                "$filter Microsoft.Dynamics.CRM.LastXDays",
            ),
            (vec![("$expand", "a($filter=b lt 1;$expand=c($top=2)),d")], "$expand $filter lt $expand $top"),
            (
                vec![("$apply", "filter(a le 1)/groupby((b),aggregate($count as n,c with sum as s))")],
                "$apply $apply filter le $apply groupby $apply aggregate $apply $count $apply sum",
            ),
            (vec![("$filter", "@p"), ("@p", "a gt 1")], "$filter gt"),
            (vec![("$filter", "a eq")], "$filter"),
        ] {
            assert_eq!(used(&pairs), expected, "{pairs:?}");
        }
    }

    #[test]
    fn what_can_be_used_is_among_the_parts() {
        let parts = parts();
        let query = [
            ("$apply", "groupby((b),aggregate(c with average as s,d with countdistinct as t))"),
            ("$filter", "a eq 1 and Microsoft.Dynamics.CRM.Today(PropertyName='x')"),
        ];
        uses(&query, &mut |part| assert!(parts.iter().any(|of| of == part), "{part}"));
    }
}
