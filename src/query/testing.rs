//! A small organization for the tests of this module, and the tables of cases they read.

use std::borrow::Cow;
use std::collections::HashMap;

use uuid::Uuid;

pub(super) use cases::check;

use super::exec::{CallerFacts, Context};
use super::lang::odata::{Addressed, Options, syntax::Literal};
use crate::model::{Catalogue, ColumnType, Record, Reference, TableId, Value};
use crate::store::Records;

/// An organization of some twenty rows.
pub(super) struct Sample {
    pub(super) catalogue: Catalogue,
    pub(super) records: Records,
    ids: HashMap<&'static str, Reference>,
    next: u32,
}

impl Sample {
    /// Two business units, eight users, two teams, three roles, and a few accounts, contacts and tasks.
    pub(super) fn new() -> Self {
        let mut sample = Self::empty();
        sample.units_and_users();
        sample.roles_and_teams();
        sample.customers();
        sample
    }

    pub(super) fn empty() -> Self {
        let catalogue = Catalogue::embedded();
        let records = Records::new(&catalogue);
        Self { catalogue, records, ids: HashMap::new(), next: 0 }
    }

    fn units_and_users(&mut self) {
        self.add("contoso", "businessunit", &[("name", "Contoso".into())]);
        self.add(
            "sales",
            "businessunit",
            &[("name", "Sales".into()), ("parentbusinessunitid", self.to("contoso"))],
        );
        for (key, name, domain, mode, disabled, unit, manager) in [
            ("system", "SYSTEM", Some("system"), 3, true, "contoso", None),
            ("anna", "Anna Andersson", Some("anna@contoso.com"), 0, false, "contoso", None),
            ("bob", "Bob Johnson", Some("bob@contoso.com"), 0, false, "sales", Some("anna")),
            ("carl", "carl o'brian", Some("carl@contoso.com"), 1, true, "sales", Some("anna")),
            ("dora", "Dora Émile", Some("dora@contoso.com"), 2, false, "sales", Some("bob")),
            ("eve", "Eve 100%", None, 4, false, "contoso", None),
            ("svc", "svc_sync", Some("SVC@contoso.com"), 4, false, "contoso", Some("anna")),
            ("emil", "emil", Some("emil@contoso.com"), 0, false, "sales", Some("dora")),
        ] {
            let mut values = vec![
                ("fullname", name.into()),
                ("accessmode", mode.into()),
                ("isdisabled", disabled.into()),
                ("businessunitid", self.to(unit)),
                ("createdon", Value::DateTime(1_577_836_800 + i64::from(mode) * 86_400)),
            ];
            values.extend(domain.map(|domain| ("domainname", domain.into())));
            values.extend(manager.map(|manager| ("parentsystemuserid", self.to(manager))));
            self.add(key, "systemuser", &values);
        }
    }

    fn roles_and_teams(&mut self) {
        for (key, name) in
            [("admin", "System Administrator"), ("seller", "Salesperson"), ("unused", "Unused")]
        {
            self.add(key, "role", &[("name", name.into()), ("businessunitid", self.to("contoso"))]);
        }
        self.add("team1", "team", &[("name", "Contoso".into()), ("businessunitid", self.to("contoso"))]);
        self.add("team2", "team", &[("name", "Sales".into()), ("businessunitid", self.to("sales"))]);
        for (table, near, far, pairs) in [
            (
                "systemuserroles",
                "systemuserid",
                "roleid",
                [("anna", "admin"), ("anna", "seller"), ("bob", "seller"), ("dora", "seller")].as_slice(),
            ),
            (
                "teammembership",
                "systemuserid",
                "teamid",
                &[("anna", "team1"), ("bob", "team2"), ("dora", "team2")],
            ),
        ] {
            for (one, other) in pairs {
                let (one, other) = (self.id(one), self.id(other));
                self.add("", table, &[(near, Value::Guid(one)), (far, Value::Guid(other))]);
            }
        }
    }

    fn customers(&mut self) {
        for (key, name, revenue, employees, owner) in [
            ("fourth", "Fourth Coffee", Some("1500.50"), Some(10), "anna"),
            ("litware", "Litware", Some("1500.5000"), None, "bob"),
            ("tailspin", "Tailspin [Toys]", None, Some(250), "team2"),
        ] {
            let mut values = vec![("name", name.into()), ("ownerid", self.to(owner))];
            let owning = if owner.starts_with("team") { "owningteam" } else { "owninguser" };
            values.push((owning, self.to(owner)));
            values.extend(revenue.map(|text| ("revenue", Value::Decimal(text.parse().unwrap()))));
            values.extend(employees.map(|number: i32| ("numberofemployees", number.into())));
            self.add(key, "account", &values);
        }
        for (key, first, last, parent, born) in [
            ("yvonne", Some("Yvonne"), "McKay", Some("fourth"), Some(0)),
            ("susanna", Some("Susanna"), "Stubberod", Some("litware"), Some(-365)),
            ("nancy", None, "Anderson", Some("yvonne"), None),
            ("same", Some("same"), "SAME", None, None),
        ] {
            let full = first.map_or(last.to_owned(), |first| format!("{first} {last}"));
            let mut values =
                vec![("lastname", last.into()), ("fullname", full.into()), ("ownerid", self.to("anna"))];
            values.extend(first.map(|first| ("firstname", first.into())));
            values.extend(parent.map(|parent| ("parentcustomerid", self.to(parent))));
            values.extend(born.map(|day| ("birthdate", Value::Date(day))));
            self.add(key, "contact", &values);
        }
        for (key, subject, done, regarding) in [
            ("call", "Call back", 1, "fourth"),
            ("mail", "Write mail", 0, "fourth"),
            ("visit", "Visit", 1, "litware"),
            ("greet", "Greet", 0, "yvonne"),
        ] {
            let values = [
                ("subject", subject.into()),
                ("statecode", done.into()),
                ("regardingobjectid", self.to(regarding)),
                ("ownerid", self.to("anna")),
            ];
            self.add(key, "task", &values);
        }
    }

    /// Adds a row under a key of the tests.
    pub(super) fn add(&mut self, key: &'static str, table: &str, values: &[(&str, Value)]) {
        self.next += 1;
        let table = self.catalogue.table_named(table).unwrap();
        let id = id(self.next);
        let record: Record =
            values.iter().map(|(name, value)| (table.column_id(name).expect(name), value.clone())).collect();
        let table = table.id;
        self.records.insert(table, id, u64::from(self.next), &record);
        self.ids.insert(key, Reference::new(table, id));
    }

    fn to(&self, key: &str) -> Value {
        Value::Lookup(self.ids[key])
    }

    pub(super) fn id(&self, key: &str) -> Uuid {
        self.ids[key].id
    }

    pub(super) fn table(&self, name: &str) -> TableId {
        self.catalogue.table_named(name).unwrap().id
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context {
            catalogue: &self.catalogue,
            records: &self.records,
            now: jiff::Timestamp::UNIX_EPOCH,
            caller: CallerFacts {
                user_id: self.ids.get("anna").map_or(Uuid::nil(), |row| row.id),
                business_unit_id: self.ids.get("contoso").map_or(Uuid::nil(), |row| row.id),
            },
        }
    }

    /// Gives the caller a time zone, by its `timezonecode`.
    pub(super) fn live_in(&mut self, code: i32) {
        let known = self.catalogue.known();
        let record = [(known.usersettings.timezonecode, Value::Int(code))].into_iter().collect();
        let caller = self.context().caller.user_id;
        self.records.insert(known.usersettings.id, caller, 1, &record);
    }

    /// What people know a row by.
    pub(super) fn label(&self, table: TableId, slot: crate::store::Slot) -> String {
        let definition = self.catalogue.table(table);
        let row = self.records.table(table).row(slot).unwrap();
        match definition.primary_name.map(|name| row.get(name)) {
            Some(name) => name.as_str().unwrap_or("-").to_owned(),
            None => row.id().to_string(),
        }
    }

    /// Puts the ids of rows for `{key}`.
    pub(super) fn fill_in(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (key, row) in &self.ids {
            text = text.replace(&format!("{{{key}}}"), &row.id.to_string());
        }
        text
    }
}

/// Numbers that look random and are the same in every run.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below a bound.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as u32) % bound
    }
}

/// Ids that ascend in SQL Server's order as their numbers do.
pub(super) fn id(number: u32) -> Uuid {
    let mut bytes = [0; 16];
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    Uuid::from_bytes(bytes)
}

/// The options in the text behind the question mark. A test writes `%26` for an ampersand within a value.
pub(super) fn pairs(text: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (Cow::Borrowed(name), Cow::Owned(value.replace("%26", "&")))
        })
        .collect()
}

/// Options of a request; `!maxpagesize=n` and `!row` are not options but say what surrounds them.
pub(super) fn options<'a>(pairs: &'a mut Vec<(Cow<'a, str>, Cow<'a, str>)>) -> Options<'a> {
    let size = pairs.iter().find(|(name, _)| name == "!maxpagesize").map(|(_, value)| value.parse().unwrap());
    let row = pairs.iter().any(|(name, _)| name == "!row");
    pairs.retain(|(name, _)| !name.starts_with('!'));
    Options { pairs, max_page_size: size, on: if row { Addressed::Row } else { Addressed::Collection } }
}

#[test]
fn literals_meet_columns() {
    let catalogue = Catalogue::embedded();
    let user = catalogue.table_named("systemuser").unwrap();
    let coerce = super::lang::odata::coerce;
    let mode = user.column_named("accessmode").unwrap();
    assert!(matches!(mode.kind, ColumnType::Choice { .. }));
    assert_eq!(coerce(&Literal::Int(4), mode), Some(Value::Int(4)));
    assert_eq!(coerce(&Literal::String("4".into()), mode), None);
    assert_eq!(coerce(&Literal::Null, mode), Some(Value::Null));
    assert_eq!(coerce(&Literal::Int(1), user.column_named("isdisabled").unwrap()), None);
    let text = "00000000-0000-0000-0000-00000000000A";
    let unit = user.column_named("businessunitid").unwrap();
    assert_eq!(coerce(&Literal::String(text.into()), unit), Some(Value::Guid(id(10))));
}

/// The tables of cases are files, and reading files is for tests alone.
#[cfg(test)]
mod cases {
    use std::fmt::Write as _;
    use std::path::Path;

    /// Runs a table of cases: a line with the input, an indented one with the answer. `UPDATE_CASES=1` writes the answers
    /// into the table.
    pub(in crate::query) fn check(file: &str, answer: impl Fn(&str) -> String) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let (mut written, mut wrong) = (String::new(), String::new());
        let mut lines = text.lines().peekable();
        let mut cases = 0;
        while let Some(line) = lines.next() {
            written.push_str(line);
            written.push('\n');
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let expected = lines.next_if(|next| next.starts_with("    ")).unwrap_or_default().trim();
            let found = answer(line);
            cases += 1;
            written.push_str("    ");
            written.push_str(found.trim());
            written.push('\n');
            if found.trim() != expected {
                writeln!(wrong, "{line}\n  expected {expected}\n  found    {}", found.trim()).unwrap();
            }
        }
        assert!(cases > 0, "{file} holds no case");
        if std::env::var_os("UPDATE_CASES").is_some() {
            std::fs::write(&path, written).unwrap();
        } else {
            assert!(wrong.is_empty(), "{file}:\n{wrong}");
        }
    }
}
