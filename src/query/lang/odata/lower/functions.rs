//! Functions in a condition: the three that compare text, the platform's own, and the refusal of all others.

use super::super::refuse;
use super::super::syntax::{Argument, Expr, Literal, Path};
use super::filter::Operand;
use super::literal::{array, literal_type, text_of};
use super::scope::Scope;
use crate::fault::{Fault, Result};
use crate::model::{Column, ColumnType};
use crate::query::lang::condition::condition;
use crate::query::plan::{Operator, Predicate, Values};

const NAMESPACE: &str = "Microsoft.Dynamics.CRM.";

/// Functions of `OData` 4.0 that the service does not translate. Source: queries.md A.4.
const BUILT_INS: &[&str] = &[
    "cast",
    "ceiling",
    "concat",
    "date",
    "day",
    "floor",
    "fractionalseconds",
    "hour",
    "indexof",
    "isof",
    "length",
    "matchesPattern",
    "maxdatetime",
    "mindatetime",
    "minute",
    "month",
    "now",
    "round",
    "second",
    "substring",
    "time",
    "tolower",
    "totaloffsetminutes",
    "totalseconds",
    "toupper",
    "trim",
    "year",
];

/// The one query function without an operator here: it asks a full-text index. Source: queries.md A.7.
const FULL_TEXT: &str = "Contains";

impl Scope<'_> {
    /// A call as a condition.
    pub(super) fn call(
        &mut self,
        path: &Path,
        name: &str,
        args: &[Argument],
        negate: bool,
    ) -> Result<Predicate> {
        let (operator, pattern): (Operator, fn(&str) -> Box<str>) = match name {
            "contains" if path.is_empty() => (Operator::Like, |text| format!("%{text}%").into()),
            "startswith" if path.is_empty() => (Operator::BeginsWith, |text| text.into()),
            "endswith" if path.is_empty() => (Operator::EndsWith, |text| text.into()),
            _ => match query_operator(name) {
                Some(operator) => return self.query_function(path, name, operator, args, negate),
                None => return Err(refused(name)),
            },
        };
        let [subject, text] = args else { return Err(refuse::no_signature(name)) };
        if subject.name.is_some() || text.name.is_some() {
            return Err(refuse::no_signature(name));
        }
        let column = match self.operand(&subject.value)? {
            Operand::Column(at, column) if is_text(column) => at,
            Operand::Literal(Literal::String(_)) => return Err(refuse::unsupported_node("Constant")),
            _ => return Err(refuse::no_signature(name)),
        };
        self.lowering.count_condition()?;
        match self.operand(&text.value)? {
            Operand::Literal(Literal::String(text)) => {
                let operator = operator.negated().filter(|_| negate).unwrap_or(operator);
                Ok(Predicate::cmp(column, operator, String::from(pattern(&text))))
            }
            // A pattern that is null matches nothing, and SQL does not match its negation either.
            Operand::Literal(Literal::Null) => Ok(Predicate::False),
            Operand::Column(_, column) if is_text(column) => {
                Err(refuse::unsupported_node("SingleValuePropertyAccess"))
            }
            _ => Err(refuse::no_signature(name)),
        }
    }

    /// A call of one of the platform's query functions: its arguments are named, and of any type that tells the value.
    fn query_function(
        &mut self,
        path: &Path,
        name: &str,
        operator: Operator,
        args: &[Argument],
        negate: bool,
    ) -> Result<Predicate> {
        let operator = match (negate, self.inverted) {
            (false, false) => operator,
            (true, true) => operator.negated().ok_or_else(|| {
                Fault::not_emulated(format_args!(
                    "the query function {name}, which has no opposite, within all()"
                ))
            })?,
            // Somebody wrote `not`.
            _ => return Err(refuse::negated_query_function()),
        };
        let names = parameters(operator.values());
        if args.len() != names.len() {
            return Err(refuse::unknown_function(name));
        }
        let mut literals = Vec::with_capacity(names.len());
        for wanted in names {
            let argument = args.iter().find(|argument| argument.name.as_deref() == Some(*wanted));
            let Some(argument) = argument else { return Err(refuse::unknown_function(name)) };
            literals.push(self.constant(&argument.value)?);
        }
        let [Literal::String(column), values @ ..] = literals.as_slice() else {
            return Err(refuse::cannot_convert(literal_type(&literals[0]), "Edm.String"));
        };
        self.lowering.count_condition()?;
        let subject = self.named(path, column)?;
        let texts = match (operator.values(), values) {
            (Values::Two | Values::Several, [Literal::Json(text)]) => array(text)?,
            (Values::Two | Values::Several, [other]) => {
                return Err(refuse::cannot_convert(literal_type(other), "Collection(Edm.String)"));
            }
            (wanted, values) => {
                let edm = match wanted {
                    Values::Number | Values::TwoNumbers => "Edm.Int64",
                    _ => "Edm.String",
                };
                let text =
                    |value| text_of(value).ok_or_else(|| refuse::cannot_convert(literal_type(value), edm));
                values.iter().map(text).collect::<Result<Vec<_>>>()?
            }
        };
        let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
        condition(self.lowering.catalogue, subject, operator, &texts)
    }

    /// The literal that an argument is, or that its alias stands for.
    fn constant(&mut self, value: &Expr) -> Result<Literal> {
        match value {
            Expr::Literal(literal) => Ok(literal.clone()),
            Expr::Alias(name) => match self.lowering.alias(name)? {
                Expr::Literal(literal) => Ok(literal),
                _ => Err(refuse::unsupported_node("ParameterAlias")),
            },
            other => match self.operand(other)? {
                Operand::Literal(literal) => Ok(literal),
                _ => Err(refuse::unsupported_node("SingleValuePropertyAccess")),
            },
        }
    }
}

/// The operator that a qualified function stands for.
fn query_operator(name: &str) -> Option<Operator> {
    Operator::of_function(name.strip_prefix(NAMESPACE)?)
}

/// The names of a query function's parameters. Source: web-api.md 5.4.
fn parameters(values: Values) -> &'static [&'static str] {
    match values {
        Values::None => &["PropertyName"],
        Values::One | Values::Number | Values::Row => &["PropertyName", "PropertyValue"],
        Values::Two | Values::Several => &["PropertyName", "PropertyValues"],
        Values::TwoNumbers => &["PropertyName", "PropertyValue1", "PropertyValue2"],
    }
}

/// Why a function cannot be one side of a comparison.
pub(super) fn refused_as_value(name: &str) -> Fault {
    match name {
        "contains" | "startswith" | "endswith" => refuse::unsupported_node("SingleValueFunctionCall"),
        _ if query_operator(name).is_some() => refuse::unsupported_node("SingleValueFunctionCall"),
        _ => refused(name),
    }
}

/// Why a function cannot be a condition.
fn refused(name: &str) -> Fault {
    if name.strip_prefix(NAMESPACE) == Some(FULL_TEXT) {
        return Fault::not_emulated(format_args!("the query function {name}"));
    }
    if BUILT_INS.contains(&name) || name.starts_with("geo.") {
        return refuse::unsupported_function(name);
    }
    refuse::unknown_function(name)
}

fn is_text(column: &Column) -> bool {
    matches!(
        column.kind,
        ColumnType::String { .. }
            | ColumnType::Memo { .. }
            | ColumnType::EntityName
            | ColumnType::Choices { .. }
    )
}
