//! The `crm-emulator` program.
fn main() {}
