//! Any bytes as an `$apply`: understood or refused, nothing panics, and what is understood is printed as text that reads the
//! same.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| crm_emulator::fuzzing::apply(bytes));
