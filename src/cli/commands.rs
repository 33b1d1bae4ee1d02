//! The commands that talk to a running emulator.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::client::Target;
use super::flags;

/// What a command ends with: nothing, or one line that says why not.
type Done = Result<(), String>;

/// Which organization.
#[derive(Debug, Clone, Args)]
pub(super) struct Org {
    #[command(flatten)]
    target: Target,
    /// The organization's unique name [default: the default organization]
    #[arg(long, value_name = "NAME")]
    org: Option<String>,
}

impl Org {
    /// `orgs/{name}`.
    fn path(&self) -> Result<String, String> {
        match &self.org {
            Some(name) => Ok(of(name)),
            None => default_org(&self.target).map(|name| of(&name)),
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum OrgCommand {
    /// List the organizations
    List {
        #[command(flatten)]
        target: Target,
    },
    /// Make an organization from a scenario
    Create {
        /// The new organization's unique name
        name: String,
        /// The name of an embedded scenario, or a scenario file [default: what the emulator was started with]
        #[arg(long, value_name = "NAME|FILE")]
        scenario: Option<String>,
        /// A rule switch by its key, as often as needed
        #[arg(long, value_name = "KEY=VALUE", value_parser = flags::switch)]
        set: Vec<(String, String)>,
        #[command(flatten)]
        target: Target,
    },
    /// Make an organization that starts as another one is now
    Fork {
        /// The new organization's unique name
        name: String,
        /// The organization to copy [default: the default organization]
        #[arg(long, value_name = "ORG")]
        from: Option<String>,
        #[command(flatten)]
        target: Target,
    },
    /// Bring an organization back to its scenario or fork point
    Reset {
        /// The organization [default: the default organization]
        name: Option<String>,
        #[command(flatten)]
        target: Target,
    },
    /// Forget an organization
    Delete {
        /// The organization
        name: String,
        #[command(flatten)]
        target: Target,
    },
}

impl OrgCommand {
    pub(super) fn run(self) -> Done {
        match self {
            Self::List { target } => {
                let all = target.get_json("orgs")?;
                for org in all["orgs"].as_array().into_iter().flatten() {
                    let mark = if org["is_default"] == true { "\t(default)" } else { "" };
                    print(&format!("{}\t{}{mark}", text(org, "name"), text(org, "web_api_url")))?;
                }
                Ok(())
            }
            Self::Create { name, scenario, set, target } => {
                let mut body = Map::from_iter([("name".to_owned(), Value::from(name))]);
                if let Some(scenario) = scenario {
                    body.insert("scenario".to_owned(), read_scenario(scenario)?);
                }
                let settings: Map<_, _> = set.into_iter().map(|(key, value)| (key, value.into())).collect();
                body.insert("settings".to_owned(), settings.into());
                created(&target, &body.into())
            }
            Self::Fork { name, from, target } => {
                let from = from.map_or_else(|| default_org(&target), Ok)?;
                created(&target, &json!({ "name": name, "from": from }))
            }
            Self::Reset { name, target } => {
                let name = name.map_or_else(|| default_org(&target), Ok)?;
                target.send("POST", &format!("{}/reset", of(&name)), None).map(drop)
            }
            Self::Delete { name, target } => target.send("DELETE", &of(&name), None).map(drop),
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum SnapshotCommand {
    /// Keep the organization's state of now under a name
    Save {
        /// The snapshot's name
        name: String,
        #[command(flatten)]
        org: Org,
    },
    /// Bring a snapshot back
    Restore {
        /// The snapshot's name
        name: String,
        #[command(flatten)]
        org: Org,
    },
    /// List the snapshots
    List {
        #[command(flatten)]
        org: Org,
    },
}

impl SnapshotCommand {
    pub(super) fn run(self) -> Done {
        match self {
            Self::Save { name, org } => {
                let path = format!("{}/snapshots/{}", org.path()?, encode(&name));
                org.target.send("PUT", &path, None).map(drop)
            }
            Self::Restore { name, org } => {
                let path = format!("{}/snapshots/{}/restore", org.path()?, encode(&name));
                org.target.send("POST", &path, None).map(drop)
            }
            Self::List { org } => {
                let all = org.target.get_json(&format!("{}/snapshots", org.path()?))?;
                all["snapshots"].as_array().into_iter().flatten().try_for_each(|one| print(text(one, "name")))
            }
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum ClockCommand {
    /// Show the clock
    Show {
        #[command(flatten)]
        clock: Clock,
    },
    /// Stop the clock at an instant (RFC 3339), or let it follow the machine's again (real)
    Set {
        /// An instant such as 2026-01-31T12:00:00Z, or real
        #[arg(value_name = "RFC3339|real")]
        to: String,
        #[command(flatten)]
        clock: Clock,
    },
    /// Move the clock forward; everything that falls due is done before this returns
    Advance {
        /// How far: 250ms, 5m, 24h or PT5M
        #[arg(value_name = "DUR")]
        by: String,
        #[command(flatten)]
        clock: Clock,
    },
}

/// Which clock.
#[derive(Debug, Clone, Args)]
pub(super) struct Clock {
    #[command(flatten)]
    target: Target,
    /// The organization's unique name [default: all organizations]
    #[arg(long, value_name = "NAME")]
    org: Option<String>,
}

impl Clock {
    fn path(&self) -> String {
        self.org.as_ref().map_or_else(|| "clock".to_owned(), |name| format!("{}/clock", of(name)))
    }
}

impl ClockCommand {
    pub(super) fn run(self) -> Done {
        let body = match self {
            Self::Show { clock } => clock.target.get(&clock.path())?,
            Self::Set { to, clock } => {
                let wanted = match to.as_str() {
                    "real" => json!({ "mode": "real" }),
                    instant => json!({ "mode": "manual", "now": instant }),
                };
                clock.target.send("PUT", &clock.path(), Some(&wanted))?
            }
            Self::Advance { by, clock } => {
                clock.target.send("POST", &format!("{}/advance", clock.path()), Some(&json!({ "by": by })))?
            }
        };
        print_json(&body)
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum LicenseCommand {
    /// Show the licence ledger: purchased, consumed, and the verdict on every user
    Show {
        #[command(flatten)]
        org: Org,
    },
}

impl LicenseCommand {
    pub(super) fn run(self) -> Done {
        let Self::Show { org } = self;
        print_json(&org.target.get(&format!("{}/licenses", org.path()?))?)
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Documents {
    /// Write the whole organization as one JSON document, which --scenario and import read
    Export {
        /// Where to [default: standard output]
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        org: Org,
    },
    /// Replace the whole organization by an exported document
    Import {
        /// The document
        file: PathBuf,
        #[command(flatten)]
        org: Org,
    },
    /// Ask whether the emulator is ready; exit code 0 says yes (for HEALTHCHECK and scripts)
    Health {
        #[command(flatten)]
        target: Target,
    },
}

impl Documents {
    pub(super) fn run(self) -> Done {
        match self {
            Self::Export { output, org } => {
                let document = org.target.get(&format!("{}/export", org.path()?))?;
                match output {
                    None => write_out(&document),
                    Some(path) => std::fs::write(&path, document).map_err(|error| {
                        format!(
                            "cannot write {}: {error}; name a file in a writable directory",
                            path.display()
                        )
                    }),
                }
            }
            Self::Import { file, org } => {
                let document = read(&file.to_string_lossy())?;
                org.target.call("PUT", &format!("{}/import", org.path()?), Some(&document)).map(drop)
            }
            Self::Health { target } => print_json(&target.get("health")?),
        }
    }
}

fn default_org(target: &Target) -> Result<String, String> {
    let all = target.get_json("orgs")?;
    let orgs = all["orgs"].as_array().into_iter().flatten();
    let default = orgs.into_iter().find(|org| org["is_default"] == true).and_then(|org| org["name"].as_str());
    default.map(str::to_owned).ok_or_else(|| "the emulator names no default organization".to_owned())
}

fn created(target: &Target, body: &Value) -> Done {
    let answer = target.send("POST", "orgs", Some(body))?;
    let org: Value = serde_json::from_slice(&answer).unwrap_or_default();
    print(text(&org, "web_api_url"))
}

/// Files are read here: the emulator may run on another machine.
fn read_scenario(scenario: String) -> Result<Value, String> {
    let is_file = scenario.contains(['/', std::path::MAIN_SEPARATOR])
        || std::path::Path::new(&scenario).extension().is_some_and(|extension| extension == "json");
    if !is_file {
        return Ok(scenario.into());
    }
    let document = read(&scenario)?;
    serde_json::from_slice(&document).map_err(|error| format!("{scenario} is no scenario: {error}"))
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("cannot read {path}: {error}; name a readable file"))
}

fn of(org: &str) -> String {
    format!("orgs/{}", encode(org))
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_default()
}

/// Indented for people; still JSON for programs.
fn print_json(body: &[u8]) -> Done {
    let value: Value =
        serde_json::from_slice(body).map_err(|error| format!("the answer is no JSON: {error}"))?;
    print(&format!("{value:#}"))
}

fn print(line: &str) -> Done {
    write_out(format!("{line}\n").as_bytes())
}

fn write_out(bytes: &[u8]) -> Done {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| format!("cannot write the answer: {error}"))
}
