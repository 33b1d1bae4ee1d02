//! What the JSON of every row of a table has in common, made once for each catalogue.

use std::sync::OnceLock;

use super::row;
use crate::model::{Catalogue, ColumnId, ColumnType, Table, TableId, ValueRef};
use crate::service::Prototype;

/// The templates of all tables, each made when a row of its table is first written.
#[derive(Debug)]
pub(in crate::protocol::webapi) struct Templates {
    tables: Box<[OnceLock<Template>]>,
}

impl Templates {
    /// The templates of a catalogue.
    pub(in crate::protocol::webapi) fn of(catalogue: &Catalogue) -> &Self {
        catalogue
            .derive(|catalogue| Self { tables: catalogue.tables().iter().map(|_| OnceLock::new()).collect() })
    }

    /// The template of a table of the same catalogue.
    pub(super) fn table(&self, catalogue: &Catalogue, id: TableId) -> &Template {
        self.tables[id.index()].get_or_init(|| Template::new(catalogue.table(id)))
    }
}

/// What rows have in common, `,"accountid":null,"accountnumber":null`, with the places of its parts.
///
/// A row is written by copying the runs between the columns in which it differs, which are far fewer than the
/// columns of its table: from the template of a row of nulls, or from that of its prototype.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) bytes: Box<[u8]>,
    /// By column.
    places: Box<[Place]>,
    /// Where the text after `"systemuserid":null,"ownerid":null` begins, in the tables of principals.
    pub(super) after_owner: Option<usize>,
}

/// Where a column stands in a template.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// Where `,"name":` begins.
    pub(super) name: u32,
    /// Where its value begins; zero for a column that is no property.
    pub(super) value: u32,
    /// Where its value ends.
    pub(super) end: u32,
    /// Digits after the point that a decimal has at least.
    pub(super) scale: u8,
    /// Whether it is the primary key of a principal, which is printed as `ownerid` too.
    pub(super) is_owner: bool,
}

impl Template {
    /// Of a row of nulls.
    fn new(table: &Table) -> Self {
        Self::of(table, |_| ValueRef::Null)
    }

    /// Of the rows of a prototype.
    pub(super) fn of_prototype<'p>(table: &Table, prototype: &'p Prototype) -> &'p Self {
        prototype.derive(|prototype| Self::of(table, |column| prototype.get(column)))
    }

    fn of<'v>(table: &Table, value: impl Fn(ColumnId) -> ValueRef<'v>) -> Self {
        let mut bytes = Vec::new();
        let mut places = vec![Place::default(); table.columns.len()];
        let mut after_owner = None;
        for column in table.properties() {
            let mut place = Place { name: bytes.len() as u32, ..Place::default() };
            place.scale = match column.kind {
                ColumnType::Decimal { precision, .. } | ColumnType::Money { precision, .. } => {
                    precision as u8
                }
                _ => 0,
            };
            member(&mut bytes, &column.property);
            place.value = bytes.len() as u32;
            row::write(&mut bytes, place, value(column.id));
            place.end = bytes.len() as u32;
            if column.id == table.primary_id && table.is_principal() {
                place.is_owner = true;
                member(&mut bytes, "ownerid");
                row::write(&mut bytes, place, value(column.id));
                after_owner = Some(bytes.len());
            }
            places[column.id.index()] = place;
        }
        Self { bytes: bytes.into(), places: places.into(), after_owner }
    }

    /// Where a column stands; `None` for one that is no property.
    #[inline]
    pub(super) fn place(&self, column: ColumnId) -> Option<Place> {
        Some(self.places[column.index()]).filter(|place| place.value != 0)
    }
}

fn member(bytes: &mut Vec<u8>, name: &str) {
    bytes.extend_from_slice(b",\"");
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(b"\":");
}
