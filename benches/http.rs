//! Measures the emulator over HTTP against a floor: a bare axum server that answers prepared bytes.
//!
//! Absolute figures move by a third within an hour on a shared machine, so both sides are measured in the same
//! run, taking turns, and what counts is the ratio of each pair of turns. Servers are pinned to core 0 and this
//! process, the load generator, to core 1, where `taskset` allows it.
//!
//! ```text
//! cargo bench --bench http                        every workload, nine rounds of one second a side
//! cargo bench --bench http -- read --rounds 3     the workloads whose name contains "read"
//! cargo bench --bench http -- --quick             a minute's check that everything still runs
//! ```
//!
//! The second table gives the processor time each server spent on a request and how busy its core was. A floor that
//! was not busy was held back by the load generator or by another program on this machine, and its ratio would
//! flatter the emulator: such rounds are taken again, and if there are too many there is no verdict.

#![expect(clippy::print_stdout, reason = "the tables are what this program is for")]

#[path = "http/client.rs"]
mod client;
#[path = "http/floor.rs"]
mod floor;
#[path = "http/process.rs"]
mod process;
#[path = "http/report.rs"]
mod report;

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Parser;

use client::{Connection, Requests, Tally};
use process::{Launcher, Server};
use report::{Cost, Row, Target, Unit};

/// What any step here may fail with; the text is for the person at the terminal.
type Failure = Box<dyn Error>;

/// Enough connections that the server always has a request waiting, as in the targets.
const CONNECTIONS: usize = 32;
/// A page is large enough to fill the loopback by itself; a few connections overlap one's end with another's start.
const PAGE_CONNECTIONS: usize = 4;
const PAGE_SIZE: usize = 5_000;
/// How large the organizations of `--quick` may be.
const QUICK_USERS: usize = 10_000;
/// Users that may be created before the organization is reset, as a share of those it started with: few enough that
/// "at 10,000 users" stays true.
const GROWTH: usize = 4;
/// Bounds a round however fast its bursts are.
const MAX_BURSTS: usize = 1_000;
/// Bounds a round of one request at a time.
const MAX_SAMPLES: usize = 500;
/// How often, and how many times at most, a server is asked whether it has become idle.
const SETTLE: Duration = Duration::from_millis(5);
const MAX_SETTLES: usize = 400;
/// How long a server is left alone before its memory is read.
const IDLE: Duration = Duration::from_millis(750);

const USERS: &str = "/api/data/v9.2/systemusers";
const SELECT: &str = "?$select=fullname,domainname,accessmode,isdisabled,islicensed";
const LIST: &str = "?$filter=accessmode%20eq%200&$orderby=fullname&$top=50&$select=fullname,domainname,accessmode,isdisabled";
/// Looks at every user's name, and finds nobody.
const SCAN: &str = "?$filter=contains(fullname,'qqqqq')&$orderby=fullname&$top=50&$select=fullname";
const RESET: &str = "/_emulator/v1/orgs/contoso/reset";

/// Measures the emulator over HTTP against a bare server in the same run.
#[derive(Parser)]
#[command(name = "http")]
struct Options {
    /// Runs only the workloads whose name contains this text
    filter: Option<String>,
    /// Rounds a workload; in each, both sides take one turn
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..=99))]
    rounds: u16,
    /// Seconds a side measures in a round, 0.05 to 30
    #[arg(long, value_name = "S", default_value_t = 1.0, value_parser = seconds)]
    seconds: f64,
    /// The emulator to measure, instead of the one built with this bench
    #[arg(long, value_name = "PATH", default_value = env!("CARGO_BIN_EXE_crm-emulator"), hide_default_value = true)]
    emulator: PathBuf,
    /// Three rounds of 0.3 s on organizations of at most 10,000 users: for a check, not for the record
    #[arg(long)]
    quick: bool,
    /// Passed by `cargo bench`; means nothing here
    #[arg(long, hide = true)]
    bench: bool,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.05..=30.0).contains(&value) => Ok(value),
        _ => Err("give a number of seconds from 0.05 to 30".to_owned()),
    }
}

/// One thing to measure: its name on the command line and its row in the table.
struct Workload {
    name: &'static str,
    what: &'static str,
    /// Users in the organization; 0 is the `empty` scenario.
    users: usize,
    target: Target,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Read { select: bool },
    Create,
    Page,
    FirstByte,
    List,
    Waits { scanning: bool },
    Start,
    Memory,
}

/// The gates and goals are those of the project's performance targets.
const WORKLOADS: [Workload; 13] = [
    Workload {
        name: "read",
        what: "read one user, all columns",
        users: 100_000,
        target: Target::OfFloor { gate: 0.80, goal: 0.90 },
        kind: Kind::Read { select: false },
    },
    Workload {
        name: "select",
        what: "read one user, $select of 5",
        users: 100_000,
        target: Target::OfFloor { gate: 0.80, goal: 0.90 },
        kind: Kind::Read { select: true },
    },
    Workload {
        name: "create-10k",
        what: "create user, all rules",
        users: 10_000,
        target: Target::OfFloor { gate: 0.60, goal: 0.75 },
        kind: Kind::Create,
    },
    Workload {
        name: "create-1m",
        what: "create user, all rules",
        users: 1_000_000,
        target: Target::OfFloor { gate: 0.45, goal: 0.60 },
        kind: Kind::Create,
    },
    Workload {
        name: "page",
        what: "page of 5,000, all columns",
        users: 100_000,
        target: Target::OfFloor { gate: 0.20, goal: 0.45 },
        kind: Kind::Page,
    },
    Workload {
        name: "first-byte",
        what: "first byte of that page",
        users: 100_000,
        target: Target::AtMost { gate: 1.5, goal: 0.3 },
        kind: Kind::FirstByte,
    },
    Workload {
        name: "list",
        what: "filtered, ordered list of 50",
        users: 100_000,
        target: Target::AtLeast { gate: 5_000.0, goal: 30_000.0 },
        kind: Kind::List,
    },
    Workload {
        name: "waits-quiet",
        what: "p99 of reading one user",
        users: 1_000_000,
        target: Target::TimesFloor { gate: 3.0, goal: 1.5 },
        kind: Kind::Waits { scanning: false },
    },
    Workload {
        name: "waits-scan",
        what: "p99 of reading one user while all are scanned",
        users: 1_000_000,
        target: Target::TimesFloor { gate: 10.0, goal: 3.0 },
        kind: Kind::Waits { scanning: true },
    },
    Workload {
        name: "start-empty",
        what: "exec to ready line",
        users: 0,
        target: Target::AtMost { gate: 15.0, goal: 5.0 },
        kind: Kind::Start,
    },
    Workload {
        name: "start-10k",
        what: "exec to ready line",
        users: 10_000,
        target: Target::AtMost { gate: 60.0, goal: 25.0 },
        kind: Kind::Start,
    },
    Workload {
        name: "memory-empty",
        what: "idle resident memory",
        users: 0,
        target: Target::AtMost { gate: 15.0, goal: 6.0 },
        kind: Kind::Memory,
    },
    Workload {
        name: "memory-100k",
        what: "idle resident memory",
        users: 100_000,
        target: Target::AtMost { gate: 70.0, goal: 45.0 },
        kind: Kind::Memory,
    },
];

fn main() -> ExitCode {
    // The floor is this program started again. It looks before clap does, to start as fast as a bare server can.
    if std::env::args().nth(1).as_deref() == Some(floor::ARGUMENT) {
        return floor::serve();
    }
    let mut options = Options::parse();
    if options.quick {
        options.rounds = options.rounds.min(3);
        options.seconds = options.seconds.min(0.3);
    }
    match run(&options) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("http: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<ExitCode, Failure> {
    let launcher = Launcher::new()?;
    let bench = Bench {
        floor: std::env::current_exe()?,
        emulator: options.emulator.clone(),
        rounds: usize::from(options.rounds),
        turn: Duration::from_secs_f64(options.seconds),
        created: Rc::new(Cell::new(0)),
        launcher,
    };
    let wanted: Vec<&Workload> = WORKLOADS
        .iter()
        .filter(|workload| options.filter.as_deref().is_none_or(|filter| workload.name.contains(filter)))
        .collect();
    if wanted.is_empty() {
        let names: Vec<&str> = WORKLOADS.iter().map(|workload| workload.name).collect();
        return Err(format!("no workload has that in its name; there are {}", names.join(", ")).into());
    }

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tasks = tokio::task::LocalSet::new();
    let mut rows = Vec::new();
    let mut failed = Vec::new();
    for workload in wanted {
        eprintln!("{} ...", workload.name);
        let users = if options.quick { workload.users.min(QUICK_USERS) } else { workload.users };
        match tasks.block_on(&runtime, bench.measure(workload, users)) {
            Ok(row) => rows.push(row),
            // One workload the emulator cannot serve should not cost the figures of the others.
            Err(failure) => failed.push(format!("{}: {failure}", workload.name)),
        }
    }

    println!(
        "{} rounds of {} s a side, taking turns; {}; median (least to most)",
        bench.rounds,
        options.seconds,
        if bench.launcher.pinned() {
            "server on core 0, load generator on core 1"
        } else {
            "NOT PINNED: taskset or a second core is missing"
        }
    );
    if options.quick {
        println!("quick: organizations of at most {QUICK_USERS} users, so verdicts are only an indication");
    }
    if !rows.is_empty() {
        println!("\n{}\n{}", report::verdicts(&rows), report::costs(&rows));
    }
    for failure in &failed {
        println!("not measured: {failure}");
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Everything that stays the same from one workload to the next.
struct Bench {
    launcher: Launcher,
    floor: PathBuf,
    emulator: PathBuf,
    rounds: usize,
    /// How long a side measures in one round.
    turn: Duration,
    /// Users created so far in the whole run, so that no user name is ever used twice.
    created: Rc<Cell<u64>>,
}

impl Bench {
    async fn measure(&self, workload: &Workload, users: usize) -> Result<Row, Failure> {
        let mut row = Row {
            what: format!("{}, {}", workload.what, people(users)),
            target: workload.target,
            unit: Unit::PerSecond,
            floor: Vec::new(),
            emulator: Vec::new(),
            floor_cost: Cost::default(),
            emulator_cost: Cost::default(),
            repeated: 0,
        };
        match workload.kind {
            Kind::Read { select } => self.read(&mut row, users, select).await?,
            Kind::Create => self.create(&mut row, users).await?,
            Kind::Page => self.page(&mut row, users).await?,
            Kind::FirstByte => self.first_byte(&mut row, users).await?,
            Kind::List => self.list(&mut row, users).await?,
            Kind::Waits { scanning } => self.waits(&mut row, users, scanning).await?,
            Kind::Start => self.start(&mut row, users).await?,
            Kind::Memory => self.memory(&mut row, users).await?,
        }
        Ok(row)
    }

    fn start_floor(&self) -> Result<Server, Failure> {
        self.launcher.launch(&self.floor, &[floor::ARGUMENT.to_owned()])
    }

    fn start_emulator(&self, users: usize) -> Result<Server, Failure> {
        let scenario = if users == 0 { "empty".to_owned() } else { format!("large:{users}") };
        // More licences than any round can use: the rule that counts them runs, and never refuses.
        let arguments =
            ["--scenario", &scenario, "--listen", "127.0.0.1:0", "--licenses", "100000000", "--log", "off"];
        self.launcher.launch(&self.emulator, &arguments.map(str::to_owned))
    }

    /// Starts both sides, ready for load.
    async fn sides(&self, users: usize, connections: usize) -> Result<(Side, Side), Failure> {
        let floor = Side::new(self.start_floor()?, connections).await?;
        let emulator = Side::new(self.start_emulator(users)?, connections).await?;
        Ok((floor, emulator))
    }

    async fn read(&self, row: &mut Row, users: usize, select: bool) -> Result<(), Failure> {
        let (mut floor, mut emulator) = self.sides(users, CONNECTIONS).await?;
        let ids = Rc::new(client::user_ids(&emulator.server, USERS, PAGE_SIZE).await?);
        if ids.len() < users {
            return Err(format!("the organization lists {} users, {users} were asked for", ids.len()).into());
        }
        let query = if select { SELECT } else { "" };
        // The floor has no query options: which of its two prepared bodies it gives is a matter of the path.
        let bare = if select { floor::SELECTED } else { USERS };
        let asked_of_floor = Requests::by_id(&floor.server, bare, query, &ids);
        let asked_of_emulator = Requests::by_id(&emulator.server, USERS, query, &ids);
        self.rounds(row, async |is_floor| {
            let (side, requests) =
                if is_floor { (&mut floor, &asked_of_floor) } else { (&mut emulator, &asked_of_emulator) };
            let turn = side.turn(requests, 200, self.turn, u64::MAX).await?;
            Ok((turn.tally.per_second(), turn))
        })
        .await
    }

    async fn create(&self, row: &mut Row, users: usize) -> Result<(), Failure> {
        let (mut floor, mut emulator) = self.sides(users, CONNECTIONS).await?;
        let asked_of_floor = Requests::create(&floor.server, USERS, &self.created);
        let asked_of_emulator = Requests::create(&emulator.server, USERS, &self.created);
        let burst = (users / GROWTH) as u64;
        self.rounds(row, async |is_floor| {
            let (side, requests) =
                if is_floor { (&mut floor, &asked_of_floor) } else { (&mut emulator, &asked_of_emulator) };
            let mut total = Turn::default();
            for _ in 0..MAX_BURSTS {
                let left = self.turn.saturating_sub(total.tally.elapsed);
                if left.is_zero() {
                    break;
                }
                total.add(&side.turn(requests, 204, left, burst).await?);
                if !is_floor {
                    // Not timed: only what keeps the next burst honest.
                    side.reset().await?;
                    side.settle().await;
                }
            }
            Ok((total.tally.per_second(), total))
        })
        .await
    }

    async fn page(&self, row: &mut Row, users: usize) -> Result<(), Failure> {
        row.unit = Unit::GigabytesPerSecond;
        let (mut floor, mut emulator) = self.sides(users, PAGE_CONNECTIONS).await?;
        let asked_of_floor = Requests::page(&floor.server, USERS, PAGE_SIZE);
        let asked_of_emulator = Requests::page(&emulator.server, USERS, PAGE_SIZE);
        self.rounds(row, async |is_floor| {
            let (side, requests) =
                if is_floor { (&mut floor, &asked_of_floor) } else { (&mut emulator, &asked_of_emulator) };
            let turn = side.turn(requests, 200, self.turn, u64::MAX).await?;
            Ok((turn.tally.body_bytes as f64 / turn.tally.elapsed.as_secs_f64() / 1e9, turn))
        })
        .await
    }

    async fn first_byte(&self, row: &mut Row, users: usize) -> Result<(), Failure> {
        row.unit = Unit::Milliseconds;
        let (mut floor, mut emulator) = self.sides(users, 1).await?;
        self.rounds(row, async |is_floor| {
            let side = if is_floor { &mut floor } else { &mut emulator };
            let (turn, waited_ms) = side.waits(self.turn).await?;
            Ok((report::median(&waited_ms), turn))
        })
        .await
    }

    /// The floor answers a prepared row to whatever it is asked.
    async fn list(&self, row: &mut Row, users: usize) -> Result<(), Failure> {
        let (mut floor, mut emulator) = self.sides(users, CONNECTIONS).await?;
        let asked_of_floor = Requests::same(&floor.server, floor::SELECTED);
        let asked_of_emulator = Requests::same(&emulator.server, &format!("{USERS}{LIST}"));
        self.rounds(row, async |is_floor| {
            let (side, requests) =
                if is_floor { (&mut floor, &asked_of_floor) } else { (&mut emulator, &asked_of_emulator) };
            let turn = side.turn(requests, 200, self.turn, u64::MAX).await?;
            Ok((turn.tally.per_second(), turn))
        })
        .await
    }

    /// How long reads take, while somebody else may ask for all rows over and over.
    async fn waits(&self, row: &mut Row, users: usize, scanning: bool) -> Result<(), Failure> {
        row.unit = Unit::Milliseconds;
        let (mut floor, mut emulator) = self.sides(users, CONNECTIONS).await?;
        let ids = Rc::new(client::user_ids(&emulator.server, USERS, PAGE_SIZE).await?);
        let waits = Rc::new(RefCell::new(Vec::new()));
        let asked_of_floor = Requests::by_id(&floor.server, USERS, "", &ids).noting(&waits);
        let asked_of_emulator = Requests::by_id(&emulator.server, USERS, "", &ids).noting(&waits);
        let scan = Requests::same(&emulator.server, &format!("{USERS}{SCAN}"));
        let mut scanner = Side::connect(emulator.server.address, 1).await?;
        self.rounds(row, async |is_floor| {
            let (side, requests) =
                if is_floor { (&mut floor, &asked_of_floor) } else { (&mut emulator, &asked_of_emulator) };
            waits.borrow_mut().clear();
            let reading = side.turn(requests, 200, self.turn, u64::MAX);
            let turn = if scanning && !is_floor {
                let scanning = client::drive(&mut scanner, &scan, 200, self.turn, u64::MAX);
                let (turn, scanned) = tokio::join!(reading, scanning);
                scanned?;
                turn?
            } else {
                reading.await?
            };
            Ok((report::ninety_ninth(&waits.borrow()), turn))
        })
        .await
    }

    async fn start(&self, row: &mut Row, users: usize) -> Result<(), Failure> {
        row.unit = Unit::Milliseconds;
        self.rounds(row, async |is_floor| {
            let server = if is_floor { self.start_floor()? } else { self.start_emulator(users)? };
            Ok((server.ready_in.as_secs_f64() * 1e3, Turn::default()))
        })
        .await
    }

    async fn memory(&self, row: &mut Row, users: usize) -> Result<(), Failure> {
        row.unit = Unit::Mebibytes;
        self.rounds(row, async |is_floor| {
            let server = if is_floor { self.start_floor()? } else { self.start_emulator(users)? };
            tokio::time::sleep(IDLE).await;
            Ok((server.resident_bytes()? as f64 / f64::from(1 << 20), Turn::default()))
        })
        .await
    }

    /// Lets both sides take turns until the row has a figure of each for every round, after one round to warm up.
    /// `measure` takes the floor's turn when told `true`, and gives its figure.
    async fn rounds(
        &self,
        row: &mut Row,
        mut measure: impl AsyncFnMut(bool) -> Result<(f64, Turn), Failure>,
    ) -> Result<(), Failure> {
        measure(true).await?;
        measure(false).await?;
        for attempt in 0..2 * self.rounds {
            if row.floor.len() == self.rounds {
                break;
            }
            // Who goes first changes every time, so that neither side always meets the warmer machine.
            let (floor, emulator) = if attempt.is_multiple_of(2) {
                let floor = measure(true).await?;
                (floor, measure(false).await?)
            } else {
                let emulator = measure(false).await?;
                (measure(true).await?, emulator)
            };
            let missing = self.rounds - row.floor.len();
            let attempts_left = 2 * self.rounds - attempt;
            // Only the floor is asked: an emulator that leaves its core idle does so for reasons of its own.
            if row.target.is_relative() && floor.1.starved() && attempts_left > missing {
                row.repeated += 1;
                continue;
            }
            row.floor.push(floor.0);
            row.emulator.push(emulator.0);
            row.floor_cost.add(&floor.1);
            row.emulator_cost.add(&emulator.1);
        }
        Ok(())
    }
}

fn people(users: usize) -> String {
    match users {
        0 => "empty organization".to_owned(),
        users => format!("{} users", report::grouped(users as f64)),
    }
}

/// A running server and the connections kept open to it.
struct Side {
    server: Server,
    connections: Vec<Connection>,
}

/// What one side did in one turn.
#[derive(Clone, Default)]
pub(crate) struct Turn {
    pub(crate) tally: Tally,
    /// Processor time the server spent, where the system tells.
    pub(crate) cpu: Duration,
}

impl Turn {
    fn add(&mut self, other: &Turn) {
        self.tally.add(&other.tally);
        self.cpu += other.cpu;
    }

    /// Whether something else than the server set the pace: the load generator, or another program on its core.
    fn starved(&self) -> bool {
        !self.cpu.is_zero() && self.cpu.as_secs_f64() < report::BUSY * self.tally.elapsed.as_secs_f64()
    }
}

impl Side {
    async fn new(server: Server, connections: usize) -> Result<Side, Failure> {
        let connections = Self::connect(server.address, connections).await?;
        Ok(Side { server, connections })
    }

    async fn connect(address: SocketAddr, connections: usize) -> Result<Vec<Connection>, Failure> {
        let mut open = Vec::with_capacity(connections);
        for _ in 0..connections {
            open.push(Connection::open(address).await?);
        }
        Ok(open)
    }

    /// Keeps every connection busy for `limit`, or until `budget` requests were sent.
    async fn turn(
        &mut self,
        requests: &Requests,
        expected: u16,
        limit: Duration,
        budget: u64,
    ) -> Result<Turn, Failure> {
        let before = self.server.cpu();
        let tally = client::drive(&mut self.connections, requests, expected, limit, budget).await?;
        Ok(Turn { tally, cpu: self.server.cpu().saturating_sub(before) })
    }

    /// Asks for one page after another on one connection, and tells how long each one's first byte took, in
    /// milliseconds.
    async fn waits(&mut self, limit: Duration) -> Result<(Turn, Vec<f64>), Failure> {
        let request = client::page_request(&self.server, USERS, PAGE_SIZE);
        let connection = self.connections.first_mut().ok_or("no connection is open")?;
        let before = self.server.cpu();
        let began = Instant::now();
        let mut waited_ms = Vec::new();
        let mut tally = Tally::default();
        while waited_ms.len() < MAX_SAMPLES && began.elapsed() < limit {
            let asked = Instant::now();
            let answer = connection.exchange(&request, None).await?;
            answer.require(200)?;
            waited_ms.push((answer.first_byte - asked).as_secs_f64() * 1e3);
            tally.count(&answer);
        }
        tally.elapsed = began.elapsed();
        Ok((Turn { tally, cpu: self.server.cpu().saturating_sub(before) }, waited_ms))
    }

    /// Waits until the server has nothing more to do, such as freeing what a reset has dropped: both sides share a
    /// core, and what one still does would slow the other.
    async fn settle(&self) {
        for _ in 0..MAX_SETTLES {
            let before = self.server.cpu();
            tokio::time::sleep(SETTLE).await;
            if self.server.cpu().saturating_sub(before) < SETTLE / 10 {
                break;
            }
        }
    }

    async fn reset(&mut self) -> Result<(), Failure> {
        let request = client::request(&self.server, "POST", RESET, &[], b"");
        let connection = self.connections.first_mut().ok_or("no connection is open")?;
        let mut body = Vec::new();
        let answer = connection.exchange(&request, Some(&mut body)).await?;
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        Err(format!("POST {RESET} answered {}: {}", answer.status, String::from_utf8_lossy(&body)).into())
    }
}

/// The last part of a program's path, for messages that should not depend on the machine.
fn name(program: &Path) -> String {
    program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()
}
