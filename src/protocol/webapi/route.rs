//! What a path addresses: its segments looked up in the catalogue, before any row is.

use smallvec::SmallVec;

use super::error::{bad_syntax, unknown_segment};
use super::key;
use super::path::Segment;
use crate::fault::{Fault, Result};
use crate::model::{Catalogue, ColumnId, NavigationKind, Property, Table, TableId, Target};
use crate::service::{Key, Link};

/// The namespace in which bound operations are named.
pub(super) const NAMESPACE: &str = "Microsoft.Dynamics.CRM.";

/// What a path addresses.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Route<'p> {
    /// `/accounts`
    Set(TableId),
    /// `/accounts/$count`
    Count(TableId),
    /// `/accounts(id)`
    Row(Place),
    /// `/accounts(id)/name`
    Property {
        /// Of which row.
        of: Place,
        /// Which column.
        column: ColumnId,
        /// Whether `/$value` follows.
        raw: bool,
    },
    /// `/accounts(id)/Account_Tasks` and what may follow it.
    Related {
        /// Of which row.
        of: Place,
        /// Which navigation property of the row's table.
        navigation: usize,
        /// What of the related rows.
        part: Part,
    },
    /// A name that is no entity set: a function or an action.
    Operation(Segment<'p>),
    /// A name of the service's namespace behind a set.
    OnSet(TableId, Segment<'p>),
    /// A name of the service's namespace behind a row.
    OnRow(Place, Segment<'p>),
}

impl Route<'_> {
    /// The row that the path begins with, if it begins with one.
    pub(super) fn start(&self) -> Option<&Link> {
        match self {
            Self::Row(of) | Self::Property { of, .. } | Self::Related { of, .. } | Self::OnRow(of, _) => {
                Some(&of.start)
            }
            Self::Set(_) | Self::Count(_) | Self::Operation(_) | Self::OnSet(..) => None,
        }
    }
}

/// What is addressed of related rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// Themselves.
    Rows,
    /// How many there are.
    Count,
    /// Their addresses.
    References,
    /// The address of one of a collection.
    Reference(Key),
}

/// Where a row is found: from a key, along navigation properties.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    /// The row the path begins with.
    pub(super) start: Link,
    /// The steps from there.
    pub(super) hops: SmallVec<[Hop; 1]>,
    /// The table of the row where the steps end.
    pub(super) table: TableId,
}

/// A step from a row to a related one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hop {
    /// The navigation property, of the table where the step begins.
    pub(super) navigation: usize,
    /// Which of a collection.
    pub(super) key: Option<Key>,
}

/// Looks up a path of at least one segment.
///
/// # Errors
///
/// `CrmHttpNotSupported` for a segment that means nothing where it stands, `CrmHttpError` for a key that is none.
pub(super) fn resolve<'p>(catalogue: &Catalogue, segments: &[Segment<'p>]) -> Result<Route<'p>> {
    let (first, rest) = segments.split_first().ok_or_else(bad_syntax)?;
    let Some(table) = catalogue.entity_set(first.name) else {
        return match rest.first() {
            None => Ok(Route::Operation(*first)),
            Some(_) => Err(unknown_segment(first.name)),
        };
    };
    match first.args.map(str::trim).filter(|args| !args.is_empty()) {
        None => set(table, rest),
        Some(text) => {
            let start = Link { table: table.id, key: key::parse(catalogue, table, text)? };
            row(catalogue, Place { start, hops: SmallVec::new(), table: table.id }, rest)
        }
    }
}

fn set<'p>(table: &Table, rest: &[Segment<'p>]) -> Result<Route<'p>> {
    match rest {
        [] => Ok(Route::Set(table.id)),
        [Segment { name: "$count", args: None }] => Ok(Route::Count(table.id)),
        [Segment { name: "$ref", args: None }] => Err(Fault::not_emulated("the references of an entity set")),
        [operation] if operation.name.starts_with(NAMESPACE) => Ok(Route::OnSet(table.id, *operation)),
        [unknown, ..] => Err(unknown_segment(unknown.name)),
    }
}

fn row<'p>(catalogue: &Catalogue, mut place: Place, mut rest: &[Segment<'p>]) -> Result<Route<'p>> {
    loop {
        let Some((segment, after)) = rest.split_first() else { return Ok(Route::Row(place)) };
        rest = after;
        let table = catalogue.table(place.table);
        if segment.name.starts_with(NAMESPACE) {
            return match rest {
                [] => Ok(Route::OnRow(place, *segment)),
                _ => Err(Fault::not_emulated("a path behind a bound operation or a cast")),
            };
        }
        match table.property(segment.name) {
            Some(Property::Column(column)) => return property(place, column, *segment, rest),
            None if segment.name == "ownerid" && table.is_principal() => {
                return property(place, table.primary_id, *segment, rest);
            }
            None if segment.name == "$ref" => return Err(Fault::not_emulated("the reference of a row")),
            None => return Err(unknown_segment(segment.name)),
            Some(Property::Navigation(navigation)) => {
                match step(catalogue, place, navigation, *segment, rest)? {
                    Step::Ends(route) => return Ok(route),
                    Step::GoesOn(further) => place = further,
                }
            }
        }
    }
}

fn property<'p>(
    of: Place,
    column: ColumnId,
    segment: Segment<'p>,
    rest: &[Segment<'p>],
) -> Result<Route<'p>> {
    if segment.args.is_some() {
        return Err(bad_syntax());
    }
    match rest {
        [] => Ok(Route::Property { of, column, raw: false }),
        [Segment { name: "$value", args: None }] => Ok(Route::Property { of, column, raw: true }),
        [unknown, ..] => Err(unknown_segment(unknown.name)),
    }
}

enum Step<'p> {
    Ends(Route<'p>),
    GoesOn(Place),
}

fn step<'p>(
    catalogue: &Catalogue,
    mut place: Place,
    navigation: usize,
    segment: Segment<'p>,
    rest: &[Segment<'p>],
) -> Result<Step<'p>> {
    let kind = catalogue.table(place.table).navigations[navigation].kind;
    let key = match (kind, segment.args.map(str::trim).filter(|args| !args.is_empty())) {
        (_, None) => None,
        (NavigationKind::Lookup { .. }, Some(_)) => return Err(bad_syntax()),
        (NavigationKind::Collection { table, .. } | NavigationKind::ManyToMany { table, .. }, Some(text)) => {
            Some(key::parse(catalogue, catalogue.table(table), text)?)
        }
    };
    let ends = |of, part| Ok(Step::Ends(Route::Related { of, navigation, part }));
    match (rest, key) {
        ([], None) => return ends(place, Part::Rows),
        ([Segment { name: "$ref", args: None }], None) => return ends(place, Part::References),
        ([Segment { name: "$ref", args: None }], Some(key)) => return ends(place, Part::Reference(key)),
        ([Segment { name: "$count", args: None }], None)
            if !matches!(kind, NavigationKind::Lookup { .. }) =>
        {
            return ends(place, Part::Count);
        }
        (rest, key) => {
            let table = match kind {
                NavigationKind::Lookup { target: Target::Table(table), .. } => table,
                NavigationKind::Lookup { target: Target::Principal, .. } => {
                    return Err(Fault::not_emulated(
                        "a path behind a navigation property that leads to a user or a team",
                    ));
                }
                NavigationKind::Collection { table, .. } | NavigationKind::ManyToMany { table, .. } => {
                    match (&key, rest) {
                        (None, [operation, ..]) if operation.name.starts_with(NAMESPACE) => {
                            return Err(Fault::not_emulated("an operation bound to related rows"));
                        }
                        (None, [unknown, ..]) => return Err(unknown_segment(unknown.name)),
                        _ => table,
                    }
                }
            };
            place.hops.push(Hop { navigation, key });
            place.table = table;
        }
    }
    Ok(Step::GoesOn(place))
}

#[cfg(test)]
mod tests {
    use super::super::path;
    use super::*;

    const ID: &str = "00000000-0000-0000-0000-000000000001";

    fn shown(catalogue: &Catalogue, path: &str) -> String {
        let route = path::decode(path).and_then(|text| {
            let segments = path::split(&text)?;
            resolve(catalogue, &segments).map(|route| print(catalogue, &route))
        });
        route.unwrap_or_else(|fault| format!("{} {}", fault.code_text(), fault.message()))
    }

    fn print(catalogue: &Catalogue, route: &Route<'_>) -> String {
        let name = |table: &TableId| &*catalogue.table(*table).logical_name;
        let place = |place: &Place| {
            let mut text = name(&place.start.table).to_owned();
            for hop in &place.hops {
                text += if hop.key.is_some() { " ->key " } else { " -> " };
            }
            format!("{text}({})", name(&place.table))
        };
        match route {
            Route::Set(table) => format!("set {}", name(table)),
            Route::Count(table) => format!("count {}", name(table)),
            Route::Row(of) => format!("row {}", place(of)),
            Route::Property { of, column, raw } => {
                let column = catalogue.table(of.table).column(*column);
                format!("property {} of {}{}", column.logical_name, place(of), if *raw { " raw" } else { "" })
            }
            Route::Related { of, navigation, part } => {
                let navigation = &catalogue.table(of.table).navigations[*navigation];
                let part = match part {
                    Part::Rows => "rows",
                    Part::Count => "count",
                    Part::References => "references",
                    Part::Reference(_) => "reference",
                };
                format!("{part} of {} of {}", navigation.name, place(of))
            }
            Route::Operation(segment) => format!("operation {}", segment.name),
            Route::OnSet(table, segment) => format!("{} on set {}", segment.name, name(table)),
            Route::OnRow(of, segment) => format!("{} on row {}", segment.name, place(of)),
        }
    }

    #[test]
    fn paths_to_routes() {
        let catalogue = Catalogue::embedded();
        for (path, expected) in [
            ("accounts", "set account"),
            ("accounts()", "set account"),
            ("accounts/$count", "count account"),
            ("accounts(ID)", "row account(account)"),
            ("accounts(accountid=ID)", "row account(account)"),
            ("accounts(ID)/name", "property name of account(account)"),
            ("accounts(ID)/name/$value", "property name of account(account) raw"),
            ("accounts(ID)/_primarycontactid_value", "property primarycontactid of account(account)"),
            ("systemusers(ID)/ownerid", "property systemuserid of systemuser(systemuser)"),
            ("accounts(ID)/primarycontactid", "rows of primarycontactid of account(account)"),
            ("accounts(ID)/primarycontactid/$ref", "references of primarycontactid of account(account)"),
            ("accounts(ID)/primarycontactid/fullname", "property fullname of account -> (contact)"),
            (
                "accounts(ID)/contact_customer_accounts",
                "rows of contact_customer_accounts of account(account)",
            ),
            (
                "accounts(ID)/contact_customer_accounts/$count",
                "count of contact_customer_accounts of account(account)",
            ),
            (
                "accounts(ID)/contact_customer_accounts(ID)/$ref",
                "reference of contact_customer_accounts of account(account)",
            ),
            ("accounts(ID)/contact_customer_accounts(ID)", "row account ->key (contact)"),
            (
                "accounts(ID)/contact_customer_accounts(ID)/fullname",
                "property fullname of account ->key (contact)",
            ),
            (
                "systemusers(ID)/systemuserroles_association/$ref",
                "references of systemuserroles_association of systemuser(systemuser)",
            ),
            ("accounts(ID)/ownerid", "rows of ownerid of account(account)"),
            ("WhoAmI", "operation WhoAmI"),
            ("WhoAmI()", "operation WhoAmI"),
            (
                "accounts/Microsoft.Dynamics.CRM.CreateMultiple",
                "Microsoft.Dynamics.CRM.CreateMultiple on set account",
            ),
            (
                "systemusers(ID)/Microsoft.Dynamics.CRM.X(A=1)",
                "Microsoft.Dynamics.CRM.X on row systemuser(systemuser)",
            ),
            ("Account", "operation Account"),
            ("Account/name", "0x8006088a Resource not found for the segment 'Account'."),
            ("accounts(ID)/Name", "0x8006088a Resource not found for the segment 'Name'."),
            (
                "accounts(ID)/primarycontactid/$count",
                "0x8006088a Resource not found for the segment '$count'.",
            ),
            (
                "accounts(ID)/contact_customer_accounts/fullname",
                "0x8006088a Resource not found for the segment 'fullname'.",
            ),
            ("accounts/name", "0x8006088a Resource not found for the segment 'name'."),
            ("accounts({ID})", "0x80060888 Bad Request - Error in query syntax."),
            ("accounts('ID')", "0x80060888 Bad Request - Error in query syntax."),
            ("accounts(1)", "0x80060888 Bad Request - Error in query syntax."),
            ("accounts(ID)/primarycontactid(ID)", "0x80060888 Bad Request - Error in query syntax."),
        ] {
            assert_eq!(shown(&catalogue, &path.replace("ID", ID)), expected, "{path}");
        }
    }
}
