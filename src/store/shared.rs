//! A list whose parts are shared between versions.

use std::hint::black_box;

use triomphe::Arc;

/// Children of a node. A write copies one node of each of three levels, and copying a node touches the reference
/// count of every child, each of which stands somewhere else in memory: sixteen of them are what a first write after
/// a fork can afford.
const WIDTH: usize = 16;

/// What stands above 256 values.
type Part<T> = Arc<Siblings<Siblings<T>>>;

/// The children of one node.
#[derive(Debug)]
struct Siblings<T>(Vec<Arc<T>>);

impl<T> Default for Siblings<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Clone for Siblings<T> {
    fn clone(&self) -> Self {
        fetch(&self.0);
        Self(self.0.clone())
    }
}

/// Brings the reference counts of values near that are about to be cloned. Each count stands somewhere else in memory,
/// and who adds to one waits until it is there; who only reads them gets all of them in little more than the time of
/// one.
pub(super) fn fetch<'a, T: ?Sized + 'a>(shared: impl IntoIterator<Item = &'a Arc<T>>) {
    black_box(shared.into_iter().fold(0, |all, value| all ^ Arc::strong_count(value)));
}

/// A list of shared values. A clone copies one pointer for every 256 of them, a write behind it some fifty; what is
/// its one owner's is changed in place.
#[derive(Debug)]
pub(super) struct SharedList<T> {
    parts: Vec<Part<T>>,
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
        part.0.get(at / WIDTH % WIDTH)?.0.get(at % WIDTH).map(|value| &**value)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        let part = Arc::make_mut(self.parts.get_mut(at / (WIDTH * WIDTH))?);
        let values = Arc::make_mut(part.0.get_mut(at / WIDTH % WIDTH)?);
        values.0.get_mut(at % WIDTH).map(Arc::make_mut)
    }

    pub(super) fn push(&mut self, value: Arc<T>) {
        let at = self.len;
        if at.is_multiple_of(WIDTH * WIDTH) {
            self.parts.push(Arc::default());
        }
        let Some(part) = self.parts.last_mut().map(Arc::make_mut) else { return };
        if at.is_multiple_of(WIDTH) {
            part.0.push(Arc::default());
        }
        let Some(values) = part.0.last_mut().map(Arc::make_mut) else { return };
        values.0.push(value);
        self.len += 1;
    }

    /// Takes the last value away.
    pub(super) fn pop(&mut self) -> Option<Arc<T>> {
        let at = self.len.checked_sub(1)?;
        let part = Arc::make_mut(self.parts.last_mut()?);
        let value = Arc::make_mut(part.0.last_mut()?).0.pop();
        if at.is_multiple_of(WIDTH) {
            part.0.pop();
        }
        if at.is_multiple_of(WIDTH * WIDTH) {
            self.parts.pop();
        }
        self.len = at;
        value
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let lower = self.parts.iter().flat_map(|part| &part.0);
        lower.flat_map(|values| &values.0).map(|value| &**value)
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
            list.push(Arc::new(number));
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
