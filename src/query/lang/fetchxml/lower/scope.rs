//! The tables of one scope: links to joins, and what their tables go by.

use super::super::refuse;
use super::super::syntax::{Content, Filter, FilterItem, LinkEntity, LinkType};
use super::Lowering;
use crate::fault::{Fault, Result, code};
use crate::model::{Column, ColumnId, ColumnType, NavigationKind, Table, Target};
use crate::query::lang::condition::no_attribute;
use crate::query::plan::{Alias, ColRef, Join, JoinKind, Link, Predicate, Quantifier, Source};

/// A table, the tables joined to it, and what they go by.
pub(super) struct Scope<'a, 'o> {
    pub(super) lowering: &'o Lowering<'a>,
    pub(super) table: &'a Table,
    /// The scope around the link that this one is the inside of.
    outer: Option<&'o Scope<'a, 'o>>,
    pub(super) joins: Vec<Join>,
    /// The joined tables, in the order of the joins.
    pub(super) linked: Vec<Linked<'a>>,
    /// Conditions of links that can only be asked of what the joins made.
    after: Vec<Predicate>,
}

/// A joined table.
pub(super) struct Linked<'a> {
    pub(super) link: &'a LinkEntity,
    pub(super) table: &'a Table,
    /// What its columns' names in the answer begin with.
    pub(super) name: Box<str>,
    /// Whether rows without a match are dropped all the way to the root, so that it does not matter when a condition
    /// is asked.
    is_inner: bool,
}

impl<'a, 'o> Scope<'a, 'o> {
    pub(super) fn new(
        lowering: &'o Lowering<'a>,
        table: &'a Table,
        outer: Option<&'o Scope<'a, 'o>>,
    ) -> Self {
        Self { lowering, table, outer, joins: Vec::new(), linked: Vec::new(), after: Vec::new() }
    }

    /// Joins what stands within the root, and answers what must hold of what the joins make.
    pub(super) fn root(&mut self, content: &'a Content) -> Result<Predicate> {
        let exists = self.join_all(Alias::ROOT, &content.links)?;
        self.check_names()?;
        self.conditions_of_joins()?;
        let filter = self.filters(Alias::ROOT, &content.filters)?;
        let after = std::mem::take(&mut self.after);
        Ok(Predicate::and([filter].into_iter().chain(exists).chain(after)))
    }

    /// Joins links and what they link in turn, parents first. Answers what stands for those that join nothing.
    fn join_all(&mut self, parent: Alias, links: &'a [LinkEntity]) -> Result<Vec<Predicate>> {
        let mut exists = Vec::new();
        for link in links {
            let ordinal = self.lowering.count_link()?;
            let table = self.lowering.table(&link.name)?;
            let (to, from) = self.columns(parent, link, table)?;
            let kind = match link.link_type {
                LinkType::Inner | LinkType::Natural => JoinKind::Inner,
                LinkType::Outer => JoinKind::Outer,
                LinkType::First => JoinKind::First,
                _ => {
                    exists.push(self.quantified(Quantifier::Any, parent, link, table, to, from)?);
                    continue;
                }
            };
            let is_inner = kind == JoinKind::Inner && (parent == Alias::ROOT || self.of(parent).is_inner);
            self.joins.push(Join { parent, to, table: table.id, from, kind, on: Predicate::True });
            let name = match &link.alias {
                Some(alias) => alias.clone(),
                // Source: queries.md B.4.
                None => format!("{}{ordinal}", table.logical_name).into(),
            };
            self.linked.push(Linked { link, table, name, is_inner });
            let alias = Alias(self.joins.len() as u16);
            let inside = self.join_all(alias, &link.content.links)?;
            self.join_mut(alias).on = Predicate::and(inside);
        }
        Ok(exists)
    }

    /// Aliases have characters of their own and are unique. Source: queries.md B.4.
    fn check_names(&self) -> Result<()> {
        for (index, linked) in self.linked.iter().enumerate() {
            if linked.link.alias.is_some() {
                check_alias(&linked.name)?;
            }
            if self.linked[..index].iter().any(|other| other.name == linked.name) {
                return Err(refuse::duplicate_alias(&linked.name));
            }
        }
        Ok(())
    }

    /// The filters within links, which belong to the join. Those that name other tables can only be asked of what the
    /// joins made, which is the same as long as no join keeps rows without a match.
    fn conditions_of_joins(&mut self) -> Result<()> {
        for index in 0..self.linked.len() {
            let alias = Alias(index as u16 + 1);
            let link = self.linked[index].link;
            let condition = self.filters(alias, &link.content.filters)?;
            if condition == Predicate::True {
                continue;
            }
            if speaks_only_of(&condition, alias) {
                let join = self.join_mut(alias);
                let on = std::mem::replace(&mut join.on, Predicate::True);
                join.on = Predicate::and([condition, on]);
            } else if self.linked[index].is_inner {
                self.after.push(condition);
            } else {
                return Err(Fault::not_emulated(
                    "a filter within an outer link-entity on columns of another table",
                ));
            }
        }
        Ok(())
    }

    /// A link that asks only whether there are related rows.
    pub(super) fn filter_link(&self, parent: Alias, link: &'a LinkEntity) -> Result<Predicate> {
        self.lowering.count_link()?;
        let table = self.lowering.table(&link.name)?;
        let (to, from) = self.columns(parent, link, table)?;
        // Source: queries.md B.3: not all is any.
        let kind = match link.link_type {
            LinkType::NotAny => Quantifier::NotAny,
            LinkType::All => Quantifier::AllNone,
            _ => Quantifier::Any,
        };
        self.quantified(kind, parent, link, table, to, from)
    }

    fn quantified(
        &self,
        kind: Quantifier,
        parent: Alias,
        link: &'a LinkEntity,
        table: &'a Table,
        to: ColumnId,
        from: ColumnId,
    ) -> Result<Predicate> {
        if shows_something(&link.content) {
            return Err(refuse::columns_of_filter_link(&link.name));
        }
        if let Some(alias) = &link.alias {
            check_alias(alias)?;
        }
        let mut inner = Scope::new(self.lowering, table, Some(self));
        let filter = inner.root(&link.content)?;
        if inner.linked.iter().any(|linked| shows_something(&linked.link.content)) {
            return Err(refuse::columns_of_filter_link(&link.name));
        }
        let body = Source { table: table.id, joins: inner.joins, filter };
        Ok(Predicate::Quant { kind, link: Link::Columns { parent, to, from }, body: Box::new(body) })
    }

    /// The columns that a link joins: that of the table around it, and that of its own.
    fn columns(&self, parent: Alias, link: &LinkEntity, table: &Table) -> Result<(ColumnId, ColumnId)> {
        let around = self.table_of(parent);
        let (to, from) = match (&link.to, &link.from) {
            (Some(to), Some(from)) => (column(around, to)?, column(table, from)?),
            (None, None) => return relationship(around, table),
            _ => return Err(Fault::new(&code::QueryBuilderAttributePairMismatch)),
        };
        if can_join(&to.kind, &from.kind) {
            Ok((to.id, from.id))
        } else {
            Err(refuse::join_types(&from.logical_name, &to.logical_name))
        }
    }

    pub(super) fn table_of(&self, alias: Alias) -> &'a Table {
        if alias == Alias::ROOT { self.table } else { self.of(alias).table }
    }

    fn of(&self, alias: Alias) -> &Linked<'a> {
        &self.linked[usize::from(alias.0) - 1]
    }

    fn join_mut(&mut self, alias: Alias) -> &mut Join {
        &mut self.joins[usize::from(alias.0) - 1]
    }

    /// The table that goes by a name: the alias of a link, or where it has none its table's name. Source: queries.md
    /// B.1. `Assumed:` the root goes by its table's name.
    pub(super) fn alias_of(&self, name: &str) -> Option<Alias> {
        let named = |linked: &Linked<'_>| *linked.name == *name;
        let unnamed = |linked: &Linked<'_>| linked.link.alias.is_none() && *linked.link.name == *name;
        self.linked
            .iter()
            .position(named)
            .or_else(|| self.linked.iter().position(unnamed))
            .map(|index| Alias(index as u16 + 1))
            .or_else(|| (*self.table.logical_name == *name).then_some(Alias::ROOT))
    }

    /// The table that goes by a name in a condition.
    pub(super) fn alias_in_condition(&self, name: &str) -> Result<Alias> {
        if let Some(alias) = self.alias_of(name) {
            return Ok(alias);
        }
        let mut around = self.outer;
        while let Some(scope) = around {
            if scope.alias_of(name).is_some() {
                return Err(Fault::not_emulated(
                    "a condition within a link-entity of a filter on a table outside of it",
                ));
            }
            around = scope.outer;
        }
        Err(refuse::no_such_link(name))
    }

    /// The filters of one place, all of which must hold.
    fn filters(&self, base: Alias, filters: &'a [Filter]) -> Result<Predicate> {
        let parts: Vec<_> = filters.iter().map(|filter| self.filter(base, filter)).collect::<Result<_>>()?;
        Ok(Predicate::and(parts.into_iter().flatten()))
    }

    /// A filter; nothing where it says nothing, which is not the same as *always* among alternatives.
    fn filter(&self, base: Alias, filter: &'a Filter) -> Result<Option<Predicate>> {
        let mut parts = Vec::with_capacity(filter.items.len());
        for item in &filter.items {
            parts.extend(match item {
                FilterItem::Condition(condition) => Some(self.condition(base, condition)?),
                FilterItem::Filter(filter) => self.filter(base, filter)?,
                FilterItem::Link(link) => Some(self.filter_link(base, link)?),
            });
        }
        if parts.is_empty() {
            return Ok(None);
        }
        Ok(Some(if filter.or { Predicate::or(parts) } else { Predicate::and(parts) }))
    }
}

/// Source: queries.md B.4.
pub(super) fn check_alias(alias: &str) -> Result<()> {
    let mut bytes = alias.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if first && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        Ok(())
    } else {
        Err(refuse::alias(alias))
    }
}

/// A column that has a value of its own.
pub(super) fn column<'t>(table: &'t Table, name: &str) -> Result<&'t Column> {
    match table.column_named(name) {
        Some(column) if !column.valid_for_read => Err(no_attribute(table, name)),
        Some(column) if !column.is_property() => Err(refuse::computed(table, column)),
        Some(column) => Ok(column),
        None => Err(no_attribute(table, name)),
    }
}

fn shows_something(content: &Content) -> bool {
    content.all_attributes || !content.attributes.is_empty() || !content.orders.is_empty()
}

/// Whether a condition can be asked of the rows of one table before they are joined.
fn speaks_only_of(condition: &Predicate, alias: Alias) -> bool {
    let is = |column: &ColRef| column.alias == alias;
    match condition {
        Predicate::True | Predicate::False => true,
        Predicate::And(parts) | Predicate::Or(parts) => parts.iter().all(|part| speaks_only_of(part, alias)),
        Predicate::Cmp { column, .. } => is(column),
        Predicate::Cols { left, right, .. } => is(left) && is(right),
        Predicate::Quant { link: Link::Columns { parent, .. } | Link::Through { parent, .. }, .. } => {
            *parent == alias
        }
    }
}

/// Whether values of two types can be equal. Source: queries.md B.1: unrelated columns of equal type can be joined;
/// files, images and choices of which a row may have several cannot.
fn can_join(one: &ColumnType, other: &ColumnType) -> bool {
    let joins = |kind: &ColumnType| {
        !matches!(
            kind,
            ColumnType::File | ColumnType::Image | ColumnType::Choices { .. } | ColumnType::Virtual
        )
    };
    joins(one) && joins(other) && one.edm() == other.edm()
}

/// The columns of the one relationship between two tables. Source: queries.md B.1.
fn relationship(around: &Table, linked: &Table) -> Result<(ColumnId, ColumnId)> {
    let mut pairs: Vec<(ColumnId, ColumnId)> = Vec::new();
    for navigation in &around.navigations {
        pairs.extend(match navigation.kind {
            NavigationKind::Lookup { column, target: Target::Table(table) } if table == linked.id => {
                Some((column, linked.primary_id))
            }
            NavigationKind::Collection { table, column } if table == linked.id => {
                Some((around.primary_id, column))
            }
            NavigationKind::ManyToMany { intersect, near, .. } if intersect == linked.id => {
                Some((around.primary_id, near))
            }
            _ => None,
        });
    }
    for navigation in &linked.navigations {
        if let NavigationKind::ManyToMany { intersect, near, .. } = navigation.kind
            && intersect == around.id
        {
            pairs.push((near, linked.primary_id));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    match pairs.as_slice() {
        [pair] => Ok(*pair),
        _ => Err(refuse::no_relationship(around, linked, pairs.len())),
    }
}
