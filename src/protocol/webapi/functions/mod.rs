//! Named functions and actions: finding them, reading their arguments, writing what they answer.

mod answer;
mod arguments;

use super::decode::{Decoder, References};
use super::error::{no_resource, unknown_segment, wrong_method};
use super::path::Segment;
use super::read::Reader;
use super::route::{NAMESPACE, Place};
use crate::fault::{Fault, Result, code};
use crate::identity::Caller;
use crate::model::{Catalogue, Reference, TableId};
use crate::protocol::http::{Call, Response};
use crate::service::registry::{Binding, Nature, Registry, Type};
use crate::service::{Message, Session, crud};

use arguments::Arguments;

/// What a message is called on.
#[derive(Debug, Clone, Copy)]
enum On<'t> {
    Nothing,
    Row(&'t str),
    Set(&'t str),
}

impl On<'_> {
    fn is(self, binding: Binding) -> bool {
        match (self, binding) {
            (Self::Nothing, Binding::Unbound) => true,
            (Self::Row(table), Binding::Row(of)) | (Self::Set(table), Binding::Set(of)) => table == of,
            _ => false,
        }
    }
}

fn find(registry: &Registry, name: &str, on: On<'_>) -> Option<&'static dyn Message> {
    registry.messages().iter().copied().find(|message| {
        let signature = message.signature();
        signature.name == name && on.is(signature.binding)
    })
}

/// What the service says of a name in a path that means nothing where it stands, if it is that of a message which
/// is called on something and lacks its namespace. Source: web-api.md 3.3.
pub(super) fn unresolved(registry: &Registry, name: &str) -> Option<Fault> {
    let bound = |message: &&&dyn Message| {
        let signature = message.signature();
        signature.name == name && signature.binding != Binding::Unbound
    };
    registry.messages().iter().find(bound).map(|_| {
        Fault::with(&code::CrmHttpError, "Request message has unresolved parameters")
            .hint(format!("Bound operations are called by their full name, {NAMESPACE}{name}."))
    })
}

/// Bound operations are always named with their namespace.
fn short(name: &str) -> &str {
    name.strip_prefix(NAMESPACE).unwrap_or(name)
}

/// Operations of the service that are described in web-api.md and that the emulator lacks.
const LACKING: &[&str] = &[
    "AddToQueue",
    "BulkDelete",
    "CanBeReferenced",
    "CanBeReferencing",
    "CanManyToMany",
    "CloseIncident",
    "CommitFileBlocksUpload",
    "CreateCustomerRelationships",
    "CreateEntities",
    "CreatePolymorphicLookupAttribute",
    "DeleteFile",
    "DeleteOptionValue",
    "DownloadBlock",
    "FormatAddress",
    "GetTimeZoneCodeByLocalizedName",
    "GetValidManyToMany",
    "GetValidReferencedEntities",
    "GetValidReferencingEntities",
    "InitializeFileBlocksDownload",
    "InitializeFileBlocksUpload",
    "InitializeFrom",
    "InsertOptionValue",
    "InsertStatusValue",
    "LoseOpportunity",
    "Merge",
    "OrderOption",
    "PublishAllXml",
    "PublishXml",
    // Of the organization; of users and teams it is there.
    "RetrievePrincipalAccess",
    "RetrieveTotalRecordCount",
    "RetrieveUnpublishedMultiple",
    "UpdateOptionValue",
    "UploadBlock",
    "WinOpportunity",
];

/// A name that is no operation, or one the emulator lacks.
pub(super) fn unknown(name: &str) -> Fault {
    if LACKING.contains(&short(name)) {
        return Fault::not_emulated(format_args!("the operation {}", short(name)));
    }
    unknown_segment(name).hint(
        "Names are case-sensitive. The emulator has the tables and operations that its $metadata lists, which are fewer than the service's.",
    )
}

/// Answers a function called on nothing.
///
/// # Errors
///
/// What the function refuses, and what is wrong with the call.
pub(super) fn call_unbound(reader: Reader<'_>, segment: Segment<'_>) -> Result<Response> {
    function(reader, segment, On::Nothing, None)
}

/// Answers a function called on an entity set.
///
/// # Errors
///
/// What the function refuses, and what is wrong with the call.
pub(super) fn call_on_set(reader: Reader<'_>, table: TableId, segment: Segment<'_>) -> Result<Response> {
    let name = &reader.world.catalogue().table(table).logical_name;
    function(reader, segment, On::Set(name), None)
}

/// Answers a function called on a row.
///
/// # Errors
///
/// What the function refuses, and what is wrong with the call.
pub(super) fn call_on_row(reader: Reader<'_>, place: &Place, segment: Segment<'_>) -> Result<Response> {
    check_cast(reader.world.catalogue(), segment)?;
    let name = &reader.world.catalogue().table(place.table).logical_name;
    let message = find(registry(reader.ask.call), short(segment.name), On::Row(name));
    // The address is judged before the row is looked for.
    message.ok_or_else(|| unknown(segment.name))?;
    let target = reader
        .locate(place)?
        .map(|(table, slot)| Ok::<_, Fault>(Reference::new(table, reader.at(table, slot)?.id())))
        .transpose()?
        .ok_or_else(|| unknown_segment(segment.name))?;
    function(reader, segment, On::Row(name), Some(target))
}

fn check_cast(catalogue: &Catalogue, segment: Segment<'_>) -> Result<()> {
    if segment.args.is_none() && catalogue.table_named(short(segment.name)).is_some() {
        return Err(Fault::not_emulated("a type cast in a path"));
    }
    Ok(())
}

fn registry<'c>(call: &Call<'c>) -> &'c Registry {
    call.host.service.registry()
}

fn function(
    reader: Reader<'_>,
    segment: Segment<'_>,
    on: On<'_>,
    target: Option<Reference>,
) -> Result<Response> {
    let ask = reader.ask;
    let message = find(registry(ask.call), short(segment.name), on).ok_or_else(|| unknown(segment.name))?;
    if message.signature().nature == Nature::Action {
        return Err(wrong_method(ask.call));
    }
    let references = References::default();
    let arguments = Arguments { decoder: decoder(reader, &references), world: reader.world }.of_function(
        message.signature(),
        segment,
        &ask.options,
    )?;
    let service = &ask.call.host.service;
    let reply = service.call_function(reader.world, reader.caller, message, target, &arguments)?;
    answer::write(reader, message.signature(), &reply)
}

fn decoder<'d>(reader: Reader<'d>, references: &'d References) -> Decoder<'d> {
    Decoder { catalogue: reader.world.catalogue(), root: reader.ask.root, references }
}

/// What an action is called on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target<'p> {
    /// Nothing.
    Nothing,
    /// An entity set.
    Set(TableId),
    /// A row.
    Row(&'p Place),
}

/// Runs an action in a change set.
///
/// # Errors
///
/// What the action refuses, and what is wrong with the call.
pub(super) fn act(
    ask: &super::ask::Ask<'_>,
    session: &mut Session<'_>,
    caller: &Caller,
    references: &References,
    target: Target<'_>,
    segment: Segment<'_>,
) -> Result<Response> {
    let catalogue = std::sync::Arc::clone(session.world().catalogue());
    let on = match target {
        Target::Nothing => On::Nothing,
        Target::Set(table) => On::Set(&catalogue.table(table).logical_name),
        Target::Row(place) => {
            check_cast(&catalogue, segment)?;
            On::Row(&catalogue.table(place.table).logical_name)
        }
    };
    let message = find(registry(ask.call), short(segment.name), on).ok_or_else(|| unknown(segment.name))?;
    let signature = message.signature();
    if signature.nature == Nature::Function {
        return Err(no_resource(ask.call, ask.root.version));
    }
    if segment.args.is_some_and(|args| !args.trim().is_empty()) {
        return Err(unknown_segment(segment.name));
    }
    let (row, arguments) = {
        let reader = Reader { ask, world: session.world(), lasting: None, caller };
        let row = match target {
            Target::Row(place) => Some(row_of(reader, place)?),
            _ => None,
        };
        let arguments = Arguments { decoder: decoder(reader, references), world: reader.world };
        (row, arguments.of_action(signature, ask)?)
    };
    let reply = session.call_action(caller, message, row, &arguments)?;
    answer::write(Reader { ask, world: session.world(), lasting: None, caller }, signature, &reply)
}

fn row_of(reader: Reader<'_>, place: &Place) -> Result<Reference> {
    // A caller who may call an action on a row need not be one who may read it.
    let slot = if place.hops.is_empty() {
        Some((place.table, crud::find(reader.world, place.table, &place.start.key)?))
    } else {
        reader.locate(place)?
    };
    let (table, slot) = slot.ok_or_else(|| Fault::new(&code::ObjectDoesNotExist))?;
    Ok(Reference::new(table, reader.at(table, slot)?.id()))
}

/// A type as messages name it.
fn type_name(kind: Type) -> String {
    kind.edm(NAMESPACE)
}
