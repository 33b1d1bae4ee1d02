//! The command line.

mod client;
mod commands;
mod config;
mod flags;
mod serve;

use std::fmt::Display;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use commands::{ClockCommand, Documents, LicenseCommand, OrgCommand, SnapshotCommand};
use flags::ServeFlags;

/// A local Dynamics CRM Online organization: users, licences and the Web API.
///
/// Without a command it serves. Standard output gets one line once the emulator is ready; the log goes to standard
/// error. Every flag can also be given by the environment (CRM_EMULATOR_<FLAG>) and by a key of the same name in
/// crm-emulator.toml; a flag goes before the environment, and that before the file.
#[derive(Debug, Parser)]
#[expect(clippy::doc_markdown, reason = "this is the text of --help, where backticks are noise")]
#[command(name = "crm-emulator", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(flatten)]
    serve: ServeFlags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve (what happens without a command, too)
    Serve(Box<ServeFlags>),
    /// Organizations of a running emulator
    #[command(subcommand)]
    Org(OrgCommand),
    /// Snapshots of an organization
    #[command(subcommand)]
    Snapshot(SnapshotCommand),
    /// Clocks: of one organization with --org, else of all
    #[command(subcommand)]
    Clock(ClockCommand),
    /// Licences of an organization
    #[command(subcommand)]
    License(LicenseCommand),
    #[command(flatten)]
    Documents(Documents),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Reads the command line and does what it says.
pub(crate) fn run() -> ExitCode {
    // Usage errors leave with 2, help and version with 0, each with its text.
    let cli = Cli::parse();
    let done = match cli.command {
        None => return serve::run(cli.serve),
        Some(Command::Serve(flags)) => return serve::run(*flags),
        Some(Command::Completions { shell }) => {
            clap_complete::generate(shell, &mut Cli::command(), "crm-emulator", &mut std::io::stdout());
            Ok(())
        }
        Some(Command::Org(command)) => command.run(),
        Some(Command::Snapshot(command)) => command.run(),
        Some(Command::Clock(command)) => command.run(),
        Some(Command::License(command)) => command.run(),
        Some(Command::Documents(command)) => command.run(),
    };
    done.map_or_else(fail, |()| ExitCode::SUCCESS)
}

/// One line that says why and how to mend it.
fn fail(why: impl Display) -> ExitCode {
    eprintln!("crm-emulator: {why}");
    ExitCode::FAILURE
}
