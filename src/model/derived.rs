//! Room beside a catalogue, or a prototype of rows, for what others make of it once and use for every request.

use std::any::{Any, TypeId};
use std::sync::OnceLock;

type Slot = OnceLock<(TypeId, Box<dyn Any + Send + Sync>)>;

/// One value of each of a few types, made on first use. Its keeper does not know the types: a face keeps what it
/// derives (templates of rows, a metadata document) here, so that it lives exactly as long as what it derives from.
#[derive(Default)]
pub(crate) struct Derived {
    slots: [Slot; 8],
}

impl Derived {
    /// The value of type `T`, if somebody has asked for it already.
    pub(crate) fn peek<T: Any>(&self) -> Option<&T> {
        self.slots.iter().map_while(|slot| slot.get()).find_map(|(_, value)| value.downcast_ref())
    }

    /// The value of type `T`, made now if nobody has asked for it yet.
    pub(crate) fn get<T: Any + Send + Sync>(&self, make: impl Fn() -> T) -> &T {
        self.slots
            .iter()
            .map(|slot| slot.get_or_init(|| (TypeId::of::<T>(), Box::new(make()))))
            .find_map(|(_, value)| value.downcast_ref())
            .expect("there are more slots than types derived")
    }
}

/// A changed copy of a catalogue derives anew.
impl Clone for Derived {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl std::fmt::Debug for Derived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Derived")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_made_once_and_a_copy_makes_its_own() {
        let derived = Derived::default();
        assert_eq!(*derived.get(|| 1_u8), 1);
        assert_eq!(*derived.get(|| "a"), "a");
        assert_eq!(*derived.get(|| 2_u8), 1);
        assert_eq!(*derived.clone().get(|| 3_u8), 3);
    }
}
