//! A set of column values that is not (yet) a stored row: what a request brings, what a rule fills in.

use super::{ColumnId, Value};

/// Column values in column order; a column that is absent is not the same as one that is null.
#[derive(Debug, Clone, Default)]
pub struct Record {
    values: Vec<(ColumnId, Value)>,
    /// A bit for each column that was ever mentioned, several columns to a bit. Rules ask mostly for columns that a
    /// request does not mention, and a bit that is not set says so at once.
    perhaps: u64,
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

/// Room for what a request brings and the rules add: 1 KiB, a power of two, which mimalloc hands out the short way.
const USUAL: usize = 32;

static NULL: Value = Value::Null;

impl Record {
    /// A record without values.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a column; null where the record does not mention it.
    pub fn get(&self, column: ColumnId) -> &Value {
        self.mentions(column).unwrap_or(&NULL)
    }

    /// The value of a column that the record mentions, even if only as null.
    pub fn mentions(&self, column: ColumnId) -> Option<&Value> {
        self.find(column).map(|at| &self.values[at].1)
    }

    /// Sets a column.
    pub fn set(&mut self, column: ColumnId, value: impl Into<Value>) {
        match self.position(column) {
            Ok(at) => self.values[at].1 = value.into(),
            Err(at) => self.insert(at, column, value.into()),
        }
    }

    /// Sets a column unless the record mentions it already.
    pub fn set_default(&mut self, column: ColumnId, value: impl Into<Value>) {
        if let Err(at) = self.position(column) {
            self.insert(at, column, value.into());
        }
    }

    fn insert(&mut self, at: usize, column: ColumnId, value: Value) {
        if self.values.capacity() == 0 {
            self.values.reserve_exact(USUAL);
        }
        self.perhaps |= bit(column);
        // Most columns come behind the others, and what is moved nowhere need not be put down twice.
        if at == self.values.len() {
            self.values.push((column, value));
        } else {
            self.values.insert(at, (column, value));
        }
    }

    /// Sets each of these columns unless the record mentions it already.
    pub fn set_defaults(&mut self, defaults: &[(ColumnId, Value)]) {
        for (column, value) in defaults {
            self.set_default(*column, value.clone());
        }
    }

    /// Forgets every column that has its default; [`set_defaults`](Self::set_defaults) brings them back.
    pub fn drop_defaults(&mut self, defaults: &[(ColumnId, Value)]) {
        for (column, default) in defaults {
            if let Some(at) = self.find(*column)
                && self.values[at].1.is_same(default)
            {
                self.values.remove(at);
            }
        }
    }

    /// Forgets a column; returns what it held.
    pub fn remove(&mut self, column: ColumnId) -> Option<Value> {
        self.find(column).map(|at| self.values.remove(at).1)
    }

    /// All values in column order.
    pub fn iter(&self) -> impl Iterator<Item = (ColumnId, &Value)> {
        self.values.iter().map(|(column, value)| (*column, value))
    }

    /// How many columns the record mentions.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the record mentions no column.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn find(&self, column: ColumnId) -> Option<usize> {
        if self.perhaps & bit(column) == 0 { None } else { self.position(column).ok() }
    }

    /// Where a column stands, or would.
    fn position(&self, column: ColumnId) -> Result<usize, usize> {
        // Rows and defaults come in column order.
        if self.values.last().is_none_or(|(last, _)| *last < column) {
            return Err(self.values.len());
        }
        self.values.binary_search_by_key(&column, |(id, _)| *id)
    }
}

/// The bit of a column.
fn bit(column: ColumnId) -> u64 {
    1 << (column.0 % u64::BITS as u16)
}

impl FromIterator<(ColumnId, Value)> for Record {
    fn from_iter<I: IntoIterator<Item = (ColumnId, Value)>>(values: I) -> Self {
        let mut record = Self::new();
        for (column, value) in values {
            record.set(column, value);
        }
        record
    }
}
