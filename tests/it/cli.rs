//! The program: its one line, its exit codes, its flags, its commands.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::support::{SOON, eventually};

/// The program without the environment's own settings, in a directory without a configuration file.
fn program(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crm-emulator"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CRM_EMULATOR_")) {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(directory).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    program(Path::new("/"), arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A running emulator, ended when it is dropped.
struct Running {
    child: Child,
    url: String,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let url = line.strip_prefix("crm-emulator ready at ").map(|url| url.trim_end().to_owned());
        let Some(url) = url else {
            let mut why = String::new();
            let _ = child.stderr.take().unwrap().read_to_string(&mut why);
            panic!("no ready line but {line:?}: {why}");
        };
        child.stdout = Some(out.into_inner());
        Self { child, url }
    }

    fn with(arguments: &[&str]) -> Self {
        let arguments = [&["--listen", "127.0.0.1:0"], arguments].concat();
        Self::start(&mut program(Path::new("/"), &arguments))
    }

    fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// Runs a command against it.
    fn client(&self, arguments: &[&str]) -> Output {
        program(Path::new("/"), arguments).env("CRM_EMULATOR_URL", &self.url).output().unwrap()
    }

    /// What a command prints, which must succeed.
    #[track_caller]
    fn prints(&self, arguments: &[&str]) -> String {
        let output = self.client(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    fn setting(&self, key: &str) -> Value {
        let body = get(self.address(), "/_emulator/v1/orgs");
        let name = body["orgs"][0]["name"].as_str().unwrap().to_owned();
        get(self.address(), &format!("/_emulator/v1/orgs/{name}/settings"))[key].clone()
    }

    /// Asks it to stop and waits; answers its exit code and the rest of both outputs.
    fn terminate(mut self) -> (Option<i32>, String, String) {
        signal(&self.child, "TERM");
        let code = self.child.wait().unwrap().code();
        let (mut out, mut err) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (code, out, err)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn get(address: &str, path: &str) -> Value {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn one_line_when_ready_and_an_orderly_end() {
    let running = Running::with(&[]);
    assert_eq!(get(running.address(), "/_emulator/v1/health")["status"], "ready");
    let (code, out, err) = running.terminate();
    assert_eq!((code, out.as_str()), (Some(0), ""), "nothing but the ready line goes to standard output");
    assert!(err.contains("ready url=") && err.contains("stopped"), "{err}");
}

#[test]
fn an_interrupt_is_an_orderly_end_too() {
    let mut running = Running::with(&["--scenario", "empty"]);
    signal(&running.child, "INT");
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_request_in_flight_is_finished() {
    let running = Running::with(&["--scenario", "empty"]);
    let address = running.address().to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let body = r#"{"name":"late"}"#;
    write!(
        stream,
        "POST /_emulator/v1/orgs HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    // The server has the head, and waits for the body, once it says so.
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 100 "), "{line}");
    signal(&running.child, "TERM");
    eventually("the end of listening", || TcpStream::connect(&address).is_err());
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    reader.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("HTTP/1.1 201 "), "{answer}");
    let (code, ..) = running.terminate();
    assert_eq!(code, Some(0));
}

#[test]
fn a_client_that_never_finishes_does_not_hold_the_end_up() {
    let running = Running::with(&["--scenario", "empty"]);
    let mut stream = TcpStream::connect(running.address()).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let head =
        "POST /_emulator/v1/orgs HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    // The server has the head once it asks for the body, of which it gets one byte.
    let mut asked = [0; 12];
    stream.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100");
    stream.write_all(b"{").unwrap();
    let begun = crm_emulator::clock::machine_now();
    let (code, _, err) = running.terminate();
    let took = crm_emulator::clock::machine_now().duration_since(begun);
    assert_eq!(code, Some(0));
    assert!((4..10).contains(&took.as_secs()), "{took:?}");
    assert!(err.contains("requests in flight"), "{err}");
}

#[test]
fn a_start_that_fails_says_why_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (arguments, words) in [
        (vec!["--listen", &address], vec![address.as_str(), "another port"]),
        (vec!["--scenario", "nothing"], vec!["nothing", "empty"]),
        (vec!["--scenario", "./nothing.json"], vec!["./nothing.json"]),
        (vec!["--config", "nothing.toml"], vec!["nothing.toml", "--config"]),
        (vec!["--org", "Contoso Ltd"], vec!["Contoso Ltd", "lower-case"]),
        (vec!["--data-dir", "/tmp/data"], vec!["--data-dir", "not emulated yet"]),
        (vec!["--tls", "--tls-dir", "/proc/nothing"], vec!["/proc/nothing", "--tls-dir"]),
        (vec!["--ready-file", "/nowhere/ready"], vec!["/nowhere/ready"]),
    ] {
        let output = run(&[&["--log", "error", "--listen", "127.0.0.1:0"], arguments.as_slice()].concat());
        let why = text(&output.stderr);
        // A later --listen than the first is a usage error; only the case of the port has two.
        if arguments[0] == "--listen" {
            let output = run(&["--log", "error", "--listen", &address]);
            let why = text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{why}");
            assert!(
                words.iter().all(|word| why.contains(word)) && why.trim_end().lines().count() == 1,
                "{why}"
            );
            continue;
        }
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {why}");
        assert_eq!(why.trim_end().lines().count(), 1, "{why}");
        assert!(words.iter().all(|word| why.contains(word)), "{arguments:?}: {why}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn bad_usage_is_another_code() {
    for arguments in [
        &["--nonsense"][..],
        &["--licenses", "many"],
        &["--listen", "everywhere"],
        &["--era", "crm4"],
        &["--set", "licences=3"],
        &["--set", "licenses"],
        &["--sync-delay", "soon"],
        &["--clock", "noon"],
        &["--log", "loud=very"],
        &["--threads", "0"],
        &["org", "rename"],
        &["clock", "advance"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn flag_goes_before_environment_before_file_before_default() {
    let directory = tempfile::tempdir().unwrap();
    let file = "licenses = 20\nnon-interactive-limit = 9\nera = \"dataverse\"\nclock = 2026-03-01T12:00:00Z\n\
                [set]\nstrict_required = true\nread_mode = \"supported\"\n";
    std::fs::write(directory.path().join("crm-emulator.toml"), file).unwrap();
    let start = |arguments: &[&str], environment: &[(&str, &str)]| {
        let arguments = [&["--listen", "127.0.0.1:0"], arguments].concat();
        let mut command = program(directory.path(), &arguments);
        Running::start(command.envs(environment.iter().copied()))
    };
    let running = start(&[], &[]);
    assert_eq!(running.setting("licenses"), 20);
    assert_eq!(running.setting("non_interactive_limit"), 9);
    assert_eq!(running.setting("era"), "dataverse");
    assert_eq!(running.setting("strict_required"), true);
    assert_eq!(running.setting("read_mode"), "supported");
    assert_eq!(running.setting("auth"), "open");
    assert_eq!(get(running.address(), "/_emulator/v1/clock")["now"], "2026-03-01T12:00:00Z");

    let environment = [("CRM_EMULATOR_LICENSES", "30"), ("CRM_EMULATOR_SET", "strict_required=false")];
    let running = start(&[], &environment);
    assert_eq!(running.setting("licenses"), 30);
    assert_eq!(running.setting("strict_required"), false);
    assert_eq!(running.setting("non_interactive_limit"), 9);

    let running = start(&["--licenses", "40"], &environment);
    assert_eq!(running.setting("licenses"), 40);
}

#[test]
fn a_wrong_file_says_where() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("my.toml");
    for (file, words) in [
        ("licenses = 1\nlicences = 2\n", ["line 2", "licences"]),
        ("licenses = \"many\"\n", ["line 1", "my.toml"]),
        ("[set]\nlicences = 2\n", ["set.licences", "licenses"]),
        ("clock = \"noon\"\n", ["clock", "2026"]),
        ("licenses = \n", ["line 1", "my.toml"]),
    ] {
        std::fs::write(&path, file).unwrap();
        let output = run(&["--config", path.to_str().unwrap()]);
        let why = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{why}");
        assert!(words.iter().all(|word| why.contains(word)), "{file}: {why}");
        assert_eq!(why.trim_end().lines().count(), 1, "{why}");
    }
}

#[test]
fn the_ready_file_holds_the_address() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ready");
    let running = Running::with(&["--ready-file", path.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(&path).unwrap().trim_end(), running.url);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "no temporary file stays");
}

#[test]
fn listening_to_everybody_is_warned_of() {
    let running = Running::start(&mut program(Path::new("/"), &["--listen", "0.0.0.0:0"]));
    let (_, _, err) = running.terminate();
    assert!(err.contains("WARN") && err.contains("everybody"), "{err}");
    let (_, _, err) = Running::with(&[]).terminate();
    assert!(!err.contains("WARN"), "{err}");
}

#[test]
fn the_log_can_be_json_and_tell_every_request() {
    let running = Running::with(&["--log", "debug", "--log-format", "json"]);
    get(running.address(), "/_emulator/v1/health");
    let (_, _, err) = running.terminate();
    let lines: Vec<Value> = err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered = lines.iter().find(|line| line["fields"]["message"] == "answered").unwrap();
    assert_eq!(answered["fields"]["uri"], "/_emulator/v1/health");
    assert_eq!(answered["fields"]["status"], 200);
    assert!(answered["fields"]["duration_us"].is_number());
}

#[test]
fn the_commands_of_a_shell() {
    let running = Running::with(&["--clock", "2026-03-01T12:00:00Z"]);
    assert!(running.prints(&["org", "list"]).contains("contoso"));
    assert_eq!(
        running.prints(&["org", "fork", "copy"]).trim(),
        format!("{}/copy/api/data/v9.2", running.url)
    );
    running.prints(&["org", "create", "small", "--scenario", "empty", "--set", "licenses=3"]);
    assert_eq!(running.prints(&["org", "list"]).lines().count(), 3);

    running.prints(&["snapshot", "save", "a b"]);
    assert_eq!(running.prints(&["snapshot", "list"]), "a b\n");
    running.prints(&["snapshot", "restore", "a b"]);

    let clock: Value = serde_json::from_str(&running.prints(&["clock", "advance", "24h"])).unwrap();
    assert_eq!(clock["now"], "2026-03-02T12:00:00Z");
    running.prints(&["clock", "set", "2030-01-01T00:00:00Z", "--org", "copy"]);
    assert!(running.prints(&["clock", "show", "--org", "copy"]).contains("2030-01-01"));
    assert!(running.prints(&["clock", "show"]).contains("2026-03-02"));
    running.prints(&["org", "reset", "copy"]);
    assert!(running.prints(&["clock", "show", "--org", "copy"]).contains("2026-03-01"));

    let ledger: Value =
        serde_json::from_str(&running.prints(&["license", "show", "--org", "small"])).unwrap();
    assert_eq!(ledger["licenses"]["purchased"], 3);

    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("contoso.json");
    let file = file.to_str().unwrap();
    running.prints(&["export", "--output", file]);
    running.prints(&["import", file, "--org", "small"]);
    running.prints(&["org", "create", "again", "--scenario", file]);
    running.prints(&["org", "delete", "again"]);
    running.prints(&["health"]);

    // The same document starts another emulator.
    let other = Running::with(&["--scenario", file]);
    let users = |running: &Running, org: &str| -> Value {
        let ledger = running.prints(&["license", "show", "--org", org]);
        serde_json::from_str::<Value>(&ledger).unwrap()["users"].clone()
    };
    assert_eq!(users(&other, "contoso"), users(&running, "small"));
}

#[test]
fn the_same_environment_serves_and_asks() {
    let directory = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let environment = [
        ("CRM_EMULATOR_LISTEN", format!("127.0.0.1:{port}")),
        ("CRM_EMULATOR_TLS_DIR", directory.path().join("tls").to_str().unwrap().to_owned()),
    ];
    let command = |arguments: &[&str]| {
        let mut command = program(Path::new("/"), arguments);
        command.envs(environment.clone());
        command
    };
    let running = Running::start(&mut command(&["--scenario", "empty"]));
    assert_eq!(running.url, format!("https://127.0.0.1:{port}"));
    let health = command(&["health"]).output().unwrap();
    assert!(health.status.success(), "{}", text(&health.stderr));
    assert!(text(&health.stdout).contains("ready"));
    // A certificate of somebody else's is told from an emulator that is not there.
    let other = tempfile::tempdir().unwrap();
    drop(Running::with(&["--scenario", "empty", "--tls-dir", other.path().to_str().unwrap()]));
    let ca = other.path().join("ca.pem");
    let distrusted = command(&["health", "--cacert", ca.to_str().unwrap()]).output().unwrap();
    let why = text(&distrusted.stderr);
    assert_eq!(distrusted.status.code(), Some(1));
    assert!(why.contains("does not vouch") && why.contains("--cacert"), "{why}");
    let (_, _, err) = running.terminate();
    assert!(err.contains("REQUESTS_CA_BUNDLE=") && err.contains("NODE_EXTRA_CA_CERTS="), "{err}");
}

#[test]
fn a_command_that_fails_says_why_in_one_line() {
    let running = Running::with(&["--scenario", "empty"]);
    let fails = |output: Output, words: &[&str]| {
        let why = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{why}");
        assert!(words.iter().all(|word| why.contains(word)), "{why}");
        assert_eq!(why.trim_end().lines().count(), 1, "{why}");
    };
    fails(running.client(&["org", "delete", "nobody"]), &["nobody"]);
    fails(running.client(&["snapshot", "restore", "nothing"]), &["nothing", "none yet"]);
    fails(running.client(&["import", "/nowhere.json"]), &["/nowhere.json"]);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    fails(run(&["health", "--url", &format!("http://{free}")]), &[&free.to_string(), "--url"]);
    fails(run(&["health", "--url", "ftp://x"]), &["ftp://x", "http://"]);
}

#[test]
fn help_explains_every_flag_and_completions_know_them() {
    let help = text(&run(&["--help"]).stdout);
    let completions = text(&run(&["completions", "bash"]).stdout);
    for flag in [
        "listen",
        "org",
        "scenario",
        "era",
        "licenses",
        "non-interactive-limit",
        "sync-delay",
        "set",
        "auth",
        "tls",
        "tls-dir",
        "data-dir",
        "clock",
        "seed",
        "ready-file",
        "log",
        "log-format",
        "config",
    ] {
        let variable = format!("CRM_EMULATOR_{}", flag.replace('-', "_").to_uppercase());
        assert!(help.contains(&format!("--{flag}")) && help.contains(&variable), "--help lacks {flag}");
        assert!(completions.contains(&format!("--{flag}")), "completions lack {flag}");
    }
    assert_eq!(text(&run(&["--version"]).stdout), format!("crm-emulator {}\n", env!("CARGO_PKG_VERSION")));
}
