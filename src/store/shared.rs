//! A list whose parts are shared between versions.

use std::sync::Arc;

/// Children of a node. A write copies one node of each of three levels, and copying a node touches the reference
/// count of every child, each of which stands somewhere else in memory: sixteen of them are what a first write after
/// a fork can afford.
const WIDTH: usize = 16;

type Lower<T> = Arc<Vec<Arc<T>>>;
type Middle<T> = Arc<Vec<Lower<T>>>;

/// A list of shared values. A clone copies one pointer for every 256 of them, a write behind it some fifty; what is
/// its one owner's is changed in place.
#[derive(Debug)]
pub(super) struct SharedList<T> {
    parts: Vec<Middle<T>>,
    len: usize,
}

impl<T> Default for SharedList<T> {
    fn default() -> Self {
        Self { parts: Vec::new(), len: 0 }
    }
}

impl<T> Clone for SharedList<T> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), len: self.len }
    }
}

impl<T: Clone> SharedList<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<&T> {
        let part = self.parts.get(at / (WIDTH * WIDTH))?;
        part.get(at / WIDTH % WIDTH)?.get(at % WIDTH).map(|value| &**value)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        let part = Arc::make_mut(self.parts.get_mut(at / (WIDTH * WIDTH))?);
        let values = Arc::make_mut(part.get_mut(at / WIDTH % WIDTH)?);
        values.get_mut(at % WIDTH).map(Arc::make_mut)
    }

    pub(super) fn push(&mut self, value: T) {
        let at = self.len;
        if at.is_multiple_of(WIDTH * WIDTH) {
            self.parts.push(Arc::default());
        }
        let Some(part) = self.parts.last_mut().map(Arc::make_mut) else { return };
        if at.is_multiple_of(WIDTH) {
            part.push(Arc::default());
        }
        let Some(values) = part.last_mut().map(Arc::make_mut) else { return };
        values.push(Arc::new(value));
        self.len += 1;
    }

    /// Takes the last value away.
    pub(super) fn pop(&mut self) {
        let Some(at) = self.len.checked_sub(1) else { return };
        let Some(part) = self.parts.last_mut().map(Arc::make_mut) else { return };
        let Some(values) = part.last_mut().map(Arc::make_mut) else { return };
        values.pop();
        if at.is_multiple_of(WIDTH) {
            part.pop();
        }
        if at.is_multiple_of(WIDTH * WIDTH) {
            self.parts.pop();
        }
        self.len = at;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.parts.iter().flat_map(|part| part.iter()).flat_map(|values| values.iter()).map(|value| &**value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_a_plain_list_and_clones_keep_theirs() {
        let mut list = SharedList::default();
        let mut model = Vec::new();
        let mut kept = Vec::new();
        for number in 0..3 * WIDTH * WIDTH {
            list.push(number);
            model.push(number);
            if number % 7 == 0 {
                list.pop();
                model.pop();
            }
            if number % 5 == 0 && !model.is_empty() {
                let at = number * 31 % model.len();
                *list.get_mut(at).unwrap() += 1;
                model[at] += 1;
            }
            if number % 100 == 0 {
                kept.push((list.clone(), model.clone()));
            }
        }
        while !model.is_empty() {
            list.pop();
            model.pop();
            kept.push((list.clone(), model.clone()));
        }
        for (list, model) in kept {
            assert_eq!(list.len(), model.len());
            assert!(list.iter().eq(&model));
            assert_eq!(list.get(0), model.first());
            assert_eq!(list.get(model.len()), None);
        }
    }
}
