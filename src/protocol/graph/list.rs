//! Collections: filtered, ordered, counted, page by page.
//!
//! Source: "Paging Microsoft Graph data in your app", "Use query parameters": `$top` is the size of a page, 100 unless
//! asked otherwise and 999 at most. `Assumed:` without `$orderby` objects come in the order of their ids.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::ask::Ask;
use super::error::{self, Result};
use super::filter;
use super::item::{self, Item, Shape};
use super::property::Kind;
use super::reply::Reply;
use crate::protocol::http::aside;
use crate::query::lang::odata;
use crate::query::lang::odata::syntax::Expr;

/// A collection that is asked for.
#[derive(Debug)]
pub(super) struct Listing<'w> {
    /// What stands behind `$metadata#`.
    pub(super) context: String,
    /// The kinds of objects that may be in it.
    pub(super) kinds: &'static [Kind],
    /// Whether each object tells its type.
    pub(super) is_typed: bool,
    /// What may be asked of it.
    pub(super) allows: Allows,
    /// All of it.
    pub(super) items: Vec<Item<'w>>,
}

/// Which query options a collection takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allows {
    /// All that the directory has.
    Everything,
    /// `$select` and `$filter`.
    Filter,
    /// `$select`.
    Select,
}

const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: u64 = 999;

/// More objects than these are looked through beside the reactor.
const MANY: usize = 2000;

impl Allows {
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Everything => {
                &["$select", "$filter", "$orderby", "$top", "$count", "$skiptoken", "$search"]
            }
            Self::Filter => &["$select", "$filter"],
            Self::Select => &["$select"],
        }
    }
}

/// Answers a request for a collection.
///
/// # Errors
///
/// What the query options ask for and cannot have.
pub(super) fn answer(ask: &Ask<'_>, listing: Listing<'_>) -> Result<Reply> {
    if listing.items.len() > MANY { aside(|| page(ask, listing)) } else { page(ask, listing) }
}

/// Answers a request for the number of objects in a collection.
///
/// # Errors
///
/// 400 without `ConsistencyLevel: eventual`.
pub(super) fn count(ask: &Ask<'_>, kinds: &[Kind], mut items: Vec<Item<'_>>) -> Result<Reply> {
    ask.options.allow(&["$filter", "$search"])?;
    search(ask)?;
    if !ask.is_eventual {
        return Err(error::bare_count());
    }
    if let Some(text) = ask.options.get("$filter") {
        let test = filter::read(text, kinds, true)?;
        items.retain(|item| test.holds(*item));
    }
    Ok(Reply::number(items.len()))
}

fn page(ask: &Ask<'_>, listing: Listing<'_>) -> Result<Reply> {
    let Listing { context, kinds, is_typed, allows, mut items } = listing;
    let options = &ask.options;
    options.allow(allows.options())?;
    search(ask)?;
    let shape = Shape::of(options.get("$select"), kinds)?;
    let size = page_size(options.get("$top"))?;
    let counts = counts(ask)?;
    let order = options.get("$orderby").map(|text| Order::read(text, kinds)).transpose()?;
    let filter = options.get("$filter");
    if order.is_some() && filter.is_some() && !ask.is_advanced() {
        return Err(error::order_with_filter());
    }
    if let Some(text) = filter {
        let test = filter::read(text, kinds, ask.is_advanced())?;
        items.retain(|item| test.holds(*item));
    }
    let total = items.len();
    let order = order.unwrap_or_default();
    let mut places: Vec<(Place, Item<'_>)> =
        items.into_iter().map(|item| (order.place(item), item)).collect();
    places.sort_by(|(a, _), (b, _)| order.compare(a, b));
    let start = match options.get("$skiptoken") {
        Some(token) => {
            let before = Place::read(token)?;
            places.partition_point(|(place, _)| order.compare(place, &before).is_le())
        }
        None => 0,
    };
    let rest = &places[start.min(places.len())..];
    let shown = &rest[..rest.len().min(size)];
    let mut members = Map::new();
    if counts == Counts::Told {
        members.insert("@odata.count".into(), total.into());
    }
    if let (Some((last, _)), true) = (shown.last(), shown.len() < rest.len()) {
        let next = format!("{}?{}", ask.address(), options.next(&last.token()));
        members.insert("@odata.nextLink".into(), next.into());
    }
    let values =
        shown.iter().map(|(_, item)| Value::Object(item.write(ask, &shape, is_typed))).collect::<Vec<_>>();
    members.insert("value".into(), values.into());
    let body = item::with_context(ask, &format!("{context}{}", shape.context()), members);
    let mut reply = Reply::ok(body, ask.level);
    if counts == Counts::InVain {
        reply.hint = Some("$count=true counts nothing without the header ConsistencyLevel: eventual.".into());
    }
    Ok(reply)
}

fn search(ask: &Ask<'_>) -> Result<()> {
    match ask.options.get("$search") {
        None => Ok(()),
        Some(_) if !ask.is_eventual => Err(error::bare_search()),
        Some(_) => Err(error::not_emulated("$search in the directory")),
    }
}

fn page_size(top: Option<&str>) -> Result<usize> {
    let Some(text) = top else { return Ok(DEFAULT_PAGE) };
    let size: u64 = text.parse().map_err(|_| error::bad_number("$top", text))?;
    if (1..=LARGEST_PAGE).contains(&size) { Ok(size as usize) } else { Err(error::bad_page_size(size)) }
}

/// What becomes of `$count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    Unasked,
    Told,
    /// The service passes `$count=true` over without `ConsistencyLevel: eventual`.
    InVain,
}

fn counts(ask: &Ask<'_>) -> Result<Counts> {
    match ask.options.get("$count") {
        None => Ok(Counts::Unasked),
        Some(text) if text.eq_ignore_ascii_case("false") => Ok(Counts::Unasked),
        Some(text) if text.eq_ignore_ascii_case("true") => {
            Ok(if ask.is_eventual { Counts::Told } else { Counts::InVain })
        }
        Some(text) => Err(error::bad_count(text)),
    }
}

/// In which order objects come.
#[derive(Debug, Default)]
struct Order {
    by: Option<&'static str>,
    is_descending: bool,
}

/// Where an object stands in an order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    key: String,
    id: Uuid,
}

impl Order {
    /// Source: "Use of `$orderby`". `Assumed:` by one property: the display name, a user's sign-in name or the instant
    /// it was made.
    fn read(text: &str, kinds: &[Kind]) -> Result<Self> {
        let keys = odata::parse_order(text).map_err(|fault| error::bad_syntax("$orderby", &fault))?;
        let [key] = &*keys else { return Err(error::order_with_filter()) };
        let name = match &key.by {
            Expr::Path(path) if path.len() == 1 => &path[0],
            _ => return Err(error::order_property(text, "DirectoryObject")),
        };
        let property = item::known(name, kinds, error::order_unknown)?;
        if !["displayName", "userPrincipalName", "createdDateTime"].contains(&property.name) {
            let kind = kinds.first().map_or("DirectoryObject", |kind| kind.resource());
            return Err(error::order_property(property.name, kind));
        }
        Ok(Self { by: Some(property.name), is_descending: key.descending })
    }

    fn place(&self, item: Item<'_>) -> Place {
        let key = match self.by.map(|name| item.value(name)) {
            Some(Value::String(text)) => text.to_lowercase(),
            _ => String::new(),
        };
        Place { key, id: item.id() }
    }

    fn compare(&self, a: &Place, b: &Place) -> std::cmp::Ordering {
        if self.is_descending { b.cmp(a) } else { a.cmp(b) }
    }
}

impl Place {
    /// What clients carry to the next page: opaque to them, and no matter what is deleted meanwhile.
    fn token(&self) -> String {
        let key: String = self.key.bytes().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect();
        format!("m~{}{key}", self.id.simple())
    }

    fn read(token: &str) -> Result<Self> {
        let read = || {
            let (id, key) = token.strip_prefix("m~")?.split_at_checked(32)?;
            let bytes: Option<Vec<u8>> = key
                .as_bytes()
                .chunks(2)
                .map(|pair| {
                    u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|text| text.len() == 2)?, 16)
                        .ok()
                })
                .collect();
            Some(Self { id: Uuid::try_parse(id).ok()?, key: String::from_utf8(bytes?).ok()? })
        };
        read().ok_or_else(error::bad_skip_token)
    }
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_carries_a_place() {
        let place = Place { key: "zoë łukasiewicz".into(), id: Uuid::from_u128(5) };
        assert_eq!(Place::read(&place.token()), Ok(place));
        for token in [
            "",
            "m~",
            "m~1",
            "x",
            "m~00000000000000000000000000000005f",
            "m~00000000000000000000000000000005ff",
        ] {
            assert_eq!(Place::read(token), Err(error::bad_skip_token()), "{token}");
        }
    }
}
