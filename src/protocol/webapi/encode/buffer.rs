//! The memory that answers are written into, used again once they were sent.
//!
//! A row takes a few thousand bytes, more than the system's allocator keeps at hand for a thread.

use std::cell::RefCell;

use bytes::Bytes;

/// Buffers kept by a thread: as many as it has answers on their way to slow clients.
const MOST: usize = 16;
/// What a buffer has room for at first, and the largest that is kept, in bytes.
const FIRST: usize = 6 << 10;
const LARGEST: usize = 64 << 10;

thread_local! {
    static FREE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer with room for a row.
pub(in crate::protocol::webapi) fn take() -> Vec<u8> {
    FREE.with_borrow_mut(Vec::pop).unwrap_or_else(|| Vec::with_capacity(FIRST))
}

/// The bytes of a buffer, which comes back to the thread that lets the last of them go.
pub(in crate::protocol::webapi) fn share(buffer: Vec<u8>) -> Bytes {
    if (FIRST..=LARGEST).contains(&buffer.capacity()) {
        Bytes::from_owner(Returning(buffer))
    } else {
        Bytes::from(buffer)
    }
}

struct Returning(Vec<u8>);

impl AsRef<[u8]> for Returning {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Returning {
    fn drop(&mut self) {
        let mut buffer = std::mem::take(&mut self.0);
        buffer.clear();
        // A thread that ends has no use for it.
        let _ = FREE.try_with(|free| {
            if let Ok(mut free) = free.try_borrow_mut()
                && free.len() < MOST
            {
                free.push(buffer);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_empty_and_no_sooner_than_its_bytes_are_gone() {
        let mut first = take();
        first.extend_from_slice(b"first");
        let at = first.as_ptr();
        let sent = share(first);
        let slice = sent.slice(1..3);
        drop(sent);
        let other = take();
        assert_ne!(other.as_ptr(), at, "it is still being read");
        assert_eq!(&*slice, b"ir");
        drop(slice);
        let again = take();
        assert_eq!((again.as_ptr(), again.len()), (at, 0));
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let large = Vec::with_capacity(LARGEST + 1);
        drop(share(large));
        assert!(take().capacity() <= LARGEST);
    }
}
