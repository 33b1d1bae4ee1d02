//! Any bytes as the path and query of a Web API request: they are understood or refused, and nothing panics.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| crm_emulator::fuzzing::url(bytes));
