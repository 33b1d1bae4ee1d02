//! The integration tests, in one binary: over HTTP wherever the subject can be seen there.

mod architecture;
