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

use std::any::Any;

use rust_decimal::Decimal;
use smallvec::SmallVec;
use uuid::Uuid;

use crate::model::{ColumnId, Derived, Record, Reference, TableId, Value, ValueRef};

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

impl Shape {
    pub(super) fn is_in_header(self, column: ColumnId) -> bool {
        column == self.primary || Some(column) == self.version
    }
}

/// A stored row.
#[derive(Debug, Clone, Copy)]
pub struct RowRef<'a> {
    pub(super) shape: Shape,
    pub(super) bytes: &'a [u8],
    pub(super) prototype: Option<&'a Prototype>,
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
            .unwrap_or_else(|| self.prototype.map_or(ValueRef::Null, |prototype| prototype.get(column)))
    }

    /// The row whose values it does not repeat.
    pub fn prototype(&self) -> Option<&'a Prototype> {
        self.prototype
    }

    /// What the row does not share with its prototype, in column order; null says that the prototype's value is not
    /// this row's.
    pub fn own(&self) -> impl Iterator<Item = (ColumnId, Stored<'a>)> + use<'a> {
        Own::new(*self)
    }

    /// All values that are not null, in column order.
    pub fn iter(&self) -> impl Iterator<Item = (ColumnId, ValueRef<'a>)> + use<'a> {
        Merge::new(*self).filter(|(_, value)| !value.is_null())
    }

    /// The row as a record, without primary key and `versionnumber`.
    pub fn to_record(&self) -> Record {
        self.iter()
            .filter(|(column, _)| !self.shape.is_in_header(*column))
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

/// A value as it is stored: text is not looked at again before it is copied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stored<'a> {
    /// The bytes of a text, which are UTF-8.
    Text(&'a [u8]),
    /// Anything else.
    Value(ValueRef<'a>),
}

impl<'a> Stored<'a> {
    fn read(tag: u16, bytes: &'a [u8], own: Uuid) -> Self {
        if tag == tag::STRING { Self::Text(bytes) } else { Self::Value(read(tag, bytes, own)) }
    }

    fn value(self) -> ValueRef<'a> {
        match self {
            Self::Text(bytes) => text(bytes),
            Self::Value(value) => value,
        }
    }
}

/// What the rows of a table have in common: the values of one of them, which the others do not repeat.
#[derive(Debug)]
pub struct Prototype {
    /// In column order, without nulls.
    values: Box<[(ColumnId, Value)]>,
    /// By column: one more than its place in `values`, or zero.
    places: Box<[u16]>,
    /// What a row lists of the columns that it leaves null.
    nulls: Box<[(ColumnId, Value)]>,
    /// What a row lists of the columns in which it has the table's defaults.
    defaults: Box<[(ColumnId, Value)]>,
    derived: Derived,
}

/// What the columns hold that a record does not mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmentioned {
    /// Nothing: the record is all there is.
    Null,
    /// The table's default.
    Default,
}

/// A row to be stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'r> {
    pub(super) id: Uuid,
    pub(super) version: u64,
    pub(super) record: &'r Record,
    pub(super) unmentioned: Unmentioned,
}

impl Prototype {
    /// Of a whole row of a table with so many columns and these defaults.
    pub(super) fn new(record: &Record, shape: Shape, columns: usize, defaults: &[(ColumnId, Value)]) -> Self {
        let values: Box<[_]> = record
            .iter()
            .filter(|(column, value)| !value.is_null() && !shape.is_in_header(*column))
            .map(|(column, value)| (column, value.clone()))
            .collect();
        let mut places = vec![0; columns];
        for (place, (column, _)) in values.iter().enumerate() {
            places[column.index()] = place as u16 + 1;
        }
        let nulls: Box<[_]> = values.iter().map(|(column, _)| (*column, Value::Null)).collect();
        let mut unlike: Record = nulls.iter().cloned().collect();
        for (column, default) in defaults {
            let is_shared = places[column.index()] != 0
                && values[usize::from(places[column.index()]) - 1].1.is_same(default);
            if is_shared {
                unlike.remove(*column);
            } else {
                unlike.set(*column, default.clone());
            }
        }
        let defaults = unlike.iter().map(|(column, value)| (column, value.clone())).collect();
        Self { values, places: places.into(), nulls, defaults, derived: Derived::default() }
    }

    fn value(&self, column: ColumnId) -> &Value {
        match self.places.get(column.index()) {
            None | Some(0) => &Value::Null,
            Some(place) => &self.values[usize::from(*place) - 1].1,
        }
    }

    /// The value of a column.
    pub fn get(&self, column: ColumnId) -> ValueRef<'_> {
        self.value(column).as_ref()
    }

    /// What somebody makes of the prototype: made by the first who asks, kept as long as the prototype.
    pub fn derive<T: Any + Send + Sync>(&self, make: impl Fn(&Self) -> T) -> &T {
        self.derived.get(|| make(self))
    }
}

/// Packs rows. Whoever writes keeps one, so that packing a row allocates nothing.
#[derive(Debug, Default)]
pub(super) struct Packer {
    heads: Vec<Head>,
    payload: Vec<u8>,
    row: Vec<u8>,
}

/// A value listed.
#[derive(Debug, Clone, Copy)]
struct Head {
    /// Column and tag.
    what: u16,
    /// Where the value's bytes begin and end in the payload.
    start: u32,
    end: u32,
    /// Its first eight bytes, by which most values that differ are told apart.
    beginning: u64,
}

/// Nothing of a packer is worth copying.
impl Clone for Packer {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Packer {
    /// Packs a row. `prototype` is the row whose values need not be repeated, with its number.
    pub(super) fn pack(&mut self, row: Given<'_>, shape: Shape, prototype: (u16, &Prototype)) {
        let Given { id, version, record, unmentioned } = row;
        self.heads.clear();
        self.payload.clear();
        let (number, prototype) = prototype;
        let mut others = match unmentioned {
            Unmentioned::Null => &*prototype.nulls,
            Unmentioned::Default => &*prototype.defaults,
        };
        for (column, value) in record.iter() {
            while let Some(((other, listed), rest)) = others.split_first()
                && *other <= column
            {
                if *other < column {
                    self.list(*other, listed, id);
                }
                others = rest;
            }
            if !value.is_same(prototype.value(column)) && !shape.is_in_header(column) {
                self.list(column, value, id);
            }
        }
        for (other, listed) in others {
            self.list(*other, listed, id);
        }
        self.assemble(id, version, number);
    }

    /// Packs a row that lists `listed` and has these values in the columns left open, both in column order.
    pub(super) fn pack_like(
        &mut self,
        (id, version): (Uuid, u64),
        listed: &[(ColumnId, Value)],
        filled: &[(ColumnId, Value)],
        prototype: (u16, Option<&Prototype>),
    ) {
        self.heads.clear();
        self.payload.clear();
        let mut others = listed;
        for (column, value) in filled {
            while let Some(((other, listed), rest)) = others.split_first()
                && other < column
            {
                self.list(*other, listed, id);
                others = rest;
            }
            if !value.is_same(prototype.1.map_or(&Value::Null, |prototype| prototype.value(*column))) {
                self.list(*column, value, id);
            }
        }
        for (other, listed) in others {
            self.list(*other, listed, id);
        }
        self.assemble(id, version, prototype.0);
    }

    /// Packs a whole row that has no prototype.
    pub(super) fn pack_alone(&mut self, id: Uuid, version: u64, record: &Record, shape: Shape) {
        self.heads.clear();
        self.payload.clear();
        for (column, value) in record.iter() {
            if !value.is_null() && !shape.is_in_header(column) {
                self.list(column, value, id);
            }
        }
        self.assemble(id, version, 0);
    }

    /// The bytes of the row packed last.
    pub(super) fn row(&self) -> &[u8] {
        &self.row
    }

    /// How many values the row packed last lists itself, a measure of how well its prototype fits.
    pub(super) fn listed(&self) -> usize {
        self.heads.len()
    }

    fn list(&mut self, column: ColumnId, value: &Value, own: Uuid) {
        let start = self.payload.len();
        let mut tag = append(value, own, &mut self.payload);
        let beginning = self.payload[start..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        if let Some(earlier) = self.repeated(tag, start, beginning) {
            self.payload.truncate(start);
            self.payload.extend_from_slice(&earlier.to_le_bytes());
            tag = tag::REPEAT;
        }
        let (start, end) = (start as u32, self.payload.len() as u32);
        self.heads.push(Head { what: column.0 | (tag << COLUMN_BITS), start, end, beginning });
    }

    /// The place of an earlier value that is the same as the last one in the payload, where pointing to it is
    /// shorter.
    fn repeated(&self, tag: u16, start: usize, beginning: u64) -> Option<u16> {
        const WORTH_IT: usize = 8;
        let value = &self.payload[start..];
        if value.len() < WORTH_IT {
            return None;
        }
        let earlier = self.heads.iter().position(|head| {
            head.beginning == beginning
                && head.what >> COLUMN_BITS == tag
                && self.payload[head.start as usize..head.end as usize] == *value
        });
        earlier.map(|place| place as u16)
    }

    fn assemble(&mut self, id: Uuid, version: u64, prototype: u16) {
        let wide = self.payload.len() > usize::from(u16::MAX);
        let count = (self.heads.len() as u16) | if wide { WIDE } else { 0 };
        let row = &mut self.row;
        row.clear();
        row.extend_from_slice(id.as_bytes());
        row.extend_from_slice(&version.to_le_bytes());
        row.extend_from_slice(&prototype.to_le_bytes());
        row.extend_from_slice(&count.to_le_bytes());
        for Head { what, end, .. } in &self.heads {
            let what = u32::from(*what);
            if wide {
                row.extend_from_slice(&(u64::from(what) | (u64::from(*end) << 32)).to_le_bytes());
            } else {
                row.extend_from_slice(&(what | (end << 16)).to_le_bytes());
            }
        }
        row.extend_from_slice(&self.payload);
    }
}

fn append(value: &Value, own: Uuid, payload: &mut Vec<u8>) -> u16 {
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

/// The values that a packed row lists itself.
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
    fn of(bytes: &'a [u8]) -> Self {
        let count = u16::from_le_bytes(array(bytes, 26));
        let (wide, count) = (count & WIDE != 0, usize::from(count & !WIDE));
        let (listed, payload) = bytes[HEADER..].split_at(count * if wide { 8 } else { 4 });
        Self { own: id_of(bytes), listed, payload, count, wide }
    }

    /// Column and tag, and the end of the value's bytes.
    #[inline]
    fn head(&self, at: usize) -> (u16, usize) {
        if self.wide {
            let head = u64::from_le_bytes(self.listed.as_chunks().0[at]);
            (head as u16, (head >> 32) as usize)
        } else {
            let head = u32::from_le_bytes(self.listed.as_chunks().0[at]);
            (head as u16, (head >> 16) as usize)
        }
    }

    #[inline]
    fn column(&self, at: usize) -> ColumnId {
        column_of(self.head(at).0)
    }

    /// Tag and bytes of a value, wherever in the row they stand.
    fn raw(&self, at: usize) -> (u16, &'a [u8]) {
        let (head, end) = self.head(at);
        let start = if at == 0 { 0 } else { self.head(at - 1).1 };
        self.resolve(head >> COLUMN_BITS, &self.payload[start..end])
    }

    #[inline]
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

    fn find(&self, column: ColumnId) -> Option<ValueRef<'a>> {
        let at = if self.wide {
            let heads: &[[u8; 8]] = self.listed.as_chunks().0;
            heads.partition_point(|head| column_of(u64::from_le_bytes(*head) as u16) < column)
        } else {
            let heads: &[[u8; 4]] = self.listed.as_chunks().0;
            heads.partition_point(|head| column_of(u32::from_le_bytes(*head) as u16) < column)
        };
        (at < self.count && self.column(at) == column).then(|| self.value(at))
    }
}

#[inline]
fn column_of(head: u16) -> ColumnId {
    ColumnId(head & ((1 << COLUMN_BITS) - 1))
}

/// The id whose first bytes are `near` and which ends as the row's own.
fn complete(near: &[u8], own: Uuid) -> Uuid {
    let mut id = own.into_bytes();
    id[..NEAR].copy_from_slice(&near[..NEAR]);
    Uuid::from_bytes(id)
}

fn text(bytes: &[u8]) -> ValueRef<'_> {
    ValueRef::String(std::str::from_utf8(bytes).expect("packed from a string"))
}

fn read(tag: u16, bytes: &[u8], own: Uuid) -> ValueRef<'_> {
    match tag {
        tag::FALSE => ValueRef::Bool(false),
        tag::TRUE => ValueRef::Bool(true),
        tag::INT => ValueRef::Int(i32::from_le_bytes(array(bytes, 0))),
        tag::LONG => ValueRef::Long(i64::from_le_bytes(array(bytes, 0))),
        tag::DOUBLE => ValueRef::Double(f64::from_le_bytes(array(bytes, 0))),
        tag::DECIMAL => ValueRef::Decimal(Decimal::deserialize(array(bytes, 0))),
        tag::STRING => text(bytes),
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

const END: ColumnId = ColumnId(u16::MAX);

/// The values a row lists itself and the two of the header, in column order.
struct Own<'a> {
    heads: Heads<'a>,
    at: usize,
    /// Where the next value's bytes begin.
    start: usize,
    /// What is left of the header, the last one first.
    header: SmallVec<[(ColumnId, Stored<'a>); 2]>,
}

impl<'a> Own<'a> {
    fn new(row: RowRef<'a>) -> Self {
        let mut header = SmallVec::new();
        header.push((row.shape.primary, Stored::Value(ValueRef::Guid(row.id()))));
        if let Some(version) = row.shape.version {
            let at = usize::from(version < row.shape.primary);
            header.insert(at, (version, Stored::Value(ValueRef::Long(row.version() as i64))));
        }
        Self { heads: Heads::of(row.bytes), at: 0, start: 0, header }
    }
}

impl<'a> Iterator for Own<'a> {
    type Item = (ColumnId, Stored<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (head, end) =
            if self.at < self.heads.count { self.heads.head(self.at) } else { (u16::MAX, self.start) };
        let column = if self.at < self.heads.count { column_of(head) } else { END };
        if self.header.last().is_some_and(|(first, _)| *first <= column) {
            return self.header.pop();
        }
        if column == END {
            return None;
        }
        let (tag, bytes) = self.heads.resolve(head >> COLUMN_BITS, &self.heads.payload[self.start..end]);
        (self.at, self.start) = (self.at + 1, end);
        Some((column, Stored::read(tag, bytes, self.heads.own)))
    }
}

/// Own and inherited values, merged in column order.
struct Merge<'a> {
    own: Own<'a>,
    next: Option<(ColumnId, Stored<'a>)>,
    base: std::slice::Iter<'a, (ColumnId, Value)>,
}

impl<'a> Merge<'a> {
    fn new(row: RowRef<'a>) -> Self {
        let mut own = Own::new(row);
        let base = row.prototype.map_or(&[][..], |prototype| &prototype.values).iter();
        Self { next: own.next(), own, base }
    }
}

impl<'a> Iterator for Merge<'a> {
    type Item = (ColumnId, ValueRef<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let own = self.next.map_or(END, |(column, _)| column);
        match self.base.as_slice().first() {
            Some((column, value)) if *column < own => {
                self.base.next();
                return Some((*column, value.as_ref()));
            }
            Some((column, _)) if *column == own => drop(self.base.next()),
            _ => {}
        }
        let (column, stored) = std::mem::replace(&mut self.next, self.own.next())?;
        Some((column, stored.value()))
    }
}
