//! What pages keep from one request to the next: texts by name, in memory, and no more than a few of them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many notes are kept; the oldest is let go for one too many.
const MOST: usize = 256;

/// Texts by name.
#[derive(Debug, Default)]
pub struct Notes(Mutex<VecDeque<(Box<str>, Arc<str>)>>);

impl Notes {
    /// Keeps a text in place of what had the name.
    pub fn put(&self, name: &str, text: &str) {
        let mut all = self.lock();
        all.retain(|(of, _)| **of != *name);
        if all.len() >= MOST {
            all.pop_front();
        }
        all.push_back((name.into(), text.into()));
    }

    /// The text of a name.
    pub fn get(&self, name: &str) -> Option<Arc<str>> {
        self.lock().iter().find(|(of, _)| **of == *name).map(|(_, text)| Arc::clone(text))
    }

    /// Lets go of a text.
    pub fn forget(&self, name: &str) {
        self.lock().retain(|(of, _)| **of != *name);
    }

    /// Nothing that is done under the lock can leave the list half changed.
    fn lock(&self) -> MutexGuard<'_, VecDeque<(Box<str>, Arc<str>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept() {
        let notes = Notes::default();
        notes.put("a", "1");
        notes.put("a", "2");
        assert_eq!(notes.get("a").as_deref(), Some("2"));
        notes.forget("a");
        assert_eq!(notes.get("a"), None);
        for number in 0..=MOST {
            notes.put(&number.to_string(), "x");
        }
        assert_eq!((notes.get("0"), notes.get("1").is_some()), (None, true));
    }
}
