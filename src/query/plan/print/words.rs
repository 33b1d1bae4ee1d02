//! The words of a plan's text.

use crate::query::plan::{Aggregate, DatePart, Operator};

pub(super) fn part_name(part: DatePart) -> &'static str {
    match part {
        DatePart::Day => "day",
        DatePart::Week => "week",
        DatePart::Month => "month",
        DatePart::Quarter => "quarter",
        DatePart::Year => "year",
        DatePart::FiscalPeriod => "fiscal-period",
        DatePart::FiscalYear => "fiscal-year",
    }
}

pub(super) fn function_name(function: Aggregate) -> &'static str {
    match function {
        Aggregate::Count => "count",
        Aggregate::CountColumn => "countcolumn",
        Aggregate::CountDistinct => "countdistinct",
        Aggregate::Sum => "sum",
        Aggregate::Average => "average",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
    }
}

impl Operator {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::GreaterThan => ">",
            Self::GreaterEqual => ">=",
            Self::LessThan => "<",
            Self::LessEqual => "<=",
            Self::Like => "like",
            Self::NotLike => "not like",
            Self::BeginsWith => "begins with",
            Self::DoesNotBeginWith => "does not begin with",
            Self::EndsWith => "ends with",
            Self::DoesNotEndWith => "does not end with",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Null => "is null",
            Self::NotNull => "is not null",
            Self::EqualUserId => "is the caller",
            Self::NotEqualUserId => "is not the caller",
            Self::EqualBusinessId => "is the caller's business unit",
            Self::NotEqualBusinessId => "is not the caller's business unit",
            other => other.name(),
        }
    }
}
