//! `$filter` over objects of the directory. The text is read by the parser of the Web API's queries; what it means to
//! the directory is decided here.
//!
//! Source: "Advanced query capabilities on Azure AD directory objects": texts compare without regard to case; `ne`,
//! `not`, `endswith` and the number of a collection's elements are for advanced queries. `Assumed:` every property that
//! can be compared by default can be asked for null and for its beginning by default.

use jiff::Timestamp;
use serde_json::Value;

use super::error::{self, Result};
use super::item::{self, Item};
use super::property::{By, Kind, Property};
use crate::query::lang::odata;
use crate::query::lang::odata::syntax::{Argument, Comparison, Expr, Literal};

/// A condition on an object.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    /// All of several.
    All(Vec<Test>),
    /// One of several.
    One(Vec<Test>),
    /// Not so.
    Not(Box<Test>),
    /// A comparison.
    Compare(Operand, Comparison, Wanted),
    /// A text that begins so.
    Starts(Operand, String),
    /// A text that ends so.
    Ends(Operand, String),
    /// A collection with an element of which a condition holds, or with any.
    Has(&'static str, Option<Box<Test>>),
    /// How many elements a collection has.
    Counts(&'static str, Comparison, i64),
}

/// What is compared.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    /// A property of the object.
    Property(&'static str),
    /// The element of the collection at hand.
    Element,
    /// A member of that element.
    Member(Box<str>),
}

/// With what it is compared.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wanted {
    Null,
    Flag(bool),
    /// In lower case.
    Text(String),
    /// Seconds since 1970.
    Instant(i64),
}

/// Reads the text of a `$filter` on objects of these kinds.
///
/// # Errors
///
/// Graph's own refusals of what it does not understand or has no index for, 501 for what the emulator lacks.
pub(super) fn read(text: &str, kinds: &[Kind], is_advanced: bool) -> Result<Test> {
    let expression = odata::parse_filter(text).map_err(|fault| error::bad_syntax("filter clause", &fault))?;
    Reader { kinds, is_advanced, lambda: None }.test(&expression)
}

impl Test {
    /// Whether it holds of an object.
    pub(super) fn holds(&self, item: Item<'_>) -> bool {
        self.of(item, &Value::Null)
    }

    fn of(&self, item: Item<'_>, element: &Value) -> bool {
        let text = |operand: &Operand| match operand.value(item, element) {
            Value::String(text) => text.to_lowercase(),
            _ => String::new(),
        };
        match self {
            Self::All(parts) => parts.iter().all(|part| part.of(item, element)),
            Self::One(parts) => parts.iter().any(|part| part.of(item, element)),
            Self::Not(inner) => !inner.of(item, element),
            Self::Compare(operand, comparison, wanted) => {
                wanted.compare(*comparison, &operand.value(item, element))
            }
            // Every text begins with the empty one; what has none does not.
            Self::Starts(operand, start) => {
                text(operand).starts_with(start) && !operand.value(item, element).is_null()
            }
            Self::Ends(operand, end) => {
                text(operand).ends_with(end) && !operand.value(item, element).is_null()
            }
            Self::Has(property, inner) => {
                let value = item.value(property);
                let elements = value.as_array().map_or(&[][..], Vec::as_slice);
                elements.iter().any(|element| inner.as_ref().is_none_or(|inner| inner.of(item, element)))
            }
            Self::Counts(property, comparison, number) => {
                let count = item.value(property).as_array().map_or(0, Vec::len) as i64;
                comparison.is_so(count.cmp(number))
            }
        }
    }
}

impl Operand {
    fn value(&self, item: Item<'_>, element: &Value) -> Value {
        match self {
            Self::Property(name) => item.value(name),
            Self::Element => element.clone(),
            Self::Member(name) => element.get(&**name).cloned().unwrap_or_default(),
        }
    }
}

impl Wanted {
    fn compare(&self, comparison: Comparison, value: &Value) -> bool {
        let is_equal = match (self, value) {
            (Self::Null, value) => value.is_null(),
            (Self::Flag(wanted), Value::Bool(flag)) => wanted == flag,
            (Self::Text(wanted), Value::String(text)) => text.to_lowercase() == *wanted,
            (Self::Instant(wanted), Value::String(text)) => {
                let Ok(at) = text.parse::<Timestamp>() else { return false };
                return comparison.is_so(at.as_second().cmp(wanted));
            }
            _ => false,
        };
        is_equal == (comparison != Comparison::NotEqual)
    }

    fn edm(&self) -> &'static str {
        match self {
            Self::Null => "<null>",
            Self::Flag(_) => "Edm.Boolean",
            Self::Text(_) => "Edm.String",
            Self::Instant(_) => "Edm.DateTimeOffset",
        }
    }
}

impl Comparison {
    fn is_so(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
        }
    }
}

/// Reads expressions on objects of some kinds.
#[derive(Debug, Clone, Copy)]
struct Reader<'r> {
    kinds: &'r [Kind],
    is_advanced: bool,
    /// The variable of the lambda it is in.
    lambda: Option<&'r str>,
}

impl Reader<'_> {
    fn test(self, expression: &Expr) -> Result<Test> {
        Ok(match expression {
            Expr::And(parts) => Test::All(self.tests(parts)?),
            Expr::Or(parts) => Test::One(self.tests(parts)?),
            Expr::Not(inner) => {
                self.advanced(error::unsupported_query)?;
                Test::Not(Box::new(self.test(inner)?))
            }
            Expr::Compare(comparison, left, right) => self.comparison(*comparison, left, right)?,
            Expr::Call { path, name, args } if path.is_empty() => self.call(name, args)?,
            Expr::Lambda { path, all: false, body } if self.lambda.is_none() => {
                let [collection] = &**path else { return Err(error::filter_complex()) };
                let property = self.property(collection)?;
                if property.by != By::Collection {
                    return Err(self.refused(property));
                }
                let inner = body.as_ref().map(|(variable, inner)| {
                    Reader { lambda: Some(variable), ..self }.test(inner).map(Box::new)
                });
                Test::Has(property.name, inner.transpose()?)
            }
            _ => return Err(error::filter_complex()),
        })
    }

    fn tests(self, parts: &[Expr]) -> Result<Vec<Test>> {
        parts.iter().map(|part| self.test(part)).collect()
    }

    fn comparison(self, comparison: Comparison, left: &Expr, right: &Expr) -> Result<Test> {
        let Expr::Literal(literal) = right else { return Err(error::filter_complex()) };
        // `startswith(a,'b') eq true` says what `startswith(a,'b')` says.
        if let (Expr::Call { .. }, Comparison::Equal, Literal::Bool(is_so)) = (left, comparison, literal) {
            return if *is_so { self.test(left) } else { self.test(&Expr::Not(Box::new(left.clone()))) };
        }
        let Expr::Path(path) = left else { return Err(error::filter_complex()) };
        if let ([collection, count], Literal::Int(number), None) = (&**path, literal, self.lambda)
            && &**count == "$count"
        {
            let property = self.property(collection)?;
            if property.by != By::Collection {
                return Err(self.refused(property));
            }
            self.advanced(error::unsupported_query)?;
            return Ok(Test::Counts(property.name, comparison, *number));
        }
        if comparison == Comparison::NotEqual {
            self.advanced(|| error::advanced_only(error::filter_operator("NotEqualsMatch")))?;
        }
        let (operand, by) = self.operand(path)?;
        let wanted = wanted(literal).map_err(|edm| incompatible(by, edm, comparison))?;
        let is_ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let takes = match by {
            By::Id | By::Text => matches!(wanted, Wanted::Text(_)),
            By::Flag => matches!(wanted, Wanted::Flag(_)),
            By::Instant => matches!(wanted, Wanted::Instant(_)),
            By::Nothing | By::Collection => return Err(self.refused_path(path)),
        };
        if !takes && wanted != Wanted::Null {
            return Err(incompatible(by, wanted.edm(), comparison));
        }
        if is_ordered && (by != By::Instant || matches!(comparison, Comparison::Greater | Comparison::Less)) {
            return Err(error::filter_operator(operator(comparison)));
        }
        Ok(Test::Compare(operand, comparison, wanted))
    }

    fn call(self, name: &str, args: &[Argument]) -> Result<Test> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("contains") {
            return Err(error::filter_operator("Contains"));
        }
        let [
            Argument { name: None, value: Expr::Path(path) },
            Argument { name: None, value: Expr::Literal(Literal::String(text)) },
        ] = args
        else {
            return Err(error::filter_complex());
        };
        let (operand, by) = self.operand(path)?;
        if by != By::Text {
            return Err(self.refused_path(path));
        }
        if is("startswith") {
            return Ok(Test::Starts(operand, text.to_lowercase()));
        }
        if is("endswith") {
            if !matches!(operand, Operand::Property("mail" | "userPrincipalName")) {
                return Err(self.refused_path(path));
            }
            self.advanced(error::unsupported_query)?;
            return Ok(Test::Ends(operand, text.to_lowercase()));
        }
        Err(error::filter_complex())
    }

    /// What a path leads to, and how it is compared.
    fn operand(self, path: &[Box<str>]) -> Result<(Operand, By)> {
        match (path, self.lambda) {
            ([element], Some(variable)) if **element == *variable => Ok((Operand::Element, By::Text)),
            ([element, member], Some(variable)) if **element == *variable => {
                Ok((Operand::Member(member.clone()), By::Text))
            }
            ([name], None) => {
                let property = self.property(name)?;
                Ok((Operand::Property(property.name), property.by))
            }
            _ => Err(error::filter_complex()),
        }
    }

    fn property(self, name: &str) -> Result<&'static Property> {
        item::known(name, self.kinds, error::filter_unknown)
    }

    fn refused(self, property: &Property) -> error::Error {
        let kind = self.kinds.first().map_or("DirectoryObject", |kind| kind.resource());
        error::filter_property(property.name, kind)
    }

    fn refused_path(self, path: &[Box<str>]) -> error::Error {
        let kind = self.kinds.first().map_or("DirectoryObject", |kind| kind.resource());
        error::filter_property(&path.join("/"), kind)
    }

    fn advanced(self, otherwise: impl FnOnce() -> error::Error) -> Result<()> {
        if self.is_advanced { Ok(()) } else { Err(otherwise()) }
    }
}

/// What a literal asks for, or its type where no property has values of it.
fn wanted(literal: &Literal) -> std::result::Result<Wanted, &'static str> {
    Ok(match literal {
        Literal::Null => Wanted::Null,
        Literal::Bool(flag) => Wanted::Flag(*flag),
        Literal::String(text) => Wanted::Text(text.to_lowercase()),
        Literal::Guid(id) => Wanted::Text(id.to_string()),
        Literal::DateTime(seconds) => Wanted::Instant(*seconds),
        Literal::Date(days) => Wanted::Instant(i64::from(*days) * 86_400),
        Literal::Int(_) => return Err("Edm.Int32"),
        Literal::Decimal(_) => return Err("Edm.Decimal"),
        Literal::Double(_) => return Err("Edm.Double"),
        Literal::Enum { .. } | Literal::Json(_) => return Err("Edm.Untyped"),
    })
}

fn incompatible(by: By, right: &str, comparison: Comparison) -> error::Error {
    let left = match by {
        By::Flag => "Edm.Boolean",
        By::Instant => "Edm.DateTimeOffset",
        _ => "Edm.String",
    };
    error::incompatible(left, right, operator(comparison))
}

/// The `OData` library's name of a comparison.
fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "Equal",
        Comparison::NotEqual => "NotEqual",
        Comparison::Greater => "GreaterThan",
        Comparison::GreaterOrEqual => "GreaterThanOrEqual",
        Comparison::Less => "LessThan",
        Comparison::LessOrEqual => "LessThanOrEqual",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::directory::{Account, sku};

    fn ann() -> Account {
        let mut account = Account::new(Uuid::from_u128(7), "Ann@contoso.com");
        account.display_name = Some("Ann O'Brian".into());
        account.licenses = vec![sku::PROFESSIONAL.to_owned()];
        account.profile.business_phones = vec!["+1 425".into()];
        account.created_date_time = Some("2026-03-01T12:00:00Z".parse().unwrap());
        account
    }

    fn asked(text: &str, is_advanced: bool) -> String {
        match read(text, &[Kind::User], is_advanced) {
            Ok(test) => test.holds(Item::User(&ann())).to_string(),
            Err(error) => format!("{error:?}"),
        }
    }

    #[test]
    fn what_can_be_asked_by_default() {
        for (text, expected) in [
            ("userPrincipalName eq 'ann@CONTOSO.com'", "true"),
            ("displayName eq 'ann o''brian'", "true"),
            ("id eq '00000000-0000-0000-0000-000000000007'", "true"),
            ("id eq 00000000-0000-0000-0000-000000000007", "true"),
            ("startswith(displayName,'ANN')", "true"),
            ("startsWith(displayName, 'bea') or accountEnabled eq true", "true"),
            ("startswith(displayName,'a') and accountEnabled eq false", "false"),
            ("startswith(givenName,'')", "false"),
            ("startswith(displayName,'a') eq true", "true"),
            ("givenName eq null", "true"),
            ("createdDateTime ge 2026-03-01T12:00:00Z and createdDateTime le 2026-03-01T12:00:00Z", "true"),
            ("assignedLicenses/any(l:l/skuId eq d17b27af-3f49-4822-99f9-56a661538792)", "true"),
            ("assignedLicenses/any(l:l/skuId eq 906af65a-2970-46d5-9b58-4e9aa50f0657)", "false"),
            ("businessPhones/any(p:startswith(p,'+1'))", "true"),
            (
                "assignedPlans/any(p:p/servicePlanId eq f9646fb2-e3b2-4309-95de-dc4833737456 and p/capabilityStatus eq 'Enabled')",
                "true",
            ),
        ] {
            assert_eq!(asked(text, false), expected, "{text}");
        }
    }

    #[test]
    fn what_only_advanced_queries_can_ask() {
        for (text, expected, code) in [
            ("displayName ne 'Bea'", "true", "NotEqualsMatch"),
            ("not startswith(displayName,'a')", "false", "Unsupported Query."),
            ("startswith(displayName,'a') eq false", "false", "Unsupported Query."),
            ("endswith(mail,'.com')", "false", "Unsupported Query."),
            ("endsWith(userPrincipalName,'@contoso.COM')", "true", "Unsupported Query."),
            ("assignedLicenses/$count eq 0", "false", "Unsupported Query."),
            ("assignedLicenses/$count ge 1", "true", "Unsupported Query."),
        ] {
            assert_eq!(asked(text, true), expected, "{text}");
            let refused = asked(text, false);
            assert!(refused.contains(code) && refused.contains("ConsistencyLevel"), "{text}: {refused}");
        }
    }

    #[test]
    fn what_is_refused() {
        for (text, words) in [
            ("contains(displayName,'a')", "Unsupported property filter clause operator 'Contains'."),
            ("displayName eq 1", "Found operand types 'Edm.String' and 'Edm.Int32'"),
            ("shoeSize eq 1", "Could not find a property named 'shoeSize' on type 'microsoft.graph.user'."),
            ("companyName eq 'x'", "NotEmulated"),
            ("displayName in ('a')", "NotEmulated"),
            (
                "accountEnabled eq 'yes'",
                "Found operand types 'Edm.Boolean' and 'Edm.String' for operator kind 'Equal'",
            ),
            ("displayName gt 'a'", "operator 'GreaterThan'"),
            ("endswith(displayName,'a')", "property 'displayName' of resource 'User'"),
            ("displayName eq", "Invalid filter clause: Syntax error"),
            ("displayName", "unsupported filter clause"),
            ("displayName eq mail", "unsupported filter clause"),
            ("assignedLicenses eq null", "property 'assignedLicenses'"),
            ("manager/id eq 'x'", "unsupported filter clause"),
            ("assignedLicenses/all(l:l/skuId eq 'x')", "unsupported filter clause"),
            ("tolower(displayName) eq 'a'", "unsupported filter clause"),
        ] {
            let refused = asked(text, true);
            assert!(refused.contains(words), "{text}: {refused}");
        }
    }

    proptest! {
        /// Whatever the text, it is understood or refused, and what is understood can be asked.
        #[test]
        fn no_text_breaks_it(text in r"(\(|\)|'|[a-z]{1,3}|displayName|assignedLicenses|/any\(x:|/\$count| eq | ne | and | or |not |null|true|1|startswith\(|,){0,12}") {
            asked(&text, true);
        }

        /// A condition and its negation never agree.
        #[test]
        fn a_negation_is_the_opposite(start in "[a-zA-Z' ]{0,4}") {
            let start = start.replace('\'', "''");
            let text = format!("startswith(displayName,'{start}')");
            prop_assert_ne!(asked(&text, true), asked(&format!("not {text}"), true));
        }
    }
}
