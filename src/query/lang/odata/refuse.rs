//! What the Web API answers to `OData` it does not take: every text in one place.
//!
//! Source: queries.md A.1 to A.10, web-api.md 3.3. Where those give no text, the one of Microsoft's `OData` library
//! (ODL), which parses for the service, is used; where neither does, `Assumed` stands beside it.

use std::fmt::Display;

use super::parse::{Failure, Why};
use super::syntax::Comparison;
use crate::fault::{Fault, Kind, code};

fn invalid(message: String) -> Fault {
    Fault::with(&code::CrmHttpError, message)
}

/// A built-in of `OData` that the service cannot translate: status 501.
///
/// The kind is the one whose status is 501; the code tells it from what only the emulator lacks.
pub(super) fn unsupported_function(name: impl Display) -> Fault {
    Fault::with(&code::CrmHttpNotSupported, format!("The \"{name}\" function isn't supported."))
        .kind_of(Kind::NotEmulated)
        .hint("Only contains, startswith, endswith and the Microsoft.Dynamics.CRM functions are available.")
}

/// The `in` operator. Source: queries.md A.4; status and code are uncertain there.
pub(super) fn unsupported_in() -> Fault {
    Fault::with(&code::CrmHttpNotSupported, "The method or operation is not implemented.")
        .kind_of(Kind::NotEmulated)
        .hint("Write Microsoft.Dynamics.CRM.In, or several comparisons joined by or.")
}

pub(super) fn unknown_function(name: &str) -> Fault {
    invalid(format!(
        "An unknown function with name '{name}' was found. This may also be a function import or a key lookup on \
         a navigation property, which is not allowed."
    ))
}

pub(super) fn no_signature(name: &str) -> Fault {
    invalid(format!(
        "No function signature for the function with name '{name}' matches the specified arguments. The function \
         signatures considered are: {name}(Edm.String Nullable=true, Edm.String Nullable=true)."
    ))
}

pub(super) fn unknown_property(name: &str, table: &str) -> Fault {
    invalid(format!("Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table}'."))
}

/// Source: queries.md A.4; ODL's text.
pub(super) fn json_comma() -> Fault {
    invalid(
        "Invalid JSON. A comma character ',' was expected in scope 'Array'. Every two elements in an array and \
         properties of an object must be separated by commas."
            .to_owned(),
    )
    .hint("Write texts with a single quote in double quotes: [\"O'Brian\"].")
}

/// ODL's text.
pub(super) fn json_token() -> Fault {
    invalid("Invalid JSON. A token was not recognized in the JSON content.".to_owned())
}

/// ODL's text.
pub(super) fn json_end() -> Fault {
    invalid(
        "Invalid JSON. Unexpected end of input was found in JSON content. Not all object and array scopes were closed."
            .to_owned(),
    )
}

/// ODL's text.
pub(super) fn cannot_convert(from: &str, to: &str) -> Fault {
    invalid(format!("Cannot convert a type '{from}' to type '{to}'."))
}

/// ODL's text.
pub(super) fn unknown_member(name: &str, edm: &str) -> Fault {
    invalid(format!("Could not find a property named '{name}' on type '{edm}'."))
}

pub(super) fn incompatible(left: &str, right: &str, operator: &str) -> Fault {
    invalid(format!(
        "A binary operator with incompatible types was detected. Found operand types '{left}' and '{right}' for \
         operator kind '{operator}'."
    ))
}

/// ODL's text.
pub(super) fn incompatible_not(operand: &str) -> Fault {
    invalid(format!(
        "A unary operator with an incompatible type was detected. Found operand type '{operand}' for operator kind \
         'Not'."
    ))
    .hint("Put parentheses around what is negated: not binds tighter than a comparison.")
}

/// ODL's text.
pub(super) fn no_condition() -> Fault {
    invalid("The $filter expression must evaluate to a single boolean value.".to_owned())
}

/// ODL's text.
pub(super) fn no_order() -> Fault {
    invalid("The $orderby expression must evaluate to a single value of primitive type.".to_owned())
}

/// What parses and cannot become a query, by the name ODL has for such a node.
/// Assumed: the text is documented for another node (queries.md A.4, the last row).
pub(super) fn unsupported_node(node: &str) -> Fault {
    invalid(format!("The query node {node} is not supported"))
}

/// Source: web-api.md 3.3.
pub(super) fn negated_query_function() -> Fault {
    invalid("Not operator along with the Custom Named Condition operators is not allowed".to_owned())
}

pub(super) fn skip() -> Fault {
    invalid("Skip Clause is not supported in CRM".to_owned())
        .hint("Page with Prefer: odata.maxpagesize and follow @odata.nextLink.")
}

pub(super) fn unknown_option(name: &str) -> Fault {
    invalid(format!("The query parameter '{name}' is not supported."))
}

/// ODL's text.
pub(super) fn repeated_option(name: &str) -> Fault {
    invalid(format!(
        "Query option '{name}' was specified more than once, but it must be specified at most once."
    ))
}

/// ODL's text.
pub(super) fn collection_only() -> Fault {
    invalid(
        "The query specified in the URI is not valid. Query options $orderby, $filter, $skip, $count and $top can be \
         applied only on collections."
            .to_owned(),
    )
}

/// ODL's text.
pub(super) fn bad_top(value: &str) -> Fault {
    invalid(format!(
        "Invalid value '{value}' for $top query option found. The $top query option requires a non-negative integer \
         value."
    ))
}

/// ODL's text.
pub(super) fn bad_count(value: &str) -> Fault {
    invalid(format!(
        "Invalid value '{value}' for $count query option found. Valid values are 'true' or 'false'."
    ))
}

/// ODL's text.
pub(super) fn select_path() -> Fault {
    invalid(
        "Found a path with multiple navigation properties or a bad complex property path in a select clause. Please \
         reword your query such that each level of select or expand only contains either TypeSegments or Properties."
            .to_owned(),
    )
}

/// ODL's text.
pub(super) fn expand_of_property(name: &str, table: &str) -> Fault {
    invalid(format!(
        "Property '{name}' on type 'Microsoft.Dynamics.CRM.{table}' is not a navigation property or complex property. \
         Only navigation properties can be expanded."
    ))
}

pub(super) fn expand_reference() -> Fault {
    invalid("Expand with $ref is only supported on lookup type navigation property.".to_owned())
}

pub(super) fn expand_options() -> Fault {
    invalid(
        "Only $select and $filter clause can be provided while doing $expand on many-to-one relationship or nested \
         one-to-many relationship."
            .to_owned(),
    )
}

/// Source: queries.md A.10.
pub(super) fn nested_many_to_many(name: &str) -> Fault {
    invalid(format!(
        "The navigation property '{name}' cannot be expanded. Only many-to-one relationships are supported for nested \
         expansion."
    ))
}

/// ODL's text.
pub(super) fn group_key(expression: impl Display) -> Fault {
    invalid(format!(
        "$apply/groupby grouping expression '{expression}' must evaluate to a property access value."
    ))
}

/// ODL's text.
pub(super) fn aggregate_value(expression: impl Display) -> Fault {
    invalid(format!("$apply/aggregate expression '{expression}' must evaluate to a single value."))
}

/// ODL's text. `edm` is the bare name of a primitive type.
pub(super) fn aggregate_type(expression: impl Display, edm: &str) -> Fault {
    invalid(format!(
        "$apply/aggregate expression '{expression}' operation does not support value type '{edm}'."
    ))
}

/// Source: queries.md B.9, where the code is `FetchXML`'s 0x8004112F; it is not in the table of codes.
pub(super) fn aggregate_column(method: &str, kind: &str) -> Fault {
    invalid(format!("Aggregate {method} is not supported for attribute of type {kind}."))
}

/// Source: queries.md B.9, where the code is `FetchXML`'s 0x80041130; it is not in the table of codes.
pub(super) fn repeated_alias() -> Fault {
    invalid("FetchXML should have unique aliases.".to_owned())
}

/// Source: queries.md A.10, which says only that there is no grouping by dates. Assumed: the text.
pub(super) fn group_by_date(name: &str) -> Fault {
    invalid(format!(
        "Grouping by the property '{name}' is not supported: groupby does not take datetime values."
    ))
    .hint("FetchXML groups by parts of dates: groupby with dategrouping.")
}

/// ODL's text.
pub(super) fn lambda_over_one() -> Fault {
    invalid("Any/All may only be used following a collection.".to_owned())
}

/// ODL's text.
pub(super) fn repeated_expand(name: &str) -> Fault {
    invalid(format!("The navigation property '{name}' is expanded more than once."))
}

/// Source: queries.md A.1: aliases are not for `$expand`. Assumed: the text.
pub(super) fn alias_in_expand(name: &str) -> Fault {
    invalid(format!("The parameter alias '@{name}' can't be used in $expand."))
}

/// Source: queries.md B.8.
pub(super) fn too_many_joins() -> Fault {
    Fault::new(&code::TooManyLinkEntitiesInQuery)
}

/// Source: queries.md B.8; Microsoft, "Filter rows by using `OData`", condition limits.
pub(super) fn too_many_conditions() -> Fault {
    Fault::new(&code::TooManyConditionsInQuery)
}

pub(super) fn bad_key() -> Fault {
    Fault::new(&code::CrmHttpError)
}

pub(super) fn unknown_key(table: &str) -> Fault {
    invalid(format!(
        "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.{table}'. Ensure that the names \
         and number of key properties match the declared or alternate key properties for the resource \
         'Microsoft.Dynamics.CRM.{table}'."
    ))
}

/// The refusal of a text that is no `OData`. Positions count UTF-16 units, as the service's strings do.
pub(super) fn syntax(text: &str, failure: &Failure) -> Fault {
    let units = |end: usize| text.get(..end).unwrap_or(text).encode_utf16().count();
    let unterminated = || {
        invalid(format!("There is an unterminated literal at position {} in '{text}'.", units(text.len())))
            .hint("Double every single quote within a string.")
    };
    match &failure.why {
        Why::Syntax => match end_of_token(text, failure.at) {
            Some(end) => invalid(format!("Syntax error at position {} in '{text}'.", units(end))),
            None => unterminated(),
        },
        Why::Unterminated => unterminated(),
        Why::Unrecognized { end } => invalid(format!(
            "Unrecognized 'Edm.String' literal '{}' at '{}' in '{text}'.",
            text.get(failure.at..*end).unwrap_or_default(),
            units(failure.at),
        ))
        .hint("Write unique identifiers and dates without quotes and without a prefix."),
        // ODL's text.
        Why::TooDeep => invalid("Recursion depth exceeded allowed limit.".to_owned()),
        // ODL's texts.
        Why::Expected(what) => {
            invalid(format!("'{what}' expected at position {} in '{text}'.", units(failure.at)))
        }
        Why::UnrecognizedMethod { length } => invalid(format!(
            "Unrecognized with '{}' at '{}' in '{text}'.",
            text.get(failure.at..failure.at + length).unwrap_or_default(),
            units(failure.at),
        )),
        Why::Foreign("in") => unsupported_in(),
        Why::Foreign(name) => unsupported_function(name),
    }
}

/// The service names the place behind the token it could not use; `None` where that token never ends.
fn end_of_token(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let Some(first) = rest.chars().next() else { return Some(at) };
    let number = first.is_ascii_digit();
    let belongs = |c: char| c.is_alphanumeric() || c == '_' || number && matches!(c, '.' | ':' | '-' | '+');
    let word = rest.find(|c: char| !belongs(c)).unwrap_or(rest.len());
    let length = if word == 0 { first.len_utf8() } else { word };
    let quote = if first == '\'' { Some(0) } else { rest[length..].starts_with('\'').then_some(length) };
    match quote {
        None => Some(at + length),
        Some(quote) => super::parse::closing_quote(rest, quote + 1).map(|end| at + end + 1),
    }
}

impl Comparison {
    /// ODL's name of the operator.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Equal => "Equal",
            Self::NotEqual => "NotEqual",
            Self::Greater => "GreaterThan",
            Self::GreaterOrEqual => "GreaterThanOrEqual",
            Self::Less => "LessThan",
            Self::LessOrEqual => "LessThanOrEqual",
        }
    }
}
