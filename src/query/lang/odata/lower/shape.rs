//! What rows are shown with, and in which order: `$select`, `$orderby`, `$expand`.

use super::super::syntax::{ExpandItem, Expr};
use super::super::{Addressed, parse, refuse};
use super::scope::{Place, Scope, property};
use super::{Lowering, MOST_JOINS, read, top};
use crate::fault::{Fault, Result};
use crate::model::{Column, ColumnId, ColumnType, Navigation, NavigationKind, Property, Table, Target};
use crate::query::plan::{
    Columns, Expand, MOST_ROWS, OrderBy, OrderKey, Predicate, Source, nests_collections,
};

impl Scope<'_> {
    /// Reads an `$orderby`.
    pub(super) fn order(&mut self, text: &str) -> Result<Vec<OrderKey>> {
        let mut keys: Vec<OrderKey> = Vec::new();
        for item in read(text, parse::order)? {
            let by = match item.by {
                Expr::Alias(name) => self.lowering.alias(&name)?,
                by => by,
            };
            let Expr::Path(path) = by else { return Err(refuse::no_order()) };
            // One level of navigation. Source: queries.md A.10 (uncertain there).
            if path.len() > 2 {
                return Err(refuse::unsupported_node("SingleNavigationNode"));
            }
            let Place::Column(at, column) = self.resolve(&path)? else { return Err(refuse::no_order()) };
            let by = order_by(column)?;
            // A column that stood before decides nothing any more.
            if !keys.iter().any(|key| key.column == at) {
                keys.push(OrderKey { column: at, by, descending: item.descending });
            }
        }
        OrderKey::end_at_primary(&mut keys, self.table.primary_id);
        Ok(keys)
    }

    /// Reads a `$select`.
    pub(super) fn columns(&self, text: &str) -> Result<Columns> {
        let mut columns: Vec<ColumnId> = Vec::new();
        let paths = read(text, parse::select)?;
        if paths.is_empty() || paths.iter().any(|path| path.len() == 1 && &*path[0] == "*") {
            return Ok(Columns::All);
        }
        for path in paths {
            let [name] = path.as_slice() else { return Err(refuse::select_path()) };
            let column = match property(self.table, name)? {
                Property::Column(column) => column,
                // Tolerated: the name of a lookup's navigation property for its value (queries.md A.10).
                Property::Navigation(index) => match self.table.navigations[index].kind {
                    NavigationKind::Lookup { column, .. } => column,
                    _ => continue,
                },
            };
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        Ok(Columns::Some(columns))
    }
}

/// What of a column an order compares.
pub(super) fn order_by(column: &Column) -> Result<OrderBy> {
    match column.kind {
        ColumnType::Lookup { .. } => Ok(OrderBy::LookupName),
        ColumnType::Image | ColumnType::File | ColumnType::Choices { .. } => Err(refuse::no_order()),
        _ => Ok(OrderBy::Value),
    }
}

/// Reads an `$expand` with all that is nested in it. `limited` says whether the rows that have the properties are
/// ordered or cut off by `$top`.
pub(super) fn expand(
    lowering: &Lowering<'_>,
    table: &Table,
    text: &str,
    limited: bool,
) -> Result<Vec<Expand>> {
    let mut expands = expand_level(lowering, table, text)?;
    if expands.iter().all(|expand| expand.expand.is_empty()) {
        return Ok(expands);
    }
    if let Some(name) = nested_in_vain(&expands, lowering.options.on) {
        return Err(refuse::nested_many_to_many(name));
    }
    // With collections about, neither the rows nor what is expanded may be ordered or cut off (queries.md A.10).
    // Measured on a live environment by a third party: at the top level neither.
    if lowering.limits_expanded.get() || limited && nests_collections(&expands) {
        return Err(refuse::expand_options());
    }
    if let Some(size) = lowering.options.max_page_size
        && nests_collections(&expands)
    {
        page_collections(&mut expands, size.clamp(1, MOST_ROWS));
    }
    Ok(expands)
}

/// A property that cannot be there with nested ones, whichever they are: a many-to-many one; and for one row by its
/// key a collection with something nested in it.
///
/// Source: queries.md A.10. That a row by its key takes no nested collections was measured on a live environment by a
/// third party, one-to-many in one-to-many. Assumed: it holds for lookups in them too, as the text says "only".
fn nested_in_vain(expands: &[Expand], on: Addressed) -> Option<&str> {
    expands.iter().find_map(|expand| match expand.navigation {
        NavigationKind::ManyToMany { .. } => Some(&*expand.name),
        NavigationKind::Collection { .. } if on == Addressed::Row && !expand.expand.is_empty() => {
            Some(&*expand.name)
        }
        _ => nested_in_vain(&expand.expand, on),
    })
}

/// With something nested, collections are paged like the rows themselves.
fn page_collections(expands: &mut [Expand], size: u32) {
    for expand in expands {
        if !matches!(expand.navigation, NavigationKind::Lookup { .. }) {
            expand.top = size;
        }
        page_collections(&mut expand.expand, size);
    }
}

fn expand_level(lowering: &Lowering<'_>, table: &Table, text: &str) -> Result<Vec<Expand>> {
    let items = read(text, parse::expand)?;
    let mut expands: Vec<Expand> = Vec::with_capacity(items.len().min(MOST_JOINS as usize));
    for item in &items {
        // Counted before what is nested is read: so nothing nests deeper than there may be properties.
        lowering.count_expand()?;
        let expand = expand_item(lowering, table, item)?;
        if expands.iter().any(|known| known.name == expand.name) {
            return Err(refuse::repeated_expand(&expand.name));
        }
        expands.push(expand);
    }
    Ok(expands)
}

fn expand_item(lowering: &Lowering<'_>, table: &Table, item: &ExpandItem) -> Result<Expand> {
    let (name, reference_only) = match item.path.as_slice() {
        [name] => (name, false),
        [name, suffix] if &**suffix == "$ref" => (name, true),
        [_, suffix] if &**suffix == "$count" => return Err(refuse::unsupported_function("$count")),
        _ => return Err(refuse::select_path()),
    };
    let navigation = match property(table, name)? {
        Property::Navigation(index) => &table.navigations[index],
        Property::Column(_) => return Err(refuse::expand_of_property(name, &table.logical_name)),
    };
    let single = matches!(navigation.kind, NavigationKind::Lookup { .. });
    if reference_only && !single {
        return Err(refuse::expand_reference());
    }
    let mut expand = Expand {
        name: navigation.name.clone(),
        navigation: navigation.kind,
        reference_only,
        columns: Columns::All,
        source: None,
        order: Vec::new(),
        top: MOST_ROWS,
        expand: Vec::new(),
    };
    match target(lowering, navigation) {
        Some(target) => expand_options(lowering, target, item, single, &mut expand)?,
        None => expand_principal(item, &mut expand)?,
    }
    Ok(expand)
}

/// The table a navigation property leads to; none where it is a user or a team.
fn target<'a>(lowering: &Lowering<'a>, navigation: &Navigation) -> Option<&'a Table> {
    match navigation.kind {
        NavigationKind::Lookup { target: Target::Principal, .. } => None,
        NavigationKind::Lookup { target: Target::Table(table), .. }
        | NavigationKind::Collection { table, .. }
        | NavigationKind::ManyToMany { table, .. } => Some(lowering.catalogue.table(table)),
    }
}

fn expand_options(
    lowering: &Lowering<'_>,
    target: &Table,
    item: &ExpandItem,
    single: bool,
    expand: &mut Expand,
) -> Result<()> {
    // Joins are limited for the whole query; a scope of its own needs a lowering that counts along.
    let mut scope = Scope::new(lowering, target, None);
    let mut filter = Predicate::True;
    let mut seen: Vec<&str> = Vec::new();
    for (name, text) in &item.options {
        if seen.contains(&&**name) {
            return Err(refuse::repeated_option(name));
        }
        seen.push(name);
        match &**name {
            "$select" => expand.columns = scope.columns(text)?,
            // The service's own message names $filter among what a single row may have: a row that fails it is null.
            "$filter" => filter = scope.filter(text)?,
            "$orderby" | "$top" if single => return Err(refuse::expand_options()),
            "$orderby" => {
                lowering.limits_expanded.set(true);
                expand.order = scope.order(text)?;
            }
            "$top" => {
                lowering.limits_expanded.set(true);
                expand.top = top(text)?;
            }
            "$expand" if expand.reference_only => {
                return Err(Fault::not_emulated("$expand of what is expanded as a reference"));
            }
            "$expand" => expand.expand = expand_level(lowering, target, text)?,
            other => return Err(refused_option(other)),
        }
    }
    expand.source = Some(Source { table: target.id, joins: scope.joins, filter });
    Ok(())
}

/// A user or a team: the type of the property has the key and nothing else to name.
fn expand_principal(item: &ExpandItem, expand: &mut Expand) -> Result<()> {
    for (name, text) in &item.options {
        match &**name {
            "$select" => {
                for path in read(text, parse::select)? {
                    let [name] = path.as_slice() else { return Err(refuse::select_path()) };
                    if &**name != "ownerid" {
                        return Err(refuse::unknown_property(name, "principal"));
                    }
                }
                expand.columns = Columns::Some(Vec::new());
            }
            "$filter" => return Err(Fault::not_emulated("$filter in an $expand of an owner")),
            "$expand" => {
                // The type has no navigation properties, so whatever is named is unknown.
                let items = read(text, parse::expand)?;
                let name = items.first().and_then(|item| item.path.first());
                return Err(refuse::unknown_property(name.map_or("", |name| name), "principal"));
            }
            "$orderby" | "$top" => return Err(refuse::expand_options()),
            other => return Err(refused_option(other)),
        }
    }
    Ok(())
}

fn refused_option(name: &str) -> Fault {
    match name {
        "$skip" => refuse::skip(),
        other => refuse::unknown_option(other),
    }
}
