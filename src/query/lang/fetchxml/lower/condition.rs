//! Conditions: operators, their values, and the columns they are for.

use super::super::refuse;
use super::super::syntax::Condition;
use super::scope::{Scope, column};
use super::value;
use crate::fault::{Fault, Result, code};
use crate::model::{Column, ColumnType, DateBehavior, Table, Value};
use crate::query::plan::{Alias, Applies, ColRef, Operator, Predicate, Values};

/// The values of one condition. Source: queries.md B.8 (uncertain there).
const MOST_VALUES: usize = 2_000;

impl<'a> Scope<'a, '_> {
    /// A condition within the table that goes by `base`.
    pub(super) fn condition(&self, base: Alias, condition: &'a Condition) -> Result<Predicate> {
        self.lowering.count_condition()?;
        let alias = match &condition.entity_name {
            Some(name) => self.alias_in_condition(name)?,
            None => base,
        };
        let table = self.table_of(alias);
        let column = column(table, &condition.attribute)?;
        let at = ColRef { alias, column: column.id };
        let operator = condition.operator;
        if let Some(other) = &condition.value_of {
            return self.columns_compared(base, at, column, condition, other);
        }
        if !applies(operator, column) {
            return Err(refuse::not_applicable(operator, table, column));
        }
        if condition.values.len() > MOST_VALUES {
            return Err(Fault::new(&code::TooManyConditionParametersInQuery));
        }
        let args = arguments(operator, table, column, &condition.values)?;
        Ok(Predicate::Cmp { column: at, operator, args })
    }

    /// Two columns, of one row or of joined ones. Source: queries.md B.2.
    fn columns_compared(
        &self,
        base: Alias,
        left: ColRef,
        one: &Column,
        condition: &Condition,
        name: &str,
    ) -> Result<Predicate> {
        let operator = condition.operator;
        let compares = matches!(
            operator,
            Operator::Equal
                | Operator::NotEqual
                | Operator::GreaterThan
                | Operator::GreaterEqual
                | Operator::LessThan
                | Operator::LessEqual
        );
        if !compares {
            return Err(refuse::column_comparison("Columns are compared by eq, ne, gt, ge, lt and le only."));
        }
        if !condition.values.is_empty() {
            return Err(refuse::column_comparison("A condition has a value or a valueof, not both."));
        }
        let (alias, name) = match name.split_once('.') {
            Some((alias, name)) => (self.alias_in_condition(alias)?, name),
            None => (base, name),
        };
        let other = column(self.table_of(alias), name)?;
        if one.kind.edm() != other.kind.edm() {
            return Err(refuse::column_comparison("Columns that are compared must be of one type."));
        }
        Ok(Predicate::Cols { left, operator, right: ColRef { alias, column: other.id } })
    }
}

/// Whether an operator is for a column. Source: queries.md A.7.
fn applies(operator: Operator, column: &Column) -> bool {
    let kind = &column.kind;
    let is_number = matches!(
        kind,
        ColumnType::Integer { .. }
            | ColumnType::BigInt
            | ColumnType::Decimal { .. }
            | ColumnType::Double { .. }
            | ColumnType::Money { .. }
            | ColumnType::Choice { .. }
            | ColumnType::State { .. }
            | ColumnType::Status { .. }
    );
    let is_text =
        matches!(kind, ColumnType::String { .. } | ColumnType::Memo { .. } | ColumnType::EntityName);
    let is_date = matches!(kind, ColumnType::DateTime { .. });
    match operator.applies() {
        // Of an image and a file only whether there is one.
        Applies::Any => {
            matches!(operator, Operator::Null | Operator::NotNull)
                || !matches!(kind, ColumnType::Image | ColumnType::File | ColumnType::Virtual)
        }
        Applies::Ordered => is_number || is_text || is_date,
        Applies::Text => is_text,
        Applies::Choices => matches!(kind, ColumnType::Choices { .. }),
        Applies::Date => is_date,
        Applies::DateTime => matches!(kind, ColumnType::DateTime { behavior: DateBehavior::UserLocal }),
        Applies::Id => matches!(kind, ColumnType::Lookup { .. } | ColumnType::Uniqueidentifier),
        Applies::Whole => matches!(kind, ColumnType::Integer { .. } | ColumnType::BigInt),
    }
}

/// The values of a condition, as many as its operator takes and of the type it takes.
fn arguments(operator: Operator, table: &Table, column: &Column, texts: &[Box<str>]) -> Result<Vec<Value>> {
    let required = match operator.values() {
        Values::None => 0,
        Values::One | Values::Number | Values::Row => 1,
        Values::Two | Values::TwoNumbers => 2,
        Values::Several => texts.len().max(1),
    };
    if texts.len() != required {
        return Err(refuse::arity(operator, required, texts.len()));
    }
    texts
        .iter()
        .map(|text| match operator.values() {
            Values::Number | Values::TwoNumbers => number(text, table, column),
            // Patterns are texts, blanks included.
            _ if operator.applies() == Applies::Text => Ok(Value::from(&**text)),
            _ => {
                value::for_operator(operator, text, column).ok_or_else(|| refuse::value(text, table, column))
            }
        })
        .collect()
}

/// A number of days, of years or the like. Source: queries.md A.8, last row (uncertain there).
fn number(text: &str, table: &Table, column: &Column) -> Result<Value> {
    match text.trim().parse::<i64>() {
        Ok(number) if number > 0 => Ok(i32::try_from(number).map_or(Value::Long(number), Value::Int)),
        Ok(_) => Err(Fault::new(&code::QueryBuilderValueGreaterThanZero)),
        Err(_) => Err(refuse::number(text, table, column)),
    }
}
