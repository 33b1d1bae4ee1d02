//! What a request wants of rows, and how the context of the answer says so.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use foldhash::HashMap;

use super::super::ask::Ask;
use super::super::encode::Shown;
use crate::fault::Result;
use crate::model::{Catalogue, NavigationKind, Table, TableId};
use crate::query::lang::odata::{self, Addressed};
use crate::query::plan::{Columns, Expand, Query};

/// What a request wants of one row, worked out.
#[derive(Debug)]
pub(in crate::protocol::webapi) struct RowShape {
    pub(super) query: Query,
    pub(super) shown: Shown,
    /// What the context says of it.
    pub(super) names: Box<[u8]>,
}

impl RowShape {
    fn new(catalogue: &Catalogue, query: Query) -> Self {
        let table = catalogue.table(query.source.table);
        let shown = shown(table, &query.columns, &query.expand);
        let mut names = Vec::new();
        push_names(&mut names, catalogue, table, &query.columns, &query.expand);
        Self { query, shown, names: names.into() }
    }

    /// The same without related rows.
    pub(in crate::protocol::webapi) fn without_expand(self: Arc<Self>, catalogue: &Catalogue) -> Arc<Self> {
        if self.query.expand.is_empty() {
            return self;
        }
        Arc::new(Self::new(catalogue, Query { expand: Vec::new(), ..self.query.clone() }))
    }
}

/// The shapes that were asked for, by table: most clients ask for the same columns of row after row.
#[derive(Debug)]
struct Shapes(Box<[OfTable]>);

#[derive(Debug, Default)]
struct OfTable {
    /// All columns.
    whole: OnceLock<Arc<RowShape>>,
    /// By the query string as it was sent.
    selected: RwLock<HashMap<Box<str>, Arc<RowShape>>>,
}

impl OfTable {
    /// Shapes kept of a table, and the longest query string kept: what programs repeat is short and not many.
    const MOST: usize = 64;
    const LONGEST: usize = 1024;

    fn get(&self, query: &str) -> Option<Arc<RowShape>> {
        self.selected.read().unwrap_or_else(PoisonError::into_inner).get(query).cloned()
    }

    fn keep(&self, query: &str, shape: &Arc<RowShape>) {
        // What is expanded may depend on the time.
        if query.len() > Self::LONGEST || !shape.query.expand.is_empty() {
            return;
        }
        let mut selected = self.selected.write().unwrap_or_else(PoisonError::into_inner);
        if selected.len() < Self::MOST {
            selected.insert(query.into(), Arc::clone(shape));
        }
    }
}

/// `$select` and `$expand` of a request for one row.
///
/// # Errors
///
/// What is wrong with them, and every option that needs a collection.
pub(in crate::protocol::webapi) fn of_row(
    catalogue: &Catalogue,
    table: TableId,
    ask: &Ask<'_>,
) -> Result<Arc<RowShape>> {
    let Shapes(tables) =
        catalogue.derive(|catalogue| Shapes(catalogue.tables().iter().map(|_| OfTable::default()).collect()));
    let shapes = &tables[table.index()];
    if ask.call.query.is_empty() {
        let whole = || Arc::new(RowShape::new(catalogue, Query::all(table)));
        return Ok(Arc::clone(shapes.whole.get_or_init(whole)));
    }
    if let Some(shape) = shapes.get(ask.call.query) {
        return Ok(shape);
    }
    let options = odata::Options { pairs: ask.options.pairs(), max_page_size: None, on: Addressed::Row };
    let shape = Arc::new(RowShape::new(catalogue, odata::parse(catalogue, table, &options)?));
    shapes.keep(ask.call.query, &shape);
    Ok(shape)
}

/// What a row shows of the columns asked for.
pub(super) fn shown(table: &Table, columns: &Columns, expands: &[Expand]) -> Shown {
    let Columns::Some(columns) = columns else { return Shown::All };
    let mut shown = Shown::selected(table, columns);
    for expand in expands.iter().filter(|expand| expand.reference_only) {
        // A reference brings the lookup's own property along (web-api.md 5.2).
        if let NavigationKind::Lookup { column, .. } = expand.navigation {
            shown.add(column);
        }
    }
    shown
}

/// Appends what a context says of the shape: `(name,primarycontactid(fullname))`, or nothing.
/// Source: web-api.md 4.6.
pub(super) fn push_names(
    out: &mut Vec<u8>,
    catalogue: &Catalogue,
    table: &Table,
    columns: &Columns,
    expands: &[Expand],
) {
    let mut separator = b'(';
    let mut name = |out: &mut Vec<u8>, parts: &[&str]| {
        out.push(std::mem::replace(&mut separator, b','));
        for part in parts {
            out.extend_from_slice(part.as_bytes());
        }
    };
    if let Columns::Some(columns) = columns {
        for column in columns {
            name(out, &[&table.column(*column).property]);
        }
    }
    for expand in expands {
        if expand.reference_only {
            name(out, &[&expand.name]);
            name(out, &[&expand.name, "/$ref()"]);
            continue;
        }
        name(out, &[&expand.name]);
        let start = out.len();
        if let Some(source) = &expand.source {
            push_names(out, catalogue, catalogue.table(source.table), &expand.columns, &expand.expand);
        }
        if out.len() == start {
            out.extend_from_slice(if expand.source.is_none() && expand.columns != Columns::All {
                b"(ownerid)"
            } else {
                b"()"
            });
        }
    }
    if separator == b',' {
        out.push(b')');
    }
}
