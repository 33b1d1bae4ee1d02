//! What of the emulator the requests to an organization have touched, and what they have not.
//!
//! Rules are counted from answers, refusals and notes alike. Routes are counted by face, entity set or message, and
//! method; a message bound to a row counts as itself. Parts of queries are counted as they stand in requests that
//! were answered with success. The requests of a batch count as if they had come by themselves; a plan that a saved
//! view brings does not stand in the request and is not counted.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::journal::{Address, Face, Shape};
use crate::model::Catalogue;
use crate::query::lang::{fetchxml, odata};
use crate::rules;
use crate::service::Registry;
use crate::service::registry::Nature;

/// The namespace in which bound operations are named.
const NAMESPACE: &str = "/Microsoft.Dynamics.CRM.";
/// Addresses of the Web API that are neither entity set nor message.
const DOCUMENTS: &[&str] = &["/", "$metadata", "EntityDefinitions", "RelationshipDefinitions"];
/// Messages that the service has beside those of the registry.
const BULK: &[&str] = &["CreateMultiple", "UpdateMultiple", "UpsertMultiple"];
/// How many different routes are told apart of faces whose routes nobody lists.
const MOST_ROUTES: usize = 1_000;

/// Counts of what was touched.
#[derive(Debug, Default)]
pub(super) struct Counted {
    requests: u64,
    rules: BTreeMap<Box<str>, u64>,
    routes: BTreeMap<(Face, Box<str>, Box<str>), Touches>,
    elsewhere: u64,
    parts: BTreeMap<(Language, Box<str>), u64>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Touches {
    succeeded: u64,
    refused: u64,
}

/// The query languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Query options.
    OData,
    /// `FetchXML`.
    FetchXml,
}

/// What was touched and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// How many requests were counted, those of batches included.
    pub requests: u64,
    /// The documented rules.
    pub rules: Covered<RuleCovered>,
    /// The routes.
    pub routes: Covered<RouteCovered>,
    /// Requests whose address is no route.
    pub elsewhere: u64,
    /// Options, operators and functions of the query languages.
    pub operators: Covered<PartCovered>,
}

/// One list of what was touched, one of what was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Covered<T> {
    /// With their counts.
    pub touched: Vec<T>,
    /// Whose counts are 0.
    pub untouched: Vec<T>,
}

/// A documented rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleCovered {
    /// Its number.
    pub id: String,
    /// What it says; empty where no list has it.
    pub title: &'static str,
    /// How many answers named it.
    pub count: u64,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RouteCovered {
    /// The interface.
    pub face: &'static str,
    /// Entity set, message, or another first part of an address.
    pub route: String,
    /// The method.
    pub method: String,
    /// Requests answered with success.
    pub succeeded: u64,
    /// Requests that were refused.
    pub refused: u64,
}

/// A part of a query language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartCovered {
    /// The language.
    pub language: Language,
    /// Option, operator or function.
    pub name: String,
    /// How often it stood in requests that were answered with success.
    pub count: u64,
}

impl<T> Covered<T> {
    fn new(all: Vec<T>, is_touched: impl Fn(&T) -> bool) -> Self {
        let (touched, untouched) = all.into_iter().partition(is_touched);
        Self { touched, untouched }
    }
}

/// What can be touched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'k> {
    pub(super) catalogue: &'k Catalogue,
    pub(super) registry: &'k Registry,
    pub(super) organization: &'k str,
}

impl Counted {
    /// Counts the rules of one answer, separated by commas.
    pub(super) fn rules(&mut self, rules: &str) {
        for rule in rules.split(',').map(str::trim).filter(|rule| !rule.is_empty()) {
            match self.rules.get_mut(rule) {
                Some(count) => *count += 1,
                None => drop(self.rules.insert(rule.into(), 1)),
            }
        }
    }

    /// Counts requests.
    pub(super) fn shapes(&mut self, shapes: &[Shape], known: Known<'_>) {
        for shape in shapes {
            self.shape(shape, known);
        }
    }

    fn shape(&mut self, shape: &Shape, known: Known<'_>) {
        self.requests += shape.count;
        let address = Address::of(&shape.target, known.organization);
        let method = match &*shape.method {
            "HEAD" => "GET",
            method => method,
        };
        let route = known.route(&address);
        match route {
            Some(route) if address.face == Face::WebApi || self.routes.len() < MOST_ROUTES => {
                let touches = self.routes.entry((address.face, route.into(), method.into())).or_default();
                let count = if shape.succeeded { &mut touches.succeeded } else { &mut touches.refused };
                *count += shape.count;
            }
            _ => self.elsewhere += shape.count,
        }
        if shape.succeeded && address.face == Face::WebApi && !address.query.is_empty() {
            self.query(address.query, shape.count);
        }
    }

    fn query(&mut self, query: &str, count: u64) {
        let pairs: Vec<_> = query
            .split('&')
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect();
        let parts = &mut self.parts;
        let mut seen = |language, part: &str| {
            *parts.entry((language, part.into())).or_default() += count;
        };
        odata::uses::uses(&pairs, &mut |part| seen(Language::OData, part));
        if let Some((_, document)) = pairs.iter().find(|(name, _)| name == "fetchXml") {
            fetchxml::uses::uses(document, &mut |part| seen(Language::FetchXml, part));
        }
    }

    /// What was touched and what was not.
    pub(super) fn told(&self, known: Known<'_>) -> Coverage {
        Coverage {
            requests: self.requests,
            rules: Covered::new(self.told_rules(), |rule| rule.count > 0),
            routes: Covered::new(self.told_routes(known), |route| route.succeeded + route.refused > 0),
            elsewhere: self.elsewhere,
            operators: Covered::new(self.told_parts(), |part| part.count > 0),
        }
    }

    fn told_rules(&self) -> Vec<RuleCovered> {
        let listed = rules::documented();
        let unlisted = self.rules.iter().filter(|(id, _)| !listed.iter().any(|rule| *rule.id == ***id));
        let unlisted: Vec<_> = unlisted
            .map(|(id, count)| RuleCovered { id: id.to_string(), title: "", count: *count })
            .collect();
        let count = |id: &str| self.rules.get(id).copied().unwrap_or_default();
        let of_list = listed.iter().map(|rule| RuleCovered {
            id: rule.id.to_owned(),
            title: rule.title,
            count: count(rule.id),
        });
        of_list.chain(unlisted).collect()
    }

    fn told_routes(&self, known: Known<'_>) -> Vec<RouteCovered> {
        let mut all: BTreeMap<(Face, Cow<'_, str>, Cow<'_, str>), Touches> = known
            .routes()
            .map(|(route, method)| ((Face::WebApi, route.into(), method.into()), Touches::default()))
            .collect();
        for ((face, route, method), touches) in &self.routes {
            all.insert((*face, (&**route).into(), (&**method).into()), *touches);
        }
        all.into_iter()
            .map(|((face, route, method), touches)| RouteCovered {
                face: face.name(),
                route: route.into_owned(),
                method: method.into_owned(),
                succeeded: touches.succeeded,
                refused: touches.refused,
            })
            .collect()
    }

    fn told_parts(&self) -> Vec<PartCovered> {
        let odata = odata::uses::parts().into_iter().map(|name| (Language::OData, name.into_owned()));
        let fetch = fetchxml::uses::parts().into_iter().map(|name| (Language::FetchXml, name));
        odata
            .chain(fetch)
            .map(|(language, name)| {
                let count = self.parts.get(&(language, name.as_str().into())).copied().unwrap_or_default();
                PartCovered { language, name, count }
            })
            .collect()
    }
}

impl<'k> Known<'k> {
    /// The route of an address; `None` where it is none.
    fn route(self, address: &'k Address<'_>) -> Option<&'k str> {
        let path = &address.path[1..];
        let first = path.split(['/', '(']).next().unwrap_or_default();
        match address.face {
            Face::Pages => Some(&*address.path),
            Face::Graph => Some(first),
            Face::WebApi if path.is_empty() => Some("/"),
            Face::WebApi => {
                let bound = address.path.find(NAMESPACE).map(|at| &address.path[at + NAMESPACE.len()..]);
                let bound = bound.and_then(|name| name.split(['(', '/']).next());
                match bound {
                    Some(name) => Some(name).filter(|name| self.is_set(first) && self.is_message(name)),
                    None => Some(first).filter(|name| {
                        self.is_set(name)
                            || DOCUMENTS.contains(name)
                            || *name == "$batch"
                            || self.is_message(name)
                    }),
                }
            }
        }
    }

    fn is_message(self, name: &str) -> bool {
        BULK.contains(&name) || self.registry.messages().iter().any(|known| known.signature().name == name)
    }

    fn is_set(self, name: &str) -> bool {
        self.catalogue.entity_set(name).is_some()
    }

    /// Every route of the Web API with its methods.
    fn routes(self) -> impl Iterator<Item = (&'k str, &'static str)> {
        let tables = self.catalogue.tables().iter().flat_map(|table| {
            let writes = table.read_only.is_none() && !table.is_intersect;
            let methods: &[&str] = if writes { &["GET", "POST", "PATCH", "DELETE"] } else { &["GET"] };
            methods.iter().map(|method| (&*table.entity_set_name, *method))
        });
        let messages = self.registry.messages().iter().map(|message| {
            let signature = message.signature();
            (signature.name, if signature.nature == Nature::Function { "GET" } else { "POST" })
        });
        let bulk = BULK.iter().chain(&["$batch"]).map(|name| (*name, "POST"));
        let documents = DOCUMENTS.iter().map(|name| (*name, "GET"));
        tables.chain(messages).chain(bulk).chain(documents)
    }
}

fn decoded(text: &str) -> String {
    let blanks = text.replace('+', " ");
    percent_decode_str(&blanks).decode_utf8_lossy().trim().to_owned()
}
