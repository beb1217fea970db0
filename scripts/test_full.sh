#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every test there is, one part after the other, and ends with a table: part, exit code, minutes, counts.
# A part that fails does not keep the others from running; then the exit code is 1.
# Usage: scripts/test_full.sh [options of the torture programs, such as --corpus FOLDER --weights yamnet.pt --seed 2]
set -uo pipefail
cd "$(dirname "$0")/.."

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  sed -n '/^#!/d; /SPDX/d; s/^# //p; /^$/q' "$0"
  exec scripts/torture/all.sh --help
fi

scripts/install_packages.sh third_party/packages_test_full.txt || exit
# The sanitizers' runtime has clang's version in its name.
scripts/install_packages.sh <(echo "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev") || exit

rows=() failed=0
# part NAME PATTERN COMMAND ...: the lines of the output that match the pattern are its counts.
part() {
  local name=$1 pattern=$2 log start=$SECONDS code counts
  shift 2
  echo "== $name: $*"
  log=$(mktemp)
  "$@" 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  ((code == 0)) || failed=1
  counts=$(grep -aE "$pattern" "$log" | awk '!seen[$0]++' | awk 'NR > 1 { printf "; " } { printf "%s", $0 }')
  rows+=("| $name | $code | $(((SECONDS - start + 30) / 60)) | ${counts:-no counts: it broke off} |")
  rm -f "$log"
}

# Each part is one line here.
summary='^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$'
part 'tests' "$summary" env SOUNDFOLD_LONG_TESTS=1 make test
part 'AddressSanitizer, UndefinedBehaviorSanitizer' "$summary" make asan
part 'ThreadSanitizer' "$summary" make tsan
part 'fuzzing, a minute for each target' '^fuzz: ' scripts/fuzz.sh --seconds 60
part 'torture' '^torture [a-z_]+:' scripts/torture/all.sh "$@"

echo
echo '| part | exit code | minutes | counts |'
echo '|---|---|---|---|'
printf '%s\n' "${rows[@]}"
exit $failed
