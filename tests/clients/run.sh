#!/usr/bin/env bash
# Runs the unmodified client libraries against the emulator:
#   npm/     dynamics-web-api, over http; @microsoft/microsoft-graph-client, over https
#   python/  PowerPlatform-Dataverse-Client, over https with the certificate authority the emulator generates
#   csdl/    OASIS's schemas and a client generator, on its $metadata
#
# Usage: run.sh [npm] [python] [csdl]        (all when none is named)
#   CRM_EMULATOR_BIN   the binary to test; default: the debug build of this repository
#
# What the suites need is installed beside them (npm/node_modules, .venv) and only when it is missing or has changed.
# The exit code is 0 only if every suite passed.
set -euo pipefail

if [[ $# -eq 0 ]]; then set -- npm python csdl; fi
for suite in "$@"; do
  case $suite in
    npm | python | csdl) ;;
    *)
      echo "clients: unknown suite '$suite' (npm, python, csdl)" >&2
      exit 2
      ;;
  esac
done

start=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"
clients=$PWD

binary=${CRM_EMULATOR_BIN:-../../target/debug/crm-emulator}
if [[ -n ${CRM_EMULATOR_BIN:-} && $binary != /* ]]; then
  binary=$start/$binary
fi
if [[ ! -x $binary ]]; then
  echo "clients: no emulator at $binary; build it with 'cargo build' or set CRM_EMULATOR_BIN" >&2
  exit 2
fi
CRM_EMULATOR_BIN=$(cd "$(dirname "$binary")" && pwd)/$(basename "$binary")
export CRM_EMULATOR_BIN

# True when the stamp $1 is not a copy of the file $2, that is: when something must be installed.
stale() { ! cmp -s "$1" "$2"; }

install_npm() {
  if stale node_modules/.installed package-lock.json; then
    npm ci --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/.installed
  fi
}

run_npm() {
  cd "$clients/npm"
  install_npm
  node --test --test-reporter=spec
}

run_csdl() {
  cd "$clients/csdl"
  install_npm
  node check.mjs --emulator
}

run_python() {
  cd "$clients/python"
  local venv=$clients/.venv
  if stale "$venv/.installed" requirements.txt; then
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r requirements.txt
    "$venv/bin/pip" check --disable-pip-version-check
    cp requirements.txt "$venv/.installed"
  fi
  PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" -m unittest -v
}

failed=()
for suite in "$@"; do
  echo "== clients: $suite"
  # A subshell with its own -e: a suite that fails must not keep the other from running.
  set +e
  (
    set -e
    "run_$suite"
  )
  code=$?
  set -e
  if [[ $code -eq 0 ]]; then echo "== clients: $suite passed"; else
    echo "== clients: $suite FAILED (exit code $code)"
    failed+=("$suite")
  fi
done
if [[ ${#failed[@]} -gt 0 ]]; then
  echo "clients: failed: ${failed[*]}" >&2
  exit 1
fi
echo "clients: all passed"
