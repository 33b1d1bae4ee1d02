//! Packed rows.
//!
//! ```text
//! id 16 | version 8 | prototype 2 | count 2 | count x head 4 | payload
//! head = column (12 bits) and type (4 bits), end of its bytes in the payload (16 bits)
//! ```
//!
//! Where the payload passes 64 KiB the heads take eight bytes each; the top bit of `count` says so. A row lists
//! only what differs from its prototype (another row of the table, whose number it names); a column that the
//! prototype has and the row has not is listed as null. The primary key and `versionnumber` stand in the header.
//! An id that was made by the same source as the row's own differs from it in six bytes, and only those are kept; a
//! long value that stands in the row already (a sign-in name that is the mail address) is a pointer to it.

use rust_decimal::Decimal;
use smallvec::SmallVec;
use uuid::Uuid;

use crate::model::{ColumnId, Record, Reference, TableId, Value, ValueRef};

/// The bytes of a row that stands for itself.
pub(super) type Packed = Box<[u8]>;

const HEADER: usize = 28;
const WIDE: u16 = 0x8000;
/// Columns a row can tell apart: twelve bits.
const COLUMN_BITS: u32 = 12;

/// Type tags; a tag above `TRUE` says how many bytes follow or that the end tells.
mod tag {
    pub(super) const NULL: u16 = 0;
    pub(super) const FALSE: u16 = 1;
    pub(super) const TRUE: u16 = 2;
    pub(super) const INT: u16 = 3;
    pub(super) const LONG: u16 = 4;
    pub(super) const DOUBLE: u16 = 5;
    pub(super) const DECIMAL: u16 = 6;
    pub(super) const STRING: u16 = 7;
    pub(super) const GUID: u16 = 8;
    pub(super) const DATE_TIME: u16 = 9;
    pub(super) const DATE: u16 = 10;
    pub(super) const LOOKUP: u16 = 11;
    pub(super) const BINARY: u16 = 12;
    /// A lookup whose id ends as the row's own.
    pub(super) const NEAR_LOOKUP: u16 = 13;
    /// A unique identifier that ends as the row's own.
    pub(super) const NEAR_GUID: u16 = 14;
    /// The value of an earlier head, by its place.
    pub(super) const REPEAT: u16 = 15;
}

/// The bytes of an id in which those of one source differ.
const NEAR: usize = 6;

/// Which columns stand in the header of a table's rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) primary: ColumnId,
    pub(super) version: Option<ColumnId>,
}

/// A stored row.
#[derive(Debug, Clone, Copy)]
pub struct RowRef<'a> {
    pub(super) shape: Shape,
    pub(super) bytes: &'a [u8],
    pub(super) prototype: Option<&'a [u8]>,
}

impl<'a> RowRef<'a> {
    /// The primary key.
    pub fn id(&self) -> Uuid {
        id_of(self.bytes)
    }

    /// The row version, which grows with every write in the organization.
    pub fn version(&self) -> u64 {
        version_of(self.bytes)
    }

    /// The value of a column.
    pub fn get(&self, column: ColumnId) -> ValueRef<'a> {
        if column == self.shape.primary {
            return ValueRef::Guid(self.id());
        }
        if Some(column) == self.shape.version {
            return ValueRef::Long(self.version() as i64);
        }
        Heads::of(self.bytes)
            .find(column)
            .or_else(|| self.prototype.and_then(|bytes| Heads::of(bytes).find(column)))
            .unwrap_or(ValueRef::Null)
    }

    /// All values that are not null, in column order.
    pub fn iter(&self) -> impl Iterator<Item = (ColumnId, ValueRef<'a>)> + use<'a> {
        Merge::new(*self).filter(|(_, value)| !value.is_null())
    }

    /// The row as a record, without primary key and `versionnumber`.
    pub fn to_record(&self) -> Record {
        self.iter()
            .filter(|(column, _)| *column != self.shape.primary && Some(*column) != self.shape.version)
            .map(|(column, value)| (column, value.to_value()))
            .collect()
    }
}

pub(super) fn id_of(bytes: &[u8]) -> Uuid {
    Uuid::from_bytes(array(bytes, 0))
}

pub(super) fn version_of(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(array(bytes, 16))
}

/// The number of the row's prototype; zero for none.
pub(super) fn prototype_of(bytes: &[u8]) -> u16 {
    u16::from_le_bytes(array(bytes, 24))
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("the slice has the array's length")
}

/// Packs a row. `prototype` is the row whose values need not be repeated, with its number.
pub(super) fn pack(
    id: Uuid,
    version: u64,
    record: &Record,
    shape: Shape,
    prototype: Option<(u16, &[u8])>,
) -> Packed {
    // On the stack unless the row is a large one; the only allocation is the row itself.
    let mut heads: SmallVec<[(u16, u32); 64]> = SmallVec::new();
    let mut payload: SmallVec<[u8; 768]> = SmallVec::new();
    let base = prototype.map_or(Heads::NONE, |(_, bytes)| Heads::of(bytes));
    let mut listed = base.walk().peekable();
    let mut push = |column: ColumnId, value: &Value| {
        let start = payload.len();
        let mut tag = append(value, id, &mut payload);
        if let Some(earlier) = repeated(&heads, &payload, tag, start) {
            payload.truncate(start);
            payload.extend_from_slice(&earlier.to_le_bytes());
            tag = tag::REPEAT;
        }
        heads.push((column.0 | (tag << COLUMN_BITS), payload.len() as u32));
    };
    for (column, value) in record.iter() {
        if column == shape.primary || Some(column) == shape.version {
            continue;
        }
        while let Some((earlier, ..)) = listed.next_if(|(at, ..)| *at < column) {
            push(earlier, &Value::Null);
        }
        let is_same = match listed.next_if(|(at, ..)| *at == column) {
            Some((_, tag, bytes)) => base.holds(tag, bytes, value),
            None => value.is_null(),
        };
        if !is_same {
            push(column, value);
        }
    }
    for (column, ..) in listed {
        push(column, &Value::Null);
    }
    let wide = payload.len() > usize::from(u16::MAX);
    let head_size = if wide { 8 } else { 4 };
    let mut bytes = Vec::with_capacity(HEADER + heads.len() * head_size + payload.len());
    bytes.extend_from_slice(id.as_bytes());
    bytes.extend_from_slice(&version.to_le_bytes());
    bytes.extend_from_slice(&prototype.map_or(0, |(number, _)| number).to_le_bytes());
    bytes.extend_from_slice(&((heads.len() as u16) | if wide { WIDE } else { 0 }).to_le_bytes());
    for (head, end) in heads {
        if wide {
            bytes.extend_from_slice(&u32::from(head).to_le_bytes());
            bytes.extend_from_slice(&end.to_le_bytes());
        } else {
            bytes.extend_from_slice(&head.to_le_bytes());
            bytes.extend_from_slice(&(end as u16).to_le_bytes());
        }
    }
    bytes.extend_from_slice(&payload);
    bytes.into_boxed_slice()
}

/// The place of an earlier value that is the same as the last one in the payload, where pointing to it is shorter.
fn repeated(heads: &[(u16, u32)], payload: &[u8], tag: u16, start: usize) -> Option<u16> {
    const WORTH_IT: usize = 8;
    let value = &payload[start..];
    if value.len() < WORTH_IT {
        return None;
    }
    let mut from = 0;
    let earlier = heads.iter().position(|(head, end)| {
        let range = from..*end as usize;
        from = range.end;
        head >> COLUMN_BITS == tag && range.len() == value.len() && payload[range] == *value
    });
    earlier.map(|place| place as u16)
}

/// How many values a packed row lists itself, a measure of how well its prototype fits.
pub(super) fn listed(bytes: &[u8]) -> usize {
    Heads::of(bytes).count
}

fn append(value: &Value, own: Uuid, payload: &mut SmallVec<[u8; 768]>) -> u16 {
    match value {
        Value::Null => tag::NULL,
        Value::Bool(false) => tag::FALSE,
        Value::Bool(true) => tag::TRUE,
        Value::Int(v) => {
            payload.extend_from_slice(&v.to_le_bytes());
            tag::INT
        }
        Value::Long(v) => {
            payload.extend_from_slice(&v.to_le_bytes());
            tag::LONG
        }
        Value::Double(v) => {
            payload.extend_from_slice(&v.to_le_bytes());
            tag::DOUBLE
        }
        Value::Decimal(v) => {
            payload.extend_from_slice(&v.serialize());
            tag::DECIMAL
        }
        Value::String(v) => {
            payload.extend_from_slice(v.as_bytes());
            tag::STRING
        }
        Value::Guid(v) if is_near(*v, own) => {
            payload.extend_from_slice(&v.as_bytes()[..NEAR]);
            tag::NEAR_GUID
        }
        Value::Guid(v) => {
            payload.extend_from_slice(v.as_bytes());
            tag::GUID
        }
        Value::DateTime(v) => {
            payload.extend_from_slice(&v.to_le_bytes());
            tag::DATE_TIME
        }
        Value::Date(v) => {
            payload.extend_from_slice(&v.to_le_bytes());
            tag::DATE
        }
        Value::Lookup(v) if is_near(v.id, own) => {
            payload.extend_from_slice(&v.id.as_bytes()[..NEAR]);
            payload.extend_from_slice(&v.table.0.to_le_bytes());
            tag::NEAR_LOOKUP
        }
        Value::Lookup(v) => {
            payload.extend_from_slice(v.id.as_bytes());
            payload.extend_from_slice(&v.table.0.to_le_bytes());
            tag::LOOKUP
        }
        Value::Binary(v) => {
            payload.extend_from_slice(v);
            tag::BINARY
        }
    }
}

fn is_near(id: Uuid, own: Uuid) -> bool {
    id.as_bytes()[NEAR..] == own.as_bytes()[NEAR..]
}

/// The heads of a packed row.
#[derive(Clone, Copy)]
struct Heads<'a> {
    /// The row's id, which ends as the near ones do.
    own: Uuid,
    listed: &'a [u8],
    payload: &'a [u8],
    count: usize,
    wide: bool,
}

impl<'a> Heads<'a> {
    /// Of a row that lists nothing.
    const NONE: Self = Self { own: Uuid::nil(), listed: &[], payload: &[], count: 0, wide: false };

    fn of(bytes: &'a [u8]) -> Self {
        let count = u16::from_le_bytes(array(bytes, 26));
        let (wide, count) = (count & WIDE != 0, usize::from(count & !WIDE));
        let end = HEADER + count * if wide { 8 } else { 4 };
        Self { own: id_of(bytes), listed: &bytes[HEADER..end], payload: &bytes[end..], count, wide }
    }

    /// Column and tag, and the end of the value's bytes.
    #[inline]
    fn head(&self, at: usize) -> (u16, usize) {
        if self.wide {
            let head = u32::from_le_bytes(array(self.listed, at * 8)) as u16;
            (head, u32::from_le_bytes(array(self.listed, at * 8 + 4)) as usize)
        } else {
            let head = u16::from_le_bytes(array(self.listed, at * 4));
            (head, usize::from(u16::from_le_bytes(array(self.listed, at * 4 + 2))))
        }
    }

    fn column(&self, at: usize) -> ColumnId {
        ColumnId(self.head(at).0 & ((1 << COLUMN_BITS) - 1))
    }

    /// The heads in their order, each with its tag and bytes.
    fn walk(self) -> impl Iterator<Item = (ColumnId, u16, &'a [u8])> {
        let mut start = 0;
        (0..self.count).map(move |at| {
            let (head, end) = self.head(at);
            let bytes = &self.payload[start..end];
            start = end;
            (ColumnId(head & ((1 << COLUMN_BITS) - 1)), head >> COLUMN_BITS, bytes)
        })
    }

    /// Tag and bytes of a value, wherever in the row they stand.
    fn raw(&self, at: usize) -> (u16, &'a [u8]) {
        let (head, end) = self.head(at);
        let start = if at == 0 { 0 } else { self.head(at - 1).1 };
        self.resolve(head >> COLUMN_BITS, &self.payload[start..end])
    }

    fn resolve(&self, tag: u16, bytes: &'a [u8]) -> (u16, &'a [u8]) {
        if tag == tag::REPEAT {
            self.raw(usize::from(u16::from_le_bytes(array(bytes, 0))))
        } else {
            (tag, bytes)
        }
    }

    fn value(&self, at: usize) -> ValueRef<'a> {
        let (tag, bytes) = self.raw(at);
        read(tag, bytes, self.own)
    }

    /// Whether what is listed is this very value, to the last bit: `1.50` is not `1.5`.
    fn holds(&self, tag: u16, bytes: &'a [u8], value: &Value) -> bool {
        let (tag, bytes) = self.resolve(tag, bytes);
        match value {
            Value::Null => tag == tag::NULL,
            Value::Bool(v) => tag == if *v { tag::TRUE } else { tag::FALSE },
            Value::Int(v) => tag == tag::INT && bytes == v.to_le_bytes(),
            Value::Long(v) => tag == tag::LONG && bytes == v.to_le_bytes(),
            Value::Double(v) => tag == tag::DOUBLE && bytes == v.to_le_bytes(),
            Value::Decimal(v) => tag == tag::DECIMAL && bytes == v.serialize(),
            Value::String(v) => tag == tag::STRING && bytes == v.as_bytes(),
            Value::DateTime(v) => tag == tag::DATE_TIME && bytes == v.to_le_bytes(),
            Value::Date(v) => tag == tag::DATE && bytes == v.to_le_bytes(),
            Value::Binary(v) => tag == tag::BINARY && bytes == &**v,
            Value::Guid(_) | Value::Lookup(_) => read(tag, bytes, self.own) == value.as_ref(),
        }
    }

    fn find(&self, column: ColumnId) -> Option<ValueRef<'a>> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.column(middle).cmp(&column) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(self.value(middle)),
            }
        }
        None
    }
}

/// The id whose first bytes are `near` and which ends as the row's own.
fn complete(near: &[u8], own: Uuid) -> Uuid {
    let mut id = own.into_bytes();
    id[..NEAR].copy_from_slice(&near[..NEAR]);
    Uuid::from_bytes(id)
}

fn read(tag: u16, bytes: &[u8], own: Uuid) -> ValueRef<'_> {
    match tag {
        tag::FALSE => ValueRef::Bool(false),
        tag::TRUE => ValueRef::Bool(true),
        tag::INT => ValueRef::Int(i32::from_le_bytes(array(bytes, 0))),
        tag::LONG => ValueRef::Long(i64::from_le_bytes(array(bytes, 0))),
        tag::DOUBLE => ValueRef::Double(f64::from_le_bytes(array(bytes, 0))),
        tag::DECIMAL => ValueRef::Decimal(Decimal::deserialize(array(bytes, 0))),
        tag::STRING => ValueRef::String(std::str::from_utf8(bytes).expect("packed from a string")),
        tag::GUID => ValueRef::Guid(Uuid::from_bytes(array(bytes, 0))),
        tag::DATE_TIME => ValueRef::DateTime(i64::from_le_bytes(array(bytes, 0))),
        tag::DATE => ValueRef::Date(i32::from_le_bytes(array(bytes, 0))),
        tag::LOOKUP => ValueRef::Lookup(Reference {
            id: Uuid::from_bytes(array(bytes, 0)),
            table: TableId(u16::from_le_bytes(array(bytes, 16))),
        }),
        tag::BINARY => ValueRef::Binary(bytes),
        tag::NEAR_LOOKUP => ValueRef::Lookup(Reference {
            id: complete(bytes, own),
            table: TableId(u16::from_le_bytes(array(bytes, NEAR))),
        }),
        tag::NEAR_GUID => ValueRef::Guid(complete(bytes, own)),
        _ => ValueRef::Null,
    }
}

/// Own values, inherited values and the two of the header, merged in column order.
struct Merge<'a> {
    row: RowRef<'a>,
    own: Heads<'a>,
    base: Option<Heads<'a>>,
    own_at: usize,
    base_at: usize,
    header: [Option<ColumnId>; 2],
}

const END: ColumnId = ColumnId(u16::MAX);

impl<'a> Merge<'a> {
    fn new(row: RowRef<'a>) -> Self {
        Self {
            row,
            own: Heads::of(row.bytes),
            base: row.prototype.map(Heads::of),
            own_at: 0,
            base_at: 0,
            header: [Some(row.shape.primary), row.shape.version],
        }
    }
}

impl<'a> Iterator for Merge<'a> {
    type Item = (ColumnId, ValueRef<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let own = if self.own_at < self.own.count { self.own.column(self.own_at) } else { END };
        let base = match &self.base {
            Some(base) if self.base_at < base.count => base.column(self.base_at),
            _ => END,
        };
        let next = own.min(base);
        for place in &mut self.header {
            if let Some(column) = place.take_if(|column| *column <= next) {
                return Some((column, self.row.get(column)));
            }
        }
        if next == END {
            return None;
        }
        if base == next {
            self.base_at += 1;
        }
        if own == next {
            self.own_at += 1;
            return Some((own, self.own.value(self.own_at - 1)));
        }
        self.base.map(|heads| (base, heads.value(self.base_at - 1)))
    }
}
