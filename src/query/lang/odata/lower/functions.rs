//! Functions in a condition: the three that compare text, and the refusal of all others.

use super::super::refuse;
use super::super::syntax::{Argument, Literal, Path};
use super::filter::Operand;
use super::scope::Scope;
use crate::fault::{Fault, Result};
use crate::model::{Column, ColumnType};
use crate::query::plan::{Operator, Predicate};

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

/// The platform's query functions. Source: queries.md A.7.
#[rustfmt::skip]
const QUERY_FUNCTIONS: &[&str] = &[
    "Above", "AboveOrEqual", "Between", "ContainValues", "Contains", "DoesNotContainValues", "EqualBusinessId",
    "EqualRoleBusinessId", "EqualUserId", "EqualUserLanguage", "EqualUserOrUserHierarchy",
    "EqualUserOrUserHierarchyAndTeams", "EqualUserOrUserTeams", "EqualUserTeams", "In", "InFiscalPeriod",
    "InFiscalPeriodAndYear", "InFiscalYear", "InOrAfterFiscalPeriodAndYear", "InOrBeforeFiscalPeriodAndYear",
    "Last7Days", "LastFiscalPeriod", "LastFiscalYear", "LastMonth", "LastWeek", "LastXDays", "LastXFiscalPeriods",
    "LastXFiscalYears", "LastXHours", "LastXMonths", "LastXWeeks", "LastXYears", "LastYear", "Next7Days",
    "NextFiscalPeriod", "NextFiscalYear", "NextMonth", "NextWeek", "NextXDays", "NextXFiscalPeriods",
    "NextXFiscalYears", "NextXHours", "NextXMonths", "NextXWeeks", "NextXYears", "NextYear", "NotBetween",
    "NotEqualBusinessId", "NotEqualUserId", "NotIn", "NotUnder", "OlderThanXDays", "OlderThanXHours",
    "OlderThanXMinutes", "OlderThanXMonths", "OlderThanXWeeks", "OlderThanXYears", "On", "OnOrAfter", "OnOrBefore",
    "ThisFiscalPeriod", "ThisFiscalYear", "ThisMonth", "ThisWeek", "ThisYear", "Today", "Tomorrow", "Under",
    "UnderOrEqual", "Yesterday",
];

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
            _ => return Err(refused(name, negate)),
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
}

/// Why a function cannot be a condition.
pub(super) fn refused(name: &str, negate: bool) -> Fault {
    if let Some(bare) = name.strip_prefix(NAMESPACE)
        && QUERY_FUNCTIONS.contains(&bare)
    {
        return if negate {
            refuse::negated_query_function()
        } else {
            Fault::not_emulated(format_args!("the query function {name}"))
        };
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
