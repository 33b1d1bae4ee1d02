//! Servers as child processes: pinned to a core, watched until they are ready, and never left behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Failure, name};

const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;
/// A server that is not ready by then never will be.
const READY_WITHIN: Duration = Duration::from_mins(2);
/// Bounds the whole run, whatever happens.
const RUN_WITHIN: Duration = Duration::from_mins(30);
/// Prefix of the environment variables that would change how the emulator runs.
const SETTINGS: &str = "CRM_EMULATOR_";

/// Starts servers and sees to their end: when they are dropped, when this program is told to stop, and when it has
/// run too long.
pub(crate) struct Launcher {
    children: Children,
    pinned: bool,
}

/// The processes started and not yet ended, shared with the thread that waits for a signal.
#[derive(Clone, Default)]
struct Children(Arc<Mutex<Vec<Watched>>>);

/// A server, and the shell that ends it should this program be killed outright.
struct Watched {
    server: Child,
    guard: Option<Child>,
}

impl Children {
    fn list(&self) -> MutexGuard<'_, Vec<Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, server: Child) {
        self.list().push(Watched { server, guard: None });
    }

    /// Has a shell wait for the end of this program, which closes its standard input, to end the server then.
    /// No other process can have the server's number by that time: this program is the one to release it.
    fn guard(&self, pid: u32) -> Result<(), Failure> {
        let mut children = self.list();
        let watched =
            children.iter_mut().find(|watched| watched.server.id() == pid).ok_or("the server has ended")?;
        let guard = Command::new("sh")
            .args(["-c", "read -r _; kill -KILL \"$1\"", "guard", &pid.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        watched.guard = Some(guard);
        Ok(())
    }

    fn end(&self, wanted: impl Fn(u32) -> bool) {
        for watched in self.list().extract_if(.., |watched| wanted(watched.server.id())) {
            // The guard first: it must not outlive what it would end.
            for mut process in watched.guard.into_iter().chain([watched.server]) {
                // Either can only fail if the process has ended already.
                let _ = process.kill();
                let _ = process.wait();
            }
        }
    }
}

/// A server that has said it is ready. Dropping it ends its process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// From starting the process to its ready line.
    pub(crate) ready_in: Duration,
    pid: u32,
    children: Children,
    /// Kept open: a server that prints another line should not die of it.
    _stdout: BufReader<ChildStdout>,
}

impl Launcher {
    /// Pins this thread, and with it all that it starts, to the load generator's core.
    pub(crate) fn new() -> Result<Launcher, Failure> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let launcher =
            Launcher { children: Children::default(), pinned: cores >= 2 && pin_this_thread(LOAD_CORE) };
        let children = launcher.children.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        thread::spawn(move || {
            let why = runtime.block_on(told_to_stop());
            children.end(|_| true);
            eprintln!("http: {why}");
            std::process::exit(1);
        });
        Ok(launcher)
    }

    pub(crate) fn pinned(&self) -> bool {
        self.pinned
    }

    /// Starts `program` and waits for its line `... ready at http://ADDRESS`.
    pub(crate) fn launch(&self, program: &Path, arguments: &[String]) -> Result<Server, Failure> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with(SETTINGS) {
                command.env_remove(variable);
            }
        }

        // A process starts on its parent thread's core, so a thread that moves there first spares the measured time
        // a detour through another program.
        let pinned = self.pinned;
        let start = thread::spawn(move || {
            if pinned {
                pin_this_thread(SERVER_CORE);
            }
            (Instant::now(), command.spawn())
        });
        let (began, child) = start.join().map_err(|_| "the thread that starts servers panicked")?;
        let mut child = child.map_err(|error| format!("cannot start {}: {error}", name(program)))?;
        let pid = child.id();
        let stdout = child.stdout.take().ok_or("the server has no standard output")?;
        self.children.add(child);

        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            let mut line = String::new();
            let read = stdout.read_line(&mut line);
            // Fails only if nobody waits any more.
            let _ = sender.send((Instant::now(), read.map(|_| line), stdout));
        });
        let server =
            receiver.recv_timeout(READY_WITHIN).map_err(Failure::from).and_then(|(ready, line, stdout)| {
                let line = line?;
                let address =
                    address(&line).ok_or_else(|| format!("instead of being ready it said {line:?}"))?;
                self.children.guard(pid)?;
                let children = self.children.clone();
                Ok(Server { address, ready_in: ready - began, pid, children, _stdout: stdout })
            });
        server.map_err(|error| {
            self.children.end(|child| child == pid);
            format!("{} {}: {error}", name(program), arguments.join(" ")).into()
        })
    }
}

impl Drop for Launcher {
    fn drop(&mut self) {
        self.children.end(|_| true);
    }
}

impl Server {
    /// Memory resident now.
    pub(crate) fn resident_bytes(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("VmRSS is not told")?;
        let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kibibytes * 1024)
    }

    /// Processor time of all its threads so far; zero where the system does not tell.
    pub(crate) fn cpu(&self) -> Duration {
        let Ok(threads) = fs::read_dir(format!("/proc/{}/task", self.pid)) else {
            return Duration::ZERO;
        };
        threads
            .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("schedstat")).ok())
            .filter_map(|text| text.split(' ').next()?.parse().ok())
            .map(Duration::from_nanos)
            .sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = self.pid;
        self.children.end(|child| child == pid);
    }
}

fn address(line: &str) -> Option<SocketAddr> {
    let (_, url) = line.trim().split_once(" ready at http://")?;
    let address: SocketAddr = url.parse().ok()?;
    // Load goes to this machine only.
    address.ip().is_loopback().then_some(address)
}

/// Moves the calling thread to one core. Through `taskset`, as the system call itself would need unsafe code.
fn pin_this_thread(core: usize) -> bool {
    let Ok(thread) = fs::read_link("/proc/thread-self") else {
        return false;
    };
    let status = Command::new("taskset")
        .args(["-p", "-c", &core.to_string(), &name(&thread)])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

async fn told_to_stop() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hang_up)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        return "cannot listen for signals";
    };
    tokio::select! {
        _ = interrupt.recv() => "interrupted",
        _ = terminate.recv() => "told to stop",
        _ = hang_up.recv() => "the terminal is gone",
        () = tokio::time::sleep(RUN_WITHIN) => "gave up: it should not take this long",
    }
}
