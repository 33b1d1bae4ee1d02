//! Every part of a plan shows in its text.

use super::*;
use crate::model::Reference;
use crate::query::cookie::Cookie;
use crate::query::lang::odata::{Options, parse};
use crate::query::plan::{Aggregate, DatePart, GroupKey, GroupOrder, Measure};
use crate::query::testing::{id, options, pairs};

fn plan(catalogue: &Catalogue, line: &str) -> Query {
    let (set, text) = line.split_once('?').unwrap();
    let mut pairs = pairs(text);
    let options: Options<'_> = options(&mut pairs);
    parse(catalogue, catalogue.entity_set(set).unwrap().id, &options).unwrap()
}

type Change<'a> = Box<dyn Fn(&mut Query) + 'a>;

/// A plan that has something everywhere, and what one change makes of it.
#[test]
#[expect(clippy::too_many_lines, reason = "one line each part of a plan")]
fn every_part_of_a_plan_is_printed() {
    let catalogue = Catalogue::embedded();
    let column = |table: &str, name: &str| catalogue.table_named(table).unwrap().column_id(name).unwrap();
    let root = plan(
        &catalogue,
        "accounts?$filter=primarycontactid/fullname eq 'x' and Account_Tasks/any(t:t/subject eq 'y')\
         &$orderby=name&$select=name&$expand=primarycontactid($select=fullname),\
         Account_Tasks($select=subject;$filter=statecode eq 1)&$count=true&!maxpagesize=3",
    );
    assert_eq!(
        root.display(&catalogue).to_string(),
        "account where primarycontactid:contact/fullname = 'x' and any task.regardingobjectid(subject = 'y') \
         order by name page 3 count select name expand primarycontactid(contact select fullname) \
         expand Account_Tasks(task where statecode = 1 top 5000 select subject)"
    );
    let name = ColRef::root(column("account", "name"));
    let revenue = ColRef::root(column("account", "revenue"));
    let contact = ColRef { alias: Alias(1), column: column("contact", "fullname") };
    let named = |name: &str, aliased| Named { column: contact, name: name.into(), aliased };
    let key = |part, name: &str| GroupKey { column: revenue, part, name: name.into() };
    let measure = |function, column, name: &str| Measure { function, column, name: name.into() };
    let group =
        Group { keys: vec![key(None, "revenue")], measures: vec![], order: vec![], most_rows: 50_000 };
    let order = |output, by, descending| GroupOrder { output, by, descending };
    let cmp = |operator, value: Value| Predicate::Cmp { column: name, operator, args: vec![value] };
    let account = catalogue.table_named("account").unwrap().id;
    let link = |to: &str, from: &str| Link::Columns {
        parent: Alias::ROOT,
        to: column("account", to),
        from: column("contact", from),
    };
    let through = |near: &str, far: &str| Link::Through {
        parent: Alias::ROOT,
        intersect: catalogue.table_named("systemuserroles").unwrap().id,
        near: column("systemuserroles", near),
        far: column("systemuserroles", far),
    };
    let quant = |kind, link, table: &str| Predicate::Quant {
        kind,
        link,
        body: Box::new(Source::all(catalogue.table_named(table).unwrap().id)),
    };
    let mut changes: Vec<Change<'_>> = vec![
        Box::new(|_| {}),
        Box::new(|q| q.source.table = catalogue.table_named("contact").unwrap().id),
        Box::new(|q| q.source.joins[0].kind = JoinKind::Inner),
        Box::new(|q| q.source.joins[0].kind = JoinKind::First),
        Box::new(|q| q.source.joins[0].from = column("contact", "fullname")),
        Box::new(|q| q.source.joins[0].on = Predicate::test(contact, Operator::NotNull)),
        Box::new(|q| {
            let again = q.source.joins[0].clone();
            q.source.joins.push(again);
        }),
        Box::new(|q| {
            let mut behind = q.source.joins[0].clone();
            behind.parent = Alias(1);
            behind.to = column("contact", "createdby");
            q.source.joins.push(behind);
        }),
        Box::new(|q| q.columns = Columns::All),
        Box::new(|q| q.columns = Columns::Some(vec![])),
        Box::new(|q| q.columns = Columns::Some(vec![revenue.column, name.column])),
        Box::new(|q| q.named = vec![named("c.fullname", false)]),
        Box::new(|q| q.named = vec![named("c.fullname", true)]),
        Box::new(|q| q.named = vec![named("c", false)]),
        Box::new(|q| q.named = vec![Named { column: name, name: "c".into(), aliased: false }]),
        Box::new(|q| q.distinct = true),
        Box::new(|q| q.count = false),
        Box::new(|q| q.page.size = 4),
        Box::new(|q| q.page.continues = false),
        Box::new(|q| q.page.start = Start::Skip { pages: 1 }),
        Box::new(|q| q.page.start = Start::After(Cookie { page: 2, keys: vec![] })),
        Box::new(|q| q.order[0].descending = true),
        Box::new(|q| q.order[0].by = OrderBy::Label),
        Box::new(|q| q.order[0].by = OrderBy::LookupName),
        Box::new(|q| q.order[0].column = contact),
        Box::new(|q| q.order.clear()),
        Box::new(|q| q.expand.truncate(1)),
        Box::new(|q| q.expand.swap(0, 1)),
        Box::new(|q| q.expand[0].reference_only = true),
        Box::new(|q| q.expand[0].columns = Columns::All),
        Box::new(|q| q.expand[0].top = 1),
        Box::new(|q| q.expand[1].top = 1),
        Box::new(|q| q.expand[1].source.as_mut().unwrap().filter = Predicate::True),
        Box::new(|q| {
            let inner = q.expand.pop().unwrap();
            q.expand[0].expand.push(inner);
        }),
        Box::new(|q| q.group = Some(group.clone())),
        Box::new(|q| q.group = Some(Group { keys: vec![key(None, "r")], ..group.clone() })),
        Box::new(|q| q.group = Some(Group { keys: vec![key(None, "r s")], ..group.clone() })),
        Box::new(|q| q.group = Some(Group { keys: vec![], ..group.clone() })),
        Box::new(|q| q.group = Some(Group { most_rows: 10, ..group.clone() })),
    ];
    for order in [
        order(0, OrderBy::Value, false),
        order(0, OrderBy::Value, true),
        order(0, OrderBy::Label, false),
        order(7, OrderBy::Value, false),
    ] {
        let group = Group { order: vec![order], ..group.clone() };
        changes.push(Box::new(move |q| q.group = Some(group.clone())));
    }
    for part in [
        DatePart::Day,
        DatePart::Week,
        DatePart::Month,
        DatePart::Quarter,
        DatePart::Year,
        DatePart::FiscalPeriod,
        DatePart::FiscalYear,
    ] {
        for zone in [Zone::User, Zone::Utc] {
            let group = Group { keys: vec![key(Some((part, zone)), "revenue")], ..group.clone() };
            changes.push(Box::new(move |q| q.group = Some(group.clone())));
        }
    }
    for (function, of) in [
        (Aggregate::Count, None),
        (Aggregate::CountColumn, Some(revenue)),
        (Aggregate::CountDistinct, Some(revenue)),
        (Aggregate::Sum, Some(revenue)),
        (Aggregate::Sum, Some(name)),
        (Aggregate::Average, Some(revenue)),
        (Aggregate::Min, Some(revenue)),
        (Aggregate::Max, Some(revenue)),
    ] {
        let group = Group { measures: vec![measure(function, of, "m")], ..group.clone() };
        changes.push(Box::new(move |q| q.group = Some(group.clone())));
    }
    let chain = |parts: Vec<Predicate>| (Predicate::And(parts.clone()), Predicate::Or(parts));
    let (a, b) = (cmp(Operator::Equal, "a".into()), cmp(Operator::Equal, "b".into()));
    for filter in [
        Predicate::True,
        Predicate::False,
        a.clone(),
        chain(vec![]).0,
        chain(vec![]).1,
        chain(vec![a.clone()]).0,
        chain(vec![a.clone()]).1,
        chain(vec![a.clone(), b.clone()]).0,
        chain(vec![a.clone(), b.clone()]).1,
        Predicate::And(vec![a.clone(), Predicate::Or(vec![a.clone(), b.clone()])]),
        Predicate::Or(vec![Predicate::And(vec![a.clone(), a.clone()]), b.clone()]),
        Predicate::And(vec![a.clone(), Predicate::And(vec![a.clone(), b.clone()])]),
        cmp(Operator::Equal, "a' = 'b".into()),
        cmp(Operator::NotEqual, "a".into()),
        cmp(Operator::Equal, Value::Null),
        cmp(Operator::Equal, true.into()),
        cmp(Operator::Equal, 1.into()),
        cmp(Operator::Equal, Value::Long(1)),
        cmp(Operator::Equal, Value::Double(1.0)),
        cmp(Operator::Equal, Value::Decimal(1.into())),
        cmp(Operator::Equal, "1".into()),
        cmp(Operator::Equal, Value::Guid(id(1))),
        cmp(Operator::Equal, Value::Lookup(Reference::new(account, id(1)))),
        cmp(Operator::Equal, Value::Date(1)),
        cmp(Operator::Equal, Value::DateTime(86_400)),
        cmp(Operator::Equal, Value::Binary([1, 2].into())),
        cmp(Operator::Equal, Value::Binary([1, 3].into())),
        cmp(Operator::In, "a".into()),
        Predicate::test(name, Operator::Null),
        Predicate::Cols { left: name, operator: Operator::Equal, right: contact },
        Predicate::Cols { left: contact, operator: Operator::Equal, right: name },
        quant(Quantifier::Any, link("accountid", "parentcustomerid"), "contact"),
        quant(Quantifier::NotAny, link("accountid", "parentcustomerid"), "contact"),
        quant(Quantifier::AllNone, link("accountid", "parentcustomerid"), "contact"),
        quant(Quantifier::Any, link("primarycontactid", "parentcustomerid"), "contact"),
        quant(Quantifier::Any, link("accountid", "contactid"), "contact"),
        quant(Quantifier::Any, through("systemuserid", "roleid"), "role"),
        quant(Quantifier::Any, through("roleid", "systemuserid"), "role"),
    ] {
        changes.push(Box::new(move |q| q.source.filter = filter.clone()));
    }
    let mut printed: Vec<(String, Query)> = Vec::new();
    for change in &changes {
        let mut changed = root.clone();
        change(&mut changed);
        let text = changed.display(&catalogue).to_string();
        assert!(!text.contains('\n'), "{text}");
        if let Some((_, other)) = printed.iter().find(|(known, _)| *known == text) {
            panic!("{text}\n{other:#?}\n{changed:#?}");
        }
        printed.push((text, changed));
    }
}

#[test]
fn joins_that_follow_no_lookup_are_listed() {
    let catalogue = Catalogue::embedded();
    let mut query = plan(&catalogue, "accounts?$filter=primarycontactid/fullname eq 'x'&$top=1");
    let fullname = catalogue.table_named("contact").unwrap().column_id("fullname").unwrap();
    let contact = ColRef { alias: Alias(1), column: fullname };
    query.source.joins[0].kind = JoinKind::Inner;
    query.source.joins[0].on = Predicate::test(contact, Operator::NotNull);
    query.named = vec![Named { column: contact, name: "c.fullname".into(), aliased: false }];
    query.distinct = true;
    assert_eq!(
        query.display(&catalogue).to_string(),
        "account join inner a1 contact on a1.contactid = primarycontactid and a1.fullname is not null \
         where a1.fullname = 'x' top 1 distinct with a1.fullname named c.fullname"
    );
}
