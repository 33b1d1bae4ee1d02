//! What a query becomes and how it would be run, told instead of run. The control API asks.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::ask::{Ask, admit};
use super::read::Reader;
use super::{Elsewhere, path, resolve};
use crate::fault::{Fault, Result};
use crate::model::{Catalogue, TableId};
use crate::protocol::http::{Call, Refusal, status};
use crate::query::plan::Expand;
use crate::query::{self, ExplainedExpand, Way};

/// Tells of a request for rows by which plan it would be answered, and by which way the rows would be found.
///
/// # Errors
///
/// What the Web API answers to the request where it refuses it, and `InvalidRequest` for addresses of no rows.
pub fn plan(version: &str, call: &Call<'_>) -> std::result::Result<Value, Refusal> {
    if Elsewhere::of(call.path).is_some() || *call.method != Method::GET {
        return Err(no_rows());
    }
    explained(version, call).map_err(|fault| refusal(&fault))?.ok_or_else(no_rows)
}

/// `None` where the address names no collection.
fn explained(version: &str, call: &Call<'_>) -> Result<Option<Value>> {
    let world = call.organization.read();
    let caller = admit(&world, call)?;
    let path = path::decode(call.path)?;
    let catalogue = world.catalogue();
    let route = resolve(catalogue, call.host.service.registry(), &path)?;
    let ask = Ask::new(version, call)?;
    let reader = Reader { ask: &ask, world: &world, lasting: None, caller: &caller };
    let Some(query) = reader.planned(&route)? else { return Ok(None) };
    let explanation = query::explain(&reader.context(), &query);
    let table = catalogue.table(query.source.table);
    Ok(Some(json!({
        "plan": query.display(catalogue).to_string(),
        "table": table.logical_name,
        "rows": world.records().table(table.id).len(),
        "way": way(catalogue, table.id, &explanation.way),
        "sorts": !explanation.in_order,
        "expand": expand(&query.expand, &explanation.expand),
    })))
}

fn way(catalogue: &Catalogue, table: TableId, taken: &Way) -> Value {
    let definition = catalogue.table(table);
    match taken {
        Way::Nothing => json!({ "kind": "nothing" }),
        Way::Scan => json!({ "kind": "scan" }),
        Way::Index { column, values } => {
            json!({ "kind": "index", "column": definition.column(*column).logical_name, "values": values })
        }
        Way::Several(ways) => {
            let ways: Vec<_> = ways.iter().map(|one| way(catalogue, table, one)).collect();
            json!({ "kind": "several", "ways": ways })
        }
        Way::Joined { column, table: joined, first } => json!({
            "kind": "joined",
            "column": definition.column(*column).logical_name,
            "table": catalogue.table(*joined).logical_name,
            "first": way(catalogue, *joined, first),
        }),
        Way::Related { table: related, first } => json!({
            "kind": "related",
            "table": catalogue.table(*related).logical_name,
            "first": way(catalogue, *related, first),
        }),
    }
}

fn expand(expands: &[Expand], explained: &[ExplainedExpand]) -> Vec<Value> {
    let one = |(expand_of, how): (&Expand, &ExplainedExpand)| {
        json!({
            "property": expand_of.name,
            "kind": if how.by_index { "index" } else { "scan" },
            "expand": expand(&expand_of.expand, &how.expand),
        })
    };
    expands.iter().zip(explained).map(one).collect()
}

fn refusal(fault: &Fault) -> Refusal {
    let hint = fault.hint_text().unwrap_or("This is what the Web API answers to the request.").to_owned();
    Refusal::new(status(fault.kind()), fault.code_text(), fault.message(), hint)
}

fn no_rows() -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "InvalidRequest",
        "The address names no collection of rows, so there is no plan.",
        "A url is that of a collection with its options, as in systemusers?$filter=accessmode eq 4.",
    )
}
