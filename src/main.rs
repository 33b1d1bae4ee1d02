//! The `crm-emulator` program: flags, tracing, signals, and thin clients of the control API.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
