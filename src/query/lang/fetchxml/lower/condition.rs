//! Conditions: of a column and values, and of two columns.

use std::borrow::Cow;

use super::super::refuse;
use super::super::syntax::Condition;
use super::scope::{Scope, column};
use crate::fault::Result;
use crate::model::{Column, ColumnType};
use crate::query::lang::condition::{Subject, condition as check};
use crate::query::plan::{Alias, ColRef, Operator, Predicate, Values};

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
        if condition.values.is_empty() && operator.values() != Values::None {
            return Err(refuse::no_value(operator));
        }
        let numbers: Vec<Cow<'_, str>> =
            condition.values.iter().map(|value| number_of_state(column, value)).collect();
        let values: Vec<&str> = numbers.iter().map(|value| &**value).collect();
        check(self.lowering.catalogue, Subject { at, table, column }, operator, &values)
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

/// The number of a state that goes by its label. `Assumed:` states alone do, as in Microsoft's older samples
/// (`<condition attribute="statecode" operator="eq" value="Active"/>`), and in the language of the organization.
fn number_of_state<'t>(column: &Column, text: &'t str) -> Cow<'t, str> {
    let ColumnType::State { options } = &column.kind else { return Cow::Borrowed(text) };
    let word = text.trim();
    match options.iter().find(|option| option.label.eq_ignore_ascii_case(word)) {
        Some(option) => Cow::Owned(option.value.to_string()),
        None => Cow::Borrowed(text),
    }
}
