//! Many rows: queries on entity sets and collections, counts, references, paging.

use std::borrow::Cow;
use std::sync::Arc;

use http::StatusCode;

use super::super::encode::{self, RowWriter, text};
use super::super::{annotations::Wanted, reply};
use super::expand::Expansion;
use super::outputs::Outputs;
use super::pieces::{self, Pieces};
use super::{Reader, shape};
use crate::fault::Result;
use crate::model::{NavigationKind, Table, TableId, ValueRef};
use crate::protocol::http::{Response, aside};
use crate::query::lang::odata::{self, Addressed};
use crate::query::plan::{ColRef, Operator, Predicate, Query};
use crate::query::{self, CallerFacts, Context, Count, Found, ResultSet, Way};
use crate::security::AccessRights;
use crate::service::access::{self, Hidden};
use crate::service::{RowRef, Slot};

/// What a related-rows request narrows the rows of their table to.
pub(super) type Narrowed = Option<Predicate>;

impl<'r> Reader<'r> {
    /// What plans run over.
    pub(in crate::protocol::webapi) fn context(self) -> Context<'r> {
        let known = self.world.known();
        let user = self.world.records().table(known.systemuser.id).get(self.caller.user);
        let unit = user.and_then(|user| user.get(known.systemuser.businessunitid).as_id());
        Context {
            catalogue: self.world.catalogue(),
            records: self.world.records(),
            now: self.world.now(),
            caller: CallerFacts { user_id: self.caller.user, business_unit_id: unit.unwrap_or_default() },
        }
    }

    /// From the query string to the plan, whatever language it is in.
    pub(super) fn query(self, table: TableId, narrowed: Narrowed) -> Result<Query> {
        let options = odata::Options {
            pairs: self.ask.options.pairs(),
            max_page_size: self.ask.head.prefer.page_size,
            on: Addressed::Collection,
        };
        let mut query = odata::parse(self.world.catalogue(), table, &options)?;
        access::restrict(self.world, self.caller, &mut query)?;
        if let Some(narrowed) = narrowed {
            query.source.restrict(narrowed);
        }
        Ok(query)
    }

    /// Runs a query; where it has to look at many rows, so that other requests do not wait for it.
    pub(super) fn run(self, query: &Query) -> Result<ResultSet> {
        let context = self.context();
        if self.is_long(&context, query) {
            aside(|| query::run(&context, query))
        } else {
            query::run(&context, query)
        }
    }

    /// Whether a query looks at every row of a large table.
    fn is_long(self, context: &Context<'_>, query: &Query) -> bool {
        /// Fewer rows are looked at in less time than stepping aside takes.
        const MANY: usize = 200_000;
        if self.world.records().table(query.source.table).len() < MANY {
            return false;
        }
        let told = query::explain(context, query);
        told.way == Way::Scan && !(told.in_order && query.source.filter == Predicate::True)
    }

    /// The rows of `table` that are related to `row` through a collection-valued navigation property.
    ///
    /// # Errors
    ///
    /// `UserNotMemberOfOrg` where the caller has no row.
    pub(super) fn related_to(
        self,
        row: RowRef<'_>,
        navigation: NavigationKind,
    ) -> Result<(TableId, Narrowed)> {
        Ok(match navigation {
            NavigationKind::Collection { table, column } if self.hidden()?.contains(table, column) => {
                (table, Some(Predicate::False))
            }
            NavigationKind::Collection { table, column } => {
                (table, Some(Predicate::cmp(ColRef::root(column), Operator::Equal, row.id())))
            }
            NavigationKind::ManyToMany { intersect, near, far, table } => {
                let joining = self.world.records().table(intersect);
                let ids = joining
                    .rows_with(near, ValueRef::Guid(row.id()))
                    .filter_map(|joint| joint.get(far).as_id());
                (table, Some(Predicate::one_of(self.table(table).primary_id, ids)))
            }
            // A single-valued property has no rows to query; its callers do not ask.
            NavigationKind::Lookup { .. } => (self.world.known().systemuser.id, Some(Predicate::False)),
        })
    }

    /// A page of rows.
    pub(super) fn rows(self, table: TableId, narrowed: Narrowed) -> Result<Response> {
        if let Some(document) = self.document()? {
            return self.fetched(table, narrowed, &document);
        }
        let query = self.query(table, narrowed)?;
        let context = self.context();
        let expansion = Expansion::new(self, &context, &query, true)?;
        let result = self.run(&query)?;
        let hidden = self.hidden()?;
        if let Some(response) = self.in_pieces(&query, &hidden, &result) {
            return Ok(response);
        }
        let mut out = Vec::with_capacity(256 + result.rows().len() * 512);
        let start = self.open_collection(&mut out, &query, &result);
        match &result.found {
            groups @ Found::Groups(_) => Outputs::new(self, &query)?.write(&mut out, groups),
            _ => self.push_rows(&mut out, &query, &hidden, &expansion, &result.rows()),
        }
        self.close_collection(&mut out, start, &result, expansion.counts_pages());
        Ok(self.page(out))
    }

    /// A page that is long enough to be written while it is sent. Pages with related rows are not: they are paged
    /// themselves.
    fn in_pieces(self, query: &Query, hidden: &Hidden, result: &ResultSet) -> Option<Response> {
        let (Some(world), Found::Rows(rows)) = (self.lasting, &result.found) else { return None };
        if rows.len() < pieces::WORTH_IT || !query.expand.is_empty() {
            return None;
        }
        let mut head = Vec::with_capacity(64 << 10);
        let start = self.open_collection(&mut head, query, result);
        head[start] = b'{';
        let mut tail = Vec::new();
        self.push_end(&mut tail, result, false);
        tail.push(b'}');
        let prefer = &self.ask.head.prefer;
        let pieces = Pieces {
            world: Arc::clone(world),
            table: query.source.table,
            shown: shape::shown(self.table(query.source.table), &query.columns, &query.expand),
            annotations: self.annotations(),
            hidden: hidden.of(query.source.table),
            bare: self.ask.head.bare,
            rows: rows.clone(),
            tail,
        };
        let mut response = reply::json_of(StatusCode::OK, pieces.into_answer(head));
        reply::set(&mut response, reply::PREFERENCE_APPLIED, prefer.applied(false, true));
        Some(response)
    }

    /// Rows in a given order, as a function answers them.
    pub(in crate::protocol::webapi) fn listed(self, table: TableId, ids: &[uuid::Uuid]) -> Result<Response> {
        let rows = self.world.records().table(table);
        access::authorize(self.world, self.caller, AccessRights::READ, self.table(table))?;
        let is_readable = |slot: &Slot| {
            rows.row(*slot).is_some_and(|row| {
                access::demand_row(self.world, self.caller, AccessRights::READ, table, row).is_ok()
            })
        };
        let slots = ids.iter().filter_map(|id| rows.find(*id)).filter(is_readable).collect();
        let shape = shape::of_row(self.world.catalogue(), table, self.ask)?;
        let query = &self.readable(&shape)?;
        let context = self.context();
        let expansion = Expansion::new(self, &context, query, true)?;
        let result = ResultSet { found: Found::Rows(slots), count: None, next: None };
        let mut out = Vec::with_capacity(256 + result.rows().len() * 512);
        let start = self.open_collection(&mut out, query, &result);
        self.push_rows(&mut out, query, &self.hidden()?, &expansion, &result.rows());
        self.close_collection(&mut out, start, &result, false);
        Ok(self.page(out))
    }

    fn page(self, out: Vec<u8>) -> Response {
        self.page_of(out, true)
    }

    /// An answer of rows; `sized` where the page size is the one that was preferred.
    pub(super) fn page_of(self, out: Vec<u8>, sized: bool) -> Response {
        let mut response = reply::json(StatusCode::OK, out);
        reply::set(&mut response, reply::PREFERENCE_APPLIED, self.ask.head.prefer.applied(false, sized));
        response
    }

    fn open_collection(self, out: &mut Vec<u8>, query: &Query, result: &ResultSet) -> usize {
        let table = self.table(query.source.table);
        let start = encode::open(out);
        if !self.ask.head.bare {
            self.open_context(out);
            out.extend_from_slice(table.entity_set_name.as_bytes());
            shape::push_names(out, self.world.catalogue(), table, &query.columns, &query.expand);
            out.push(b'"');
        }
        self.push_counts(out, result.count);
        out.extend_from_slice(b",\"value\":[");
        start
    }

    /// The count, and the annotations that tell of it. Source: web-api.md 5.6.
    pub(super) fn push_counts(self, out: &mut Vec<u8>, count: Option<Count>) {
        let wanted = self.ask.head.prefer.annotations;
        if let Some(count) = count {
            out.extend_from_slice(b",\"@odata.count\":");
            text::integer(out, count.value);
        }
        if wanted.any(Wanted::TOTAL) {
            out.extend_from_slice(b",\"@Microsoft.Dynamics.CRM.totalrecordcount\":");
            text::integer(out, count.map_or(-1, |count| i64::from(count.value)));
        }
        if wanted.any(Wanted::TOTAL_EXCEEDED) {
            let exceeded = count.is_some_and(|count| count.exceeded);
            out.extend_from_slice(b",\"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded\":");
            out.extend_from_slice(if exceeded { b"true" } else { b"false" });
        }
        if wanted.any(Wanted::METADATA_VERSION) {
            // `Assumed:` the tables never change, so any constant tells the truth about that.
            out.extend_from_slice(b",\"@Microsoft.Dynamics.CRM.globalmetadataversion\":\"1000000\"");
        }
    }

    fn push_rows(
        self,
        out: &mut Vec<u8>,
        query: &Query,
        hidden: &Hidden,
        expansion: &Expansion<'_>,
        slots: &[Slot],
    ) {
        let table = self.table(query.source.table);
        let shown = shape::shown(table, &query.columns, &query.expand);
        let writer = RowWriter::new(self.world, table.id, Cow::Owned(shown), expansion.annotations())
            .hiding(hidden.of(table.id));
        let data = self.world.records().table(table.id);
        let mut first = true;
        for row in slots.iter().filter_map(|slot| data.row(*slot)) {
            if !std::mem::take(&mut first) {
                out.push(b',');
            }
            let start = encode::open(out);
            if !self.ask.head.bare {
                encode::etag(out, row);
            }
            writer.properties(out, row);
            expansion.write(out, table, row);
            encode::close(out, start);
        }
    }

    /// `counting` says whether the link to the next page tells how many rows this one has.
    fn close_collection(self, out: &mut Vec<u8>, start: usize, result: &ResultSet, counting: bool) {
        self.push_end(out, result, counting);
        encode::close(out, start);
    }

    /// What follows the rows, but for the last bracket.
    fn push_end(self, out: &mut Vec<u8>, result: &ResultSet, counting: bool) {
        out.push(b']');
        if let Some(next) = &result.next {
            out.extend_from_slice(b",\"@odata.nextLink\":");
            let token = if counting { next.token_counting(result.rows().len()) } else { next.token() };
            self.push_next_link(out, &token);
        }
    }

    /// The request's own address, as it was sent, with the place where the next page starts.
    fn push_next_link(self, out: &mut Vec<u8>, token: &str) {
        let call = self.ask.call;
        let mut url = Vec::with_capacity(call.query.len() + token.len() + 200);
        self.ask.root.push(&mut url);
        url.push(b'/');
        url.extend_from_slice(call.path.as_bytes());
        let mut separator = b'?';
        for part in call.query.split('&').filter(|part| !part.is_empty() && !is_skip_token(part)) {
            url.push(std::mem::replace(&mut separator, b'&'));
            url.extend_from_slice(part.as_bytes());
        }
        url.push(separator);
        url.extend_from_slice(b"$skiptoken=");
        url.extend_from_slice(token.as_bytes());
        text::string(out, &String::from_utf8_lossy(&url));
    }

    /// The number of rows: a byte order mark and digits. Source: web-api.md 1.4.
    pub(super) fn count(self, table: TableId, narrowed: Narrowed) -> Result<Response> {
        self.ask.options.allow(&["$filter"])?;
        let query = self.query(table, narrowed)?;
        let context = self.context();
        let count = if self.is_long(&context, &query) {
            aside(|| query::count(&context, &query.source))
        } else {
            query::count(&context, &query.source)
        };
        let mut out = b"\xef\xbb\xbf".to_vec();
        text::integer(&mut out, count.value);
        Ok(reply::plain(out))
    }

    /// The addresses of related rows. Source: web-api.md 1.4.
    pub(super) fn references(self, table: TableId, narrowed: Narrowed) -> Result<Response> {
        self.ask.options.allow(&["$filter", "$orderby", "$top", "$count", "$skiptoken"])?;
        let query = self.query(table, narrowed)?;
        let result = self.run(&query)?;
        let definition: &Table = self.table(table);
        let data = self.world.records().table(table);
        let mut out = Vec::with_capacity(256 + result.rows().len() * 128);
        let start = encode::open(&out);
        self.open_context(&mut out);
        out.extend_from_slice(b"Collection($ref)\"");
        self.push_counts(&mut out, result.count);
        out.extend_from_slice(b",\"value\":[");
        for (at, row) in result.rows().iter().filter_map(|slot| data.row(*slot)).enumerate() {
            out.extend_from_slice(if at > 0 { b",{\"@odata.id\":\"" } else { b"{\"@odata.id\":\"" });
            self.ask.root.push_row(&mut out, definition, row.id());
            out.extend_from_slice(b"\"}");
        }
        self.close_collection(&mut out, start, &result, false);
        Ok(self.page(out))
    }
}

/// Whether a part of a query string is the token of the page before.
fn is_skip_token(part: &str) -> bool {
    let name = part.split('=').next().unwrap_or_default();
    name == "$skiptoken" || name.eq_ignore_ascii_case("%24skiptoken")
}
