//! The document format.
//!
//! ```json
//! {
//!  "format": 1,
//!  "base": "empty",
//!  "organization": {"friendly_name": "Contoso"},
//!  "settings": {"era": "dataverse", "licenses": 3},
//!  "clock": {"mode": "manual", "now": "2026-01-01T08:00:00Z"},
//!  "ids": "0001e240-0000-11f1-8123-456789abcdef",
//!  "directory": {"accounts": [{"id": "…", "userPrincipalName": "ann@contoso.onmicrosoft.com"}], "deleted": [],
//!   "groups": [{"id": "…", "displayName": "Guards"}],
//!   "waiting": [{"number": 1, "what": "license_added", "made": "…", "due": "…", "account": {}, "before": {}}]},
//!  "tables": {"systemuser": [{"systemuserid": "…", "firstname": "Ann", "$roles": ["Delegate"]}]}
//! }
//! ```
//!
//! Everything but `format` may be left out. Two kinds of document share this form:
//!
//! - With a `base` (`empty` or the name of an embedded overlay) the rows are added to what the base has, and each is
//!   completed as a create by the system would be: owner, author, times; a user gets its names, queue, settings,
//!   default team and, where a licence is left, its licence; a business unit its team and its copies of the roles.
//!   A directory account's sign-in name without `@` gets the organization's domain.
//!   `$roles` names roles to be assigned, as a list or by era; `$account` makes the user that of a directory account.
//! - Without one the document is a complete organization, as [`export`] writes it. Nothing is added.
//!
//! In both a column that is left out has what any create would put there: the metadata's default, the first state
//! with its status, the organization. A column that has a default and shall be empty says `null`.
//!
//! | column | value in the document |
//! | --- | --- |
//! | two options | `true`, `false` |
//! | whole number, big integer, choice, state, status, floating point | a number |
//! | decimal, money | a string, so that `"12.50"` keeps its scale (a number is read, too) |
//! | text | a string; a choice of several as its numbers, `"1,3"` |
//! | unique identifier | a string |
//! | date and time | `"2026-01-01T08:00:00Z"`; of a date only column `"2026-01-01"` |
//! | lookup | the id, where the column has one target; else `{"table": "team", "id": "…"}` |
//! | image | base64 |
//!
//! `waiting` is what happened in the tenant and CRM has not learned of yet: CRM knows an account as it was `before` the
//! first change that waits. A user that is made of such an account (`$account`) is what CRM knows of it.
//!
//! Row versions are not kept: they count the writes of one organization's life, and a new one starts anew. Rows
//! keep their order. `ids` is the last id the organization made, so that it does not make one twice.

mod load;
mod people;
mod read;
mod write;

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::well_known;
use crate::clock::{Clock, parse_duration};
use crate::directory::{Account, Change, Group};
use crate::ids::IdSource;
use crate::settings::Settings;
use crate::world::Identity;

pub(super) use load::check;
pub use write::export;

/// The only version of the format so far.
const FORMAT: u32 = 1;

/// A document, read as far as it can be without the organization's tables.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document<'a> {
    format: u32,
    #[serde(default, borrow)]
    base: Option<Cow<'a, str>>,
    #[serde(default)]
    organization: Organization,
    #[serde(default, borrow)]
    settings: Pairs<'a>,
    #[serde(default, borrow)]
    clock: Option<ClockText<'a>>,
    #[serde(default)]
    ids: Option<Uuid>,
    #[serde(default)]
    directory: Directory,
    #[serde(default, borrow)]
    tables: Pairs<'a>,
}

/// What a document builds upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// Nothing: the document is the whole organization.
    Nothing,
    /// What every new organization has.
    Empty,
    /// That and another document.
    Overlay(&'static str),
}

/// Who the organization is; what is left out is as in every embedded scenario.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names are the format's")]
struct Organization {
    /// Given for the reader: an organization is named by whoever makes it.
    #[serde(default, rename = "unique_name")]
    _unique_name: Option<String>,
    friendly_name: Option<String>,
    organization_id: Option<Uuid>,
    root_business_unit: Option<Uuid>,
    tenant_id: Option<Uuid>,
    system_user: Option<Uuid>,
    integration_user: Option<Uuid>,
    default_caller: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockText<'a> {
    #[serde(borrow)]
    mode: Cow<'a, str>,
    #[serde(default, borrow)]
    now: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    ahead: Option<Cow<'a, str>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Directory {
    #[serde(default)]
    accounts: Vec<Account>,
    /// Deleted accounts that can be restored.
    #[serde(default)]
    deleted: Vec<Account>,
    #[serde(default)]
    groups: Vec<Group>,
    /// What CRM has not learned of.
    #[serde(default)]
    waiting: Vec<Change>,
}

/// The members of an object in their order, with values not yet read; a name that stands twice is an error.
#[derive(Debug, Default)]
struct Pairs<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    if pairs.iter().any(|(other, _)| *other == name.0) {
                        return Err(serde::de::Error::custom(format_args!("'{}' stands twice", name.0)));
                    }
                    pairs.push((name.0, map.next_value()?));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A member's name, borrowed unless it is written with escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Document<'a> {
    /// Reads a document's outline.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let document: Self =
            serde_json::from_str(text).map_err(|why| format!("the document does not read: {why}"))?;
        if document.format != FORMAT {
            return Err(format!(
                "format: this emulator reads format {FORMAT}, the document has {}",
                document.format
            ));
        }
        Ok(document)
    }

    /// The document of an organization that nobody describes: what every new one has.
    pub(super) fn nothing() -> Self {
        Self { base: Some("empty".into()), ..Self::default() }
    }

    /// What the document builds upon.
    pub(super) fn base(&self) -> Result<Base, String> {
        let Some(name) = &self.base else { return Ok(Base::Nothing) };
        super::overlay(name).ok_or_else(|| {
            format!(
                "base: there is no embedded scenario '{name}' to build upon; there are {}",
                super::overlays()
            )
        })
    }

    /// Sets the switches that nobody set.
    pub(super) fn apply_settings(&self, settings: &mut Settings) -> Result<(), String> {
        let given = settings.clone();
        for (key, value) in &self.settings.0 {
            let text = match serde_json::from_str::<serde_json::Value>(value.get()) {
                Ok(serde_json::Value::String(text)) => text,
                Ok(value @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_))) => value.to_string(),
                Ok(serde_json::Value::Array(elements)) if settings.is_list(key) => elements
                    .iter()
                    .map(serde_json::Value::as_str)
                    .collect::<Option<Vec<_>>>()
                    .ok_or_else(|| format!("settings.{key}: expected a list of strings"))?
                    .join(","),
                _ => return Err(format!("settings.{key}: expected a string, a number, true or false")),
            };
            if super::generated::is_set(&given, key) {
                // Said to be set, so it stays; that the document's value is one is checked all the same.
                settings.clone().set(key, &text).map_err(|why| format!("settings: {why}"))?;
            } else {
                settings.set(key, &text).map_err(|why| format!("settings: {why}"))?;
            }
        }
        Ok(())
    }

    /// The clock, where the document has one.
    pub(super) fn clock(&self) -> Result<Option<Clock>, String> {
        let Some(clock) = &self.clock else { return Ok(None) };
        match (&*clock.mode, &clock.now, &clock.ahead) {
            ("manual", Some(now), None) => now
                .parse::<Timestamp>()
                .map(|now| Some(Clock::Manual { now }))
                .map_err(|_| format!("clock.now: '{now}' is not an instant such as 2026-01-01T08:00:00Z")),
            ("real", None, ahead) => {
                let ahead = ahead.as_deref().map_or(Ok(jiff::SignedDuration::ZERO), parse_duration);
                ahead.map(|ahead| Some(Clock::Real { ahead })).map_err(|why| format!("clock.ahead: {why}"))
            }
            _ => {
                Err("clock: write {\"mode\":\"manual\",\"now\":…} or {\"mode\":\"real\",\"ahead\":…}"
                    .to_owned())
            }
        }
    }

    /// Where the ids went on, where the document says it.
    pub(super) fn ids(&self) -> Option<IdSource> {
        self.ids.map(IdSource::after)
    }

    /// Who the organization is.
    pub(super) fn identity(&self, unique_name: &str) -> Identity {
        let given = &self.organization;
        Identity {
            unique_name: unique_name.to_owned(),
            friendly_name: given.friendly_name.clone().unwrap_or_else(|| capitalised(unique_name)),
            organization_id: given.organization_id.unwrap_or(well_known::ORGANIZATION),
            root_business_unit: given.root_business_unit.unwrap_or(well_known::ROOT_BUSINESS_UNIT),
            tenant_id: given.tenant_id.unwrap_or(well_known::TENANT),
            system_user: given.system_user.unwrap_or(well_known::SYSTEM),
            integration_user: given.integration_user.unwrap_or(well_known::INTEGRATION),
            default_caller: given.default_caller.unwrap_or(well_known::ADMINISTRATOR),
        }
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
