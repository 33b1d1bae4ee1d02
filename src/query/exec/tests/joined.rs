//! Random plans with joins of all kinds, distinct rows and groups find what an obvious reading of them finds.

use super::naive::{Naive, Tuple};
use super::plans::{Plans, Shape, random_rows};
use super::*;
use crate::query::plan::{Join, JoinKind, Start};
use crate::query::testing::Random;

/// What the cases of a test were like, so that none of it can be tested by nothing.
#[derive(Debug, Default)]
struct Seen {
    cases: usize,
    with_tuples: usize,
    several_of_one_row: usize,
    without_a_joined_row: usize,
    pages: usize,
    dropped: usize,
}

impl Seen {
    fn note(&mut self, tuples: &[Tuple<'_>]) {
        self.cases += 1;
        self.with_tuples += usize::from(!tuples.is_empty());
        let root = |tuple: &Tuple<'_>| tuple[0].map(|(slot, _)| slot);
        let mut roots: Vec<_> = tuples.iter().map(root).collect();
        roots.sort_unstable();
        self.several_of_one_row += usize::from(roots.windows(2).any(|pair| pair[0] == pair[1]));
        let lacks = |tuple: &Tuple<'_>| tuple.iter().any(Option::is_none);
        self.without_a_joined_row += usize::from(tuples.iter().any(lacks));
    }
}

/// Runs every page of a query.
fn pages(context: &Context<'_>, query: &mut Query, mut each: impl FnMut(&ResultSet)) {
    loop {
        let page = run(context, query).unwrap();
        let shown = match &page.found {
            Found::Rows(rows) => rows.len(),
            Found::Joined(tuples) => tuples.len(),
            Found::Groups(groups) => groups.len(),
        };
        each(&page);
        let Some(next) = page.next else { break };
        assert_eq!(shown, query.page.size as usize);
        query.page.start = crate::query::cookie::parse(&next.token()).unwrap();
    }
    query.page.start = Start::First;
}

/// Too many tuples for the naive reading, which makes them all.
const TOO_MANY: usize = 4_000;

fn for_random_plans(seed: u64, shape: Shape, mut check: impl FnMut(Context<'_>, Query, &mut Seen)) -> Seen {
    let mut random = Random::new(seed);
    let mut seen = Seen::default();
    for _ in 0..12 {
        let sample = random_rows(&mut random);
        for _ in 0..40 {
            let query = Plans { sample: &sample, random: &mut random }.of(shape);
            check(sample.context(), query, &mut seen);
        }
    }
    seen
}

fn is_small(context: &Context<'_>, query: &Query) -> bool {
    let mut unfiltered = query.source.clone();
    unfiltered.filter = Predicate::True;
    for join in &mut unfiltered.joins {
        join.on = Predicate::True;
    }
    count(context, &unfiltered).value < TOO_MANY as u32
}

fn ids<'a>(tuples: impl IntoIterator<Item = &'a Tuple<'a>>) -> Vec<Vec<Option<Uuid>>> {
    tuples.into_iter().map(|tuple| tuple.iter().map(|row| row.map(|(_, row)| row.id())).collect()).collect()
}

/// The ids of what a page shows; of a page of rows those of the root alone.
fn shown(context: &Context<'_>, query: &Query, page: &ResultSet) -> Vec<Vec<Option<Uuid>>> {
    let id = |alias: usize, slot: &Option<Slot>| {
        let table = query.source.table_of(Alias(alias as u16));
        slot.map(|slot| context.records.table(table).row(slot).unwrap().id())
    };
    match &page.found {
        Found::Rows(rows) => rows.iter().map(|slot| vec![id(0, &Some(*slot))]).collect(),
        Found::Joined(tuples) => tuples
            .iter()
            .map(|tuple| tuple.iter().enumerate().map(|(alias, slot)| id(alias, slot)).collect())
            .collect(),
        Found::Groups(_) => panic!("no groups were asked for"),
    }
}

/// Compares all pages with what was expected.
fn check_tuples(context: Context<'_>, mut query: Query, expected: &[Tuple<'_>], seen: &mut Seen) {
    let mut expected = ids(expected);
    let mut found = Vec::new();
    query.page.size = query.page.size.max(expected.len() as u32 / 6);
    let printed = format!("{query:#?}");
    let plan = query.clone();
    pages(&context, &mut query, |page| {
        seen.pages += 1;
        found.extend(shown(&context, &plan, page));
        if matches!(page.found, Found::Rows(_)) {
            for tuple in &mut expected {
                tuple.truncate(1);
            }
        }
        let count = plan.count.then_some(Count { value: expected.len() as u32, exceeded: false });
        assert_eq!(page.count, count, "{printed}");
    });
    assert!(found == expected, "{printed}\nfound {found:?}\nexpected {expected:?}");
}

#[test]
fn joins_of_all_kinds() {
    let seen = for_random_plans(20_260_301, Shape::Tuples, |context, query, seen| {
        if !is_small(&context, &query) {
            seen.dropped += 1;
            return;
        }
        let source = query.source.clone();
        let naive = Naive { context, source: &source };
        let expected = naive.sorted(&query.order);
        seen.note(&expected);
        assert_eq!(count(&context, &source).value as usize, expected.len(), "{query:#?}");
        for (_, row) in context.records.table(source.table).iter().take(8) {
            let has_one = expected.iter().any(|tuple| tuple[0].unwrap().1.id() == row.id());
            assert_eq!(matches(&context, &source, row), has_one, "{query:#?}");
        }
        check_tuples(context, query, &expected, seen);
    });
    assert!(seen.cases > 300 && seen.with_tuples * 2 > seen.cases, "{seen:?}");
    assert!(seen.several_of_one_row > 60 && seen.without_a_joined_row > 60, "{seen:?}");
    assert!(seen.pages > seen.cases, "{seen:?}");
}

#[test]
fn distinct_rows() {
    let mut fewer = 0;
    let seen = for_random_plans(20_260_302, Shape::Distinct, |context, query, seen| {
        if !is_small(&context, &query) {
            seen.dropped += 1;
            return;
        }
        let source = query.source.clone();
        let naive = Naive { context, source: &source };
        let expected = naive.distinct(&query);
        seen.note(&expected);
        fewer += usize::from(expected.len() < naive.tuples().len());
        check_tuples(context, query, &expected, seen);
    });
    assert!(seen.cases > 300 && seen.with_tuples * 2 > seen.cases && fewer > 100, "{seen:?} {fewer}");
}

#[test]
fn groups() {
    let (mut several, mut nulls) = (0, 0);
    let seen = for_random_plans(20_260_303, Shape::Groups, |context, mut query, seen| {
        if !is_small(&context, &query) {
            seen.dropped += 1;
            return;
        }
        let source = query.source.clone();
        let naive = Naive { context, source: &source };
        let tuples = naive.tuples();
        seen.note(&tuples);
        let expected = naive.groups(query.group.as_ref().unwrap());
        several += usize::from(expected.len() > 1);
        nulls += usize::from(expected.iter().flatten().any(Value::is_null));
        let mut found: Vec<Vec<Value>> = Vec::new();
        let printed = format!("{query:#?}");
        let counted = query.count;
        pages(&context, &mut query, |page| {
            seen.pages += 1;
            let Found::Groups(groups) = &page.found else { panic!("{printed}") };
            found.extend(groups.iter().map(|outputs| outputs.to_vec()));
            let count = counted.then_some(Count { value: expected.len() as u32, exceeded: false });
            assert_eq!(page.count, count, "{printed}");
        });
        assert!(found == expected, "{printed}\nfound {found:?}\nexpected {expected:?}");
        // One row more than there may be is refused.
        if let Some(fewer) = (tuples.len() as u32).checked_sub(1) {
            query.group.as_mut().unwrap().most_rows = fewer;
            assert_eq!(run(&context, &query).unwrap_err().code_text(), "0x8004e023");
            query.group.as_mut().unwrap().most_rows = fewer + 1;
            assert!(run(&context, &query).is_ok());
        }
    });
    assert!(seen.cases > 300 && seen.with_tuples * 2 > seen.cases, "{seen:?}");
    assert!(several > 100 && nulls > 60, "{several} {nulls}");
}

fn column(sample: &Sample, alias: u16, table: &str, name: &str) -> ColRef {
    let table = sample.catalogue.table(sample.table(table));
    ColRef { alias: Alias(alias), column: table.column_id(name).unwrap() }
}

fn join(sample: &Sample, parent: (u16, &str, &str), table: (&str, &str), kind: JoinKind) -> Join {
    Join {
        parent: Alias(parent.0),
        to: column(sample, 0, parent.1, parent.2).column,
        table: sample.table(table.0),
        from: column(sample, 0, table.0, table.1).column,
        kind,
        on: Predicate::True,
    }
}

#[test]
fn fifteen_joins_that_find_nothing_in_the_end_take_no_time() {
    let mut sample = Sample::empty();
    let user = sample.table("systemuser");
    let name = column(&sample, 0, "systemuser", "lastname").column;
    for number in 0..100 {
        let record: Record = [(name, Value::from("same"))].into_iter().collect();
        sample.records.insert(user, id(number + 1), 1, &record);
    }
    let mut query = Query::all(user);
    for kind in [JoinKind::Inner, JoinKind::Outer] {
        // A hundred matches each: 100 to the power of 15 tuples, were the last join to find a row.
        query.source.joins = (0..15)
            .map(|parent| {
                let kind = if parent == 0 { kind } else { JoinKind::Inner };
                join(&sample, (parent, "systemuser", "lastname"), ("systemuser", "lastname"), kind)
            })
            .collect();
        query.source.joins[14].on =
            Predicate::cmp(column(&sample, 15, "systemuser", "lastname"), Operator::Equal, "other");
        let expected = if kind == JoinKind::Outer { 100 } else { 0 };
        let found = run(&sample.context(), &query).unwrap();
        assert_eq!(found.rows().len(), expected, "{kind:?}");
        assert_eq!(count(&sample.context(), &query.source).value as usize, expected, "{kind:?}");
    }
    // With all of them there is no end of tuples, but of a page, and of a count.
    query.source.joins[14].on = Predicate::True;
    query.page.size = 10;
    query.count = true;
    let found = run(&sample.context(), &query).unwrap();
    assert_eq!(found.rows().len(), 10);
    assert_eq!(found.count, Some(Count { value: 5_000, exceeded: true }));
}

#[test]
fn a_page_may_end_between_the_tuples_of_a_row() {
    let sample = Sample::new();
    let mut query = Query::all(sample.table("systemuser"));
    query.source.joins = vec![join(
        &sample,
        (0, "systemuser", "systemuserid"),
        ("systemuserroles", "systemuserid"),
        JoinKind::Inner,
    )];
    query.page.size = 1;
    let mut users = Vec::new();
    let mut tokens = Vec::new();
    pages(&sample.context(), &mut query, |page| {
        users.extend(page.rows().iter().map(|slot| sample.label(sample.table("systemuser"), *slot)));
        tokens.extend(page.next.as_ref().map(Cookie::to_string));
    });
    assert_eq!(users, ["Anna Andersson", "Anna Andersson", "Bob Johnson", "Dora Émile"]);
    let first = format!(
        "(systemuserid {{{}}}, systemuserroles1.systemuserroleid {{{}}})",
        sample.id("anna").to_string().to_uppercase(),
        sample.id("").to_string().to_uppercase()
    );
    assert_eq!(tokens[0].len(), first.len(), "{} {first}", tokens[0]);
    // A cookie that tells only of the root goes on with the next row of it.
    let Some(mut cookie) = run(&sample.context(), &query).unwrap().next else { panic!("there is more") };
    cookie.keys.truncate(1);
    query.page.start = Start::After(cookie);
    let page = run(&sample.context(), &query).unwrap();
    assert_eq!(sample.label(sample.table("systemuser"), page.rows()[0]), "Bob Johnson");
}

#[test]
fn an_order_by_a_joined_column_counts_pages_and_ends_at_fifty_thousand() {
    let sample = Sample::new();
    let mut query = Query::all(sample.table("contact"));
    query.source.joins =
        vec![join(&sample, (0, "contact", "parentcustomerid"), ("account", "accountid"), JoinKind::Inner)];
    query.page.size = 1;
    let by_root = run(&sample.context(), &query).unwrap().next.unwrap();
    query.order = vec![OrderKey {
        column: column(&sample, 1, "account", "name"),
        by: OrderBy::Value,
        descending: true,
    }];
    let next = run(&sample.context(), &query).unwrap().next.unwrap();
    assert_eq!(
        next.token(),
        "%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%22%20istracking=%22False%22%20/%3E"
    );
    assert_eq!(crate::query::cookie::parse(&next.token()).unwrap(), Start::Skip { pages: 1 });
    query.page.start = Start::After(by_root);
    assert_eq!(run(&sample.context(), &query).unwrap_err().code_text(), "0x80041129");
    for (pages, size, expected) in [(9, 5_000, None), (10, 5_000, Some("0x8004430a")), (49_999, 1, None)] {
        query.page.start = Start::Skip { pages };
        query.page.size = size;
        let refused = run(&sample.context(), &query).err().map(|fault| fault.code_text());
        assert_eq!(refused.as_deref(), expected, "{pages} pages of {size}");
    }
}
