//! Random rows of six tables whose ids overlap, and random plans over them.

use super::{NAMES, id, random_sample};
use crate::model::{ColumnId, Record, Reference, TableId, Value};
use crate::query::plan::{
    Aggregate, Alias, ColRef, Columns, DatePart, Group, GroupKey, GroupOrder, Join, JoinKind, Link, Measure,
    Named, Operator, OrderBy, OrderKey, Predicate, Quantifier, Query, Source, Zone,
};
use crate::query::testing::{Random, Sample};

/// What there is to compare, by table: a column and the sort of values it has.
const COLUMNS: &[(&str, &[(&str, Sort)])] = &[
    (
        "systemuser",
        &[
            ("fullname", Sort::Text),
            ("lastname", Sort::Text),
            ("domainname", Sort::Text),
            ("accessmode", Sort::Number),
            ("isdisabled", Sort::Flag),
            ("businessunitid", Sort::Id),
            ("parentsystemuserid", Sort::Id),
            ("systemuserid", Sort::Id),
        ],
    ),
    ("businessunit", &[("name", Sort::Text), ("businessunitid", Sort::Id)]),
    ("role", &[("name", Sort::Text), ("businessunitid", Sort::Id), ("roleid", Sort::Id)]),
    ("systemuserroles", &[("systemuserid", Sort::Id), ("roleid", Sort::Id)]),
    (
        "account",
        &[
            ("name", Sort::Text),
            ("numberofemployees", Sort::Number),
            ("accountcategorycode", Sort::Number),
            ("creditonhold", Sort::Flag),
            ("ownerid", Sort::Id),
            ("parentaccountid", Sort::Id),
            ("revenue", Sort::Amount),
            ("address1_latitude", Sort::Float),
            ("createdon", Sort::Date),
        ],
    ),
    ("contact", &[("fullname", Sort::Text), ("parentcustomerid", Sort::Id), ("contactid", Sort::Id)]),
];

/// What may be joined: a column, and the column of another table that it is held against.
const JOINTS: &[(&str, &str, &str, &str)] = &[
    ("systemuser", "businessunitid", "businessunit", "businessunitid"),
    ("systemuser", "parentsystemuserid", "systemuser", "systemuserid"),
    ("systemuser", "systemuserid", "systemuser", "parentsystemuserid"),
    ("systemuser", "systemuserid", "systemuserroles", "systemuserid"),
    ("systemuser", "systemuserid", "account", "ownerid"),
    ("systemuser", "fullname", "account", "name"),
    ("systemuser", "lastname", "businessunit", "name"),
    ("systemuser", "businessunitid", "role", "businessunitid"),
    ("businessunit", "businessunitid", "systemuser", "businessunitid"),
    ("businessunit", "businessunitid", "role", "businessunitid"),
    ("businessunit", "name", "systemuser", "domainname"),
    ("role", "roleid", "systemuserroles", "roleid"),
    ("role", "businessunitid", "businessunit", "businessunitid"),
    ("role", "name", "role", "name"),
    ("systemuserroles", "systemuserid", "systemuser", "systemuserid"),
    ("systemuserroles", "roleid", "role", "roleid"),
    ("account", "ownerid", "systemuser", "systemuserid"),
    ("account", "ownerid", "team", "teamid"),
    ("account", "parentaccountid", "account", "accountid"),
    ("account", "accountid", "account", "parentaccountid"),
    ("account", "accountid", "contact", "parentcustomerid"),
    ("account", "numberofemployees", "systemuser", "accessmode"),
    ("account", "name", "contact", "fullname"),
    ("contact", "parentcustomerid", "account", "accountid"),
    ("contact", "parentcustomerid", "contact", "contactid"),
    ("contact", "contactid", "contact", "parentcustomerid"),
    ("contact", "fullname", "businessunit", "name"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Text,
    Number,
    Flag,
    Id,
    Amount,
    Float,
    Date,
}

/// Users, units and roles, and accounts and contacts beside them.
pub(super) fn random_rows(random: &mut Random) -> Sample {
    let mut sample = random_sample(random);
    let [user, team, account, contact] =
        ["systemuser", "team", "account", "contact"].map(|name| sample.table(name));
    let count = 8 + random.below(24);
    for number in 0..3 {
        sample.records.insert(team, id(number), 1, &Record::new());
    }
    for number in 0..count {
        let place = number.wrapping_mul(0x9e37_79b1) % 10_000;
        let place = if random.below(3) == 0 { place } else { number };
        let name = NAMES[random.below(NAMES.len() as u32) as usize];
        let owner = Reference::new([user, user, team][random.below(3) as usize], id(random.below(12)));
        let mut values = vec![
            ("name", Value::from(name)),
            ("ownerid", Value::Lookup(owner)),
            ("createdon", Value::DateTime(1_650_000_000 + i64::from(random.below(40_000)) * 1_000)),
            ("revenue", Value::Decimal(rust_decimal::Decimal::new(i64::from(random.below(400)) * 25, 2))),
            ("numberofemployees", Value::Int(random.below(6) as i32 - 1)),
            ("accountcategorycode", Value::Int(random.below(3) as i32 + 1)),
            ("address1_latitude", Value::Double(f64::from(random.below(50)) / 4.0)),
            ("creditonhold", Value::Bool(random.below(2) == 0)),
            ("parentaccountid", Value::Lookup(Reference::new(account, id(random.below(count))))),
        ];
        values.retain(|_| random.below(5) > 0);
        insert(&mut sample, account, id(place), values);
        let customer = Reference::new([account, contact][random.below(2) as usize], id(random.below(count)));
        let mut values = vec![("fullname", Value::from(name)), ("parentcustomerid", Value::Lookup(customer))];
        values.retain(|_| random.below(4) > 0);
        insert(&mut sample, contact, id(number), values);
    }
    sample
}

fn insert(sample: &mut Sample, table: TableId, id: uuid::Uuid, values: Vec<(&str, Value)>) {
    let columns = sample.catalogue.table(table);
    let record: Record =
        values.into_iter().map(|(name, value)| (columns.column_id(name).unwrap(), value)).collect();
    if sample.records.table(table).find(id).is_none() {
        sample.records.insert(table, id, 1, &record);
    }
}

/// What plans ask for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Tuples,
    Distinct,
    Groups,
}

/// Makes plans over a sample.
pub(super) struct Plans<'s, 'r> {
    pub(super) sample: &'s Sample,
    pub(super) random: &'r mut Random,
}

impl Plans<'_, '_> {
    fn below(&mut self, bound: usize) -> usize {
        self.random.below(bound as u32) as usize
    }

    fn column(&self, table: TableId, name: &str) -> ColumnId {
        self.sample.catalogue.table(table).column_id(name).unwrap()
    }

    fn name(&self, table: TableId) -> &str {
        &self.sample.catalogue.table(table).logical_name
    }

    /// A scope with as many joins at most, each to any of the tables before it.
    fn source(&mut self, most_joins: usize, depth: usize) -> Source {
        let (root, _) = COLUMNS[self.below(COLUMNS.len())];
        let mut source = Source::all(self.sample.table(root));
        let joins = if most_joins == 0 { 0 } else { 1 + self.below(most_joins) };
        for _ in 0..joins {
            let parent = Alias(self.below(source.joins.len() + 1) as u16);
            let parent_table = source.table_of(parent);
            let name = self.name(parent_table).to_owned();
            let joints: Vec<_> = JOINTS.iter().filter(|(of, ..)| *of == name).collect();
            if joints.is_empty() {
                continue;
            }
            let &(_, to, table, from) = joints[self.below(joints.len())];
            let (to, table) = (self.column(parent_table, to), self.sample.table(table));
            let kinds = [JoinKind::Inner, JoinKind::Outer, JoinKind::Outer, JoinKind::First];
            let from = self.column(table, from);
            let kind = kinds[self.below(4)];
            source.joins.push(Join { parent, to, table, from, kind, on: Predicate::True });
            let alias = source.joins.len();
            if self.below(2) == 0 {
                let on = self.predicate(&source, &[alias], depth.saturating_sub(1));
                source.joins[alias - 1].on = on;
            }
        }
        if self.below(3) > 0 {
            let all: Vec<usize> = (0..=source.joins.len()).collect();
            source.filter = self.predicate(&source, &all, depth);
        }
        source
    }

    /// Some column of some of these aliases.
    fn any_column(&mut self, source: &Source, aliases: &[usize]) -> Option<(ColRef, Sort)> {
        let alias = Alias(aliases[self.below(aliases.len())] as u16);
        let table = source.table_of(alias);
        let name = self.name(table).to_owned();
        let (_, columns) = COLUMNS.iter().find(|(of, _)| *of == name)?;
        let (column, sort) = columns[self.below(columns.len())];
        Some((ColRef { alias, column: self.column(table, column) }, sort))
    }

    fn predicate(&mut self, source: &Source, aliases: &[usize], depth: usize) -> Predicate {
        match self.below(if depth == 0 { 8 } else { 12 }) {
            0 | 1 => self.columns(source, aliases),
            2 => {
                let operator = [Operator::Null, Operator::NotNull][self.below(2)];
                let column = self.any_column(source, aliases);
                column.map_or(Predicate::True, |(column, _)| Predicate::test(column, operator))
            }
            8 => self.quant(source, aliases, depth - 1),
            9 | 10 => {
                let parts = (0..2 + self.below(2)).map(|_| self.predicate(source, aliases, depth - 1));
                Predicate::and(parts.collect::<Vec<_>>())
            }
            11 => {
                let parts = (0..2 + self.below(2)).map(|_| self.predicate(source, aliases, depth - 1));
                Predicate::or(parts.collect::<Vec<_>>())
            }
            _ => self.comparison(source, aliases),
        }
    }

    fn sign(&mut self) -> Operator {
        use Operator as O;
        [O::Equal, O::Equal, O::NotEqual, O::GreaterThan, O::GreaterEqual, O::LessThan, O::LessEqual]
            [self.below(7)]
    }

    fn comparison(&mut self, source: &Source, aliases: &[usize]) -> Predicate {
        let Some((column, sort)) = self.any_column(source, aliases) else { return Predicate::True };
        let sign = self.sign();
        match sort {
            Sort::Text if self.below(3) == 0 => {
                let like = [Operator::Like, Operator::NotLike][self.below(2)];
                let pattern = ["a%", "%b", "%n%", "_n_", "%"][self.below(5)];
                Predicate::cmp(column, like, pattern)
            }
            Sort::Text => {
                let name = NAMES[self.below(NAMES.len())];
                Predicate::cmp(column, sign, name)
            }
            Sort::Number => {
                let number = self.below(4) as i32;
                Predicate::cmp(column, sign, number)
            }
            Sort::Flag => {
                let flag = self.below(2) == 0;
                Predicate::cmp(column, Operator::Equal, flag)
            }
            Sort::Id => {
                let id = id(self.random.below(12));
                Predicate::cmp(column, sign, id)
            }
            Sort::Amount => {
                let number = rust_decimal::Decimal::from(self.below(100));
                Predicate::cmp(column, sign, Value::Decimal(number))
            }
            Sort::Float => {
                let number = f64::from(self.random.below(12));
                Predicate::cmp(column, sign, Value::Double(number))
            }
            Sort::Date => {
                let second = 1_650_000_000 + i64::from(self.random.below(40)) * 1_000_000;
                Predicate::cmp(column, sign, Value::DateTime(second))
            }
        }
    }

    fn columns(&mut self, source: &Source, aliases: &[usize]) -> Predicate {
        for _ in 0..20 {
            let (left, right) = (self.any_column(source, aliases), self.any_column(source, aliases));
            if let (Some((left, sort)), Some((right, other))) = (left, right)
                && sort == other
                && left != right
            {
                return Predicate::Cols { left, operator: self.sign(), right };
            }
        }
        Predicate::True
    }

    fn quant(&mut self, source: &Source, aliases: &[usize], depth: usize) -> Predicate {
        let parent = Alias(aliases[self.below(aliases.len())] as u16);
        let table = source.table_of(parent);
        let name = self.name(table).to_owned();
        let joints: Vec<_> = JOINTS.iter().filter(|(of, ..)| *of == name).collect();
        if joints.is_empty() {
            return Predicate::True;
        }
        let kind = [Quantifier::Any, Quantifier::NotAny, Quantifier::AllNone][self.below(3)];
        let &(_, to, related, from) = joints[self.below(joints.len())];
        let related = self.sample.table(related);
        let mut link = Link::Columns { parent, to: self.column(table, to), from: self.column(related, from) };
        let most_joins = self.below(3);
        let mut body = self.source(most_joins, depth);
        if name == "systemuser" && self.name(body.table) == "role" {
            let intersect = self.sample.table("systemuserroles");
            let near = self.column(intersect, "systemuserid");
            link = Link::Through { parent, intersect, near, far: self.column(intersect, "roleid") };
        } else if body.table != related {
            body = Source::all(related);
            if self.below(2) == 0 {
                body.filter = self.comparison(&body, &[0]);
            }
        }
        Predicate::Quant { kind, link, body: Box::new(body) }
    }

    fn order(&mut self, source: &Source, aliases: &[usize]) -> Vec<OrderKey> {
        let mut order = Vec::new();
        for _ in 0..self.below(4) {
            if let Some((column, sort)) = self.any_column(source, aliases) {
                let by = self.by(sort);
                order.push(OrderKey { column, by, descending: self.below(2) == 0 });
            }
        }
        order
    }

    fn by(&mut self, sort: Sort) -> OrderBy {
        match sort {
            Sort::Id if self.below(2) == 0 => OrderBy::LookupName,
            Sort::Number | Sort::Flag if self.below(2) == 0 => OrderBy::Label,
            _ => OrderBy::Value,
        }
    }

    /// Some plan.
    pub(super) fn of(&mut self, shape: Shape) -> Query {
        match shape {
            Shape::Tuples => self.query(),
            Shape::Distinct => self.distinct(),
            Shape::Groups => self.groups(),
        }
    }

    /// A plan for rows or tuples.
    fn query(&mut self) -> Query {
        let source = self.source(4, 2);
        let mut query = Query::all(source.table);
        let all: Vec<usize> = (0..=source.joins.len()).collect();
        let ordered = if self.below(2) == 0 { &[0][..] } else { &all };
        query.order = self.order(&source, ordered);
        for at in 0..self.below(4) {
            if let Some((column, _)) = self.any_column(&source, &all) {
                query.named.push(Named { column, name: format!("n{at}").into(), aliased: true });
            }
        }
        query.source = source;
        query.count = self.below(2) == 0;
        query.page.size = 1 + self.random.below(60);
        query
    }

    /// A plan for different rows.
    fn distinct(&mut self) -> Query {
        let mut query = self.query();
        query.distinct = true;
        let mut columns = Vec::new();
        for _ in 0..self.below(3) {
            columns.extend(self.any_column(&query.source, &[0]).map(|(column, _)| column.column));
        }
        query.columns = if self.below(6) == 0 { Columns::All } else { Columns::Some(columns) };
        query
    }

    /// A plan for groups.
    fn groups(&mut self) -> Query {
        let mut query = self.query();
        query.order.clear();
        query.named.clear();
        let all: Vec<usize> = (0..=query.source.joins.len()).collect();
        let mut group =
            Group { keys: Vec::new(), measures: Vec::new(), order: Vec::new(), most_rows: 50_000 };
        let mut sorts = Vec::new();
        for at in 0..self.below(3) {
            if let Some((column, sort)) = self.any_column(&query.source, &all) {
                let parts = [
                    DatePart::Day,
                    DatePart::Week,
                    DatePart::Month,
                    DatePart::Quarter,
                    DatePart::Year,
                    DatePart::FiscalPeriod,
                    DatePart::FiscalYear,
                ];
                let part = (sort == Sort::Date && self.below(8) > 0)
                    .then(|| (parts[self.below(7)], [Zone::User, Zone::Utc][self.below(2)]));
                group.keys.push(GroupKey { column, part, name: format!("k{at}").into() });
                sorts.push(sort);
            }
        }
        for at in 0..self.below(5) {
            let Some((column, sort)) = self.any_column(&query.source, &all) else { continue };
            let (function, column) = match (self.below(7), sort) {
                (0, _) => (Aggregate::Count, None),
                (1, _) => (Aggregate::CountColumn, Some(column)),
                (2, _) | (_, Sort::Text | Sort::Id | Sort::Flag) => (Aggregate::CountDistinct, Some(column)),
                (3, Sort::Number | Sort::Amount | Sort::Float) => (Aggregate::Sum, Some(column)),
                (4, Sort::Number | Sort::Amount | Sort::Float) => (Aggregate::Average, Some(column)),
                (5, _) => (Aggregate::Max, Some(column)),
                _ => (Aggregate::Min, Some(column)),
            };
            group.measures.push(Measure { function, column, name: format!("m{at}").into() });
        }
        let outputs = group.keys.len() + group.measures.len();
        if outputs > 0 {
            for _ in 0..self.below(3) {
                let output = self.below(outputs);
                let by = match sorts.get(output) {
                    Some(sort) if group.keys[output].part.is_none() => self.by(*sort),
                    _ => OrderBy::Value,
                };
                group.order.push(GroupOrder { output: output as u16, by, descending: self.below(2) == 0 });
            }
        }
        query.group = Some(group);
        query
    }
}
