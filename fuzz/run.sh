#!/usr/bin/env bash
# Fuzzes the parsers on the stable toolchain: first every seed, then new inputs for a while.
#
# Usage: run.sh [SECONDS] [TARGET...]      (20 seconds a target; every target when none is named)
#
# cargo-fuzz asks for a nightly toolchain because of its address sanitizer. The emulator has no unsafe code for one to
# look into, and the coverage that steers the fuzzer needs only options that the stable compiler has. `cargo fuzz run
# TARGET` works too, where there is a nightly.
#
# What is found stays in artifacts/TARGET; `run.sh` prints the file. New inputs collect in corpus/TARGET.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

seconds=${1:-20}
shift || true
if [[ ! $seconds =~ ^[0-9]+$ || $seconds -eq 0 ]]; then
  echo "fuzz: '$seconds' is not a number of seconds" >&2
  exit 2
fi
if [[ $# -eq 0 ]]; then
  for target in fuzz_targets/*.rs; do set -- "$@" "$(basename "$target" .rs)"; done
fi

host=$(rustc --print host-tuple)
# Coverage of edges and comparisons, counted where the fuzzer reads it. One codegen unit, as the pass wants it.
flags=(
  --cfg fuzzing
  -Cpasses=sancov-module
  -Cllvm-args=-sanitizer-coverage-level=4
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table
  -Cllvm-args=-sanitizer-coverage-trace-compares
  -Ccodegen-units=1
)
# The lock file of the crate itself: the fuzzer's own packages are added to it.
cp ../Cargo.lock Cargo.lock
# Naming the target keeps the flags away from build scripts, which could not be linked with them.
RUSTFLAGS="${flags[*]}" cargo build --release --target "$host" --target-dir target

for target in "$@"; do
  binary=target/$host/release/$target
  mkdir -p "corpus/$target" "artifacts/$target"
  options=(-artifact_prefix="artifacts/$target/" -timeout=5 -rss_limit_mb=2048 -max_len=4096)
  if [[ -f dictionaries/$target.dict ]]; then options+=("-dict=dictionaries/$target.dict"); fi
  echo "== fuzz: $target, $seconds s"
  # At most so many runs as well as so many seconds: bounded even if the clock is not what it seems.
  "$binary" "${options[@]}" -max_total_time="$seconds" -runs=50000000 -print_final_stats=1 \
    "corpus/$target" "seeds/$target" 2>"artifacts/$target.log" || {
    code=$?
    tail -n 60 "artifacts/$target.log" >&2
    echo "== fuzz: $target FAILED" >&2
    exit "$code"
  }
  # Random bytes alone find nothing: a target that runs without coverage must not pass for one that was fuzzed.
  if ! grep -q 'INFO: Loaded .* PC tables' "artifacts/$target.log"; then
    echo "== fuzz: $target was built without coverage" >&2
    exit 1
  fi
  grep -E 'stat::number_of_executed_units|stat::average_exec_per_sec' "artifacts/$target.log"
  grep -E '^#[0-9]+.*DONE' "artifacts/$target.log" || true
done
echo "fuzz: nothing found"
