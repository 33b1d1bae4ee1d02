//! Rows as JSON: straight into the answer's bytes, without a tree between.

mod annotate;
pub(super) mod buffer;
mod culture;
mod format;
mod output;
pub(super) mod row;
mod template;
pub(super) mod text;

pub(super) use annotate::Annotations;
pub(super) use output::Output;
pub(super) use row::{RowWriter, Shown, close, etag, open};
