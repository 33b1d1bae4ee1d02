//! Paths to columns: the names of one scope, and the joins that the paths need.

use super::super::refuse;
use super::super::syntax::Path;
use super::Lowering;
use crate::fault::{Fault, Result};
use crate::model::{Column, ColumnId, ColumnType, Navigation, NavigationKind, Property, Table, Target};
use crate::query::lang::condition::{Subject, no_attribute};
use crate::query::plan::{Alias, ColRef, Join, JoinKind, Predicate};

/// A table, what paths may start with, and the joins so far.
pub(super) struct Scope<'a> {
    pub(super) lowering: &'a Lowering<'a>,
    pub(super) table: &'a Table,
    /// Within a lambda: its variable, with which every path must start.
    variable: Option<&'a str>,
    /// Within the body of an `all`, which stands negated without anybody having written `not`.
    pub(super) inverted: bool,
    pub(super) joins: Vec<Join>,
}

/// Where a path leads.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// To a value.
    Column(ColRef, &'a Column),
    /// To one related row: the column that holds its id, and the type it has.
    Row(ColRef, &'a str),
    /// To related rows of the row that goes by the alias.
    Rows(Alias, &'a Table, &'a Navigation),
}

/// A row on the way: of a table of the scope, or one lookup further without a join yet.
#[derive(Clone, Copy)]
enum At<'a> {
    Joined(Alias, &'a Table),
    Behind {
        parent: Alias,
        lookup: &'a Column,
        table: &'a Table,
    },
    Principal(ColRef),
    /// No row at all but a value of this type: nothing leads on from there.
    Value(&'static str),
}

impl<'a> At<'a> {
    /// The table of the row; the refusal of a name where it has none.
    fn table(self, name: &str) -> Result<&'a Table> {
        match self {
            At::Joined(_, table) | At::Behind { table, .. } => Ok(table),
            At::Principal(_) => Err(unknown(name, "principal")),
            At::Value(edm) => Err(refuse::unknown_member(name, edm)),
        }
    }
}

impl<'a> Scope<'a> {
    pub(super) fn new(lowering: &'a Lowering<'a>, table: &'a Table, variable: Option<&'a str>) -> Self {
        Self { lowering, table, variable, inverted: false, joins: Vec::new() }
    }

    /// Follows a path.
    pub(super) fn resolve(&mut self, path: &Path) -> Result<Place<'a>> {
        let mut names: &[Box<str>] = path;
        if names.first().is_some_and(|name| &**name == "$it") {
            return Err(refuse::unsupported_function("$it"));
        }
        if names.last().is_some_and(|name| &**name == "$count") {
            return Err(refuse::unsupported_function("$count"));
        }
        names = self.within(names)?;
        let Some((last, way)) = names.split_last() else {
            // The variable of a lambda by itself.
            return Err(refuse::unsupported_node("NonResourceRangeVariableReference"));
        };
        let mut at = At::Joined(Alias::ROOT, self.table);
        for name in way {
            at = self.step(at, name)?;
        }
        self.arrive(at, last)
    }

    /// The names behind the variable of a lambda, with which every path in it starts.
    fn within<'n>(&self, names: &'n [Box<str>]) -> Result<&'n [Box<str>]> {
        match (self.variable, names.split_first()) {
            (None, _) => Ok(names),
            (Some(variable), Some((first, rest))) if **first == *variable => Ok(rest),
            // The row around the lambda.
            _ => Err(refuse::unsupported_node("NonResourceRangeVariableReference")),
        }
    }

    /// A column by its logical name, of the row that a path leads to.
    pub(super) fn named(&mut self, path: &Path, name: &str) -> Result<Subject<'a>> {
        let mut at = At::Joined(Alias::ROOT, self.table);
        for step in self.within(path)? {
            at = self.step(at, step)?;
        }
        let table = at.table(name)?;
        let column = table.column_named(name).filter(|column| column.is_property());
        let column = column.ok_or_else(|| no_attribute(table, name))?;
        match self.arrive(at, &column.property)? {
            Place::Column(at, column) => Ok(Subject { at, table, column }),
            _ => Err(no_attribute(table, name)),
        }
    }

    /// One navigation further.
    fn step(&mut self, at: At<'a>, name: &str) -> Result<At<'a>> {
        let table = at.table(name)?;
        match property(table, name)? {
            Property::Column(column) => Ok(At::Value(table.column(column).kind.edm())),
            Property::Navigation(index) => match table.navigations[index].kind {
                NavigationKind::Lookup { column, target } => {
                    let parent = self.join(at)?;
                    Ok(match target {
                        Target::Principal => At::Principal(ColRef { alias: parent, column }),
                        Target::Table(to) => At::Behind {
                            parent,
                            lookup: table.column(column),
                            table: self.lowering.catalogue.table(to),
                        },
                    })
                }
                _ => Err(refuse::unsupported_node("CollectionNavigationNode")),
            },
        }
    }

    /// The last name of a path.
    fn arrive(&mut self, at: At<'a>, name: &str) -> Result<Place<'a>> {
        if let At::Principal(column) = at
            && name == "ownerid"
        {
            return Ok(Place::Column(column, self.column(column)));
        }
        let table = at.table(name)?;
        match property(table, name)? {
            Property::Column(column) => {
                if let At::Behind { parent, lookup, .. } = at
                    && column == table.primary_id
                    && points_to_one_table(lookup)
                {
                    // The id of the row behind a lookup is what the lookup holds: no join, and the index serves.
                    return Ok(Place::Column(
                        ColRef { alias: parent, column: lookup.id },
                        table.column(column),
                    ));
                }
                let alias = self.join(at)?;
                Ok(Place::Column(ColRef { alias, column }, table.column(column)))
            }
            Property::Navigation(index) => {
                let navigation = &table.navigations[index];
                match navigation.kind {
                    NavigationKind::Lookup { column, target } => {
                        let alias = self.join(at)?;
                        self.row(alias, table, column, target)
                    }
                    _ => Ok(Place::Rows(self.join(at)?, table, navigation)),
                }
            }
        }
    }

    /// The row behind a lookup as a value: its id.
    fn row(&mut self, alias: Alias, table: &'a Table, column: ColumnId, target: Target) -> Result<Place<'a>> {
        let lookup = ColRef { alias, column };
        match target {
            Target::Principal => Ok(Place::Row(lookup, "principal")),
            Target::Table(to) => {
                let to = self.lowering.catalogue.table(to);
                if points_to_one_table(table.column(column)) {
                    return Ok(Place::Row(lookup, &to.logical_name));
                }
                let alias =
                    self.join(At::Behind { parent: alias, lookup: table.column(column), table: to })?;
                Ok(Place::Row(ColRef { alias, column: to.primary_id }, &to.logical_name))
            }
        }
    }

    /// The alias of a row on the way; the same way is joined once.
    fn join(&mut self, at: At<'a>) -> Result<Alias> {
        let (parent, lookup, table) = match at {
            At::Joined(alias, _) => return Ok(alias),
            At::Principal(_) | At::Value(_) => return Err(unknown("ownerid", "principal")),
            At::Behind { parent, lookup, table } => (parent, lookup, table),
        };
        let join = Join {
            parent,
            to: lookup.id,
            table: table.id,
            from: table.primary_id,
            kind: JoinKind::Outer,
            on: Predicate::True,
        };
        if let Some(index) = self.joins.iter().position(|known| *known == join) {
            return Ok(Alias(index as u16 + 1));
        }
        self.lowering.count_join()?;
        self.joins.push(join);
        Ok(Alias(self.joins.len() as u16))
    }

    pub(super) fn column(&self, column: ColRef) -> &'a Column {
        let catalogue = self.lowering.catalogue;
        let table = match column.alias {
            Alias::ROOT => self.table,
            Alias(n) => catalogue.table(self.joins[usize::from(n) - 1].table),
        };
        table.column(column.column)
    }
}

/// What a name stands for in a table.
pub(super) fn property(table: &Table, name: &str) -> Result<Property> {
    if table.is_principal() && name == "ownerid" {
        // Users and teams share their key under this name. Source: web-api.md 1.2.
        return Ok(Property::Column(table.primary_id));
    }
    if name.contains('.') {
        return Err(Fault::not_emulated("a type cast in a path"));
    }
    table.property(name).ok_or_else(|| unknown(name, &table.logical_name))
}

fn unknown(name: &str, table: &str) -> Fault {
    refuse::unknown_property(name, table)
}

fn points_to_one_table(lookup: &Column) -> bool {
    matches!(&lookup.kind, ColumnType::Lookup { targets, .. } if targets.len() == 1)
}
