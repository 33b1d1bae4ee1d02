//! Measures what the security model costs: asking for a privilege, and queries over a million accounts by users who do
//! not see all of them, beside the same queries by a System Administrator that find the same rows.
//!
//! ```text
//! cargo bench --bench security               1,000,000 accounts
//! cargo bench --bench security -- 100000     another number
//! ```

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

#[path = "cpu/mod.rs"]
mod cpu;

use std::borrow::Cow;
use std::hint::black_box;
use std::sync::Arc;

use cpu::{cpu_time, median, millis, once};
use crm_emulator::clock::Clock;
use crm_emulator::identity::Caller;
use crm_emulator::model::{Catalogue, Record, Reference, Value};
use crm_emulator::query::lang::odata::{self, Addressed};
use crm_emulator::query::{self, CallerFacts, Context};
use crm_emulator::scenario::{Options, Scenario};
use crm_emulator::security::{AccessRights, Depth};
use crm_emulator::service::access;
use crm_emulator::settings::Settings;
use crm_emulator::world::{Transaction, World};
use uuid::Uuid;

const ROUNDS: usize = 9;
const USERS: usize = 1_000;
const UNITS: usize = 20;
/// Every so many-th account is the measured user's, or its business unit's, or shared with it.
const ONE_IN: usize = 20;
/// What all of those, and no others, are looked for by.
const SOUGHT: i32 = 7;

/// Queries, with the options of each.
const QUERIES: &[(&str, &[(&str, &str)])] = &[
    ("a number", &[("$filter", "numberofemployees eq 7"), ("$top", "50")]),
    ("a number, counted", &[("$filter", "numberofemployees eq 7"), ("$count", "true"), ("$top", "1")]),
    ("a text, ordered", &[("$filter", "contains(name,'sought')"), ("$orderby", "name"), ("$top", "50")]),
    (
        "grouped",
        &[("$apply", "filter(numberofemployees eq 7)/groupby((address1_city),aggregate($count as n))")],
    ),
];

/// What the measured user sees of the accounts, and by what.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sees {
    Own(Depth),
    Shared,
}

fn main() {
    let size = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    println!("{size} accounts, {USERS} users, {ROUNDS} rounds, CPU time of one thread, medians");
    println!("{:<10} {:<20} {:>11} {:>11} {:>7} {:>6}", "by", "query", "user", "sysadmin", "ratio", "gate");
    for (by, sees) in [
        ("Basic", Sees::Own(Depth::Basic)),
        ("Local", Sees::Own(Depth::Local)),
        ("Deep", Sees::Own(Depth::Deep)),
        ("share", Sees::Shared),
    ] {
        let (world, user) = organization(size, sees);
        for (what, options) in QUERIES {
            let (mut own, mut other) = (Vec::new(), Vec::new());
            let administrator = world.identity().default_caller;
            assert_eq!(
                ask(&world, user, options),
                ask(&world, administrator, options),
                "both find the same rows"
            );
            for _ in 0..ROUNDS {
                own.push(cpu_time(|| drop(black_box(ask(&world, user, options)))));
                other.push(cpu_time(|| drop(black_box(ask(&world, administrator, options)))));
            }
            let (own, other) = (median(own), median(other));
            println!(
                "{by:<10} {what:<20} {:>11} {:>11} {:>7.2} {:>6}",
                millis(own),
                millis(other),
                own / other,
                1.5
            );
        }
        if sees == Sees::Own(Depth::Basic) {
            checks(&world, user);
        }
    }
}

/// One privilege, asked for again and again; then for the first time.
fn checks(world: &World, user: Uuid) {
    let accounts = world.known_table("account");
    let table = world.catalogue().table(accounts);
    let row = world.records().table(accounts).iter().next().map(|(_, row)| row.id()).unwrap_or_default();
    let row = Reference::new(accounts, row);
    let administrator = world.identity().default_caller;
    let micros = |seconds: f64| format!("{:.3} us", seconds * 1e6);
    for (who, user) in [("first caller", administrator), ("other caller", user)] {
        let caller = Caller::user(user);
        let privilege = cpu_time(|| {
            let _ = black_box(access::authorize(world, &caller, AccessRights::READ, table));
        });
        let of_row = cpu_time(|| {
            let _ = black_box(access::demand(world, &caller, AccessRights::READ, row));
        });
        println!("{who:<31} privilege {}, row {} (gate 2 us)", micros(privilege), micros(of_row));
    }
    let mut cold = Vec::new();
    for _ in 0..ROUNDS * 5 {
        let mut fork = world.clone();
        let role = world.known().role.id;
        let mut tx = Transaction::begin(&mut fork);
        let (id, record) = tx
            .records()
            .table(role)
            .iter()
            .next()
            .map(|(_, row)| (row.id(), row.to_record()))
            .unwrap_or_default();
        tx.replace(role, id, &record);
        tx.commit();
        cold.push(once(|| {
            let _ = black_box(access::authorize(&fork, &Caller::user(user), AccessRights::READ, table));
        }));
    }
    println!("{:<31} privilege {}", "first after a role changed", micros(median(cold)));
}

/// Reads, plans, restricts and runs a query; the ids of what it finds, or its groups.
fn ask(world: &World, user: Uuid, options: &[(&'static str, &'static str)]) -> Vec<String> {
    let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> =
        options.iter().map(|(name, value)| (Cow::Borrowed(*name), Cow::Borrowed(*value))).collect();
    let options = odata::Options { pairs: &pairs, max_page_size: None, on: Addressed::Collection };
    let accounts = world.known_table("account");
    let mut plan = odata::parse(world.catalogue(), accounts, &options).expect("the query is right");
    if let Some(group) = &mut plan.group {
        group.most_rows = u32::MAX;
    }
    access::restrict(world, &Caller::user(user), &mut plan).expect("the user may read accounts");
    let caller = CallerFacts { user_id: user, business_unit_id: world.identity().root_business_unit };
    let context =
        Context { catalogue: world.catalogue(), records: world.records(), now: world.now(), caller };
    let result = query::run(&context, &plan).expect("the query runs");
    let data = world.records().table(accounts);
    if let query::Found::Groups(groups) = &result.found {
        return groups.iter().map(|group| format!("{group:?}")).collect();
    }
    let rows = result.rows();
    let rows = rows.iter().filter_map(|slot| data.row(*slot)).map(|row| row.id().to_string());
    rows.chain(result.count.map(|count| format!("{count:?}"))).collect()
}

/// A table by its name.
trait Named {
    fn known_table(&self, name: &str) -> crm_emulator::model::TableId;
}

impl Named for World {
    fn known_table(&self, name: &str) -> crm_emulator::model::TableId {
        self.catalogue().table_named(name).expect("the fixtures have the table").id
    }
}

/// The default organization with units, users and accounts; and the user who sees one account in twenty.
fn organization(size: usize, sees: Sees) -> (World, Uuid) {
    let options = Options {
        unique_name: "bench".into(),
        settings: Settings::default(),
        clock: Clock::default(),
        seed: Some(1),
    };
    let catalogue = Arc::new(Catalogue::embedded());
    let mut world = Scenario::Large(0).build(&catalogue, &options).expect("the scenario is tested");
    let mut tx = Transaction::begin(&mut world);
    let root = tx.identity().root_business_unit;
    let units: Vec<Uuid> = (0..UNITS)
        .map(|number| {
            let parent = lookup(&tx, "businessunit", root);
            insert(
                &mut tx,
                "businessunit",
                vec![("name", format!("Unit {number}").into()), ("parentbusinessunitid", parent)],
            )
        })
        .collect();
    // The first user has the first unit to itself, so that its unit's rows are those it owns.
    let users: Vec<Uuid> = (0..USERS)
        .map(|number| {
            let unit = if number == 0 { 0 } else { 1 + number % (UNITS - 1) };
            let unit = lookup(&tx, "businessunit", units[unit]);
            insert(&mut tx, "systemuser", vec![("businessunitid", unit), ("accessmode", 0.into())])
        })
        .collect();
    let depth = if let Sees::Own(depth) = sees { depth } else { Depth::Basic };
    give(&mut tx, users[0], depth);
    for number in 0..size {
        let is_sought = number % ONE_IN == 0;
        let owner = match sees {
            Sees::Own(_) if is_sought => 0,
            _ => 1 + number % (USERS - 1),
        };
        let unit = if owner == 0 { 0 } else { 1 + owner % (UNITS - 1) };
        // Of those that are seen, one in fifty is sought.
        let employees = if number % (ONE_IN * 50) == 0 { SOUGHT } else { 100 + (number % 500) as i32 };
        let name =
            if employees == SOUGHT { format!("A sought one {number}") } else { format!("Account {number}") };
        let values = vec![
            ("name", name.into()),
            ("numberofemployees", employees.into()),
            ("address1_city", format!("City {}", number % 97).into()),
            ("ownerid", lookup(&tx, "systemuser", users[owner])),
            ("owninguser", lookup(&tx, "systemuser", users[owner])),
            ("owningbusinessunit", lookup(&tx, "businessunit", units[unit])),
        ];
        let id = insert(&mut tx, "account", values);
        if sees == Sees::Shared && employees == SOUGHT {
            let values = vec![
                ("objectid", id.into()),
                ("objecttypecode", "account".into()),
                ("principalid", users[0].into()),
                ("principaltypecode", "systemuser".into()),
                ("accessrightsmask", 1.into()),
            ];
            insert(&mut tx, "principalobjectaccess", values);
        }
    }
    let user = users[0];
    tx.commit();
    (world, user)
}

/// A role that reads accounts so far, for one user.
fn give(tx: &mut Transaction<'_>, user: Uuid, depth: Depth) {
    let privilege = tx.catalogue().privilege_named("prvReadAccount").expect("accounts have privileges");
    let privilege = tx.catalogue().privilege(privilege).id;
    let role = insert(tx, "role", vec![("name", "Reader".into())]);
    let grant = vec![
        ("roleid", role.into()),
        ("privilegeid", privilege.into()),
        ("privilegedepthmask", depth.mask().into()),
    ];
    insert(tx, "roleprivileges", grant);
    insert(tx, "systemuserroles", vec![("systemuserid", user.into()), ("roleid", role.into())]);
}

fn lookup(tx: &Transaction<'_>, table: &str, id: Uuid) -> Value {
    Reference::new(tx.known_table(table), id).into()
}

fn insert(tx: &mut Transaction<'_>, table: &str, values: Vec<(&str, Value)>) -> Uuid {
    let table = tx.known_table(table);
    let definition = tx.catalogue().table(table);
    let record: Record = values
        .into_iter()
        .map(|(name, value)| (definition.column_id(name).expect("the fixtures have the column"), value))
        .collect();
    let id = tx.next_id();
    tx.insert(table, id, &record);
    id
}
