//! The tables as data: `EntityDefinitions`, `RelationshipDefinitions` and what lies beneath them, for reading.
//!
//! Everything is derived from the catalogue, and from the setting that secures columns. Source: web-api.md sections 4.6 and 8.1; "Query table definitions
//! using the Web API".

mod faults;
mod filter;
mod item;
mod options;
mod place;
pub(super) mod schema;
#[cfg(test)]
mod tests;
mod write;

use http::{Method, StatusCode, header};

use self::item::{Definitions, Item};
use self::options::{Expand, Options};
use self::place::Place;
use self::schema::Definition;
use self::write::Json;
use super::reply;
use crate::fault::{Fault, Kind, Result, code};
use crate::protocol::http::{Call, Response};

/// What a path may begin with to come here: the entity sets, those that are not emulated, and the functions and
/// actions that read or write definitions.
const HEADS: &[&str] = &[
    "CreateEntities",
    "EntityDefinitions",
    "GlobalOptionSetDefinitions",
    "ManagedPropertyDefinitions",
    "RelationshipDefinitions",
    "RetrieveAllEntities",
    "RetrieveAttribute",
    "RetrieveEntity",
    "RetrieveMetadataChanges",
    "RetrieveRelationship",
];

/// Whether a path (beneath the root, as it was sent) is about definitions of tables; `handle` then answers it.
pub fn handles(path: &str) -> bool {
    HEADS.contains(&&*place::head(path))
}

/// Answers a request for definitions; `version` is the requested one, `v9.2`.
///
/// # Errors
///
/// The service's refusal, or 501 for what is not emulated: every change of a definition, and the options the
/// message names.
pub fn handle(version: &str, call: &Call<'_>) -> Result<Response> {
    let head = place::head(call.path);
    if !schema::SETS.iter().any(|set| set.name == head) {
        return Err(Fault::not_emulated(head));
    }
    if call.method == Method::PATCH && head == "EntityDefinitions" {
        // Source: web-api.md section 3.3.
        return Err(Fault::with(&code::CrmHttpError, "Operation not supported on EntityMetadata")
            .kind_of(Kind::NotAllowed)
            .hint("The service replaces a definition with PUT, which the emulator does not emulate."));
    }
    if !matches!(*call.method, Method::GET | Method::HEAD) {
        let fault = Fault::not_emulated(format_args!("{} of {head}", call.method));
        return Err(if call.method == Method::PUT && call.path.contains("/Attributes(") {
            fault.hint("To secure a column, name it in the setting secured_columns of the control API.")
        } else {
            fault
        });
    }
    let accepts = call.headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if let Some(level) = accepts
        .flat_map(|accept| accept.split([';', ',']))
        .find_map(|part| part.trim().strip_prefix("odata.metadata=").filter(|level| *level != "minimal"))
    {
        return Err(Fault::not_emulated(format_args!("odata.metadata={level} for definitions of tables")));
    }
    let world = call.organization.read();
    let root = format!("{}/api/data/{version}", call.site.base());
    let of = Definitions { catalogue: world.catalogue(), secured: world.secured_columns() };
    let body = answer(of, &root, call.path, call.query)?;
    Ok(match body {
        Some(body) => reply::json(StatusCode::OK, body.into()),
        None => reply::empty(StatusCode::NO_CONTENT),
    })
}

/// The body; `None` where the one thing addressed is null.
fn answer(of: Definitions<'_>, root: &str, path: &str, query: &str) -> Result<Option<String>> {
    let place = place::find(of, path)?;
    let options = options::parse(query, place.declared, place.single)?;
    let answer = Answer { of, root };
    if let Some(property) = place.property {
        if options.select.is_some() || !options.expand.is_empty() {
            return Err(Fault::not_emulated("query options on a property of a definition"));
        }
        return Ok(answer.property(&place, property));
    }
    Ok(if place.single { answer.one(&place, &options) } else { Some(answer.many(&place, &options)) })
}

struct Answer<'a> {
    of: Definitions<'a>,
    root: &'a str,
}

impl<'a> Answer<'a> {
    fn context(&self, json: &mut Json, prefix: &str, fragment: &str) {
        json.name(&format!("{prefix}@odata.context"));
        json.text(&format!("{}/$metadata#{fragment}", self.root));
    }

    fn property(&self, place: &Place<'a>, property: &str) -> Option<String> {
        let datum = place.items.first()?.property(property);
        if datum == item::Datum::Null {
            return None;
        }
        let mut json = Json::default();
        json.open('{');
        self.context(&mut json, "", &place.context);
        json.name("value");
        json.datum(&datum);
        json.close('}');
        Some(json.finish())
    }

    fn one(&self, place: &Place<'a>, options: &Options) -> Option<String> {
        let item = place.items.first()?;
        let mut json = Json::default();
        json.open('{');
        self.context(&mut json, "", &format!("{}{}/$entity", place.context, selected(options)));
        self.members(&mut json, *item, place.declared, options);
        json.close('}');
        Some(json.finish())
    }

    fn many(&self, place: &Place<'a>, options: &Options) -> String {
        let mut json = Json::default();
        json.open('{');
        self.context(&mut json, "", &format!("{}{}", place.context, selected(options)));
        json.name("value");
        self.rows(&mut json, &place.items, place.declared, options);
        json.close('}');
        json.finish()
    }

    fn rows(&self, json: &mut Json, items: &[Item<'a>], declared: &'static Definition, options: &Options) {
        json.open('[');
        for item in items {
            if options.filter.as_ref().is_none_or(|filter| filter.accepts(*item)) {
                json.open('{');
                self.members(json, *item, declared, options);
                json.close('}');
            }
        }
        json.close(']');
    }

    fn members(&self, json: &mut Json, item: Item<'a>, declared: &'static Definition, options: &Options) {
        let actual = item.definition();
        if actual.name != declared.name {
            json.name("@odata.type");
            json.text(&format!("#Microsoft.Dynamics.CRM.{}", actual.name));
        }
        match &options.select {
            None => {
                for (name, _) in actual.all_properties() {
                    json.name(name);
                    json.datum(&item.property(name));
                }
            }
            Some(names) => {
                // The key is in every answer, asked for or not.
                let key = (!names.contains(&"MetadataId")).then_some("MetadataId");
                let properties = names.iter().copied().filter(|name| actual.property(name).is_some());
                for name in properties.chain(key) {
                    json.name(name);
                    json.datum(&item.property(name));
                }
            }
        }
        for expand in &options.expand {
            self.expanded(json, item, expand);
        }
    }

    fn expanded(&self, json: &mut Json, item: Item<'a>, expand: &Expand) {
        let Expand { way, options } = expand;
        let items = item.follow(self.of, way.name);
        let end = if way.many { "" } else { "/$entity" };
        if way.many || !items.is_empty() {
            let path = match item {
                Item::Column(..) => {
                    format!("{}/Microsoft.Dynamics.CRM.{}", item.path(), item.definition().name)
                }
                _ => item.path(),
            };
            self.context(json, way.name, &format!("{path}/{}{}{end}", way.name, selected(options)));
        }
        json.name(way.name);
        if way.many {
            self.rows(json, &items, way.target, options);
        } else if let Some(item) = items.first() {
            json.open('{');
            self.members(json, *item, way.target, options);
            json.close('}');
        } else {
            json.raw("null");
        }
    }
}

/// What a context says of selected and expanded properties: `(LogicalName,OptionSet(Options))`.
fn selected(options: &Options) -> String {
    let expanded = |name: &str| options.expand.iter().any(|expand| expand.way.name == name);
    let names = options.select.iter().flatten().filter(|name| !expanded(name)).map(|name| (*name).to_owned());
    let ways = options.expand.iter().map(|expand| {
        let inner = selected(&expand.options);
        format!("{}{}", expand.way.name, if inner.is_empty() { "()" } else { &inner })
    });
    let all: Vec<String> = names.chain(ways).collect();
    if all.is_empty() { String::new() } else { format!("({})", all.join(",")) }
}
