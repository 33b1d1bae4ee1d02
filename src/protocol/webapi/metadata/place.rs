//! Where a path through metadata leads: `EntityDefinitions(LogicalName='account')/Attributes(...)/...`.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use uuid::Uuid;

use super::faults;
use super::item::{self, Definitions, Item};
use super::schema::{self, DEFINITIONS, Definition, Kind};
use crate::fault::{Fault, Result};

const NAMESPACE: &str = "Microsoft.Dynamics.CRM.";

/// What a path addresses.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// The rows; exactly one, or none, where `single`.
    pub(super) items: Vec<Item<'a>>,
    /// The type the rows are declared to have.
    pub(super) declared: &'static Definition,
    /// Whether the path addresses one row.
    pub(super) single: bool,
    /// What `@odata.context` says of it, without selected properties.
    pub(super) context: String,
    /// The path beneath the root with its keys, from which deeper contexts go on.
    path: String,
    /// A property of the one row, when the path ends in one.
    pub(super) property: Option<&'static str>,
}

/// Follows a path, as it was sent.
pub(super) fn find<'a>(of: Definitions<'a>, path: &str) -> Result<Place<'a>> {
    // No name in metadata has a slash, so that the whole may be decoded before it is taken apart.
    let path = decode(path)?;
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let (name, key) = name_and_key(segments.next().unwrap_or_default())?;
    let Some(set) = schema::SETS.iter().find(|set| set.name == name) else {
        return Err(faults::no_segment(name));
    };
    let mut place = Place {
        items: item::all(of.catalogue, set.name),
        declared: set.definition,
        single: false,
        context: set.name.to_owned(),
        path: set.name.to_owned(),
        property: None,
    };
    if let Some(key) = key {
        place.narrow(key)?;
    }
    for segment in segments {
        place.step(of, segment)?;
    }
    Ok(place)
}

/// The name of the first segment of a path as it was sent, without its key.
pub(super) fn head(path: &str) -> Cow<'_, str> {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    match decoded.find(['/', '(']) {
        Some(end) => Cow::Owned(decoded[..end].to_owned()),
        None => decoded,
    }
}

fn decode(path: &str) -> Result<Cow<'_, str>> {
    percent_decode_str(path).decode_utf8().map_err(|_| faults::bad_key())
}

fn name_and_key(segment: &str) -> Result<(&str, Option<&str>)> {
    match segment.split_once('(') {
        None => Ok((segment, None)),
        Some((name, rest)) => Ok((name, Some(rest.strip_suffix(')').ok_or_else(faults::bad_key)?))),
    }
}

impl<'a> Place<'a> {
    fn step(&mut self, of: Definitions<'a>, segment: &str) -> Result<()> {
        if segment.starts_with('$') {
            return Err(Fault::not_emulated(format_args!("{segment} of table definitions")));
        }
        if self.property.is_some() {
            return Err(faults::no_segment(segment));
        }
        if let Some(name) = segment.strip_prefix(NAMESPACE) {
            return self.cast(name, segment);
        }
        let (name, key) = name_and_key(segment)?;
        if !self.single {
            return Err(faults::no_segment(segment));
        }
        let Some(item) = self.items.first().copied() else { return Err(faults::no_segment(segment)) };
        if let Some(way) = self.declared.way(name) {
            self.items = item.follow(of, name);
            self.declared = way.target;
            self.single = !way.many;
            self.context = format!("{}/{name}", self.path);
            self.path.clone_from(&self.context);
            return match key {
                Some(key) if way.many => self.narrow(key),
                Some(_) => Err(faults::bad_key()),
                None => Ok(()),
            };
        }
        self.end_in(name, segment)
    }

    fn end_in(&mut self, name: &str, segment: &str) -> Result<()> {
        match self.declared.property(name) {
            Some((_, Kind::Shape(_))) => {
                Err(Fault::not_emulated(format_args!("the path to the structured property {name}")))
            }
            Some((name, _)) => {
                self.context = format!("{}/{name}", self.path);
                self.property = Some(name);
                Ok(())
            }
            None if self.declared.is_unknown(name) => Err(faults::no_property(name, self.declared)),
            None => Err(faults::no_segment(segment)),
        }
    }

    fn cast(&mut self, name: &str, segment: &str) -> Result<()> {
        let to = DEFINITIONS.iter().find(|definition| definition.name == name);
        let to = *to.filter(|to| to.is(self.declared)).ok_or_else(|| faults::no_segment(segment))?;
        if to.is_abstract {
            return Err(
                faults::bad_key().hint(format!("{name} is abstract: cast to a type that derives from it."))
            );
        }
        self.items.retain(|item| item.definition().is(to));
        if self.single && self.items.is_empty() {
            return Err(faults::no_segment(segment).hint(format!("The row is no {name}.")));
        }
        self.declared = to;
        self.context = format!("{}/{segment}", self.context);
        self.path = format!("{}/{segment}", self.path);
        Ok(())
    }

    /// Keeps the one row with a key: its id, or the name that is its alternate key.
    fn narrow(&mut self, key: &str) -> Result<()> {
        let (sort, name_property) = key_names(self.declared);
        let (id, name) = read_key(key, name_property, self.declared)?;
        let found = self.items.iter().copied().find(|item| match &name {
            Some(name) => matches!(item.property(name_property), item::Datum::Text(text) if *text == *name),
            None => item.id() == id,
        });
        let Some(found) = found else {
            return Err(faults::not_found(sort, name.as_deref().unwrap_or_default(), id));
        };
        self.items = vec![found];
        self.single = true;
        self.path = match &name {
            Some(name) => format!("{}('{name}')", self.path),
            None => format!("{}({id})", self.path),
        };
        Ok(())
    }
}

/// How errors call a row of the type, and which property is its alternate key.
fn key_names(definition: &Definition) -> (&'static str, &'static str) {
    match definition.name {
        "EntityMetadata" => ("an entity", "LogicalName"),
        "EntityKeyMetadata" => ("an entity key", "LogicalName"),
        "AttributeMetadata" => ("an attribute", "LogicalName"),
        _ => ("a relationship", "SchemaName"),
    }
}

fn read_key(key: &str, name_property: &str, on: &Definition) -> Result<(Uuid, Option<String>)> {
    let (property, value) = match key.split_once('=') {
        None => ("MetadataId", key.trim()),
        Some((property, value)) => (property.trim(), value.trim()),
    };
    if property == "MetadataId" {
        let id = value.parse().ok().filter(|_| value.len() == 36);
        return Ok((id.ok_or_else(faults::bad_key)?, None));
    }
    if property != name_property {
        return Err(faults::no_key(on));
    }
    let quoted = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    let name = quoted.filter(|name| !name.replace("''", "").contains('\'')).ok_or_else(faults::bad_key)?;
    Ok((Uuid::nil(), Some(name.replace("''", "'"))))
}
