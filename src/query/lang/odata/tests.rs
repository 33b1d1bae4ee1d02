//! Tables of cases: options to plans, to rows and to refusals; keys; the official grammar.

use std::fmt::Write as _;

use super::super::super::exec::{Expanded, Found, PreparedExpand, run};
use super::super::super::testing::{Random, Sample, check, options, pairs};
use super::*;
use crate::fault::Kind;
use crate::model::Value;
use crate::query::plan::Expand;
use crate::store::{RowRef, Slot};

/// An `$expand` of business units with so many properties, three to a level.
fn properties(count: usize) -> String {
    let names = ["createdby", "modifiedby", "parentbusinessunitid"];
    match count {
        0..=3 => names[..count].join(","),
        _ => format!("{}($expand={})", names.join(","), properties(count - 3)),
    }
}

/// An `$expand` of users so deep.
fn deep(levels: usize) -> String {
    match levels {
        0 | 1 => "businessunitid".to_owned(),
        _ => format!("parentsystemuserid($expand={})", deep(levels - 1)),
    }
}

/// The answer to `systemusers?$filter=...` by `then`.
fn parsed<T>(sample: &Sample, line: &str, then: impl Fn(&Query) -> T) -> Result<T> {
    let line = sample
        .fill_in(line)
        .replace("{15 properties}", &properties(15))
        .replace("{16 properties}", &properties(16))
        .replace("{16 deep}", &deep(16));
    let (set, text) = line.split_once('?').unwrap_or((&line, ""));
    let table = sample.catalogue.entity_set(set).unwrap_or_else(|| panic!("no set {set}"));
    let mut pairs = pairs(text);
    let options = options(&mut pairs);
    parse(&sample.catalogue, table.id, &options).map(|query| then(&query))
}

fn refusal(fault: &Fault) -> String {
    let kind = if fault.kind() == Kind::NotEmulated { " 501" } else { "" };
    format!("{}{kind} {}", fault.code_text(), fault.message())
}

#[test]
fn options_become_plans() {
    let sample = Sample::new();
    check("odata-plans.txt", |line| {
        parsed(&sample, line, |query| query.display(&sample.catalogue).to_string())
            .unwrap_or_else(|fault| refusal(&fault))
    });
}

#[test]
fn what_is_not_taken_is_refused_in_the_services_words() {
    let sample = Sample::new();
    check("odata-refusals.txt", |line| {
        parsed(&sample, line, |query| format!("PARSED {}", query.display(&sample.catalogue)))
            .unwrap_or_else(|fault| refusal(&fault))
    });
}

#[test]
fn documented_queries_become_plans() {
    let sample = Sample::new();
    check("odata-documented.txt", |line| {
        parsed(&sample, line, |query| query.display(&sample.catalogue).to_string())
            .unwrap_or_else(|fault| refusal(&fault))
    });
}

/// The groups of an answer: their values by name, what has none left out.
fn groups(sample: &Sample, query: &Query) -> Result<String> {
    let group = query.group.as_ref().expect("a plan with groups");
    let found = run(&sample.context(), query)?;
    let Found::Groups(groups) = found.found else { panic!("rows, not groups: {:?}", found.found) };
    let keys = group.keys.iter().map(|key| &key.name);
    let names: Vec<_> = keys.chain(group.measures.iter().map(|measure| &measure.name)).collect();
    let print = |value: &Value| match value {
        Value::String(text) => text.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Date(day) => crate::query::lang::date_of(*day).unwrap().to_string(),
        Value::Decimal(number) => number.normalize().to_string(),
        Value::Lookup(to) => {
            sample.label(to.table, sample.records.table(to.table).find(to.id).expect("the row"))
        }
        Value::DateTime(second) => jiff::Timestamp::from_second(*second).unwrap().to_string(),
        other => format!("{other:?}"),
    };
    let shown: Vec<String> = groups
        .iter()
        .map(|values| {
            let present = names.iter().zip(values).filter(|(_, value)| !value.is_null());
            let members: Vec<_> = present.map(|(name, value)| format!("{name} {}", print(value))).collect();
            format!("({})", members.join(", "))
        })
        .collect();
    let count = found.count.map_or(String::new(), |count| format!(" of {}", count.value));
    Ok(format!("{}{count}", shown.join(" ")))
}

#[test]
fn groups_are_worked_out() {
    let sample = Sample::new();
    check("odata-groups.txt", |line| {
        parsed(&sample, line, |query| groups(&sample, query))
            .and_then(|shown| shown)
            .unwrap_or_else(|fault| refusal(&fault))
    });
}

/// What a property holds for a row; what is nested in it stands in angle brackets.
fn expanded(sample: &Sample, expand: &Expand, table: TableId, row: RowRef<'_>) -> String {
    let context = sample.context();
    let label = |table: TableId, slot: Slot| {
        let row = context.records.table(table).row(slot).unwrap();
        let nested: Vec<_> = expand.expand.iter().map(|inner| expanded(sample, inner, table, row)).collect();
        let label = sample.label(table, slot);
        if nested.is_empty() { label } else { format!("{label} <{}>", nested.join("; ")) }
    };
    match PreparedExpand::new(&context, expand).of(table, row) {
        Expanded::One(one) => one.map_or("null".to_owned(), |(table, slot)| label(table, slot)),
        Expanded::Many(table, slots) => {
            let names: Vec<_> = slots.iter().map(|slot| label(table, *slot)).collect();
            format!("[{}]", names.join(", "))
        }
    }
}

/// Every page of an answer: names, `|` between pages, then the count.
fn rows(sample: &Sample, query: &Query) -> String {
    let context = sample.context();
    let mut query = query.clone();
    let mut text = String::new();
    for _ in 0..20 {
        let found = match run(&context, &query) {
            Ok(found) => found,
            Err(fault) => return refusal(&fault),
        };
        let labels: Vec<String> = found
            .rows()
            .iter()
            .map(|slot| {
                let mut label = sample.label(query.source.table, *slot);
                let row = context.records.table(query.source.table).row(*slot).unwrap();
                for expand in &query.expand {
                    label = format!("{label} -> {}", expanded(sample, expand, query.source.table, row));
                }
                label
            })
            .collect();
        text.push_str(&labels.join("; "));
        if let Some(count) = found.count {
            write!(text, " ({}{})", count.value, if count.exceeded { "+" } else { "" }).unwrap();
        }
        let Some(next) = found.next else { return text };
        text.push_str(" | ");
        let token = next.token();
        let token = percent_encoding::percent_decode_str(&token).decode_utf8().unwrap();
        query.page.start = crate::query::cookie::parse(&token).unwrap();
    }
    panic!("paging never ends: {text}");
}

#[test]
fn plans_find_rows() {
    let sample = Sample::new();
    check("odata-rows.txt", |line| {
        parsed(&sample, line, |query| rows(&sample, query)).unwrap_or_else(|fault| refusal(&fault))
    });
}

#[test]
fn keys_are_read() {
    let sample = Sample::new();
    check("odata-keys.txt", |line| {
        let line = sample.fill_in(line);
        let (set, key) = line.split_once('(').unwrap();
        let table = sample.catalogue.entity_set(set).unwrap();
        match parse_key(&sample.catalogue, table.id, key.strip_suffix(')').unwrap()) {
            Ok(KeyText::Id(id)) => format!("id {id}"),
            Ok(KeyText::Named(values)) => {
                let texts: Vec<String> = values
                    .iter()
                    .map(|(column, value)| format!("{} = {value:?}", table.column(*column).logical_name))
                    .collect();
                texts.join(", ")
            }
            Err(fault) => refusal(&fault),
        }
    });
}

#[test]
fn parameters_are_read() {
    check("odata-parameters.txt", |line| {
        match parse_parameters(line.strip_prefix("F(").unwrap().strip_suffix(')').unwrap()) {
            Ok(parameters) => format!("{parameters:?}"),
            Err(fault) => refusal(&fault),
        }
    });
}

#[test]
fn an_alias_without_a_value_is_null() {
    let pairs = pairs("@p=5&@q='x'");
    let options = Options { pairs: &pairs, ..Options::default() };
    assert_eq!(options.alias("p").unwrap(), Literal::Int(5));
    assert_eq!(options.alias("q").unwrap(), Literal::String("x".into()));
    assert_eq!(options.alias("r").unwrap(), Literal::Null);
}

#[test]
fn nothing_hostile_exhausts_the_stack() {
    let sample = Sample::new();
    let user = sample.table("systemuser");
    let deep = 20_000;
    for text in [
        "(".repeat(deep),
        format!("{}isdisabled{}", "(".repeat(deep), ")".repeat(deep)),
        format!("{}isdisabled", "not ".repeat(deep)),
        format!("{}accessmode", "not(".repeat(deep)),
        format!("accessmode{}", " eq 1".repeat(deep)),
        format!("accessmode eq {}1", "-".repeat(deep)),
        "businessunitid($expand=".repeat(deep),
        format!("{}{}", "parentsystemuserid($expand=".repeat(deep), ")".repeat(deep)),
        "filter(".repeat(deep),
        format!("groupby(({}", "(".repeat(deep)),
        "contains(".repeat(deep),
        "a/any(o:".repeat(deep),
        "createdby/".repeat(deep),
        "[".repeat(deep),
        "'".repeat(deep + 1),
    ] {
        for option in ["$filter", "$orderby", "$expand", "$apply"] {
            let pairs = [(Cow::Borrowed(option), Cow::Borrowed(text.as_str()))];
            let options = Options { pairs: &pairs, ..Options::default() };
            assert!(parse(&sample.catalogue, user, &options).is_err());
        }
    }
    // Long chains are flat: the limit on conditions decides, not the stack.
    let chain = vec!["accessmode eq 1"; 400].join(" or ");
    let pairs = vec![(Cow::Borrowed("$filter"), Cow::Owned(chain))];
    let options = Options { pairs: &pairs, ..Options::default() };
    assert!(parse(&sample.catalogue, user, &options).is_ok());
}

/// Pieces of the language and of what is none.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "accessmode", "fullname", "businessunitid", "systemuserroles_association", "/", "/any(", "/all(", "x:", "x/",
    "(", ")", "'", "''", "'a'", "'é", " ", " eq ", " ne ", " and ", " or ", "not ", "not(", "contains(", ",", ";",
    "$select=", "$filter=", "$ref", "$count", "$it", "@p", "@", "=", "[", "]", "{", "}", "\"", "\\", "null", "true",
    "-", "5", "1.5", "1e", "99999999999999999999999999999999999999", "2020-01-01", "T10:00", "Z", "+",
    "5d4a3b2c-0000-0000-0000-00000000000a", "guid'", "Microsoft.Dynamics.CRM.", "In(", "desc", "é", "𝒳", "\u{0}",
    "\n", "%", "*", ".", ":", " in ", "cast(", "$expand=", "createdby", "groupby((", "aggregate(", "filter(",
    "$count as n", " with sum as n", "))", ")/",
];

/// Put together at random: whatever comes out is answered.
#[test]
fn no_text_makes_the_parser_panic() {
    let sample = Sample::new();
    let user = sample.table("systemuser");
    let mut random = Random::new(7);
    for _ in 0..4_000 {
        let text: String =
            (0..random.below(14)).map(|_| PIECES[random.below(PIECES.len() as u32) as usize]).collect();
        fuzzing::filter(&sample.catalogue, user, &text);
        fuzzing::expand(&sample.catalogue, user, &text);
        fuzzing::apply(&sample.catalogue, user, &text);
        for option in ["$filter", "$orderby", "$select", "$expand", "$apply", "$top", "$skiptoken"] {
            let pairs = [
                (Cow::Borrowed(option), Cow::Borrowed(text.as_str())),
                (Cow::Borrowed("@p"), Cow::Borrowed(text.as_str())),
            ];
            let options = Options { pairs: &pairs, ..Options::default() };
            if let Ok(query) = parse(&sample.catalogue, user, &options) {
                let _ = query.display(&sample.catalogue).to_string();
                if let Err(fault) = run(&sample.context(), &query) {
                    assert_eq!(option, "$skiptoken", "{text}: {fault}");
                }
            }
        }
        let _ = parse_key(&sample.catalogue, user, &text);
        let _ = parse_parameters(&text);
        let _ = parse_literal(&text);
    }
}

/// The official grammar's own cases, as far as they are about what the service takes.
///
/// Source: OASIS, odata-abnf-testcases.yaml (oasis-tcs/odata-abnf, commit e7790a5910f0). A `difference` says why a
/// case is not read as the grammar reads it.
#[cfg(test)]
mod abnf {
    use super::parse;

    #[test]
    fn the_official_cases_are_read_as_the_grammar_says() {
        let text = include_str!("../../../../tests/cases/odata-abnf.jsonl");
        let mut wrong = String::new();
        for line in text.lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let input = case["input"].as_str().unwrap();
            let input = percent_encoding::percent_decode_str(input).decode_utf8().unwrap();
            let failure = match case["read_as"].as_str().unwrap() {
                "orderby" => parse::order(&input).err(),
                "select" => parse::select(&input).err(),
                "expand" => parse::expand(&input).err(),
                _ => parse::expression(&input).err(),
            };
            // An operator that only the service lacks is good grammar.
            let parsed = failure.is_none_or(|failure| matches!(failure.why, parse::Why::Foreign(_)));
            let expected = case["should_parse"] == true;
            if parsed != (expected == case["difference"].is_null()) {
                wrong = format!("{wrong}{line}\n");
            }
        }
        assert!(wrong.is_empty(), "read otherwise than expected:\n{wrong}");
    }
}
