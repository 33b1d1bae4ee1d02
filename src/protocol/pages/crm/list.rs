//! Lists of rows: what is asked of the Web API, and the table that shows it. Search, order and pages are the Web API's
//! own; a list of any length is read a page at a time.

use http::{HeaderName, Method};
use maud::{Markup, html};
use serde_json::Value;

use super::super::ask::{Refused, encoded};
use super::super::form::Fields;
use super::entry::Client;

/// Rows on a page.
const PAGE: &str = "odata.maxpagesize=50";

/// A column of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// The property.
    pub(super) name: &'static str,
    /// What stands above it.
    pub(super) label: &'static str,
    /// What the Web API orders by; nothing where it is not for ordering.
    pub(super) order: Option<&'static str>,
}

impl Column {
    /// A column that lists are ordered by as it is.
    pub(super) const fn new(name: &'static str, label: &'static str) -> Self {
        Self { name, label, order: Some(name) }
    }

    /// A lookup, ordered by what the other row is called.
    pub(super) const fn lookup(name: &'static str, label: &'static str, order: &'static str) -> Self {
        Self { name, label, order: Some(order) }
    }
}

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Query<'q> {
    /// The entity set.
    pub(super) set: &'q str,
    /// The primary key.
    pub(super) key: &'q str,
    /// The columns; the first leads to the row.
    pub(super) columns: &'q [Column],
    /// More that is selected.
    pub(super) also: &'q str,
    /// A condition of the view.
    pub(super) filter: String,
    /// The columns a search looks into.
    pub(super) searched: &'q [&'q str],
}

/// A page of a list, and what makes the others.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    /// The rows.
    pub(super) rows: Vec<Value>,
    total: Option<u64>,
    is_more: bool,
    after: Option<String>,
    from: usize,
    sort: usize,
    descending: bool,
}

/// What a row has in a column as people read it: its formatted value where there is one.
pub(super) fn shown(row: &Value, column: &str) -> String {
    let formatted = &row[format!("{column}@OData.Community.Display.V1.FormattedValue")];
    let plain = &row[column];
    match (formatted, plain) {
        (Value::String(text), _) | (_, Value::String(text)) => text.clone(),
        (_, Value::Null) => String::new(),
        (_, other) => other.to_string(),
    }
}

/// A text as `OData` writes it, fit for an address.
pub(super) fn literal(text: &str) -> String {
    encoded(&format!("'{}'", text.replace('\'', "''")))
}

/// Reads the page of a list that the query string asks for.
pub(super) async fn read(client: &Client, query: &Query<'_>) -> Result<Listing, Refused> {
    const PREFER: HeaderName = HeaderName::from_static("prefer");
    let asked = &client.page.query;
    let (descending, wanted) = match asked.text("sort").strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, asked.text("sort")),
    };
    let found = query.columns.iter().position(|column| column.name == wanted && column.order.is_some());
    let (sort, descending) = found.map_or((0, false), |sort| (sort, descending));
    let mut conditions: Vec<String> = Vec::new();
    if !query.filter.is_empty() {
        conditions.push(format!("({})", query.filter));
    }
    if let Some(text) = asked.get("q") {
        let any: Vec<_> =
            query.searched.iter().map(|column| format!("contains({column},{})", literal(text))).collect();
        conditions.push(format!("({})", any.join(" or ")));
    }
    let names: Vec<_> = query.columns.iter().map(|column| column.name).collect();
    let also = if query.also.is_empty() { String::new() } else { format!(",{}", query.also) };
    let order = query.columns[sort].order.unwrap_or(query.key);
    let direction = if descending { "desc" } else { "asc" };
    let mut path = format!(
        "/{}/api/data/v9.2/{}?$select={}{also}&$count=true&$orderby={order} {direction}",
        client.page.organization(),
        query.set,
        names.join(","),
    );
    if !conditions.is_empty() {
        path.push_str("&$filter=");
        path.push_str(&conditions.join(" and "));
    }
    if let Some(after) = asked.get("after") {
        path.push_str("&$skiptoken=");
        path.push_str(&encoded(after));
    }
    let answer = client.page.ask_with(Method::GET, &path, &[(PREFER, PAGE)], None).await.done()?;
    Ok(Listing {
        rows: answer["value"].as_array().cloned().unwrap_or_default(),
        total: answer["@odata.count"].as_u64(),
        is_more: answer["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"] == true,
        after: answer["@odata.nextLink"].as_str().and_then(token_of),
        from: asked.get("after").and(asked.get("from")).and_then(|from| from.parse().ok()).unwrap_or(0),
        sort,
        descending,
    })
}

/// Where the next page begins, as the Web API says it.
fn token_of(link: &str) -> Option<String> {
    let (_, query) = link.split_once('?')?;
    Fields::read(query.as_bytes()).get("$skiptoken").map(str::to_owned)
}

/// An address with the fields of the query string that a list goes by, and others in place of some.
pub(super) fn address(client: &Client, path: &str, instead: &[(&str, &str)]) -> String {
    let kept =
        ["view", "q", "sort"].into_iter().filter(|name| instead.iter().all(|(other, _)| other != name));
    let kept = kept.filter_map(|name| Some((name, client.page.query.get(name)?)));
    let fields: Vec<_> = kept
        .chain(instead.iter().copied())
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let question = if fields.is_empty() { "" } else { "?" };
    client.page.link(&format!("{path}{question}{}", fields.join("&")))
}

impl Listing {
    /// The table. `choose` names the field of a checkbox before every row; `cell` shows a row's column.
    pub(super) fn table(
        &self,
        client: &Client,
        path: &str,
        label: &str,
        query: &Query<'_>,
        choose: Option<&str>,
        cell: impl Fn(&Value, &Column) -> Markup,
    ) -> Markup {
        if self.rows.is_empty() {
            return html! { p class="empty" {
                "No " (label.to_lowercase()) " to show"
                @if client.page.query.get("q").is_some() { ": nothing matches the search" }
                "."
            } };
        }
        html! {
            div class="scroll" role="region" aria-label=(label) tabindex="0" {
                table class="grid" {
                    thead { tr {
                        @if choose.is_some() { th scope="col" class="choose" { "Select" } }
                        @for (at, column) in query.columns.iter().enumerate() { (self.head(client, path, at, column)) }
                    } }
                    tbody {
                        @for row in &self.rows {
                            tr {
                                @if let Some(field) = choose {
                                    td class="choose" {
                                        input type="checkbox" name=(field) value=(shown(row, query.key))
                                            aria-label=(format!("Select {}", shown(row, query.columns[0].name)));
                                    }
                                }
                                @for column in query.columns { td { (cell(row, column)) } }
                            }
                        }
                    }
                }
            }
        }
    }

    fn head(&self, client: &Client, path: &str, at: usize, column: &Column) -> Markup {
        let is_sorted = at == self.sort;
        let other =
            if is_sorted && !self.descending { format!("-{}", column.name) } else { column.name.to_owned() };
        let (order, arrow) = if self.descending { ("descending", " ▼") } else { ("ascending", " ▲") };
        html! {
            th scope="col" aria-sort=[is_sorted.then_some(order)] {
                @if column.order.is_some() {
                    a href=(address(client, path, &[("sort", &other)])) {
                        (column.label)
                        @if is_sorted { span aria-hidden="true" { (arrow) } }
                    }
                } @else { (column.label) }
            }
        }
    }

    /// How many there are, and the ways to the other pages.
    pub(super) fn pages(&self, client: &Client, path: &str, label: &str) -> Markup {
        let to = self.from + self.rows.len();
        let total = self.total.unwrap_or_default();
        let more = if self.is_more { "+" } else { "" };
        html! {
            nav class="pages" aria-label=(format!("Pages of {label}")) {
                @if !self.rows.is_empty() { span { (self.from + 1) " - " (to) " of " (total) (more) } }
                @if self.from > 0 { a href=(address(client, path, &[])) { "First page" } }
                @if let Some(after) = &self.after {
                    a rel="next" href=(address(client, path, &[("after", after), ("from", &to.to_string())])) {
                        "Next page"
                    }
                }
            }
        }
    }
}

/// The field to search in, and the views to choose from where there are several.
pub(super) fn finder(client: &Client, path: &str, label: &str, views: &[(&str, &str)], view: &str) -> Markup {
    html! {
        form class="finder" role="search" method="get" action=(client.page.link(path)) {
            @if !views.is_empty() {
                div {
                    label for="view" { "View" }
                    select id="view" name="view" {
                        @for (key, title) in views { option value=(key) selected[*key == view] { (title) } }
                    }
                }
            }
            div {
                label for="q" { "Search for " (label.to_lowercase()) }
                input id="q" name="q" type="search" value=(client.page.query.text("q"));
            }
            button type="submit" { "Show" }
        }
    }
}

/// What a row has in a column as programs read it; of a lookup the id.
pub(super) fn shown_id(row: &Value, column: &str) -> String {
    row[column].as_str().unwrap_or_default().to_owned()
}
