//! The `crm-emulator` program: flags, tracing, signals, and thin clients of the control API.

mod cli;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Answers and rows are many small pieces that come and go, which this allocator hands out in less time than the
/// system's. Without huge pages: on a small organization they would take more memory than everything else.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
