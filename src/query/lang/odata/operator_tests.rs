//! A table of cases about the platform's operators: which rows they find, when, for whom.
//!
//! Beside the options a case may say `!now`, `!zone` (the caller's `timezonecode`), `!as` (the caller), `!language`,
//! and values of the organization's row: `!week`, `!fiscal` (first day), `!periods` (type), `!reports` (depth) and
//! `!positions`.

use uuid::Uuid;

use super::super::super::exec::run;
use super::super::super::testing::{Sample, check, options, pairs};
use super::*;
use crate::fault::Kind;
use crate::model::{Record, Reference, Value};
use crate::store::Records;

/// The common sample, and rows with dates and in hierarchies.
fn sample() -> Sample {
    let mut sample = Sample::new();
    let people = ["dora", "emil"].map(|key| reference(&sample, key));
    let to = |sample: &Sample, key: &str| Value::Lookup(reference(sample, key));
    for (key, name, above) in [
        ("group", "Group", None),
        ("north", "Group North", Some("group")),
        ("oslo", "Group North Oslo", Some("north")),
        ("south", "Group South", Some("group")),
    ] {
        let mut values: Vec<(&str, Value)> = vec![("name", name.into()), ("ownerid", to(&sample, "team1"))];
        values.extend(above.map(|above| ("parentaccountid", to(&sample, above))));
        sample.add(key, "account", &values);
    }
    // Around the midnights of a Monday in Greenwich, Los Angeles and Berlin.
    for (subject, end) in [
        ("long ago", "2019-02-11T12:00:00Z"),
        ("last quarter", "2020-06-30T23:59:59Z"),
        ("saturday", "2020-08-15T12:00:00Z"),
        ("sunday evening", "2020-08-16T21:59:59Z"),
        ("sunday midnight in Berlin", "2020-08-16T22:00:00Z"),
        ("monday midnight", "2020-08-17T00:00:00Z"),
        ("monday midnight in Los Angeles", "2020-08-17T07:00:00Z"),
        ("now", "2020-08-17T13:00:00Z"),
        ("a second later", "2020-08-17T13:00:01Z"),
        ("monday evening", "2020-08-17T23:59:59Z"),
        ("tuesday", "2020-08-18T00:00:00Z"),
        ("next year", "2021-02-11T12:00:00Z"),
    ] {
        let second = end.parse::<jiff::Timestamp>().unwrap().as_second();
        sample.add("", "task", &[("subject", subject.into()), ("scheduledend", Value::DateTime(second))]);
    }
    for (name, born) in [("Sunday", "2020-08-16"), ("Monday", "2020-08-17"), ("Tuesday", "2020-08-18")] {
        let days = crate::query::lang::days_of(born.parse().unwrap());
        sample.add("", "contact", &[("fullname", name.into()), ("birthdate", Value::Date(days))]);
    }
    sample.add("head", "position", &[("name", "Head".into())]);
    let head = to(&sample, "head");
    sample.add("hand", "position", &[("name", "Hand".into()), ("parentpositionid", head.clone())]);
    let hand = to(&sample, "hand");
    let Sample { catalogue, records, .. } = &mut sample;
    for (person, position) in people.into_iter().zip([head, hand]) {
        put(catalogue, records, person, vec![("positionid", position)]);
    }
    sample
}

fn reference(sample: &Sample, key: &str) -> Reference {
    let table = match key {
        "team1" => "team",
        "head" | "hand" => "position",
        "dora" | "emil" => "systemuser",
        _ => "account",
    };
    Reference::new(sample.table(table), sample.id(key))
}

/// Sets columns of a row, which may be new.
fn put(catalogue: &Catalogue, records: &mut Records, to: Reference, values: Vec<(&str, Value)>) {
    let table = catalogue.table(to.table);
    let mut record = records.table(to.table).get(to.id).map_or_else(Record::new, |row| row.to_record());
    for (name, value) in values {
        record.set(table.column_id(name).expect(name), value);
    }
    if records.replace(to.table, to.id, 900, &record).is_none() {
        records.insert(to.table, to.id, 900, &record);
    }
}

/// The rows of a case, or its refusal.
fn answer(sample: &Sample, line: &str) -> String {
    let line = sample.fill_in(line);
    let (set, text) = line.split_once('?').unwrap();
    let table = sample.catalogue.entity_set(set).unwrap().id;
    let mut pairs = pairs(text);
    let said = |name: &str| pairs.iter().find(|(of, _)| of == name).map(|(_, value)| value.to_string());
    let number = |name: &str| said(name).map(|text| Value::Int(text.parse().unwrap()));
    let now = said("!now").unwrap_or_else(|| "2020-08-17T13:00:00Z".to_owned());
    let caller = sample.id(&said("!as").unwrap_or_else(|| "anna".to_owned()));
    let settings = [("timezonecode", number("!zone")), ("uilanguageid", number("!language"))];
    let settings = settings.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let mut organization: Vec<(&str, Value)> = vec![("name", "Contoso".into())];
    organization.extend(number("!week").map(|day| ("weekstartdaycode", day)));
    organization.extend(number("!periods").map(|kind| ("fiscalperiodtype", kind)));
    organization.extend(said("!fiscal").map(|day| {
        let start: jiff::Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
        ("fiscalcalendarstart", Value::DateTime(start.as_second()))
    }));
    if let Some(depth) = number("!reports") {
        organization.push(("ishierarchicalsecuritymodelenabled", true.into()));
        organization.push(("maxdepthforhierarchicalsecuritymodel", depth));
    }
    organization.extend(said("!positions").map(|_| ("usepositionhierarchy", true.into())));
    let mut records = sample.records.clone();
    let row = |table: &str, id| Reference::new(sample.table(table), id);
    put(&sample.catalogue, &mut records, row("usersettings", caller), settings);
    put(&sample.catalogue, &mut records, row("organization", Uuid::from_u128(1)), organization);
    let options = options(&mut pairs);
    let query = match parse(&sample.catalogue, table, &options) {
        Ok(query) => query,
        Err(fault) => {
            let kind = if fault.kind() == Kind::NotEmulated { " 501" } else { "" };
            return format!("{}{kind} {}", fault.code_text(), fault.message());
        }
    };
    let mut context = sample.context();
    context.records = &records;
    context.now = now.parse().unwrap();
    context.caller.user_id = caller;
    let found = run(&context, &query).unwrap();
    let name = sample.catalogue.table(table).primary_name;
    let labels: Vec<String> = found
        .rows()
        .iter()
        .map(|slot| {
            let row = records.table(table).row(*slot).unwrap();
            name.and_then(|name| row.get(name).as_str()).unwrap_or("one without a name").to_owned()
        })
        .collect();
    labels.join("; ")
}

#[test]
fn operators_find_rows() {
    let sample = sample();
    check("odata-operators.txt", |line| answer(&sample, line));
}

/// Every function of every column with every sort of argument is answered, whatever the answer is.
#[test]
fn no_argument_makes_a_function_panic() {
    const VALUES: &[&str] = &[
        "1",
        "-1",
        "9223372036854775807",
        "1e400",
        "'2026-02-03'",
        "9999-12-31",
        "0001-01-01T00:00:00Z",
        "'9999-12-31T23:59:59-14:00'",
        "00000000-0000-0000-0000-00000000000a",
        "[\"1\",\"2\"]",
        "[\"2026-02-03\",\"\\ud83d\"]",
        "['00000000-0000-0000-0000-00000000000a',\"\\u0041\\n\"]",
        "[",
        "[1",
        "[\"",
        "@p",
        "null",
        "true",
        "''",
    ];
    let sample = sample();
    let mut context = sample.context();
    let account = sample.catalogue.table_named("account").unwrap();
    for now in [jiff::Timestamp::MIN, jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::MAX] {
        context.now = now;
        for operator in crate::query::plan::Operator::ALL {
            for column in ["name", "createdon", "lastusedincampaign", "ownerid"] {
                for value in VALUES {
                    let name = operator.function();
                    let filters = [
                        format!("(PropertyName='{column}')"),
                        format!("(PropertyName='{column}',PropertyValue={value})"),
                        format!("(PropertyName='{column}',PropertyValues={value})"),
                        format!("(PropertyName='{column}',PropertyValue1={value},PropertyValue2={value})"),
                    ];
                    for filter in filters {
                        let filter = format!("Microsoft.Dynamics.CRM.{name}{filter}");
                        let pairs = [
                            (Cow::Borrowed("$filter"), Cow::Owned(filter)),
                            (Cow::Borrowed("@p"), Cow::Borrowed(*value)),
                        ];
                        let options = Options { pairs: &pairs, ..Options::default() };
                        if let Ok(query) = parse(&sample.catalogue, account.id, &options) {
                            run(&context, &query).unwrap();
                        }
                    }
                }
            }
        }
    }
}
