//! Measures queries over a million users against `SQLite` in memory, in the same run.
//!
//! ```text
//! cargo bench --bench query                      1,000,000 users
//! cargo bench --bench query -- 100000            another number
//! cargo bench --bench query -- 1000000 contains  only the cases whose name contains this
//! ```
//!
//! Both sides hold the same users with 24 filled columns; a query is read, planned and run to its last row on both,
//! taking turns. What is compared is the CPU time of the one thread.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

#[path = "cpu/mod.rs"]
mod cpu;

use std::borrow::Cow;
use std::hint::black_box;
use std::sync::Arc;

use cpu::{cpu_time, median, millis, once};
use crm_emulator::clock::Clock;
use crm_emulator::model::{Catalogue, Record, Reference, Value};
use crm_emulator::query::lang::odata::{self, Addressed};
use crm_emulator::query::{self, CallerFacts, Context};
use crm_emulator::scenario::{Options, Scenario};
use crm_emulator::settings::Settings;
use crm_emulator::world::{Transaction, World};
use rusqlite::Connection;
use uuid::Uuid;

const ROUNDS: usize = 9;
const UNITS: u32 = 100;

/// One question in both languages.
struct Case {
    what: &'static str,
    /// Name and text of each query option.
    options: &'static [(&'static str, &'static str)],
    sql: &'static str,
    /// Whether `SQLite` may use indexes.
    indexed: bool,
    /// At most this part of `SQLite`'s time; from `performance.md`.
    gate: f64,
    goal: f64,
}

const CASES: &[Case] = &[
    Case {
        what: "count accessmode = 4",
        options: &[("$apply", "filter(accessmode eq 4)/aggregate($count as n)")],
        sql: "select count(*) from systemuser where accessmode = 4",
        indexed: false,
        gate: 0.25,
        goal: 0.025,
    },
    Case {
        what: "contains, ignoring case",
        options: &[("$apply", "filter(contains(fullname,'son'))/aggregate($count as n)")],
        sql: "select count(*) from systemuser where fullname like '%son%'",
        indexed: false,
        gate: 0.30,
        goal: 0.08,
    },
    Case {
        what: "order by fullname, top 50",
        options: &[("$orderby", "fullname"), ("$top", "50")],
        sql: "select * from systemuser order by fullname collate nocase limit 50",
        indexed: false,
        gate: 0.25,
        goal: 0.0002,
    },
    Case {
        what: "group by accessmode, count",
        options: &[("$apply", "groupby((accessmode),aggregate($count as n))")],
        sql: "select accessmode, count(*) from systemuser group by accessmode",
        indexed: false,
        gate: 0.10,
        goal: 0.035,
    },
    Case {
        what: "join, filter on its name",
        options: &[("$apply", "filter(businessunitid/name eq 'Unit 42')/aggregate($count as n)")],
        sql: "select count(*) from systemuser u join businessunit b on u.businessunitid = b.businessunitid \
              where b.name = 'Unit 42'",
        indexed: false,
        gate: 0.12,
        goal: 0.026,
    },
    Case {
        what: "indexed equality",
        options: &[("$filter", "domainname eq 'USER0000777@contoso.onmicrosoft.com'")],
        sql: "select * from systemuser where domainname = 'USER0000777@contoso.onmicrosoft.com'",
        indexed: true,
        gate: 5.0,
        goal: 1.0,
    },
    Case {
        what: "indexed top 50",
        options: &[("$orderby", "systemuserid"), ("$top", "50")],
        sql: "select * from systemuser order by systemuserid limit 50",
        indexed: true,
        gate: 5.0,
        goal: 1.0,
    },
];

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let size = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let wanted = arguments.iter().find(|argument| argument.parse::<u32>().is_err());
    let world = organization(size);
    let sqlite = sqlite(&world);
    println!("{size} users, {ROUNDS} rounds, CPU time of one thread, medians");
    println!(
        "{:<28} {:>11} {:>11} {:>11} {:>8} {:>7} {:>7}",
        "query", "first", "emulator", "SQLite", "ratio", "gate", "goal"
    );
    for case in CASES.iter().filter(|case| wanted.is_none_or(|wanted| case.what.contains(wanted.as_str()))) {
        measure(&world, &sqlite, case);
    }
    if wanted.is_none() {
        after_a_fork(&world);
    }
}

fn measure(world: &World, sqlite: &[Connection; 2], case: &Case) {
    let connection = &sqlite[usize::from(case.indexed)];
    let first = once(|| ask(world, case.options));
    let theirs = || {
        let mut statement = connection.prepare_cached(case.sql).expect("the statement is right");
        let columns = statement.column_count();
        let mut rows = statement.query([]).expect("the statement runs");
        while let Some(row) = rows.next().expect("a row") {
            for column in 0..columns {
                let _ = black_box(row.get_ref(column));
            }
        }
    };
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        own.push(cpu_time(|| ask(world, case.options)));
        other.push(cpu_time(theirs));
    }
    let (own, other) = (median(own), median(other));
    println!(
        "{:<28} {:>11} {:>11} {:>11} {:>8.3} {:>7} {:>7}",
        case.what,
        millis(first),
        millis(own),
        millis(other),
        own / other,
        case.gate,
        case.goal
    );
}

/// What the first scan costs after a fork and one write, beside a scan when everything is warm.
fn after_a_fork(world: &World) {
    let options = CASES[0].options;
    let users = &world.known().systemuser;
    let ids: Vec<Uuid> =
        world.records().table(users.id).iter().step_by(1_017).map(|(_, row)| row.id()).collect();
    let (mut warm, mut first) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS * 5 {
        warm.push(once(|| ask(world, options)));
        let mut fork = world.clone();
        let mut tx = Transaction::begin(&mut fork);
        let id = ids[round * 31 % ids.len()];
        let mut record = tx.records().table(users.id).get(id).map(|row| row.to_record()).unwrap_or_default();
        record.set(users.firstname, "Renamed");
        tx.replace(users.id, id, &record);
        tx.commit();
        first.push(once(|| ask(&fork, options)));
    }
    let (warm, first) = (median(warm), median(first));
    println!(
        "{:<28} {:>11} {:>11} {:>11} {:>8.3} {:>7} {:>7}",
        "first scan after a fork",
        "",
        millis(first),
        millis(warm),
        first / warm,
        1.2,
        1.02
    );
}

/// Reads, plans and runs a query, and reads what it shows.
fn ask(world: &World, options: &[(&'static str, &'static str)]) {
    let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> =
        options.iter().map(|(name, value)| (Cow::Borrowed(*name), Cow::Borrowed(*value))).collect();
    let options = odata::Options { pairs: &pairs, max_page_size: None, on: Addressed::Collection };
    let users = world.known().systemuser.id;
    let mut plan = odata::parse(world.catalogue(), users, &options).expect("the query is right");
    if let Some(group) = &mut plan.group {
        // The service groups 50,000 rows at most; that is no measure of speed.
        group.most_rows = u32::MAX;
    }
    let caller = CallerFacts {
        user_id: world.identity().default_caller,
        business_unit_id: world.identity().root_business_unit,
    };
    let context =
        Context { catalogue: world.catalogue(), records: world.records(), now: world.now(), caller };
    let result = query::run(&context, &plan).expect("the query runs");
    let data = world.records().table(users);
    for row in result.rows().iter().filter_map(|slot| data.row(*slot)) {
        row.iter().for_each(|value| {
            black_box(value);
        });
    }
    black_box(result);
}

/// The default scenario, a hundred business units, and in them users whose columns are filled as a create fills them.
fn organization(size: u32) -> World {
    let options = Options {
        unique_name: "bench".into(),
        settings: Settings::default(),
        clock: Clock::default(),
        seed: Some(1),
    };
    let catalogue = Arc::new(Catalogue::embedded());
    let mut world = Scenario::Large(0).build(&catalogue, &options).expect("the scenario is tested");
    let mut tx = Transaction::begin(&mut world);
    let known = catalogue.known();
    let parent = Reference::new(known.businessunit.id, tx.identity().root_business_unit);
    let units: Vec<Uuid> = (0..UNITS)
        .map(|number| {
            let id = tx.next_id();
            let mut record = Record::new();
            record.set(known.businessunit.name, format!("Unit {number}"));
            record.set(known.businessunit.parentbusinessunitid, parent);
            tx.insert(known.businessunit.id, id, &record);
            id
        })
        .collect();
    for number in 0..size {
        let id = tx.next_id();
        let record = user(&tx, &units, number);
        tx.insert(known.systemuser.id, id, &record);
    }
    tx.commit();
    world
}

const COLUMNS: [&str; 24] = [
    "accessmode",
    "azurestate",
    "businessunitid",
    "caltype",
    "createdby",
    "createdon",
    "deletedstate",
    "domainname",
    "emailrouteraccessapproval",
    "firstname",
    "fullname",
    "incomingemaildeliverymethod",
    "internalemailaddress",
    "invitestatuscode",
    "isdisabled",
    "isintegrationuser",
    "islicensed",
    "issyncwithdirectory",
    "lastname",
    "modifiedby",
    "modifiedon",
    "organizationid",
    "setupuser",
    "userlicensetype",
];

fn user(tx: &Transaction<'_>, units: &[Uuid], number: u32) -> Record {
    const LAST: [&str; 32] = [
        "Adams", "Baker", "Clark", "Davis", "Evans", "Frank", "Ghosh", "Hills", "Irwin", "Jones", "Klein",
        "Lopez", "Mason", "Nolan", "Owens", "Patel", "Quinn", "Reyes", "Smith", "Tyler", "Usher", "Vance",
        "White", "Xiong", "Young", "Zhang", "Brown", "Green", "Hansen", "Keller", "Moreau", "Novak",
    ];
    let known = tx.known();
    // A number that looks random, so that neighbours have little in common.
    let mixed = number.wrapping_mul(0x9e37_79b1) >> 8;
    let by = Reference::new(known.systemuser.id, tx.identity().default_caller);
    let (first, last) = (format!("First{}", mixed % 997), LAST[mixed as usize / 1_000 % LAST.len()]);
    let mode = if mixed % 100 == 7 { 4 } else { i32::from(mixed % 50 == 3) };
    let unit = units[mixed as usize % units.len()];
    let when = Value::DateTime(1_700_000_000 + i64::from(number));
    let values: [Value; 24] = [
        mode.into(),
        0.into(),
        Reference::new(known.businessunit.id, unit).into(),
        0.into(),
        by.into(),
        when.clone(),
        0.into(),
        format!("user{number:07}@contoso.onmicrosoft.com").into(),
        0.into(),
        first.clone().into(),
        format!("{first} {last}{number:07}").into(),
        1.into(),
        format!("user{number:07}@contoso.com").into(),
        0.into(),
        false.into(),
        false.into(),
        true.into(),
        false.into(),
        format!("{last}{number:07}").into(),
        by.into(),
        when,
        tx.identity().organization_id.into(),
        false.into(),
        (-1).into(),
    ];
    let table = tx.catalogue().table(known.systemuser.id);
    let columns = COLUMNS.iter().map(|name| table.column_id(name).expect("the fixtures have the column"));
    columns.zip(values).collect()
}

/// The same rows in two databases: without indexes, and with those the emulator has.
fn sqlite(world: &World) -> [Connection; 2] {
    let known = world.known();
    let table = world.catalogue().table(known.systemuser.id);
    let ids: Vec<_> = COLUMNS.iter().map(|name| table.column_id(name).expect("a column")).collect();
    [false, true].map(|indexed| {
        let mut database = Connection::open_in_memory().expect("memory");
        let key = if indexed { "primary key" } else { "" };
        let create = format!(
            "create table businessunit (businessunitid blob {key}, name text); \
             create table systemuser (systemuserid blob {key}, {})",
            COLUMNS.join(", ")
        );
        database.execute_batch(&create).expect("tables");
        let tx = database.transaction().expect("a transaction");
        {
            let mut insert = tx.prepare("insert into businessunit values (?, ?)").expect("a statement");
            for (_, row) in world.records().table(known.businessunit.id).iter() {
                let name = row.get(known.businessunit.name).to_value();
                insert.execute((row.id().as_bytes(), name.as_str())).expect("a row");
            }
            let places = vec!["?"; COLUMNS.len() + 1].join(", ");
            let mut insert =
                tx.prepare(&format!("insert into systemuser values ({places})")).expect("a statement");
            for (_, row) in world.records().table(known.systemuser.id).iter() {
                let id = std::iter::once(rusqlite::types::Value::Blob(row.id().as_bytes().to_vec()));
                let values = ids.iter().map(|column| sql_value(&row.get(*column).to_value()));
                insert.execute(rusqlite::params_from_iter(id.chain(values))).expect("a row");
            }
        }
        tx.commit().expect("rows");
        if indexed {
            database.execute_batch("create index by_name on systemuser (domainname)").expect("an index");
        }
        database
    })
}

fn sql_value(value: &Value) -> rusqlite::types::Value {
    use rusqlite::types::Value as Sql;
    match value {
        Value::Bool(flag) => Sql::Integer(i64::from(*flag)),
        Value::Int(number) => Sql::Integer(i64::from(*number)),
        Value::DateTime(number) => Sql::Integer(*number),
        Value::String(text) => Sql::Text(text.to_string()),
        Value::Guid(id) => Sql::Blob(id.as_bytes().to_vec()),
        Value::Lookup(reference) => Sql::Blob(reference.id.as_bytes().to_vec()),
        _ => Sql::Null,
    }
}
