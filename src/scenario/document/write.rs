//! A world as a document.

use uuid::Uuid;

use super::read::EPOCH;
use super::{Clock, FORMAT};
use crate::clock::print_duration;
use crate::directory::Directory;
use crate::model::{Catalogue, Column, ColumnId, ColumnType, Table, Value, ValueRef};
use crate::scenario::base64;
use crate::scenario::builder::constants;
use crate::settings::Settings;
use crate::store::RowRef;
use crate::world::World;

/// The whole organization as a scenario document, one row a line.
pub fn export(world: &World) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 * 1024);
    raw(&mut out, &format!("{{\n \"format\": {FORMAT},\n \"organization\": "));
    json(&mut out, world.identity());
    raw(&mut out, ",\n \"settings\": ");
    settings(&mut out, world.settings());
    raw(&mut out, ",\n \"clock\": ");
    clock(&mut out, world.clock());
    raw(&mut out, ",\n \"ids\": ");
    guid(&mut out, world.last_id());
    raw(&mut out, ",\n \"directory\": ");
    directory(&mut out, world.directory());
    raw(&mut out, ",\n \"tables\": {");
    let mut separator = "\n  ";
    for table in world.catalogue().tables() {
        let rows = world.records().table(table.id);
        if rows.is_empty() {
            continue;
        }
        raw(&mut out, separator);
        separator = ",\n  ";
        json(&mut out, &*table.logical_name);
        raw(&mut out, ": [");
        let mut separator = "\n   ";
        for (_, stored) in rows.iter() {
            raw(&mut out, separator);
            separator = ",\n   ";
            row(&mut out, world, table, stored);
        }
        raw(&mut out, "\n  ]");
    }
    raw(&mut out, "\n }\n}\n");
    out
}

fn raw(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value)
        .expect("a vector takes whatever is written, and the types have string keys");
}

fn guid(out: &mut Vec<u8>, id: Uuid) {
    out.push(b'"');
    raw(out, id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    out.push(b'"');
}

/// The era, and what does not follow it.
fn settings(out: &mut Vec<u8>, settings: &Settings) {
    let defaults = Settings::of_era(settings.era).entries();
    let mut separator = "{";
    for (entry, default) in settings.entries().into_iter().zip(defaults) {
        if entry.key == "era" || entry.explicit || entry.value != default.value {
            raw(out, separator);
            separator = ", ";
            json(out, entry.key);
            raw(out, ": ");
            if entry.is_list {
                let elements: Vec<&str> = entry.value.split(',').filter(|text| !text.is_empty()).collect();
                json(out, &elements);
            } else if matches!(&*entry.value, "true" | "false") || entry.value.parse::<u32>().is_ok() {
                raw(out, &entry.value);
            } else {
                json(out, &entry.value);
            }
        }
    }
    raw(out, "}");
}

/// Accounts, and of everything else what there is.
fn directory(out: &mut Vec<u8>, directory: &Directory) {
    raw(out, "{");
    list(out, "accounts", directory.accounts());
    if directory.all_deleted().next().is_some() {
        raw(out, ", ");
        list(out, "deleted", directory.all_deleted());
    }
    if directory.groups().next().is_some() {
        raw(out, ", ");
        list(out, "groups", directory.groups());
    }
    if directory.waiting().next().is_some() {
        raw(out, ", ");
        list(out, "waiting", directory.waiting());
    }
    raw(out, "}");
}

/// A list of the directory, one element a line.
fn list<'d, T: serde::Serialize + 'd>(out: &mut Vec<u8>, name: &str, all: impl Iterator<Item = &'d T>) {
    raw(out, &format!("\"{name}\": ["));
    let mut separator = "\n  ";
    for one in all {
        raw(out, separator);
        json(out, one);
        separator = ",\n  ";
    }
    raw(out, "\n ]");
}

fn clock(out: &mut Vec<u8>, clock: Clock) {
    match clock {
        Clock::Manual { now } => raw(out, &format!("{{\"mode\": \"manual\", \"now\": \"{now}\"}}")),
        Clock::Real { ahead } => {
            raw(out, &format!("{{\"mode\": \"real\", \"ahead\": \"{}\"}}", print_duration(ahead)));
        }
    }
}

fn row(out: &mut Vec<u8>, world: &World, table: &Table, row: RowRef<'_>) {
    out.push(b'{');
    name(out, &table.column(table.primary_id).logical_name);
    guid(out, row.id());
    let filled = constants(world, table, |column| Some(row.get(column).to_value()));
    let default = |column: ColumnId| filled.iter().find(|(of, _)| *of == column).map(|(_, value)| value);
    // Values in column order, among them the nulls that a reader would otherwise fill.
    let mut nulls: Vec<ColumnId> =
        filled.iter().map(|(column, _)| *column).filter(|column| row.get(*column).is_null()).collect();
    nulls.sort_unstable();
    nulls.dedup();
    let mut nulls = nulls.into_iter().peekable();
    let version = table.column_id("versionnumber");
    for (id, value) in row.iter() {
        if id == table.primary_id || Some(id) == version {
            continue;
        }
        while let Some(null) = nulls.next_if(|null| *null < id) {
            member(out, world.catalogue(), table.column(null), ValueRef::Null);
        }
        if default(id).map(Value::as_ref) != Some(value) {
            member(out, world.catalogue(), table.column(id), value);
        }
    }
    for null in nulls {
        member(out, world.catalogue(), table.column(null), ValueRef::Null);
    }
    out.push(b'}');
}

fn name(out: &mut Vec<u8>, name: &str) {
    out.push(b'"');
    raw(out, name);
    raw(out, "\": ");
}

fn member(out: &mut Vec<u8>, catalogue: &Catalogue, column: &Column, value: ValueRef<'_>) {
    raw(out, ", ");
    name(out, &column.logical_name);
    match value {
        ValueRef::Null => raw(out, "null"),
        ValueRef::Bool(flag) => raw(out, if flag { "true" } else { "false" }),
        ValueRef::Int(number) => raw(out, itoa::Buffer::new().format(number)),
        ValueRef::Long(number) => raw(out, itoa::Buffer::new().format(number)),
        ValueRef::Double(number) => json(out, &number),
        ValueRef::Decimal(number) => raw(out, &format!("\"{number}\"")),
        ValueRef::String(text) => json(out, text),
        ValueRef::Guid(id) => guid(out, id),
        ValueRef::DateTime(seconds) => match jiff::Timestamp::from_second(seconds) {
            Ok(instant) => raw(out, &format!("\"{instant}\"")),
            Err(_) => raw(out, "null"),
        },
        ValueRef::Date(days) => match EPOCH.checked_add(jiff::Span::new().days(days)) {
            Ok(date) => raw(out, &format!("\"{date}\"")),
            Err(_) => raw(out, "null"),
        },
        ValueRef::Lookup(reference) => {
            let target = &catalogue.table(reference.table).logical_name;
            match &column.kind {
                ColumnType::Lookup { targets, .. } if matches!(&**targets, [only] if only == target) => {
                    guid(out, reference.id);
                }
                _ => {
                    raw(out, "{\"table\": \"");
                    raw(out, target);
                    raw(out, "\", \"id\": ");
                    guid(out, reference.id);
                    out.push(b'}');
                }
            }
        }
        ValueRef::Binary(bytes) => {
            out.push(b'"');
            raw(out, &base64::encode(bytes));
            out.push(b'"');
        }
    }
}
