//! Requests that differ in nothing that coverage counts, counted together.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashMapExt};

use super::Head;

/// How many shapes of requests wait to be looked at.
const MOST_SHAPES: usize = 128;

/// Requests that differ in nothing that coverage counts, such as the keys of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Their method.
    pub method: Box<str>,
    /// The address of one of them.
    pub target: Box<str>,
    /// Whether they were answered with success.
    pub succeeded: bool,
    /// How many there were.
    pub count: u64,
}

/// The shapes that nobody has looked at yet.
#[derive(Debug, Default)]
pub(super) struct Shapes(HashMap<u64, Shape>);

impl Shapes {
    /// Counts a request, and tells whether the shapes have become so many that somebody has to take them.
    pub(super) fn count<B: AsRef<[u8]>>(&mut self, head: &Head<B>, succeeded: bool) -> bool {
        let [method, target] = head.address();
        let key = key(method, target, succeeded);
        if let Some(known) = self.0.get_mut(&key) {
            known.count += 1;
            return false;
        }
        let (method, target) = (head.method().into(), head.target().into());
        self.0.insert(key, Shape { method, target, succeeded, count: 1 });
        self.0.len() >= MOST_SHAPES
    }

    /// Hands all shapes over.
    pub(super) fn take(&mut self) -> Vec<Shape> {
        let shapes = std::mem::replace(&mut self.0, HashMap::with_capacity(MOST_SHAPES));
        shapes.into_values().collect()
    }
}

/// Tells requests apart as far as coverage does: not by the keys of rows.
fn key(method: &[u8], target: &[u8], succeeded: bool) -> u64 {
    let mut hasher = FixedState::with_seed(0).build_hasher();
    hasher.write_u8(u8::from(succeeded));
    hasher.write(method);
    let end = memchr::memchr(b'?', target).unwrap_or(target.len());
    let (path, query) = target.split_at(end);
    match memchr::memchr(b'(', path) {
        None => hasher.write(path),
        Some(open) => {
            hasher.write(&path[..=open]);
            // What is called on a row stands behind its key. A key with a slash in it makes a shape of its own.
            if let Some(behind) = memchr::memchr(b'/', &path[open..]) {
                hasher.write(&path[open + behind..]);
            }
        }
    }
    hasher.write(query);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_rows_make_no_shapes_of_their_own() {
        let of = |target: &str| key(b"GET", target.as_bytes(), true);
        assert_eq!(of("/accounts(1)"), of("/accounts(2)"));
        assert_eq!(of("/accounts(1)/name?$select=a"), of("/accounts(2)/name?$select=a"));
        for other in ["/accounts", "/accounts(1)/name", "/accounts(1)?$select=a", "/contacts(1)"] {
            assert_ne!(of("/accounts(1)"), of(other), "{other}");
        }
        assert_ne!(key(b"GET", b"/a", true), key(b"GET", b"/a", false));
        assert_ne!(key(b"GET", b"/a", true), key(b"PUT", b"/a", true));
    }

    #[test]
    fn shapes_are_counted_until_they_are_many() {
        let mut shapes = Shapes::default();
        for _ in 0..3 {
            assert!(!shapes.count(&Head::asked("GET", "/a"), true));
        }
        let taken = shapes.take();
        assert_eq!(taken, [Shape { method: "GET".into(), target: "/a".into(), succeeded: true, count: 3 }]);
        let many = (1..=MOST_SHAPES).find(|n| shapes.count(&Head::asked("GET", &format!("/{n}")), true));
        assert_eq!((many, shapes.take().len(), shapes.take().len()), (Some(MOST_SHAPES), MOST_SHAPES, 0));
    }
}
