//! The README cannot go stale: its walk-through is run line by line, and its table is the emulator's own list.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crm_emulator::capabilities::{self, Status};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

/// The emulator as the README starts it, but at a port of its own.
struct Running {
    child: Child,
    address: String,
}

impl Running {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_crm-emulator"))
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("crm-emulator ready at http://").unwrap().to_owned();
        Self { child, address }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command of the walk-through and what the README says it prints.
#[derive(Debug)]
struct Step {
    command: String,
    printed: String,
}

/// The part of the README between two marks.
fn part<'a>(readme: &'a str, mark: &str) -> &'a str {
    let (open, close) = (format!("<!-- {mark} -->"), format!("<!-- /{mark} -->"));
    let start = readme.find(&open).unwrap_or_else(|| panic!("README has no {open}")) + open.len();
    let end = readme.find(&close).unwrap_or_else(|| panic!("README has no {close}"));
    &readme[start..end]
}

fn steps(walk: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    let mut continued = false;
    for line in walk.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            steps.push(Step { command: command.to_owned(), printed: String::new() });
            continued = command.ends_with('\\');
        } else if inside {
            let step = steps.last_mut().expect("a block begins with a command");
            let to = if continued { &mut step.command } else { &mut step.printed };
            if continued || !to.is_empty() {
                to.push('\n');
            }
            to.push_str(line);
            continued = continued && line.ends_with('\\');
        }
    }
    steps
}

/// Whether `text` is `pattern`, in which `…` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    let mut pieces = pattern.split('…');
    let Some(after) = pieces.next().and_then(|first| rest.strip_prefix(first)) else { return false };
    rest = after;
    let mut last = None;
    for piece in pieces {
        last = Some(piece);
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.is_empty() || last.is_some_and(|last| last.is_empty() || text.ends_with(last))
}

#[test]
fn the_walk_through_prints_what_it_says() {
    let readme = std::fs::read_to_string(README).unwrap();
    let steps = steps(part(&readme, "walk-through"));
    assert!(steps.len() > 10, "the walk-through has {} commands", steps.len());
    let running = Running::start();
    let mut script = "set -u\n".to_owned();
    for (number, step) in steps.iter().enumerate() {
        let command = step.command.replace("127.0.0.1:5050", &running.address);
        let _ = write!(script, "{command}\nprintf '\\n--- %s\\n' {number}\n");
    }
    let output = Command::new("bash").arg("-c").arg(&script).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap().replace(&running.address, "127.0.0.1:5050");
    let mut rest = output.as_str();
    for (number, step) in steps.iter().enumerate() {
        let mark = format!("\n--- {number}\n");
        let at =
            rest.find(&mark).unwrap_or_else(|| panic!("`{}` did not come to an end:\n{rest}", step.command));
        let printed = rest[..at].trim_end();
        rest = &rest[at + mark.len()..];
        assert!(
            matches(&step.printed, printed),
            "the README says that\n  $ {}\nprints\n{}\nbut it prints\n{printed}",
            step.command,
            step.printed
        );
    }
}

#[test]
fn the_table_is_the_list_of_capabilities() {
    let readme = std::fs::read_to_string(README).unwrap();
    let mut table = "\n| area | feature | | |\n| --- | --- | --- | --- |\n".to_owned();
    for row in capabilities::ALL {
        let status = match row.status {
            Status::Emulated => "yes",
            Status::Partly => "partly",
            Status::Not => "not yet",
        };
        let _ = writeln!(table, "| {} | {} | {status} | {} |", row.area, row.feature, row.note);
    }
    assert_eq!(part(&readme, "capabilities"), table, "the README's table should read:\n{table}");
}

#[test]
fn the_pattern_language_of_this_test() {
    assert!(matches("a…c", "abc") && matches("…", "") && matches("a", "a") && matches("…b", "bb"));
    assert!(!matches("a…c", "abd") && !matches("a", "ab") && !matches("b…", "ab"));
}
