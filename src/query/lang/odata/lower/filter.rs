//! Conditions.

use std::cmp::Ordering;

use super::super::syntax::{Comparison, Expr, Literal, Path};
use super::super::{parse, refuse};
use super::literal::{coerce, constant, literal_type};
use super::scope::{Place, Scope};
use super::{functions, read};
use crate::fault::Result;
use crate::model::{Column, NavigationKind, Table};
use crate::query::exec::compare_values;
use crate::query::plan::{Alias, ColRef, Link, Operator, Predicate, Quantifier, Source};

/// Whether `all` fails a row without related rows, as the platform's link type `all` does. `OData`'s own `all` is
/// true of an empty collection. Source: queries.md A.6 (uncertain there), against web-api.md 5.3.
const ALL_NEEDS_A_ROW: bool = true;

/// A side of a comparison, or an argument.
pub(super) enum Operand<'a> {
    Column(ColRef, &'a Column),
    /// A navigation property: the column with the id of the row, and its type.
    Row(ColRef, &'a str),
    Literal(Literal),
}

impl<'a> Scope<'a> {
    /// Reads a `$filter`.
    pub(super) fn filter(&mut self, text: &str) -> Result<Predicate> {
        let expr = read(text, parse::expression)?;
        self.condition(&expr, false)
    }

    /// An expression as a condition, or as its negation.
    pub(super) fn condition(&mut self, expr: &Expr, negate: bool) -> Result<Predicate> {
        match expr {
            Expr::Or(parts) => self.parts(parts, negate, !negate, "Or"),
            Expr::And(parts) => self.parts(parts, negate, negate, "And"),
            Expr::Not(inner) => {
                self.check_negated(inner)?;
                self.condition(inner, !negate)
            }
            Expr::Compare(comparison, left, right) => self.comparison(*comparison, left, right, negate),
            Expr::Call { path, name, args } => self.call(path, name, args, negate),
            Expr::Lambda { path, all, body } => {
                let body = body.as_ref().map(|(variable, body)| (&**variable, &**body));
                self.lambda(path, *all, body, negate)
            }
            Expr::Literal(_) | Expr::Path(_) | Expr::Alias(_) => match self.operand(expr)? {
                Operand::Literal(Literal::Bool(flag)) => Ok(fixed(flag != negate)),
                Operand::Column(at, column) if column.kind.edm() == "Edm.Boolean" => {
                    self.lowering.count_condition()?;
                    let operator = if negate { Operator::NotEqual } else { Operator::Equal };
                    Ok(Predicate::cmp(at, operator, true))
                }
                _ => Err(refuse::no_condition()),
            },
        }
    }

    /// The parts of a chain of `and` or `or`; negation exchanges the two.
    fn parts(&mut self, parts: &[Expr], negate: bool, or: bool, kind: &str) -> Result<Predicate> {
        let mut lowered = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            if let Some(edm) = self.value_type(part)?
                && edm != "Edm.Boolean"
            {
                let (left, right) = if index == 0 { (&*edm, "Edm.Boolean") } else { ("Edm.Boolean", &*edm) };
                return Err(refuse::incompatible(left, right, kind));
            }
            lowered.push(self.condition(part, negate)?);
        }
        Ok(if or { Predicate::or(lowered) } else { Predicate::and(lowered) })
    }

    /// Refuses the negation of a value that is no condition: `not a eq 1` negates `a`.
    fn check_negated(&mut self, inner: &Expr) -> Result<()> {
        match self.value_type(inner)? {
            Some(edm) if edm != "Edm.Boolean" => Err(refuse::incompatible_not(&edm)),
            _ => Ok(()),
        }
    }

    /// The type of an expression that is a value rather than a condition.
    fn value_type(&mut self, expr: &Expr) -> Result<Option<String>> {
        if !matches!(expr, Expr::Literal(_) | Expr::Path(_) | Expr::Alias(_)) {
            return Ok(None);
        }
        Ok(Some(operand_type(&self.operand(expr)?)))
    }

    fn comparison(&mut self, by: Comparison, left: &Expr, right: &Expr, negate: bool) -> Result<Predicate> {
        self.lowering.count_condition()?;
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        let plain = by.operator();
        let operator = plain.negated().filter(|_| negate).unwrap_or(plain);
        let mismatch = || refuse::incompatible(&operand_type(&left), &operand_type(&right), by.kind());
        match (&left, &right) {
            (Operand::Column(at, column), Operand::Literal(literal)) => {
                against(*at, column, operator, literal).ok_or_else(mismatch)
            }
            (Operand::Literal(literal), Operand::Column(at, column)) => {
                against(*at, column, operator.mirrored(), literal).ok_or_else(mismatch)
            }
            (Operand::Row(at, _), Operand::Literal(Literal::Null))
            | (Operand::Literal(Literal::Null), Operand::Row(at, _)) => Ok(against_null(*at, operator)),
            (Operand::Column(left, one), Operand::Column(right, other)) => {
                if one.kind.edm() != other.kind.edm() {
                    return Err(mismatch());
                }
                if left.alias != right.alias {
                    // Source: queries.md A.2: comparisons across tables are FetchXML's.
                    return Err(refuse::unsupported_node("SingleValuePropertyAccess"));
                }
                Ok(Predicate::Cols { left: *left, operator, right: *right })
            }
            (Operand::Literal(one), Operand::Literal(other)) => {
                constants(one, plain, other).map(|holds| fixed(holds != negate)).ok_or_else(mismatch)
            }
            _ => Err(mismatch()),
        }
    }

    /// A side of a comparison; conditions cannot be one.
    pub(super) fn operand(&mut self, expr: &Expr) -> Result<Operand<'a>> {
        match expr {
            Expr::Literal(literal) => Ok(Operand::Literal(literal.clone())),
            Expr::Path(path) => match self.resolve(path)? {
                Place::Column(at, column) => Ok(Operand::Column(at, column)),
                Place::Row(at, table) => Ok(Operand::Row(at, table)),
                Place::Rows(..) => Err(refuse::unsupported_node("CollectionNavigationNode")),
            },
            Expr::Alias(name) => match self.lowering.alias(name)? {
                Expr::Path(path) => self.operand(&Expr::Path(path)),
                Expr::Literal(literal) => Ok(Operand::Literal(literal)),
                _ => Err(refuse::unsupported_node("ParameterAlias")),
            },
            Expr::Call { name, .. } => Err(functions::refused_as_value(name)),
            Expr::Lambda { all, .. } => Err(refuse::unsupported_node(if *all { "All" } else { "Any" })),
            Expr::Not(inner) => {
                self.check_negated(inner)?;
                Err(refuse::unsupported_node("UnaryOperator"))
            }
            Expr::Or(_) | Expr::And(_) | Expr::Compare(..) => Err(refuse::unsupported_node("BinaryOperator")),
        }
    }

    fn lambda(
        &mut self,
        path: &Path,
        all: bool,
        body: Option<(&str, &Expr)>,
        negate: bool,
    ) -> Result<Predicate> {
        self.lowering.count_condition()?;
        self.lowering.count_join()?;
        let name = if all { "all" } else { "any" };
        let (table, link) = match self.resolve(path)? {
            Place::Rows(Alias::ROOT, table, navigation) => self.link(table, navigation.kind),
            // A collection behind a lookup. Source: queries.md A.6.
            Place::Rows(..) => return Err(refuse::unsupported_node("CollectionNavigationNode")),
            Place::Column(..) => return Err(refuse::unsupported_function(name)),
            Place::Row(..) => return Err(refuse::lambda_over_one()),
        };
        let exists = |kind, body| Predicate::Quant { kind, link, body: Box::new(body) };
        let mut inner = Scope::new(self.lowering, table, body.map(|(variable, _)| variable));
        inner.inverted = all;
        let filter = match body {
            Some((_, body)) => inner.condition(body, all)?,
            None => Predicate::True,
        };
        let body = Source { table: table.id, joins: inner.joins, filter };
        Ok(match (all, negate) {
            (true, false) if ALL_NEEDS_A_ROW => exists(Quantifier::AllNone, body),
            (true, true) if ALL_NEEDS_A_ROW => Predicate::or([
                exists(Quantifier::NotAny, Source::all(table.id)),
                exists(Quantifier::Any, body),
            ]),
            // The body of an `all` stands negated: nothing must satisfy it.
            _ if all == negate => exists(Quantifier::Any, body),
            _ => exists(Quantifier::NotAny, body),
        })
    }

    /// The related table of a collection, and how its rows are found from a row of `table`.
    fn link(&self, table: &Table, navigation: NavigationKind) -> (&'a Table, Link) {
        let catalogue = self.lowering.catalogue;
        match navigation {
            NavigationKind::Collection { table: related, column: from } => {
                (catalogue.table(related), Link::Columns { parent: Alias::ROOT, to: table.primary_id, from })
            }
            NavigationKind::ManyToMany { intersect, near, far, table: related } => {
                (catalogue.table(related), Link::Through { parent: Alias::ROOT, intersect, near, far })
            }
            NavigationKind::Lookup { .. } => unreachable!("a lookup leads to one row"),
        }
    }
}

impl Comparison {
    fn operator(self) -> Operator {
        match self {
            Self::Equal => Operator::Equal,
            Self::NotEqual => Operator::NotEqual,
            Self::Greater => Operator::GreaterThan,
            Self::GreaterOrEqual => Operator::GreaterEqual,
            Self::Less => Operator::LessThan,
            Self::LessOrEqual => Operator::LessEqual,
        }
    }
}

fn operand_type(operand: &Operand<'_>) -> String {
    match operand {
        Operand::Column(_, column) => column.kind.edm().to_owned(),
        Operand::Row(_, table) => format!("Microsoft.Dynamics.CRM.{table}"),
        Operand::Literal(literal) => literal_type(literal).to_owned(),
    }
}

fn against(at: ColRef, column: &Column, operator: Operator, literal: &Literal) -> Option<Predicate> {
    if *literal == Literal::Null {
        return Some(against_null(at, operator));
    }
    Some(Predicate::Cmp { column: at, operator, args: vec![coerce(literal, column)?] })
}

/// Null equals null here and nothing else; nothing is greater or less than it.
fn against_null(at: ColRef, operator: Operator) -> Predicate {
    match operator {
        Operator::Equal => Predicate::test(at, Operator::Null),
        Operator::NotEqual => Predicate::test(at, Operator::NotNull),
        _ => Predicate::False,
    }
}

fn fixed(holds: bool) -> Predicate {
    if holds { Predicate::True } else { Predicate::False }
}

/// Whether a comparison of two literals holds; `None` where their types do not go together.
fn constants(left: &Literal, operator: Operator, right: &Literal) -> Option<bool> {
    let (left, right) = (constant(left)?, constant(right)?);
    let order = match (left.is_null(), right.is_null()) {
        (true, true) => return Some(operator == Operator::Equal),
        (false, false) => compare_values(left.as_ref(), right.as_ref())?,
        _ => return Some(operator == Operator::NotEqual),
    };
    Some(match operator {
        Operator::Equal => order == Ordering::Equal,
        Operator::NotEqual => order != Ordering::Equal,
        Operator::GreaterThan => order == Ordering::Greater,
        Operator::GreaterEqual => order != Ordering::Less,
        Operator::LessThan => order == Ordering::Less,
        _ => order != Ordering::Greater,
    })
}
