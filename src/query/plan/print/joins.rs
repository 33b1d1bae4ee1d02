//! Whether the paths in a text tell the joins of its scope, or the joins have to be listed.

use super::parent_of;
use crate::model::Catalogue;
use crate::query::plan::{Alias, Join, JoinKind, OrderKey, Predicate, Source};

/// The joins of a scope in the order in which its text meets them.
#[derive(Default)]
pub(super) struct Used(Vec<Alias>);

impl Used {
    pub(super) fn alias(&mut self, source: &Source, alias: Alias) {
        if alias == Alias::ROOT || self.0.contains(&alias) {
            return;
        }
        if let Some(join) = join_of(source, alias) {
            self.alias(source, join.parent);
        }
        self.0.push(alias);
    }

    pub(super) fn filter(&mut self, source: &Source) {
        self.predicate(source, &source.filter);
    }

    pub(super) fn order(&mut self, source: &Source, order: &[OrderKey]) {
        for key in order {
            self.alias(source, key.column.alias);
        }
    }

    fn predicate(&mut self, source: &Source, predicate: &Predicate) {
        match predicate {
            Predicate::True | Predicate::False => {}
            Predicate::And(parts) | Predicate::Or(parts) => {
                for part in parts {
                    self.predicate(source, part);
                }
            }
            Predicate::Cmp { column, .. } => self.alias(source, column.alias),
            Predicate::Cols { left, right, .. } => {
                self.alias(source, left.alias);
                self.alias(source, right.alias);
            }
            Predicate::Quant { link, .. } => self.alias(source, parent_of(link)),
        }
    }

    /// Whether the paths of the text tell the joins: all of them, in their order, each following a lookup.
    pub(super) fn tells_all(&self, source: &Source, catalogue: &Catalogue) -> bool {
        let numbers = 1..=source.joins.len() as u16;
        let repeats = |at: usize| source.joins[..at].contains(&source.joins[at]);
        self.0.iter().map(|alias| alias.0).eq(numbers)
            && source.joins.iter().enumerate().all(|(at, join)| {
                join.kind == JoinKind::Outer
                    && join.on == Predicate::True
                    && join.from == catalogue.table(join.table).primary_id
                    && !repeats(at)
            })
    }
}

pub(super) fn join_of(source: &Source, alias: Alias) -> Option<&Join> {
    source.joins.get(usize::from(alias.0).checked_sub(1)?)
}
