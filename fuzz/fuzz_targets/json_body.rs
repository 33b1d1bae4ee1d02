//! Any bytes as the JSON body of a request: they are taken or refused, and nothing panics.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| crm_emulator::fuzzing::json_body(bytes));
