//! Entries for the fuzzers: the readers of what clients send, run on any bytes against the embedded catalogue.
//!
//! Nothing is answered and nothing is kept; what counts is that nothing panics.

use std::sync::OnceLock;

use super::decode::{self, Decoder, References};
use super::links::Root;
use super::options::Options;
use super::{path, route};
use crate::model::{Catalogue, ColumnId};
use crate::protocol::http::Site;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_any_sort_are_read() {
        for bytes in [&b""[..], b"\0", b"\xff\xff{", b"a{\"name\":\"x\"}", b"b--b\r\n\r\n--b--"] {
            json_body(bytes);
            url(bytes);
        }
        url(b"accounts(00000000-0000-0000-0000-000000000001)?$select=name");
        url(b"accounts?$filter=name eq 'a'");
    }
}
