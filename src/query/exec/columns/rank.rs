//! The best rows of a block, told by what their order compares first.

use super::super::order::{Best, Placed};
use super::{Mask, Prefixes};
use crate::model::ColumnId;
use crate::store::{BlockRef, RowRef, Slot};

/// Offers some rows of a block to the best so far. `column` is the one that decides first, and whether its greatest
/// values come first: by that alone most rows are passed over and never read.
pub(in crate::query::exec) fn offer<'a>(
    block: BlockRef<'a>,
    some: Mask,
    (column, descending): (ColumnId, bool),
    best: &mut Best<'_, 'a, Slot>,
    comes_later: impl Fn(RowRef<'a>) -> bool,
) where
    Slot: Placed,
{
    let prefixes = block.beside(column, |block| Prefixes::of(block, column));
    for at in some.places() {
        if let Some(prefixes) = prefixes {
            let prefix = prefixes.value(at);
            if !best.may_take(if descending { !prefix } else { prefix }) {
                continue;
            }
        }
        if let Some(row) = block.row(at)
            && comes_later(row)
        {
            best.offer(row, || Slot(block.first().0 + at as u32));
        }
    }
}
