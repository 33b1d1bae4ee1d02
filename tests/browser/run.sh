#!/usr/bin/env bash
# Runs the tests in a real browser, Debian's Chromium, against the emulator.
#
# Usage: run.sh [FILE...]        (every *.test.mjs when none is named)
#   CRM_EMULATOR_BIN     the binary to test; default: the debug build of this repository
#   CRM_EMULATOR_SHOTS   where pictures of the pages go; default: target/browser
#   CHROMIUM             the browser; default: /usr/bin/chromium
#
# What the tests need from npm is installed beside them, only when it is missing or has changed.
set -euo pipefail

start=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"

chromium=${CHROMIUM:-/usr/bin/chromium}
if [[ ! -x $chromium ]]; then
  echo "browser: no browser at $chromium; install Debian's package chromium or set CHROMIUM" >&2
  exit 2
fi
binary=${CRM_EMULATOR_BIN:-../../target/debug/crm-emulator}
if [[ -n ${CRM_EMULATOR_BIN:-} && $binary != /* ]]; then
  binary=$start/$binary
fi
if [[ ! -x $binary ]]; then
  echo "browser: no emulator at $binary; build it with 'cargo build' or set CRM_EMULATOR_BIN" >&2
  exit 2
fi
CRM_EMULATOR_BIN=$(cd "$(dirname "$binary")" && pwd)/$(basename "$binary")
export CRM_EMULATOR_BIN

if ! cmp -s node_modules/.installed package-lock.json; then
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed
fi
# One file after the other: two browsers at once on two cores only wait for each other.
node --test --test-concurrency=1 --test-reporter=spec "$@"
