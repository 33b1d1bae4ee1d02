//! Any bytes as a FetchXML document: it is taken or refused, a printed one reads back the same, and nothing panics.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| crm_emulator::fuzzing::fetchxml(bytes));
