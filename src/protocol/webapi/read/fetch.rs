//! Queries in `FetchXML`: in the address, or in a view that the address names. Source: queries.md B.4 to B.7,
//! web-api.md 5.10.

use std::borrow::Cow;

use super::super::annotations::Wanted;
use super::super::encode::{self, text};
use super::super::error::bad_syntax;
use super::Reader;
use super::collection::Narrowed;
use super::outputs::Outputs;
use crate::fault::{Fault, Result, code};
use crate::model::{Reference, TableId};
use crate::protocol::http::Response;
use crate::query::ResultSet;
use crate::query::lang::fetchxml::{self, Asked};
use crate::query::lang::odata;
use crate::query::plan::Query;
use crate::security::AccessRights;
use crate::service::access;
use crate::service::crud;

/// The options that name a view, with the table of the views.
const VIEWS: &[(&str, &str)] = &[("savedQuery", "savedquery"), ("userQuery", "userquery")];

/// What a document asks for.
pub(super) struct Fetched {
    pub(super) query: Query,
    /// The names under which rows tell how many stand below them.
    children: Vec<Box<str>>,
    /// Whether its pages have the size that was preferred.
    sized: bool,
}

impl<'r> Reader<'r> {
    /// The document a request asks by; none where it asks in another language.
    ///
    /// # Errors
    ///
    /// What stands beside it and does not go with it; a view that is not there, or may not be read.
    pub(super) fn document(self) -> Result<Option<Cow<'r, str>>> {
        let options = &self.ask.options;
        if let Some(document) = options.get("fetchXml") {
            options.allow(&["fetchXml", "$count"])?;
            return Ok(Some(Cow::Borrowed(document)));
        }
        for (option, table) in VIEWS {
            let Some(id) = options.get(option) else { continue };
            // Whether the service combines them is not known (web-api.md 5.10).
            if let Some((other, _)) =
                options.pairs().iter().find(|(name, _)| name.starts_with('$') && name != "$count")
            {
                return Err(Fault::not_emulated(format_args!("{other} beside {option}")));
            }
            options.allow(&[option, "$count"])?;
            return self.view(table, id).map(Some);
        }
        Ok(None)
    }

    /// The query that a row of a table of views holds.
    fn view(self, table: &str, id: &str) -> Result<Cow<'r, str>> {
        let table = self.world.catalogue().table_named(table).ok_or_else(bad_syntax)?;
        let id = uuid::Uuid::try_parse(id).map_err(|_| bad_syntax())?;
        let view = Reference::new(table.id, id);
        access::demand(self.world, self.caller, AccessRights::READ, view)?;
        let row = self.world.records().table(table.id).get(id);
        let row = row.ok_or_else(|| crud::does_not_exist(self.world, table.id, id))?;
        let document = table.column_id("fetchxml").and_then(|column| row.get(column).as_str());
        document.map(Cow::Borrowed).ok_or_else(|| {
            Fault::new(&code::InvalidXml).hint("The view holds no query in its column fetchxml.")
        })
    }

    /// The page of rows, or the groups, that a document asks for.
    pub(super) fn fetched(self, table: TableId, narrowed: Narrowed, document: &str) -> Result<Response> {
        let Fetched { query, children, sized } = self.fetch_query(table, narrowed, document)?;
        let result = self.run(&query)?;
        let mut out = Vec::with_capacity(256 + result.rows().len() * 256);
        self.push_page(&mut out, &Outputs::new(self, &query)?.with_children(&children), &result);
        Ok(self.page_of(out, sized))
    }

    /// From a document to the plan.
    pub(super) fn fetch_query(self, table: TableId, narrowed: Narrowed, document: &str) -> Result<Fetched> {
        let fetch = fetchxml::parse(document)?;
        let asked = Asked {
            table,
            max_page_size: self.ask.head.prefer.page_size,
            count: self.count_is_asked(table)?,
        };
        let fetchxml::Lowered { mut query, children } =
            fetchxml::lower(self.world.catalogue(), &fetch, asked)?;
        access::restrict(self.world, self.caller, &mut query)?;
        if let Some(narrowed) = narrowed {
            query.source.restrict(narrowed);
        }
        let sized = fetch.count.is_none() && fetch.top.is_none();
        Ok(Fetched { query, children, sized })
    }

    /// `$count` is the one option of `OData` that goes with a document, and is read as there.
    fn count_is_asked(self, table: TableId) -> Result<bool> {
        let pairs: Vec<_> =
            self.ask.options.pairs().iter().filter(|(name, _)| name == "$count").cloned().collect();
        let options = odata::Options { pairs: &pairs, ..odata::Options::default() };
        Ok(odata::parse(self.world.catalogue(), table, &options)?.count)
    }

    fn push_page(self, out: &mut Vec<u8>, outputs: &Outputs<'_>, result: &ResultSet) {
        let start = encode::open(out);
        if !self.ask.head.bare {
            self.open_context(out);
            outputs.push_set(out);
            outputs.push_names(out, &result.found);
            out.push(b'"');
        }
        self.push_counts(out, result.count);
        self.push_cookie(out, result);
        out.extend_from_slice(b",\"value\":[");
        outputs.write(out, &result.found);
        out.push(b']');
        encode::close(out, start);
    }

    /// Where there are more rows, and how to go on. Source: queries.md B.6: there is no link. Where pages are
    /// counted there is no cookie either. Source: Microsoft, "Page results using `FetchXML`", and its Python SDK, which
    /// counts pages then.
    fn push_cookie(self, out: &mut Vec<u8>, result: &ResultSet) {
        let Some(next) = &result.next else { return };
        let wanted = self.ask.head.prefer.annotations;
        if wanted.any(Wanted::PAGING_COOKIE) && !next.keys.is_empty() {
            out.extend_from_slice(b",\"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie\":");
            text::string(out, &next.element());
        }
        if wanted.any(Wanted::MORE_RECORDS) {
            out.extend_from_slice(b",\"@Microsoft.Dynamics.CRM.morerecords\":true");
        }
    }
}
