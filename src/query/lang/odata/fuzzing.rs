//! What the fuzzers ask of the language: whatever the text, nothing panics, limits hold, and what is read is printed
//! so that it reads the same.

use std::borrow::Cow;
use std::fmt::{Debug, Display, Write as _};

use super::syntax::{ExpandItem, Expr, Transformation};
use super::{Options, parse};
use crate::model::{Catalogue, TableId};
use crate::query::plan::{Expand, Query};

/// A text as a `$filter`, and as an `$orderby`.
pub fn filter(catalogue: &Catalogue, table: TableId, text: &str) {
    reads_back(text, parse::expression, Expr::to_string);
    reads_back(text, parse::order, |items| joined(items, ","));
    plan(catalogue, table, "$filter", text);
    plan(catalogue, table, "$orderby", text);
}

/// A text as an `$expand`, and as a `$select`.
pub fn expand(catalogue: &Catalogue, table: TableId, text: &str) {
    reads_back(text, parse::expand, |items: &Vec<ExpandItem>| joined(items, ","));
    if let Some(query) = plan(catalogue, table, "$expand", text) {
        let count = properties(&query.expand);
        assert!(count <= 15, "{count} properties: {text}");
    }
    plan(catalogue, table, "$select", text);
}

/// A text as an `$apply`.
pub fn apply(catalogue: &Catalogue, table: TableId, text: &str) {
    reads_back(text, parse::apply, |steps: &Vec<Transformation>| joined(steps, "/"));
    plan(catalogue, table, "$apply", text);
}

/// What is read prints as text that reads the same. Printed, a comparison of comparisons may stand deeper or further
/// along than it was written, and so beyond the limits of the parser.
fn reads_back<T: Debug>(
    text: &str,
    read: fn(&str) -> Result<T, parse::Failure>,
    print: impl Fn(&T) -> String,
) {
    let Ok(first) = read(text) else { return };
    let printed = print(&first);
    match read(&printed) {
        Ok(again) => assert_eq!(format!("{first:?}"), format!("{again:?}"), "{text}\n{printed}"),
        Err(failure) => assert_eq!(failure.why, parse::Why::TooDeep, "{text}\n{printed}"),
    }
}

/// The plan of an option, printed once; an alias is there for those who use it.
fn plan(catalogue: &Catalogue, table: TableId, option: &str, text: &str) -> Option<Query> {
    let pairs = [(Cow::Borrowed(option), Cow::Borrowed(text)), (Cow::Borrowed("@p"), Cow::Borrowed(text))];
    let options = Options { pairs: &pairs, max_page_size: Some(2), ..Options::default() };
    let query = super::parse(catalogue, table, &options).ok()?;
    let printed = query.display(catalogue).to_string();
    assert!(printed.starts_with(&*catalogue.table(table).logical_name), "{printed}");
    Some(query)
}

fn properties(expands: &[Expand]) -> usize {
    expands.iter().map(|expand| 1 + properties(&expand.expand)).sum()
}

fn joined<T: Display>(items: &[T], between: &str) -> String {
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        // Writing into a string cannot fail.
        let _ = write!(text, "{}{item}", if index > 0 { between } else { "" });
    }
    text
}
