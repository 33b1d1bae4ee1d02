//! Random queries over random rows: what indexes, compiled predicates and pages find is what a plain reading of the
//! plan finds.

mod joined;
mod naive;
mod plans;

use std::cmp::Ordering;

use super::*;
use crate::ids::sql_order;
use crate::model::{Record, Reference, Value, ValueRef, collation};
use crate::query::lang::odata::{Options, parse};
use crate::query::plan::{Alias, ColRef, Link, Operator, OrderBy, Predicate, Quantifier};
use crate::query::testing::{self, Random, Sample, pairs};

/// A plain reading of a plan: every row is looked at, every text folded anew, nothing is remembered.
struct Plain<'a> {
    context: Context<'a>,
    source: &'a Source,
}

impl<'a> Plain<'a> {
    fn rows(&self) -> Vec<RowRef<'a>> {
        self.context.records.table(self.source.table).iter().map(|(_, row)| row).collect()
    }

    fn joined(&self, root: RowRef<'a>, alias: Alias) -> Option<RowRef<'a>> {
        if alias == Alias::ROOT {
            return Some(root);
        }
        let join = &self.source.joins[usize::from(alias.0) - 1];
        let to = self.joined(root, join.parent)?.get(join.to).as_lookup()?;
        let rows = self.context.records.table(join.table);
        rows.iter().map(|(_, row)| row).find(|row| to.table == join.table && row.id() == to.id)
    }

    fn value(&self, root: RowRef<'a>, column: ColRef) -> Value {
        self.joined(root, column.alias).map_or(Value::Null, |row| row.get(column.column).to_value())
    }

    fn holds(&self, root: RowRef<'a>, predicate: &'a Predicate) -> bool {
        match predicate {
            Predicate::True => true,
            Predicate::False => false,
            Predicate::And(parts) => parts.iter().all(|part| self.holds(root, part)),
            Predicate::Or(parts) => parts.iter().any(|part| self.holds(root, part)),
            Predicate::Cols { left, operator, right } => {
                let (left, right) = (self.value(root, *left), self.value(root, *right));
                match (left.is_null(), right.is_null()) {
                    (true, _) => *operator == Operator::NotEqual,
                    (false, true) => false,
                    _ => relates(*operator, plain_order(&left, &right)),
                }
            }
            Predicate::Cmp { column, operator, args } => {
                let value = self.value(root, *column);
                let text = || (folded(value.as_str().unwrap()), folded(args[0].as_str().unwrap()));
                match operator {
                    Operator::Null => value.is_null(),
                    Operator::NotNull => !value.is_null(),
                    _ if value.is_null() => operator.takes_null(),
                    Operator::Like | Operator::NotLike => {
                        let (value, pattern) = text();
                        like(&pattern, &value) == (*operator == Operator::Like)
                    }
                    Operator::BeginsWith | Operator::DoesNotBeginWith => {
                        let (value, mut pattern) = text();
                        pattern.push('%');
                        like(&pattern, &value) == (*operator == Operator::BeginsWith)
                    }
                    Operator::EndsWith | Operator::DoesNotEndWith => {
                        let (value, mut pattern) = text();
                        pattern.insert(0, '%');
                        like(&pattern, &value) == (*operator == Operator::EndsWith)
                    }
                    _ => relates(*operator, plain_order(&value, &args[0])),
                }
            }
            Predicate::Quant { kind, link, body } => {
                let inner = Plain { context: self.context, source: body };
                let related: Vec<RowRef<'a>> =
                    inner.rows().into_iter().filter(|row| self.is_related(root, link, body, *row)).collect();
                let satisfied = related.iter().any(|row| inner.holds(*row, &body.filter));
                match kind {
                    Quantifier::Any => satisfied,
                    Quantifier::NotAny => !satisfied,
                    Quantifier::AllNone => !related.is_empty() && !satisfied,
                }
            }
        }
    }

    fn is_related(&self, root: RowRef<'a>, link: &Link, body: &Source, row: RowRef<'a>) -> bool {
        match *link {
            Link::Columns { from, .. } => {
                row.get(from).as_lookup() == Some(Reference::new(self.source.table, root.id()))
            }
            Link::Through { intersect, near, far, .. } => {
                assert!(self.context.records.table(body.table).get(row.id()).is_some());
                self.context.records.table(intersect).iter().any(|(_, joint)| {
                    joint.get(near).as_id() == Some(root.id()) && joint.get(far).as_id() == Some(row.id())
                })
            }
        }
    }

    /// All rows in order, by sorting all of them.
    fn sorted(&self, keys: &[OrderKey]) -> Vec<Uuid> {
        let mut rows = self.rows();
        rows.retain(|row| self.holds(*row, &self.source.filter));
        let key_value = |row: RowRef<'a>, key: OrderKey| match (key.by, self.value(row, key.column)) {
            (OrderBy::LookupName, Value::Lookup(to)) => {
                let name = self.context.catalogue.table(to.table).primary_name.unwrap();
                let target = self.context.records.table(to.table).get(to.id);
                target.map_or(Value::Null, |target| target.get(name).to_value())
            }
            (_, value) => value,
        };
        rows.sort_by(|left, right| {
            keys.iter()
                .map(|&key| {
                    let (left, right) = (key_value(*left, key), key_value(*right, key));
                    let order = match (left.is_null(), right.is_null()) {
                        (false, false) => plain_order(&left, &right),
                        (left, right) => right.cmp(&left),
                    };
                    if key.descending { order.reverse() } else { order }
                })
                .find(|order| order.is_ne())
                .unwrap_or_else(|| sql_order(left.id()).cmp(&sql_order(right.id())))
        });
        rows.into_iter().map(|row| row.id()).collect()
    }
}

fn relates(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Equal => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::GreaterThan => order.is_gt(),
        Operator::GreaterEqual => order.is_ge(),
        Operator::LessThan => order.is_lt(),
        Operator::LessEqual => order.is_le(),
        other => panic!("{other:?} is no comparison"),
    }
}

fn plain_order(left: &Value, right: &Value) -> Ordering {
    match (left.as_ref(), right.as_ref()) {
        (ValueRef::String(left), ValueRef::String(right)) => {
            // Among letters, digits and blanks the order of folded text is that of its characters.
            collation::fold(left).cmp(&collation::fold(right))
        }
        (ValueRef::Int(left), ValueRef::Int(right)) => left.cmp(&right),
        (ValueRef::Bool(left), ValueRef::Bool(right)) => left.cmp(&right),
        (ValueRef::DateTime(left), ValueRef::DateTime(right)) => left.cmp(&right),
        (left, right) => sql_order(left.as_id().unwrap()).cmp(&sql_order(right.as_id().unwrap())),
    }
}

fn folded(text: &str) -> String {
    let blanks = text.len() - text.trim_end_matches(' ').len();
    format!("{}{}", collation::fold(text), " ".repeat(blanks))
}

/// LIKE without sets, by trying everything.
fn like(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return text.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    let tail = text.chars().next().map(|c| (c, &text[c.len_utf8()..]));
    match (first, tail) {
        ('%', None) => like(rest, text),
        ('%', Some((_, tail))) => like(rest, text) || like(pattern, tail),
        ('_', Some((_, tail))) => like(rest, tail),
        (c, Some((d, tail))) => c == d && like(rest, tail),
        (_, None) => false,
    }
}

/// An id that is not the least of all: a table is in the order of its ids only as long as each is greater than the one
/// before, and than that one.
fn id(number: u32) -> Uuid {
    testing::id(number + 1)
}

const NAMES: &[&str] = &["ann", "Anna", "ANNA ", "bob", "Bó b", "éa", "Жук", "a1", "a 1", "", "annabob"];

/// Users with managers, units and roles; in the order of their ids or not, with holes.
fn random_sample(random: &mut Random) -> Sample {
    let mut sample = Sample::empty();
    let in_order = random.below(2) == 0;
    let count = 20 + random.below(140);
    let (user, unit, role, joint) = (
        sample.table("systemuser"),
        sample.table("businessunit"),
        sample.table("role"),
        sample.table("systemuserroles"),
    );
    let columns = |sample: &Sample, table, values: Vec<(&str, Value)>| -> Record {
        let table = sample.catalogue.table(table);
        values.into_iter().map(|(name, value)| (table.column_id(name).unwrap(), value)).collect()
    };
    for number in 0..4 {
        let name = NAMES[number as usize];
        let record = columns(&sample, unit, vec![("name", name.into())]);
        sample.records.insert(unit, id(number), 1, &record);
        let to = Value::Lookup(Reference::new(unit, id(random.below(4))));
        let record = columns(&sample, role, vec![("name", name.into()), ("businessunitid", to)]);
        sample.records.insert(role, id(number), 1, &record);
    }
    for number in 0..count {
        let place = if in_order { number } else { number.wrapping_mul(0x9e37_79b1) % 10_000 };
        let pick = |random: &mut Random| Value::from(NAMES[random.below(NAMES.len() as u32) as usize]);
        let mut values = vec![("accessmode", Value::Int(random.below(4) as i32))];
        values.push(("isdisabled", Value::Bool(random.below(2) == 0)));
        for name in ["fullname", "domainname", "lastname"] {
            if random.below(4) > 0 {
                values.push((name, pick(random)));
            }
        }
        if random.below(3) > 0 {
            values.push(("businessunitid", Value::Lookup(Reference::new(unit, id(random.below(5))))));
        }
        if random.below(3) > 0 {
            values.push(("parentsystemuserid", Value::Lookup(Reference::new(user, id(random.below(count))))));
        }
        let record = columns(&sample, user, values);
        if sample.records.table(user).find(id(place)).is_none() {
            sample.records.insert(user, id(place), 1, &record);
        }
    }
    for number in 0..count / 2 {
        let ends = [("systemuserid", id(random.below(count))), ("roleid", id(random.below(4)))];
        let record = columns(&sample, joint, ends.map(|(name, id)| (name, Value::Guid(id))).to_vec());
        sample.records.insert(joint, id(number), 1, &record);
    }
    for _ in 0..random.below(20) {
        sample.records.remove(user, id(random.below(count)), 2);
    }
    sample
}

fn random_filter(random: &mut Random, depth: u32) -> String {
    let name = |random: &mut Random| NAMES[random.below(NAMES.len() as u32) as usize];
    let sign = |random: &mut Random| ["eq", "ne", "gt", "ge", "lt", "le"][random.below(6) as usize];
    let text = |random: &mut Random| {
        [
            "fullname",
            "domainname",
            "lastname",
            "businessunitid/name",
            "parentsystemuserid/fullname",
            "parentsystemuserid/businessunitid/name",
        ][random.below(6) as usize]
    };
    match random.below(if depth == 0 { 9 } else { 14 }) {
        0 => format!("accessmode {} {}", sign(random), random.below(4)),
        1 => format!("{} {} '{}'", text(random), sign(random), name(random)),
        2 => {
            let function = ["contains", "startswith", "endswith"][random.below(3) as usize];
            let wild = ["", "%", "_", "n_", "%b", " "][random.below(6) as usize];
            format!("{function}({},'{}{wild}')", text(random), name(random))
        }
        3 => format!("{} {} null", text(random), ["eq", "ne"][random.below(2) as usize]),
        4 => "isdisabled".to_owned(),
        5 => format!("_businessunitid_value {} {}", sign(random), id(random.below(4))),
        6 => format!("systemuserid {} {}", sign(random), id(random.below(60))),
        7 => format!("{} {} lastname", ["fullname", "domainname"][random.below(2) as usize], sign(random)),
        8 => format!("_parentsystemuserid_value eq {}", id(random.below(60))),
        9 => format!("not ({})", random_filter(random, depth - 1)),
        10 => format!(
            "systemuserroles_association/{}(r:r/name {} '{}' or r/businessunitid/name eq '{}')",
            ["any", "all"][random.below(2) as usize],
            sign(random),
            name(random),
            name(random)
        ),
        11 => format!(
            "user_parent_user/{}(u:u/accessmode {} 2)",
            ["any", "all"][random.below(2) as usize],
            sign(random)
        ),
        _ => {
            let joined = [" and ", " or "][random.below(2) as usize];
            let parts: Vec<String> =
                (0..2 + random.below(2)).map(|_| format!("({})", random_filter(random, depth - 1))).collect();
            parts.join(joined)
        }
    }
}

fn random_order(random: &mut Random) -> String {
    const KEYS: &[&str] = &[
        "fullname",
        "domainname desc",
        "accessmode",
        "accessmode desc",
        "_businessunitid_value",
        "isdisabled desc",
        "_parentsystemuserid_value desc",
        "businessunitid/name",
        "systemuserid desc",
    ];
    let keys: Vec<&str> =
        (0..random.below(4)).map(|_| KEYS[random.below(KEYS.len() as u32) as usize]).collect();
    keys.join(",")
}

#[test]
fn indexes_compiled_predicates_and_pages_change_nothing() {
    let mut random = Random::new(20_260_115);
    for _ in 0..8 {
        let sample = random_sample(&mut random);
        let user = sample.table("systemuser");
        let context = sample.context();
        for _ in 0..40 {
            let text = format!("$filter={}", random_filter(&mut random, 3));
            let order = random_order(&mut random);
            let text = if order.is_empty() { text } else { format!("{text}&$orderby={order}") };
            let pairs = pairs(&text);
            let size = 1 + random.below(40);
            let options = Options {
                pairs: &pairs,
                max_page_size: Some(size),
                on: crate::query::lang::odata::Addressed::Collection,
            };
            let mut query =
                parse(&sample.catalogue, user, &options).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            query.count = random.below(2) == 0;
            let expected = Plain { context, source: &query.source }.sorted(&query.order);
            let shown = query.display(&sample.catalogue).to_string();
            let scans = access::candidates(&context, &query.source).is_none();
            assert_eq!(explain(&context, &query).way == Way::Scan, scans, "{shown}");
            let mut found: Vec<Uuid> = Vec::new();
            loop {
                let page = run(&context, &query).unwrap();
                let rows = context.records.table(user);
                found.extend(page.rows().iter().map(|slot| rows.row(*slot).unwrap().id()));
                if query.count {
                    assert_eq!(
                        page.count,
                        Some(Count { value: expected.len() as u32, exceeded: false }),
                        "{shown}"
                    );
                }
                let Some(next) = page.next.clone() else { break };
                assert_eq!(page.rows().len(), size as usize, "{shown}");
                query.page.start = crate::query::cookie::parse(&next.token()).unwrap();
            }
            assert_eq!(found, expected, "{text}\n{shown}");
            assert_eq!(count(&context, &query.source).value, expected.len() as u32, "{shown}");
        }
    }
}

#[test]
fn a_page_goes_on_where_its_last_row_was_deleted() {
    let mut sample = Sample::empty();
    let user = sample.table("systemuser");
    for number in 1..=10 {
        sample.records.insert(user, testing::id(number), 1, &Record::new());
    }
    let mut query = Query::all(user);
    query.page.size = 3;
    let ids = |sample: &Sample, slots: &[Slot]| -> Vec<u32> {
        let rows = sample.records.table(user);
        slots.iter().map(|slot| rows.row(*slot).unwrap().id().as_u128() as u32).collect()
    };
    let first = run(&sample.context(), &query).unwrap();
    assert_eq!(ids(&sample, &first.rows()), [1, 2, 3]);
    query.page.start = crate::query::cookie::parse(&first.next.unwrap().token()).unwrap();
    for gone in [3, 4, 5] {
        sample.records.remove(user, testing::id(gone), 2);
    }
    let second = run(&sample.context(), &query).unwrap();
    assert_eq!(ids(&sample, &second.rows()), [6, 7, 8]);
}

#[test]
fn a_count_ends_at_five_thousand() {
    let mut sample = Sample::empty();
    let user = sample.table("systemuser");
    for number in 1..=5_001 {
        sample.records.insert(user, testing::id(number), 1, &Record::new());
    }
    let mut query = Query::all(user);
    query.count = true;
    let found = run(&sample.context(), &query).unwrap();
    assert_eq!(found.rows().len(), 5_000);
    assert!(found.next.is_some());
    assert_eq!(found.count, Some(Count { value: 5_000, exceeded: true }));
    sample.records.remove(user, testing::id(7), 2);
    assert_eq!(count(&sample.context(), &query.source), Count { value: 5_000, exceeded: false });
}
