//! The best rows of a block, told by what their order compares first.

use super::super::filter::Filter;
use super::super::order::Best;
use super::{Mask, Prefixes};
use crate::model::ColumnId;
use crate::store::{BlockRef, RowRef, Slot};

/// So few rows are held against a filter one by one.
const FEW: usize = 48;

/// Offers the rows of a block that a filter holds of to the best so far. `column` is the one that decides first, and
/// whether its greatest values come first: by that alone most rows are passed over and never read. `comes_later`, where
/// there is one, must hold of a row too. Where `counting`, tells how many rows the filter holds of.
pub(in crate::query::exec) fn offer<'a>(
    block: BlockRef<'a>,
    filter: &Filter<'a>,
    (column, descending): (ColumnId, bool),
    best: &mut Best<'_, 'a, Slot>,
    counting: bool,
    comes_later: Option<&impl Fn(RowRef<'a>) -> bool>,
) -> usize {
    let slot = |at: usize| Slot(block.first().0 + at as u32);
    let Some(prefixes) = block.beside(column, |block| Prefixes::of(block, column)) else {
        let found = filter.select(block);
        for at in found.places() {
            if let Some(row) = block.row(at).filter(|row| comes_later.is_none_or(|later| later(*row))) {
                best.offer(row, || slot(at));
            }
        }
        return found.count();
    };
    let near = prefixes.within(best.limit(), descending);
    let (found, count) = if counting {
        let found = filter.select(block);
        (found.and(near), found.count())
    } else if near.count() > FEW {
        (filter.select(block).and(near), 0)
    } else {
        let mut found = Mask::default();
        for at in near.places() {
            if block.row(at).is_some_and(|row| filter.holds(row)) {
                found.set(at);
            }
        }
        (found, 0)
    };
    for at in found.places() {
        let is_later = comes_later.is_none_or(|later| block.row(at).is_some_and(later));
        if is_later {
            best.offer_known(prefixes.key(at, descending), slot(at));
        }
    }
    count
}
