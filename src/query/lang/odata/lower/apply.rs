//! `$apply`: filters before, then groups, and what of `$filter` and `$orderby` can follow them.
//!
//! Source: queries.md A.10, web-api.md 5.9.

use super::super::syntax::{AggregateItem, Expr, OrderItem, Path, Transformation};
use super::super::{parse, refuse};
use super::read;
use super::scope::{Place, Scope, property};
use super::shape::order_by;
use crate::fault::{Fault, Result};
use crate::model::{Column, ColumnType, NavigationKind, Property, Table, Target};
use crate::query::plan::{Aggregate, ColRef, Group, GroupKey, GroupOrder, Measure, Predicate};

/// The most rows that may be grouped. Source: queries.md B.8.
const MOST_GROUPED: u32 = 50_000;

/// What an `$apply` asks for.
pub(super) struct Applied {
    /// What must hold of the rows.
    pub(super) filter: Predicate,
    /// The groups made of them; none where it only filters.
    pub(super) group: Option<Group>,
}

impl<'a> Scope<'a> {
    /// Reads an `$apply`: any number of filters, then one set of groups.
    pub(super) fn apply(&mut self, text: &str) -> Result<Applied> {
        let mut filters = Vec::new();
        let mut group = None;
        for step in read(text, parse::apply)? {
            match (&group, step) {
                (None, Transformation::Filter(condition)) => filters.push(self.condition(&condition, false)?),
                (None, Transformation::Aggregate(items)) => group = Some(self.group(&[], &items)?),
                (None, Transformation::GroupBy { keys, aggregate }) => {
                    group = Some(self.group(&keys, &aggregate)?);
                }
                // There is nothing like SQL's HAVING, and groups are not grouped again (web-api.md 5.9).
                // Assumed: the text; ODL's names of the nodes.
                (Some(_), Transformation::Filter(_)) => return Err(refuse::unsupported_node("Filter")),
                (Some(_), Transformation::Aggregate(_)) => return Err(refuse::unsupported_node("Aggregate")),
                (Some(_), Transformation::GroupBy { .. }) => return Err(refuse::unsupported_node("GroupBy")),
            }
        }
        Ok(Applied { filter: Predicate::and(filters), group })
    }

    fn group(&mut self, keys: &[Expr], aggregate: &[AggregateItem]) -> Result<Group> {
        let mut group =
            Group { keys: Vec::new(), measures: Vec::new(), order: Vec::new(), most_rows: MOST_GROUPED };
        for key in keys {
            let key = self.group_key(key)?;
            if !group.keys.contains(&key) {
                group.keys.push(key);
            }
        }
        for item in aggregate {
            let measure = self.measure(item)?;
            if group.outputs().any(|name| *name == *measure.name) {
                return Err(refuse::repeated_alias());
            }
            group.measures.push(measure);
        }
        Ok(group)
    }

    fn group_key(&mut self, key: &Expr) -> Result<GroupKey> {
        let path = match key {
            Expr::Path(path) => path,
            Expr::Call { path, name, .. } if path.is_empty() => {
                return Err(refuse::unsupported_function(name));
            }
            other => return Err(refuse::group_key(other)),
        };
        check_length(path)?;
        let Place::Column(column, definition) = self.place(path)? else { return Err(refuse::group_key(key)) };
        match definition.kind {
            ColumnType::DateTime { .. } => return Err(refuse::group_by_date(&path.join("/"))),
            ColumnType::Image | ColumnType::File => return Err(refuse::group_key(key)),
            _ => {}
        }
        Ok(GroupKey { column, part: None, name: self.output_name(path, definition)? })
    }

    /// What a column is called in the answer: `<table>_<column>` behind a lookup. Source: queries.md A.10.
    fn output_name(&self, path: &Path, column: &Column) -> Result<Box<str>> {
        let [lookup, _] = path.as_slice() else { return Ok(column.property.clone()) };
        let Property::Navigation(index) = property(self.table, lookup)? else {
            return Err(refuse::group_key(lookup));
        };
        let table = match self.table.navigations[index].kind {
            NavigationKind::Lookup { target: Target::Table(table), .. } => {
                &*self.lowering.catalogue.table(table).logical_name
            }
            _ => "principal",
        };
        Ok(format!("{table}_{}", column.logical_name).into())
    }

    fn measure(&mut self, item: &AggregateItem) -> Result<Measure> {
        let name = item.alias.clone();
        let path = match (&item.of, &item.method) {
            (Expr::Path(path), None) if path.len() == 1 => {
                return Ok(Measure { function: Aggregate::Count, column: None, name });
            }
            (Expr::Path(_), None) => return Err(refuse::unsupported_function("$count")),
            (Expr::Path(path), Some(_)) => path,
            (other, _) => return Err(refuse::aggregate_value(other)),
        };
        check_length(path)?;
        let Place::Column(column, definition) = self.place(path)? else {
            return Err(refuse::aggregate_value(&item.of));
        };
        let method = item.method.as_deref().unwrap_or_default();
        let function = match method {
            "sum" => Aggregate::Sum,
            "average" => Aggregate::Average,
            "min" => Aggregate::Min,
            "max" => Aggregate::Max,
            "countdistinct" => Aggregate::CountDistinct,
            // ODL leaves methods with qualified names to the service, which has none.
            other => return Err(refuse::unsupported_function(other)),
        };
        check_type(function, method, &item.of, definition)?;
        Ok(Measure { function, column: Some(column), name })
    }

    /// As [`Scope::resolve`], for paths that are not conditions.
    fn place(&mut self, path: &Path) -> Result<Place<'a>> {
        match self.resolve(path)? {
            Place::Rows(..) => Err(refuse::unsupported_node("CollectionNavigationNode")),
            place => Ok(place),
        }
    }

    /// Reads a `$filter` of groups. It speaks of what groups are made by, so it may as well be asked of the rows.
    pub(super) fn filter_groups(&mut self, text: &str, group: &Group) -> Result<Predicate> {
        let expr = read(text, parse::expression)?;
        let mut open = false;
        expr.each_path(&mut |path| open |= group.is_open(self.table, path));
        if open {
            return Err(refuse::unsupported_node("SingleValueOpenPropertyAccess"));
        }
        let filter = self.condition(&expr, false)?;
        match self.not_grouped(&filter, group) {
            None => Ok(filter),
            Some(column) => Err(refuse::group_key(&column.property)),
        }
    }

    /// A column that a condition asks for and groups are not made by.
    fn not_grouped(&self, filter: &Predicate, group: &Group) -> Option<&'a Column> {
        let is_key = |column: ColRef| group.keys.iter().any(|key| key.column == column);
        let missing = |column: ColRef| (!is_key(column)).then(|| self.column(column));
        match filter {
            Predicate::True | Predicate::False => None,
            Predicate::And(parts) | Predicate::Or(parts) => {
                parts.iter().find_map(|part| self.not_grouped(part, group))
            }
            Predicate::Cmp { column, .. } => missing(*column),
            Predicate::Cols { left, right, .. } => missing(*left).or_else(|| missing(*right)),
            // Groups have no related rows; the key of the table names what is missing.
            Predicate::Quant { .. } => missing(ColRef::root(self.table.primary_id)),
        }
    }

    /// Reads an `$orderby` of groups: by what they are made by, and by nothing else.
    pub(super) fn order_groups(&mut self, text: &str, group: &mut Group) -> Result<()> {
        for OrderItem { by, descending } in read(text, parse::order)? {
            let by = match by {
                Expr::Alias(name) => self.lowering.alias(&name)?,
                by => by,
            };
            let Expr::Path(path) = &by else { return Err(refuse::no_order()) };
            if group.is_open(self.table, path) {
                return Err(refuse::unsupported_node("SingleValueOpenPropertyAccess"));
            }
            check_length(path)?;
            let Place::Column(at, column) = self.place(path)? else { return Err(refuse::no_order()) };
            let Some(output) = group.keys.iter().position(|key| key.column == at) else {
                return Err(refuse::group_key(&by));
            };
            let order = GroupOrder { output: output as u16, by: order_by(column)?, descending };
            if !group.order.iter().any(|known| known.output == order.output) {
                group.order.push(order);
            }
        }
        Ok(())
    }
}

impl Group {
    fn outputs(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| &*key.name).chain(self.measures.iter().map(|measure| &*measure.name))
    }

    /// Whether a path names what only the groups have, which ODL calls an open property.
    fn is_open(&self, table: &Table, path: &Path) -> bool {
        matches!(path.as_slice(), [name] if table.property(name).is_none() && self.outputs().any(|of| *of == **name))
    }
}

/// One level of navigation. Source: queries.md A.10.
fn check_length(path: &Path) -> Result<()> {
    if path.len() > 2 { Err(refuse::unsupported_node("SingleNavigationNode")) } else { Ok(()) }
}

/// ODL refuses the average of what is no number; the platform knows more types than ODL, and refuses the rest.
fn check_type(function: Aggregate, method: &str, of: &Expr, column: &Column) -> Result<()> {
    let edm = column.kind.edm().trim_start_matches("Edm.");
    let is_number = matches!(
        column.kind,
        ColumnType::Integer { .. }
            | ColumnType::BigInt
            | ColumnType::Decimal { .. }
            | ColumnType::Double { .. }
            | ColumnType::Money { .. }
    );
    match function {
        Aggregate::Sum | Aggregate::Average if is_number => Ok(()),
        Aggregate::Average if !matches!(edm, "Int32" | "Int64" | "Decimal" | "Double") => {
            Err(refuse::aggregate_type(of, edm))
        }
        Aggregate::Min | Aggregate::Max
            if is_number || matches!(column.kind, ColumnType::DateTime { .. }) =>
        {
            Ok(())
        }
        Aggregate::Count | Aggregate::CountColumn | Aggregate::CountDistinct => Ok(()),
        // Assumed: the name of the type is that of the metadata.
        _ => Err(refuse::aggregate_column(method, kind_name(&column.kind))),
    }
}

fn kind_name(kind: &ColumnType) -> &'static str {
    match kind {
        ColumnType::Boolean { .. } => "Boolean",
        ColumnType::Choice { .. } => "Picklist",
        ColumnType::State { .. } => "State",
        ColumnType::Status { .. } => "Status",
        ColumnType::String { .. } => "String",
        ColumnType::Memo { .. } => "Memo",
        ColumnType::Lookup { .. } => "Lookup",
        ColumnType::Uniqueidentifier => "Uniqueidentifier",
        ColumnType::EntityName => "EntityName",
        ColumnType::ManagedProperty => "ManagedProperty",
        _ => "Virtual",
    }
}

/// Options that say nothing of groups, with `$apply`. The service's documents are silent on them.
pub(super) fn check_alone(option: &str, text: Option<&str>) -> Result<()> {
    match text {
        Some(text) if !text.is_empty() => {
            Err(Fault::not_emulated(format_args!("the query option {option} together with $apply")))
        }
        _ => Ok(()),
    }
}
