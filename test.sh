#!/usr/bin/env bash
# Runs everything that CI runs, in the same order, and stops at the first failure. It takes some 10 minutes on two
# cores from nothing, and installs what it needs: Debian packages where a compiler or a Python module is missing, and
# the client libraries beside their tests. It never installs a Rust toolchain, Node.js or Python itself.
#
# Usage: ./test.sh
#   FUZZ_SECONDS   seconds each fuzz target runs (20)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# Nothing here may wait for an answer.
exec </dev/null

# Snapshots are compared, never rewritten, and a panic in a test shows where it came from.
export INSTA_UPDATE=no RUST_BACKTRACE=1
target=${CARGO_TARGET_DIR:-target}
steps=0

# step NAME COMMAND...: prints a heading, runs the command, and tells how long it took.
step() {
  local name=$1 began=$SECONDS
  shift
  steps=$((steps + 1))
  printf '\n=== %d. %s\n' "$steps" "$name"
  local code=0
  # In a subshell with its own -e, which a function called from a condition would not have.
  set +e
  (
    set -e
    "$@"
  )
  code=$?
  set -e
  if [[ $code -ne 0 ]]; then
    printf '\n=== %d. %s FAILED (exit code %d)\n' "$steps" "$name" "$code" >&2
    exit "$code"
  fi
  printf '=== %d. %s: passed in %d s\n' "$steps" "$name" "$((SECONDS - began))"
}

has() { command -v "$1" >/dev/null 2>&1; }

tools() {
  local packages=() missing=()
  # A C compiler for the cryptography of https, a C++ compiler for the fuzzer.
  has cc || packages+=(gcc libc6-dev)
  has g++ || packages+=(g++)
  has "${CHROMIUM:-/usr/bin/chromium}" || packages+=(chromium)
  has python3 && { python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv); }
  if [[ ${#packages[@]} -gt 0 ]]; then
    local as_root=()
    [[ $(id -u) -eq 0 ]] || as_root=(sudo -n)
    if ! has apt-get; then
      echo "missing, please install: ${packages[*]}" >&2
      return 1
    fi
    echo "installing ${packages[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
  fi
  has cargo || missing+=("cargo (a Rust toolchain)")
  cargo fmt --version >/dev/null 2>&1 || missing+=("rustfmt (rustup component add rustfmt)")
  cargo clippy --version >/dev/null 2>&1 || missing+=("clippy (rustup component add clippy)")
  local tool
  for tool in node npm python3; do has "$tool" || missing+=("$tool"); done
  if [[ ${#missing[@]} -gt 0 ]]; then
    printf 'missing: %s\n' "${missing[@]}" >&2
    return 1
  fi
  rustc --version
  printf 'node %s, %s\n' "$(node --version)" "$(python3 --version)"
}

format() {
  cargo fmt --check
  cargo fmt --check --manifest-path fuzz/Cargo.toml
}

tests() {
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked --no-fail-fast
  else
    cargo test --locked --no-fail-fast --lib --bins --tests
  fi
}

documentation() { RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps; }

clients() {
  # As users build it: the tests' own dependencies can turn on features that the program alone would lack.
  cargo build --locked
  CRM_EMULATOR_BIN=$target/debug/crm-emulator tests/clients/run.sh
}

pages() { CRM_EMULATOR_BIN=$target/debug/crm-emulator tests/browser/run.sh; }

step "tools" tools
step "format" format
step "lints" cargo clippy --locked --all-targets -- -D warnings
step "tests" tests
step "examples in the documentation" cargo test --locked --doc
step "documentation" documentation
step "benchmarks compile" cargo check --locked --benches
step "client libraries" clients
step "pages in a browser" pages
step "fuzzing, ${FUZZ_SECONDS:-20} s a target" fuzz/run.sh "${FUZZ_SECONDS:-20}"

printf '\nall %d steps passed\n' "$steps"
