//! The best rows of a block, told by what their order compares first.

use super::super::filter::Filter;
use super::super::order::Best;
use super::{Mask, Prefixes};
use crate::model::ColumnId;
use crate::store::{BlockRef, RowRef, Slot};

/// The rows of a block that a filter holds of and that may be among the best so far, offered to those. `column` is the
/// one that decides first, and whether its greatest values come first: by that alone most rows, and most blocks, are
/// passed over and never read. Where `counting`, tells how many rows the filter holds of.
pub(in crate::query::exec) fn offer<'a>(
    block: BlockRef<'a>,
    filter: &Filter<'a>,
    (column, descending): (ColumnId, bool),
    best: &mut Best<'_, 'a, Slot>,
    counting: bool,
    comes_later: impl Fn(RowRef<'a>) -> bool,
) -> usize {
    let prefixes = block.beside(column, |block| Prefixes::of(block, column));
    let limit = best.limit();
    let may_have = prefixes.is_none_or(|prefixes| {
        let (least, greatest) = prefixes.ends;
        if descending { !greatest <= limit } else { least <= limit }
    });
    if !may_have && !counting {
        return 0;
    }
    let found = filter.select(block);
    let near = prefixes.map_or(found, |Prefixes { values, .. }| {
        // The limit only sinks while rows are offered, and what is offered is held against it again.
        let near = if descending {
            Mask::of(values.len(), |at| !values[at] <= limit)
        } else {
            Mask::of(values.len(), |at| values[at] <= limit)
        };
        near.and(found)
    });
    for at in near.places() {
        if let Some(row) = block.row(at)
            && comes_later(row)
        {
            best.offer(row, || Slot(block.first().0 + at as u32));
        }
    }
    if counting { found.count() } else { 0 }
}
