//! Related rows that come along with rows (`$expand`). Source of the shapes: web-api.md 4.5 and 5.2.

use std::borrow::Cow;

use super::super::ask::Ask;
use super::super::encode::{self, Annotations, RowWriter, Shown, text};
use super::{Reader, shape};
use crate::fault::Result;
use crate::model::{NavigationKind, Table, TableId, Target};
use crate::query::plan::{Columns, Expand, Query, nests_collections};
use crate::query::{Context, Expanded, PreparedExpand};
use crate::security::AccessRights;
use crate::service::access;
use crate::service::{RowRef, Slot};

/// Every expanded property of a query, ready for its rows.
pub(super) struct Expansion<'q> {
    reader: Reader<'q>,
    form: Form,
    items: Vec<Item<'q>>,
    annotations: Annotations,
}

/// How expanded rows look.
#[derive(Debug, Clone, Copy)]
struct Form {
    /// Whether many rows are answered, not one.
    on_set: bool,
    /// Whether something is expanded within what is expanded, with collections among it. Within a set such rows carry
    /// neither their `ETag` nor the lookup that leads back, and collections are paged as the set is.
    nests: bool,
    /// Whether the rows come in pages of a size the request gave.
    paged: bool,
}

struct Item<'q> {
    expand: &'q Expand,
    prepared: PreparedExpand<'q>,
    /// One writer for each table the property may lead to.
    writers: Vec<(TableId, RowWriter<'q>)>,
    /// The options in parentheses, as a query string.
    options: String,
    /// What is expanded of the related rows.
    nested: Vec<Item<'q>>,
}

impl<'q> Expansion<'q> {
    /// Prepares what a query expands, nested properties included: each once, for all rows.
    ///
    /// # Errors
    ///
    /// `PrivilegeDenied` where the caller may not read what is expanded.
    pub(super) fn new(
        reader: Reader<'q>,
        context: &Context<'q>,
        query: &'q Query,
        on_set: bool,
    ) -> Result<Self> {
        let head = &reader.ask.head;
        let nests = nests_collections(&query.expand);
        let form = Form { on_set, nests, paged: on_set && nests && head.prefer.page_size.is_some() };
        let sent = reader.ask.options.get("$expand").unwrap_or_default();
        let annotations = reader.annotations();
        let items = prepare(reader, context, (form, &annotations), &query.expand, sent)?;
        Ok(Self { reader, form, items, annotations })
    }

    /// The annotations of all rows of the answer.
    pub(super) fn annotations(&self) -> Annotations {
        self.annotations.clone()
    }

    /// Whether links to further pages tell how many rows the page has.
    pub(super) fn counts_pages(&self) -> bool {
        self.form.paged
    }

    /// Appends the expanded properties of a row of `table`, each with a comma before it.
    pub(super) fn write(&self, out: &mut Vec<u8>, table: &Table, row: RowRef<'_>) {
        self.write_items(out, &self.items, table, row);
    }

    fn write_items(&self, out: &mut Vec<u8>, items: &[Item<'q>], table: &Table, row: RowRef<'_>) {
        for item in items {
            push_name(out, &item.expand.name, "");
            match item.prepared.of(table.id, row) {
                Expanded::One(None) => out.extend_from_slice(b"null"),
                Expanded::One(Some((to, slot))) if self.is_hidden(item, to, slot) => {
                    out.extend_from_slice(b"null");
                }
                Expanded::One(Some((to, slot))) => self.related(out, item, to, slot),
                Expanded::Many(to, slots) => {
                    out.push(b'[');
                    for (at, slot) in slots.iter().enumerate() {
                        if at > 0 {
                            out.push(b',');
                        }
                        self.related(out, item, to, *slot);
                    }
                    out.push(b']');
                    if self.form.on_set {
                        // Assumed: a page without rows has no place to go on from, and its link none either.
                        let next = if self.form.paged { item.prepared.next(to, &slots) } else { None };
                        let token = next.map(|next| next.token_counting(slots.len()));
                        self.next_link(out, item, table, row, token.as_deref());
                    }
                }
            }
        }
    }

    /// Whether the caller may not read an owner: whichever table it is in, no condition of the plan says so.
    fn is_hidden(&self, item: &Item<'q>, table: TableId, slot: Slot) -> bool {
        let Reader { world, caller, .. } = self.reader;
        item.expand.source.is_none()
            && world
                .records()
                .table(table)
                .row(slot)
                .is_some_and(|row| access::demand_row(world, caller, AccessRights::READ, table, row).is_err())
    }

    fn related(&self, out: &mut Vec<u8>, item: &Item<'q>, table: TableId, slot: Slot) {
        let row = self.reader.world.records().table(table).row(slot);
        let writer = item.writers.iter().find(|(of, _)| *of == table);
        let (Some(row), Some((_, writer))) = (row, writer) else {
            out.extend_from_slice(b"null");
            return;
        };
        let start = encode::open(out);
        if item.expand.reference_only {
            out.extend_from_slice(b",\"@odata.id\":\"");
            self.reader.ask.root.push_row(out, self.reader.table(table), row.id());
            out.push(b'"');
        } else {
            // The service gives single rows within sets no ETag.
            let single = matches!(item.expand.navigation, NavigationKind::Lookup { .. });
            let untagged = self.form.on_set && (single || self.form.nests);
            if !(self.reader.ask.head.bare || untagged) {
                encode::etag(out, row);
            }
            writer.properties(out, row);
            self.write_items(out, &item.nested, self.reader.table(table), row);
        }
        encode::close(out, start);
    }

    /// Every expanded collection of a set is followed by the way to its rows, even where all are there.
    fn next_link(
        &self,
        out: &mut Vec<u8>,
        item: &Item<'q>,
        table: &Table,
        row: RowRef<'_>,
        token: Option<&str>,
    ) {
        push_name(out, &item.expand.name, "@odata.nextLink");
        let mut url = Vec::with_capacity(200);
        self.reader.ask.root.push_row(&mut url, table, row.id());
        url.push(b'/');
        url.extend_from_slice(item.expand.name.as_bytes());
        let mut separator = b'?';
        if !item.options.is_empty() {
            url.push(std::mem::replace(&mut separator, b'&'));
            url.extend_from_slice(item.options.as_bytes());
        }
        if let Some(token) = token {
            url.push(separator);
            url.extend_from_slice(b"$skiptoken=");
            url.extend_from_slice(token.as_bytes());
        }
        text::string(out, &String::from_utf8_lossy(&url));
    }
}

fn prepare<'q>(
    reader: Reader<'q>,
    context: &Context<'q>,
    (form, annotations): (Form, &Annotations),
    expands: &'q [Expand],
    sent: &str,
) -> Result<Vec<Item<'q>>> {
    let mut items = Vec::with_capacity(expands.len());
    for expand in expands {
        let mut writers = Vec::new();
        for table in targets(reader, expand) {
            access::authorize(reader.world, reader.caller, AccessRights::READ, table)?;
            let shown = item_shown(table, expand, form);
            let writer = RowWriter::new(reader.world, table.id, Cow::Owned(shown), annotations.clone());
            writers.push((table.id, writer.hiding(reader.hidden()?.of(table.id))));
        }
        let inside = options_of(sent, &expand.name);
        let nested =
            prepare(reader, context, (form, annotations), &expand.expand, option_of(inside, "$expand"))?;
        let options = if form.on_set { as_query(inside) } else { String::new() };
        items.push(Item { expand, prepared: PreparedExpand::new(context, expand), writers, options, nested });
    }
    Ok(items)
}

fn push_name(out: &mut Vec<u8>, name: &str, suffix: &str) {
    for part in [",\"", name, suffix, "\":"] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// The tables a property may lead to: of an owner, users and teams.
fn targets<'q>(reader: Reader<'q>, expand: &Expand) -> Vec<&'q Table> {
    match expand.navigation {
        NavigationKind::Lookup { target: Target::Principal, .. } => {
            let known = reader.world.known();
            vec![reader.table(known.systemuser.id), reader.table(known.team.id)]
        }
        NavigationKind::Lookup { target: Target::Table(table), .. }
        | NavigationKind::Collection { table, .. }
        | NavigationKind::ManyToMany { table, .. } => vec![reader.table(table)],
    }
}

fn item_shown(table: &Table, expand: &Expand, form: Form) -> Shown {
    let mut shown = match &expand.columns {
        Columns::All => Shown::All,
        columns @ Columns::Some(_) => shape::shown(table, columns, &expand.expand),
    };
    // Within sets the rows of a collection carry the lookup that leads back.
    if let (true, NavigationKind::Collection { column, .. }) = (form.on_set && !form.nests, expand.navigation)
    {
        shown.add(column);
    }
    shown
}

/// What stands in the parentheses behind a name of an `$expand`.
fn options_of<'t>(expand: &'t str, name: &str) -> &'t str {
    let of_name = |item: &&'t str| item.split('(').next().unwrap_or_default().trim() == name;
    let item = parts(expand, b',').find(of_name).unwrap_or_default();
    let options = item.split_once('(').map_or("", |(_, options)| options);
    options.trim_end().strip_suffix(')').unwrap_or_default()
}

/// The value of an option among those in parentheses.
fn option_of<'t>(options: &'t str, name: &str) -> &'t str {
    parts(options, b';')
        .filter_map(|option| option.split_once('='))
        .find_map(|(of, value)| (of.trim() == name).then_some(value.trim()))
        .unwrap_or_default()
}

/// The parts of a text between separators; what stands in quotes or parentheses does not separate.
fn parts(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let (mut depth, mut quoted) = (0_usize, false);
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.bytes().position(|byte| {
            match byte {
                b'\'' => quoted = !quoted,
                _ if quoted => {}
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            byte == separator && depth == 0 && !quoted
        });
        rest = end.map(|end| &text[end + 1..]);
        Some(&text[..end.unwrap_or(text.len())])
    })
}

/// Options of an `$expand` as the query string of a request for the related rows.
fn as_query(options: &str) -> String {
    use std::fmt::Write;
    let (mut depth, mut quoted) = (0_usize, false);
    let mut query = String::with_capacity(options.len() + 8);
    for c in options.chars() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ';' if !quoted && depth == 0 => {
                query.push('&');
                continue;
            }
            _ => {}
        }
        if matches!(c, ' ' | '"' | '#' | '%' | '&' | '+' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
            || !c.is_ascii_graphic()
        {
            let mut utf8 = [0; 4];
            for byte in c.encode_utf8(&mut utf8).bytes() {
                // Writing into a string cannot fail.
                let _ = write!(query, "%{byte:02X}");
            }
        } else {
            query.push(c);
        }
    }
    query
}

/// Whether a request asks for related rows.
pub(super) fn is_asked(ask: &Ask<'_>) -> bool {
    ask.options.get("$expand").is_some_and(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_of_one_of_several() {
        let expand = "a($select=x,y;$filter=name eq 'a(,b;)'),b , c($top=1)";
        assert_eq!(options_of(expand, "a"), "$select=x,y;$filter=name eq 'a(,b;)'");
        assert_eq!(options_of(expand, "b"), "");
        assert_eq!(options_of(expand, "c"), "$top=1");
        assert_eq!(options_of(expand, "d"), "");
        assert_eq!(options_of("a(", "a"), "");
        let nested = "a($select=x;$expand=b($select=y;$expand=c),d($filter=name eq ';)')),e";
        let inside = option_of(options_of(nested, "a"), "$expand");
        assert_eq!(inside, "b($select=y;$expand=c),d($filter=name eq ';)')");
        assert_eq!(option_of(options_of(inside, "b"), "$expand"), "c");
        assert_eq!(options_of(inside, "d"), "$filter=name eq ';)'");
        assert_eq!(option_of(options_of(inside, "d"), "$expand"), "");
        assert_eq!(
            as_query("$select=x,y;$filter=name eq 'a;b' and é ne \"&\""),
            "$select=x,y&$filter=name%20eq%20'a;b'%20and%20%C3%A9%20ne%20%22%26%22"
        );
    }
}
