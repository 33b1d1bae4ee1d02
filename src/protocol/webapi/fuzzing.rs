//! Entries for the fuzzers: the readers of what clients send, run on any bytes against the embedded catalogue.
//!
//! Nothing is answered and nothing is kept; what counts is that nothing panics.

use std::sync::OnceLock;

use super::decode::{self, Decoder, References};
use super::links::Root;
use super::options::Options;
use super::{path, route};
use crate::model::{Catalogue, ColumnId, TableId};
use crate::protocol::http::Site;
use crate::query::lang::fetchxml::{self as fetch, Asked};
use crate::query::lang::odata::{self, Addressed};
use crate::service::{Key, Link};

/// The catalogue is read once for all inputs; a fuzzer is a process of its own, so nobody shares it.
fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(Catalogue::embedded)
}

/// Reads bytes as the body of a create, of a change of one property, of an association, and as a batch. The first
/// byte says of which table.
pub fn json_body(bytes: &[u8]) {
    let catalogue = catalogue();
    let (choice, body) = bytes.split_first().map_or((0, bytes), |(first, rest)| (usize::from(*first), rest));
    let table = &catalogue.tables()[choice % catalogue.tables().len()];
    let site = Site { scheme: "http", authority: "localhost:5050".to_owned(), prefix: "/contoso".to_owned() };
    let mut references = References::default();
    references.add("1", &table.entity_set_name, Link { table: table.id, key: Key::Id(uuid::Uuid::nil()) });
    let root = Root { site: &site, version: "v9.2" };
    let decoder = Decoder { catalogue, root, references: &references };
    if let Ok(text) = decode::text("body", body) {
        let _ = decoder.row(table, text);
        let _ = decoder.target(table, text);
        let _ = decoder.reference(table, text);
        let column = ColumnId((choice % table.columns.len()) as u16);
        let _ = decode::property(table, table.column(column), text);
    }
    super::batch::try_parse(body);
}

/// Reads bytes as the path and the query of a request.
pub fn url(bytes: &[u8]) {
    let catalogue = catalogue();
    let text = String::from_utf8_lossy(bytes);
    let (address, query) = text.split_once('?').unwrap_or((&text, ""));
    let options = Options::read(query);
    let Ok(decoded) = path::decode(address) else { return };
    let Ok(segments) = path::split(&decoded) else { return };
    for segment in &segments {
        let _ = odata::parse_parameters(segment.args.unwrap_or_default());
    }
    let (Ok(options), Ok(route)) = (options, route::resolve(catalogue, &segments)) else { return };
    let (table, on) = match route {
        route::Route::Set(table) | route::Route::Count(table) => (table, Addressed::Collection),
        route::Route::Row(place) => (place.table, Addressed::Row),
        _ => return,
    };
    let _ =
        odata::parse(catalogue, table, &odata::Options { pairs: options.pairs(), max_page_size: None, on });
}

/// Reads bytes as a `$filter` and as an `$orderby`.
pub fn filter(bytes: &[u8]) {
    each_table(bytes, odata::fuzzing::filter);
}

/// Reads bytes as an `$expand` and as a `$select`.
pub fn expand(bytes: &[u8]) {
    each_table(bytes, odata::fuzzing::expand);
}

/// Reads bytes as an `$apply`.
pub fn apply(bytes: &[u8]) {
    each_table(bytes, odata::fuzzing::apply);
}

/// Of tables that have between them every sort of column and of navigation property.
fn each_table(bytes: &[u8], read: fn(&Catalogue, TableId, &str)) {
    let catalogue = catalogue();
    let text = String::from_utf8_lossy(bytes);
    for name in ["account", "contact", "systemuser"] {
        if let Some(table) = catalogue.table_named(name) {
            read(catalogue, table.id, &text);
        }
    }
}

/// Reads bytes as a `FetchXML` document, makes a plan of it, and prints it.
///
/// # Panics
///
/// Where a printed document does not read back the same.
pub fn fetchxml(bytes: &[u8]) {
    let catalogue = catalogue();
    let Ok(document) = fetch::parse(&String::from_utf8_lossy(bytes)) else { return };
    let printed = document.to_string();
    assert_eq!(fetch::parse(&printed).as_ref(), Ok(&document), "{printed} reads back as something else");
    let Some(table) = catalogue.table_named(&document.entity.name) else { return };
    let _ = fetch::lower(catalogue, &document, Asked { table: table.id, max_page_size: None, count: false });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_of_any_sort_are_read() {
        let cases = [
            include_str!("../../../tests/cases/fetchxml-plans.txt"),
            include_str!("../../../tests/cases/fetchxml-refusals.txt"),
        ];
        for line in cases.iter().flat_map(|cases| cases.lines()) {
            fetchxml(line.as_bytes());
            // And what is left of it where something was cut off.
            for at in (0..line.len()).step_by(7) {
                fetchxml(&line.as_bytes()[..at]);
                fetchxml(&line.as_bytes()[at..]);
            }
        }
        fetchxml(b"\xff\xfe<\0f\0");
    }

    #[test]
    fn bytes_of_any_sort_are_read() {
        for bytes in [&b""[..], b"\0", b"\xff\xff{", b"a{\"name\":\"x\"}", b"b--b\r\n\r\n--b--"] {
            json_body(bytes);
            url(bytes);
        }
        url(b"accounts(00000000-0000-0000-0000-000000000001)?$select=name");
        url(b"accounts?$filter=name eq 'a'");
    }

    /// Every option of the tables of cases, whole and cut off at every place of it.
    #[test]
    fn options_of_every_case_are_read() {
        let cases = [
            include_str!("../../../tests/cases/odata-plans.txt"),
            include_str!("../../../tests/cases/odata-documented.txt"),
            include_str!("../../../tests/cases/odata-refusals.txt"),
        ];
        let lines = cases.iter().flat_map(|cases| cases.lines());
        let mut read = 0;
        for line in lines.filter(|line| !line.starts_with([' ', '#'])) {
            let options = line.split_once('?').map_or("", |(_, options)| options);
            for (name, text) in options.split('&').filter_map(|option| option.split_once('=')) {
                let entry = match name.trim() {
                    "$filter" | "$orderby" => filter,
                    "$expand" | "$select" => expand,
                    "$apply" => apply,
                    _ => continue,
                };
                read += 1;
                entry(text.as_bytes());
                // Cutting costs a parse each, so long texts are cut at some places only.
                for end in (0..text.len()).step_by(1 + text.len() / 16) {
                    entry(&text.as_bytes()[..end]);
                }
            }
        }
        assert!(read > 200, "{read} options");
    }

    /// The official grammar's cases, of which many are nothing that the service takes.
    #[test]
    fn expressions_of_the_official_grammar_are_read() {
        for line in include_str!("../../../tests/cases/odata-abnf.jsonl").lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let input = case["input"].as_str().unwrap();
            let input = percent_encoding::percent_decode_str(input).decode_utf8().unwrap();
            for entry in [filter, expand, apply] {
                entry(input.as_bytes());
            }
        }
    }
}
