//! A row in a body: columns, bindings, related rows to create with it.
//!
//! Annotations that answers carry (`@odata.context`, `@odata.etag`, `x@OData.Community.Display.V1.FormattedValue`)
//! may come back and mean nothing. `_x_value` may not: the service refuses lookups by value.

use super::json::{self, Raw, Scalar, Stop};
use super::{Decoder, bad_payload, odata, value};
use crate::fault::{Fault, Result, code};
use crate::model::{Column, ColumnType, NavigationKind, Property, Table, Target, Value};
use crate::service::{Input, Link};

/// How deep rows may stand in rows. `Assumed:` the service's own limit is not documented.
const MAX_DEPTH: usize = 20;

/// What a row says of itself.
#[derive(Debug, Default)]
struct Seen<'t> {
    has_type: bool,
    id: Option<Raw<'t>>,
}

/// Which row a body says it is about.
#[derive(Debug)]
pub(in crate::protocol::webapi) struct Named {
    /// Whether it names its type.
    pub(in crate::protocol::webapi) has_type: bool,
    /// The row that `@odata.id` names.
    pub(in crate::protocol::webapi) link: Option<Link>,
}

impl Decoder<'_> {
    /// Reads a row of a table.
    ///
    /// # Errors
    ///
    /// What the service says of the first thing that is wrong.
    pub(in crate::protocol::webapi) fn row(&self, table: &Table, text: &str) -> Result<Input> {
        self.row_at(table, text, 0).map(|(input, _)| input)
    }

    /// Reads a row of a table among several, with what it says of itself.
    ///
    /// # Errors
    ///
    /// What the service says of the first thing that is wrong.
    pub(in crate::protocol::webapi) fn target(&self, table: &Table, text: &str) -> Result<(Input, Named)> {
        let (input, seen) = self.row_at(table, text, 0)?;
        let link = match seen.id.map(Scalar::of) {
            Some(Ok(Scalar::Text(address))) => Some(self.link(&address)?),
            Some(_) => return Err(not_readable(table, "@odata.id", "PrimitiveValue")),
            None => None,
        };
        Ok((input, Named { has_type: seen.has_type, link }))
    }

    fn row_at<'t>(&self, table: &Table, text: &'t str, depth: usize) -> Result<(Input, Seen<'t>)> {
        if depth > MAX_DEPTH {
            return Err(bad_payload(table, odata("The rows are nested too deep.")));
        }
        let (mut input, mut seen) = (Input::default(), Seen::default());
        let read = json::members(text, |name, raw| match &*name {
            "@odata.type" => {
                seen.has_type = true;
                check_type(table, raw)
            }
            "@odata.id" => {
                seen.id = Some(raw);
                Ok(())
            }
            name => self.member(table, &mut input, name, raw, depth),
        });
        finish(table, read).map(|()| (input, seen))
    }

    fn member(&self, table: &Table, input: &mut Input, name: &str, raw: Raw<'_>, depth: usize) -> Result<()> {
        match table.property(name) {
            Some(Property::Column(id)) => set_column(table, input, table.column(id), raw),
            Some(Property::Navigation(navigation)) => self.related(table, input, navigation, raw, depth),
            None => match memchr::memchr(b'@', name.as_bytes()) {
                Some(at) => self.annotation(table, input, &name[..at], &name[at + 1..], raw),
                None if name == "ownerid" && table.is_principal() => {
                    set_column(table, input, table.column(table.primary_id), raw)
                }
                None if table.column_named(name).is_some_and(Column::is_lookup) => Err(direct_reference()),
                None => Err(unknown(table, name)),
            },
        }
    }

    /// `property@term`; the property is empty for an annotation of the row itself.
    fn annotation(
        &self,
        table: &Table,
        input: &mut Input,
        property: &str,
        term: &str,
        raw: Raw<'_>,
    ) -> Result<()> {
        match (property, term) {
            ("", _) => Ok(()),
            (_, "odata.bind") => self.bind(table, input, property, raw),
            _ if table.property(property).is_some() || property == "ownerid" => Ok(()),
            _ => Err(undeclared(table, property)),
        }
    }

    fn bind(&self, table: &Table, input: &mut Input, property: &str, raw: Raw<'_>) -> Result<()> {
        let Some(Property::Navigation(index)) = table.property(property) else {
            return Err(undeclared(table, property));
        };
        let navigation = &table.navigations[index];
        let is_single = matches!(navigation.kind, NavigationKind::Lookup { .. });
        let scalar = Scalar::of(raw).map_err(|said| bad_payload(table, odata(&said)))?;
        match scalar {
            Scalar::Null if is_single => set_link(table, input, index, None),
            Scalar::Text(address) if is_single => {
                let link = self.bound(table, navigation, &address)?;
                set_link(table, input, index, Some(link))
            }
            Scalar::Array if !is_single => {
                let read = json::elements(raw.get(), |element| {
                    let Ok(Scalar::Text(address)) = Scalar::of(element) else {
                        return Err(not_readable(table, property, "PrimitiveValue"));
                    };
                    input.links.push((index, Some(self.bound(table, navigation, &address)?)));
                    Ok(())
                });
                finish(table, read)
            }
            other => Err(not_readable(table, property, other.node())),
        }
    }

    /// A navigation property with its related rows themselves.
    fn related(
        &self,
        table: &Table,
        input: &mut Input,
        index: usize,
        raw: Raw<'_>,
        depth: usize,
    ) -> Result<()> {
        let navigation = &table.navigations[index];
        let scalar = Scalar::of(raw).map_err(|said| bad_payload(table, odata(&said)))?;
        match (navigation.kind, scalar) {
            (NavigationKind::Lookup { .. }, Scalar::Null) => set_link(table, input, index, None),
            (NavigationKind::Lookup { target: Target::Principal, .. }, Scalar::Object) => {
                Err(Fault::not_emulated("the creation of a row together with its owner"))
            }
            (NavigationKind::Lookup { target: Target::Table(to), .. }, Scalar::Object) => {
                if mentions(input, index) {
                    return Err(duplicate(table, &navigation.name));
                }
                let (child, _) = self.row_at(self.catalogue.table(to), raw.get(), depth + 1)?;
                input.children.push((index, child));
                Ok(())
            }
            (
                NavigationKind::Collection { table: to, .. } | NavigationKind::ManyToMany { table: to, .. },
                Scalar::Array,
            ) => {
                let to = self.catalogue.table(to);
                let read = json::elements(raw.get(), |element| {
                    let (child, _) = self.row_at(to, element.get(), depth + 1)?;
                    input.children.push((index, child));
                    Ok(())
                });
                finish(table, read)
            }
            (_, other) => Err(not_readable(table, &navigation.name, other.node())),
        }
    }

    /// Reads the body of a request about a reference: `{"@odata.id": "…"}`.
    ///
    /// # Errors
    ///
    /// What the service says of the first thing that is wrong.
    pub(in crate::protocol::webapi) fn reference(&self, table: &Table, text: &str) -> Result<Link> {
        let mut found = None;
        let read = json::members(text, |name, raw| match &*name {
            "@odata.id" | "@id" => match Scalar::of(raw) {
                Ok(Scalar::Text(address)) => {
                    found = Some(self.link(&address)?);
                    Ok(())
                }
                Ok(other) => Err(not_readable(table, "@odata.id", other.node())),
                Err(said) => Err(bad_payload(table, odata(&said))),
            },
            name if name.starts_with('@') => Ok(()),
            name => Err(unknown(table, name)),
        });
        finish(table, read)?;
        found.ok_or_else(|| {
            bad_payload(table, odata("The property with name 'odata.id' was missing in the payload."))
        })
    }
}

/// Reads the body of a request for one property: `{"value": …}`.
///
/// # Errors
///
/// What the service says of the first thing that is wrong.
pub(in crate::protocol::webapi) fn property(table: &Table, column: &Column, text: &str) -> Result<Value> {
    let mut found = None;
    let read = json::members(text, |name, raw| match &*name {
        "value" => {
            let value = value::of_column(column, raw);
            found = Some(value.map_err(|said| bad_payload(table, odata(&said)))?);
            Ok(())
        }
        name if name.starts_with('@') => Ok(()),
        name => Err(unknown(table, name)),
    });
    finish(table, read)?;
    found.ok_or_else(|| {
        bad_payload(table, odata("The property with name 'value' was missing in the payload."))
    })
}

fn finish(table: &Table, read: std::result::Result<(), Stop>) -> Result<()> {
    match read {
        Ok(()) => Ok(()),
        Err(Stop::Refused(fault)) => Err(fault),
        Err(Stop::Malformed(said)) => Err(bad_payload(table, odata(&said))),
    }
}

fn set_column(table: &Table, input: &mut Input, column: &Column, raw: Raw<'_>) -> Result<()> {
    if column.is_lookup() {
        return Err(direct_reference());
    }
    if input.record.mentions(column.id).is_some() {
        return Err(duplicate(table, &column.property));
    }
    if matches!(column.kind, ColumnType::File) {
        return Err(Fault::not_emulated("file columns"));
    }
    let value = value::of_column(column, raw).map_err(|said| bad_payload(table, odata(&said)))?;
    input.record.set(column.id, value);
    Ok(())
}

/// Binds a lookup. Of the several properties of one polymorphic lookup the one with a row counts.
fn set_link(table: &Table, input: &mut Input, index: usize, link: Option<Link>) -> Result<()> {
    if mentions(input, index) {
        return Err(duplicate(table, &table.navigations[index].name));
    }
    let column_of = |index: usize| match table.navigations[index].kind {
        NavigationKind::Lookup { column, .. } => Some(column),
        _ => None,
    };
    let column = column_of(index);
    let twin = input.links.iter_mut().find(|(other, _)| column_of(*other) == column);
    match twin {
        Some(twin) if link.is_some() => *twin = (index, link),
        Some(_) => {}
        None => input.links.push((index, link)),
    }
    Ok(())
}

fn mentions(input: &Input, index: usize) -> bool {
    input.links.iter().any(|(of, _)| *of == index) || input.children.iter().any(|(of, _)| *of == index)
}

fn check_type(table: &Table, raw: Raw<'_>) -> Result<()> {
    let Ok(Scalar::Text(name)) = Scalar::of(raw) else { return Ok(()) };
    let name = name.strip_prefix('#').unwrap_or(&name);
    let short = name.strip_prefix("Microsoft.Dynamics.CRM.").unwrap_or(name);
    if *short == *table.logical_name {
        return Ok(());
    }
    let said = format!(
        "A resource with type '{name}' was found, but it is not assignable to the expected type 'Microsoft.Dynamics.CRM.{}'.",
        table.logical_name
    );
    Err(bad_payload(table, odata(&said)))
}

/// Source: web-api.md 3.3.
fn undeclared(table: &Table, property: &str) -> Fault {
    let said = format!(
        "An undeclared property '{property}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values."
    );
    bad_payload(table, odata(&said))
        .hint("The names of navigation properties are case-sensitive; $metadata lists them.")
}

/// Source: web-api.md 3.3.
fn unknown(table: &Table, name: &str) -> Fault {
    bad_payload(
        table,
        format!(
            "Microsoft.Crm.CrmException: Invalid property '{name}' was found in entity 'Microsoft.Dynamics.CRM.{}'. ---> Microsoft.OData.ODataException: Does not support untyped value in non-open type.",
            table.logical_name
        ),
    )
}

/// `Observed:` the text and code 0x80060888, in public reports of answers to `_x_value` in a body.
fn direct_reference() -> Fault {
    Fault::with(
        &code::CrmHttpError,
        "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead.",
    )
    .hint("Bind the navigation property: \"<name>@odata.bind\": \"/<set>(<id>)\".")
}

/// `Observed:` the text, in public reports of answers to a lookup given as a plain id.
fn not_readable(table: &Table, property: &str, node: &str) -> Fault {
    let said = if node == "PrimitiveValue" {
        format!(
            "A 'PrimitiveValue' node with non-null value was found when trying to read the value of the property '{property}'; however, a 'StartArray' node, a 'StartObject' node, or a 'PrimitiveValue' node with null value was expected."
        )
    } else {
        json::unexpected(node, if node == "StartArray" { "StartObject" } else { "StartArray" })
    };
    bad_payload(table, odata(&said))
}

/// The `OData` library's `DuplicatePropertyNamesNotAllowed`.
fn duplicate(table: &Table, name: &str) -> Fault {
    let said = format!(
        "Multiple properties with the name '{name}' were detected in a resource or a complex value. OData does not allow duplicate property names."
    );
    bad_payload(table, odata(&said))
}

#[cfg(test)]
mod tests {
    use super::super::super::links::Root;
    use super::super::References;
    use super::*;
    use crate::model::Catalogue;
    use crate::protocol::http::Site;
    use crate::service::Key;

    const ID: &str = "00000000-0000-0000-0000-000000000001";

    fn read(set: &str, body: &str) -> String {
        let catalogue = Catalogue::embedded();
        let site = Site { scheme: "http", authority: "h:1".into(), prefix: String::new() };
        let mut references = References::default();
        let contact = catalogue.entity_set("contacts").unwrap().id;
        references.add("1", "contacts", Link { table: contact, key: Key::Id(ID.parse().unwrap()) });
        let decoder = Decoder {
            catalogue: &catalogue,
            root: Root { site: &site, version: "v9.2" },
            references: &references,
        };
        let table = catalogue.entity_set(set).unwrap();
        match decoder.row(table, &body.replace("ID", ID)) {
            Ok(input) => show(&catalogue, table, &input),
            Err(fault) => {
                let prefix = bad_payload(table, "");
                let message = fault.message();
                message.strip_prefix(prefix.message()).map_or_else(
                    || format!("{} {message}", fault.code_text()),
                    |inner| format!("payload: {inner}"),
                )
            }
        }
    }

    fn show(catalogue: &Catalogue, table: &Table, input: &Input) -> String {
        let mut parts: Vec<String> = input
            .record
            .iter()
            .map(|(id, value)| format!("{}={value:?}", table.column(id).logical_name))
            .collect();
        for (index, link) in &input.links {
            let to = link.as_ref().map(|link| &*catalogue.table(link.table).logical_name);
            parts.push(format!("{}->{}", table.navigations[*index].name, to.unwrap_or("nothing")));
        }
        for (index, child) in &input.children {
            let navigation = &table.navigations[*index];
            let to = match navigation.kind {
                NavigationKind::Lookup { target: Target::Table(to), .. }
                | NavigationKind::Collection { table: to, .. }
                | NavigationKind::ManyToMany { table: to, .. } => catalogue.table(to),
                NavigationKind::Lookup { .. } => unreachable!(),
            };
            parts.push(format!("{}+[{}]", navigation.name, show(catalogue, to, child)));
        }
        parts.join(" ")
    }

    #[test]
    fn bodies_to_input() {
        for (set, body, expected) in [
            ("accounts", "{}", ""),
            (
                "accounts",
                r#"{"name":"a","numberofemployees":3}"#,
                r#"name=String("a") numberofemployees=Int(3)"#,
            ),
            ("accounts", r#"{"primarycontactid@odata.bind":"/contacts(ID)"}"#, "primarycontactid->contact"),
            (
                "accounts",
                r#"{"primarycontactid@odata.bind":"contacts(contactid=ID)"}"#,
                "primarycontactid->contact",
            ),
            (
                "accounts",
                r#"{"primarycontactid@odata.bind":"http://h:1/api/data/v9.2/contacts(ID)"}"#,
                "primarycontactid->contact",
            ),
            ("accounts", r#"{"primarycontactid@odata.bind":"$1"}"#, "primarycontactid->contact"),
            ("accounts", r#"{"primarycontactid@odata.bind":null}"#, "primarycontactid->nothing"),
            ("accounts", r#"{"primarycontactid":null}"#, "primarycontactid->nothing"),
            ("accounts", r#"{"ownerid@odata.bind":"/teams(ID)"}"#, "ownerid->team"),
            (
                "accounts",
                r#"{"contact_customer_accounts@odata.bind":["/contacts(ID)","$1"]}"#,
                "contact_customer_accounts->contact contact_customer_accounts->contact",
            ),
            (
                "accounts",
                r#"{"primarycontactid":{"lastname":"b"}}"#,
                r#"primarycontactid+[lastname=String("b")]"#,
            ),
            (
                "accounts",
                r#"{"contact_customer_accounts":[{"lastname":"b"},{}]}"#,
                r#"contact_customer_accounts+[lastname=String("b")] contact_customer_accounts+[]"#,
            ),
            (
                "accounts",
                r##"{"@odata.type":"#Microsoft.Dynamics.CRM.account","@odata.etag":"W/\"1\"","@odata.context":"x","name@OData.Community.Display.V1.FormattedValue":"x"}"##,
                "",
            ),
            (
                "contacts",
                r#"{"parentcustomerid_account@odata.bind":null,"parentcustomerid_contact@odata.bind":"$1"}"#,
                "parentcustomerid_contact->contact",
            ),
            (
                "contacts",
                r#"{"parentcustomerid_contact@odata.bind":"$1","parentcustomerid_account@odata.bind":null}"#,
                "parentcustomerid_contact->contact",
            ),
            ("systemusers", r#"{"ownerid":"ID"}"#, "systemuserid=Guid(00000000-0000-0000-0000-000000000001)"),
        ] {
            assert_eq!(read(set, body), expected, "{body}");
        }
    }

    #[test]
    fn bodies_that_are_refused() {
        for (body, expected) in [
            (
                r#"{"Name":"a"}"#,
                "payload: Microsoft.Crm.CrmException: Invalid property 'Name' was found in entity 'Microsoft.Dynamics.CRM.account'. ---> Microsoft.OData.ODataException: Does not support untyped value in non-open type.",
            ),
            (
                r#"{"primaryContactid@odata.bind":"/contacts(ID)"}"#,
                "payload: Microsoft.OData.ODataException: An undeclared property 'primaryContactid' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values.",
            ),
            (
                r#"{"numberofemployees":"x"}"#,
                "payload: Microsoft.OData.ODataException: Cannot convert the literal 'x' to the expected type 'Edm.Int32'.",
            ),
            (
                r#"{"_primarycontactid_value":"ID"}"#,
                "0x80060888 CRM do not support direct update of Entity Reference properties, Use Navigation properties instead.",
            ),
            (
                r#"{"primarycontactid":"ID"}"#,
                "payload: Microsoft.OData.ODataException: A 'PrimitiveValue' node with non-null value was found when trying to read the value of the property 'primarycontactid'; however, a 'StartArray' node, a 'StartObject' node, or a 'PrimitiveValue' node with null value was expected.",
            ),
            (
                r#"{"name":"a","name":"b"}"#,
                "payload: Microsoft.OData.ODataException: Multiple properties with the name 'name' were detected in a resource or a complex value. OData does not allow duplicate property names.",
            ),
            (
                r#"{"primarycontactid@odata.bind":"/nosuch(ID)"}"#,
                "0x80060888 URL was not parsed due to an ODataUnrecognizedPathException. Resource not found for the segment provided in the URL.",
            ),
            (
                r#"{"primarycontactid@odata.bind":"http://other/api/data/v9.2/contacts(ID)"}"#,
                "0x80060888 URL was not parsed due to an ODataUnrecognizedPathException. Resource not found for the segment provided in the URL.",
            ),
            (
                r#"{"primarycontactid@odata.bind":"$2"}"#,
                "0x80060888 Content-ID Reference: '$2' does not exist in the batch context.",
            ),
            (
                r#"{"primarycontactid@odata.bind":"/accounts(ID)"}"#,
                "payload: Microsoft.OData.ODataException: The navigation property 'primarycontactid' does not lead to 'Microsoft.Dynamics.CRM.account'.",
            ),
            (
                r#"{"@odata.type":"Microsoft.Dynamics.CRM.contact"}"#,
                "payload: Microsoft.OData.ODataException: A resource with type 'Microsoft.Dynamics.CRM.contact' was found, but it is not assignable to the expected type 'Microsoft.Dynamics.CRM.account'.",
            ),
            (
                r#"{"name":"a""#,
                "payload: Microsoft.OData.ODataException: Invalid JSON. Unexpected end of input was found in JSON content. Not all object and array scopes were closed.",
            ),
            (
                "",
                "payload: Microsoft.OData.ODataException: An unexpected 'EndOfInput' node was found when reading from the JSON reader. A 'StartObject' node was expected.",
            ),
            (
                r#"{"primarycontactid":[]}"#,
                "payload: Microsoft.OData.ODataException: An unexpected 'StartArray' node was found when reading from the JSON reader. A 'StartObject' node was expected.",
            ),
        ] {
            assert_eq!(read("accounts", body), expected, "{body}");
        }
    }

    #[test]
    fn rows_in_rows_have_a_bottom() {
        let depth = 1000;
        let body = format!(
            "{}{{}}{}",
            r#"{"primarycontactid":{"parentcustomerid_account":"#.repeat(depth),
            "}}".repeat(depth)
        );
        assert!(read("accounts", &body).contains("nested too deep"));
    }
}
