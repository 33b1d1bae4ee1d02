//! Measures the store below any protocol: what a fork, a snapshot, a restore and a reset cost at a thousand users
//! and at a million, the first write after a fork, and the memory a row takes.
//!
//! ```text
//! cargo bench --bench store                 1,000 and 1,000,000 users
//! cargo bench --bench store -- 1000 100000  other sizes
//! ```
//!
//! What should not depend on size is shown as the ratio of the largest organization to the smallest, in one run.

#![expect(clippy::print_stdout, reason = "the tables are what this program is for")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crm_emulator::clock::Clock;
use crm_emulator::fault::Fault;
use crm_emulator::identity::Caller;
use crm_emulator::model::{Catalogue, ColumnId, Record, Reference, Table, Value};
use crm_emulator::rules;
use crm_emulator::scenario::{Options, Scenario};
use crm_emulator::service::registry::Registry;
use crm_emulator::service::{Input, Origin, Service, Session};
use crm_emulator::settings::Settings;
use crm_emulator::world::{Live, Transaction, World};
use mimalloc::MiMalloc;
use uuid::Uuid;

/// The program's own allocator, for a leaf that is copied is a piece of memory asked for.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const ROUNDS: usize = 2_000;
/// Columns of a user that are filled, as in the target for memory.
const FILLED: usize = 24;

fn main() {
    let mut sizes: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![1_000, 1_000_000];
    }
    let mut first: Option<Vec<Duration>> = None;
    println!(
        "{:>9}  {:<28} {:>10} {:>10} {:>10}  ratio to the first size",
        "users", "what", "median", "p99", "max"
    );
    for size in sizes {
        let before = resident();
        let started = Instant::now();
        let live = Live::new(organization(size));
        let built = started.elapsed();
        let bytes = (resident() - before) * 1024 / u64::from(size);
        let mut medians = Vec::new();
        for (what, mut samples) in measure(&live, size) {
            samples.sort_unstable();
            let median = samples[samples.len() / 2];
            let ratio = first.as_ref().map(|first| median.as_secs_f64() / first[medians.len()].as_secs_f64());
            println!(
                "{size:>9}  {what:<28} {:>10} {:>10} {:>10}  {}",
                micros(median),
                micros(samples[samples.len() * 99 / 100]),
                micros(samples[samples.len() - 1]),
                ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
            );
            medians.push(median);
        }
        println!(
            "{size:>9}  {:<28} {bytes:>8} B  ({FILLED} filled columns, indexes included)",
            "memory a row"
        );
        println!("{size:>9}  {:<28} {:>9.2} µs a row", "load", built.as_secs_f64() * 1e6 / f64::from(size));
        first.get_or_insert(medians);
    }
}

fn measure(live: &Live, size: u32) -> Vec<(&'static str, Vec<Duration>)> {
    let origin = (*live.read()).clone();
    let ids: Vec<Uuid> = {
        let world = live.read();
        let users = world.records().table(world.known().systemuser.id);
        users.iter().map(|(_, row)| row.id()).collect()
    };
    let mut at = 7_usize;
    let mut random = move || {
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ids[(at >> 33) % ids.len()]
    };
    vec![
        ("fork", time(|| Live::new((*live.read()).clone()))),
        ("snapshot", time(|| (*live.read()).clone())),
        ("restore, reset", time(|| live.replace(origin.clone()))),
        ("fork and first update", {
            let update = |live: &Live, id| live.write(|tx| Ok::<_, ()>(rename(tx, id)));
            samples(|| {
                let id = random();
                let started = Instant::now();
                let fork = Live::new((*live.read()).clone());
                let _ = black_box(update(&fork, id));
                (started.elapsed(), fork)
            })
        }),
        ("fork and first create", {
            samples(|| {
                let started = Instant::now();
                let fork = Live::new((*live.read()).clone());
                let created = fork.write(|tx| Ok::<_, ()>(create(tx, size + 1)));
                let _ = black_box(created);
                (started.elapsed(), fork)
            })
        }),
        ("create with all rules", {
            let fork = Live::new(origin.clone());
            let service = Service::new(Registry::new(rules::all(), &[]));
            let mut number = size;
            time(|| {
                number += 1;
                service.write(&fork, |session| create_by_service(session, number))
            })
        }),
        ("create, nobody reading", {
            let fork = Live::new(origin.clone());
            let mut number = size;
            time(|| {
                number += 1;
                fork.write(|tx| Ok::<_, ()>(create(tx, number)))
            })
        }),
        ("create, read after each", {
            let fork = Live::new(origin.clone());
            let mut number = size;
            time(|| {
                number += 1;
                let _ = fork.write(|tx| Ok::<_, ()>(create(tx, number)));
                fork.read()
            })
        }),
    ]
}

fn time<T>(mut what: impl FnMut() -> T) -> Vec<Duration> {
    samples(|| {
        let started = Instant::now();
        let result = black_box(what());
        (started.elapsed(), result)
    })
}

/// Takes the samples; what each leaves behind is dropped outside the time it reports.
fn samples<T>(mut what: impl FnMut() -> (Duration, T)) -> Vec<Duration> {
    (0..ROUNDS).map(|_| what().0).collect()
}

/// The scenario `large`, and in it `size` users more, built below the rules: the store is what is measured here.
fn organization(size: u32) -> World {
    let mut settings = Settings::default();
    settings.set("licenses", "100000000").expect("a number");
    let options = Options { unique_name: "bench".into(), settings, clock: Clock::default(), seed: Some(1) };
    let catalogue = Arc::new(Catalogue::embedded());
    let mut world = Scenario::Large(0).build(&catalogue, &options).expect("the scenario is tested");
    let mut tx = Transaction::begin(&mut world);
    for number in 0..size {
        create(&mut tx, number);
    }
    tx.commit();
    world
}

/// A create as a client sends it: what the rules and the platform fill in is not in it.
fn create_by_service(session: &mut Session<'_>, number: u32) -> Result<Uuid, Fault> {
    let known = session.world().known().systemuser.clone();
    let caller = Caller::user(session.world().identity().default_caller);
    let mut input = Input::default();
    input.record.set(known.accessmode, 0);
    input.record.set(known.firstname, "First");
    input.record.set(known.lastname, "Last");
    input.record.set(known.domainname, format!("new{number:07}@contoso.com"));
    session.create(caller, Origin::Api, known.id, input).map(|written| written.id)
}

fn create(tx: &mut Transaction<'_>, number: u32) -> Uuid {
    let id = tx.next_id();
    let record = user(tx, number);
    tx.insert(tx.known().systemuser.id, id, &record);
    id
}

fn rename(tx: &mut Transaction<'_>, id: Uuid) -> bool {
    let (table, column) = (tx.known().systemuser.id, tx.known().systemuser.firstname);
    let Some(mut record) = tx.records().table(table).get(id).map(|row| row.to_record()) else { return false };
    record.set(column, "Renamed");
    tx.replace(table, id, &record)
}

/// A user with [`FILLED`] columns: those a create through the rules fills, of realistic sizes.
fn user(tx: &Transaction<'_>, number: u32) -> Record {
    let known = tx.known();
    let table = tx.catalogue().table(known.systemuser.id);
    let root = tx.identity().root_business_unit;
    let by = Reference::new(known.systemuser.id, tx.identity().default_caller);
    let mut record = Record::new();
    let column = |name: &str| column(table, name);
    for (name, value) in [
        ("accessmode", Value::Int(0)),
        ("azurestate", Value::Int(0)),
        ("businessunitid", Reference::new(known.businessunit.id, root).into()),
        ("caltype", Value::Int(0)),
        ("createdby", by.into()),
        ("createdon", Value::DateTime(1_700_000_000 + i64::from(number))),
        ("deletedstate", Value::Int(0)),
        ("domainname", format!("user{number:07}@contoso.onmicrosoft.com").into()),
        ("emailrouteraccessapproval", Value::Int(0)),
        ("firstname", format!("First{}", number % 997).into()),
        ("fullname", format!("First{} Lastname{number:07}", number % 997).into()),
        ("incomingemaildeliverymethod", Value::Int(1)),
        ("internalemailaddress", format!("user{number:07}@contoso.com").into()),
        ("invitestatuscode", Value::Int(0)),
        ("isdisabled", Value::Bool(false)),
        ("isintegrationuser", Value::Bool(false)),
        ("islicensed", Value::Bool(true)),
        ("issyncwithdirectory", Value::Bool(false)),
        ("lastname", format!("Lastname{number:07}").into()),
        ("modifiedby", by.into()),
        ("modifiedon", Value::DateTime(1_700_000_000 + i64::from(number))),
        ("organizationid", Value::Guid(tx.identity().organization_id)),
        ("setupuser", Value::Bool(false)),
        ("userlicensetype", Value::Int(-1)),
    ] {
        record.set(column(name), value);
    }
    debug_assert_eq!(record.len(), FILLED);
    record
}

fn column(table: &Table, name: &str) -> ColumnId {
    table.column_id(name).expect("the fixtures have the column")
}

fn micros(duration: Duration) -> String {
    format!("{:.2} µs", duration.as_secs_f64() * 1e6)
}

/// Kibibytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}
