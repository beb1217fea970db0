#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every torture program and ends with their counts, one line each. Exit code 1 when anything was lost.
# Usage: scripts/torture/all.sh [options that all of them take, such as --corpus FOLDER --weights yamnet.pt --seed 2]
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  sed -n '/SPDX/d; s/^# //p' "$0"
  echo "Options of all: "
  exec "$here/kill.py" --help
fi

lines=() lost=0
for program in kill corrupt faults space concurrency shards odd_input; do
  echo "== $program"
  log=$(mktemp)
  "$here/$program.py" "$@" 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  [[ $code == 0 || $code == 77 ]] || lost=1
  lines+=("$(grep "^torture $program:" "$log" || echo "torture $program: broke off with exit code $code")")
  rm -f "$log"
done
echo
printf '%s\n' "${lines[@]}"
exit $lost
