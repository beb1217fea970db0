#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests of a build folder and ends with one line: "N passed, N failed, N skipped", counted in test cases.
# Usage: scripts/run_tests.sh BUILD_FOLDER [ctest options]
set -uo pipefail

build=${1:?usage: scripts/run_tests.sh BUILD_FOLDER [ctest options]}
shift
build=$(cd "$build" && pwd) || exit 2
log=$build/Testing/Temporary/LastTest.log
rm -f "$log"

ctest --test-dir "$build" --output-on-failure --no-tests=error "$@"
status=$?
if [[ ! -f $log ]]; then
  echo "no test was run"
  exit 1
fi

# Test cases in programs that carry a group's tags, for groups that were skipped as a whole.
cases_of() {
  local program count total=0
  for program in soundfold_tests soundfold_torch_tests soundfold_cuda_tests; do
    [[ -x $build/bin/$program ]] || continue
    local tags="[${1%.recordings}][assets]" names
    if [[ $1 == cuda ]]; then tags="[cuda]"; fi
    names=$("$build/bin/$program" "$tags" --list-test-names-only 2>/dev/null)  # Catch2 2
    [[ -n $names ]] || names=$("$build/bin/$program" "$tags" --list-tests --verbosity quiet 2>/dev/null)  # Catch2 3
    count=$(grep -c . <<<"$names")
    total=$((total + count))
  done
  echo "$total"
}

# One line per group from ctest's log: its name, cases passed, cases failed, state. Catch2 ends with either
# "All tests passed (5 assertions in 2 test cases)" or "test cases: 3 | 2 passed | 1 failed".
# A group that prints neither (a crash, another kind of test) counts as one case.
groups=$(awk '
  /^[0-9]+\/[0-9]+ Test(ing)?: / { name = $0; sub(/^[^:]*: /, "", name); sub(/^[0-9]+ /, "", name); passed = failed = -1; skipped = 0 }
  /^All tests passed \(/ { passed = $(NF - 2); failed = 0 }
  /^test cases: / { passed = failed = 0
    for (i = 2; i <= NF; i++) { if ($i == "passed") passed = $(i - 1); if ($i ~ /^failed/) failed = $(i - 1) } }
  /^skipped: these tests need/ { skipped = 1 }
  /^Test (Passed|Failed|Skipped)\.|^Test Not Run|^Test timeout|\*\*\*|^Test Pass Reason/ { verdict = $0 }
  /^"[^"]*" end time:/ {
    good = verdict ~ /Passed/
    if (skipped) print name, 0, 0, "skipped"
    else if (passed < 0) print name, (good ? 1 : 0), (good ? 0 : 1), "plain"
    else { if (!good && failed == 0) failed = 1; print name, passed, failed, "cases" }
    verdict = "" }
' "$log")

passed=0 failed=0 skipped=0 skipped_names=()
while read -r name group_passed group_failed state; do
  [[ -z $name ]] && continue
  if [[ $state == skipped ]]; then
    skipped=$((skipped + $(cases_of "$name")))
    skipped_names+=("$name")
  fi
  passed=$((passed + group_passed))
  failed=$((failed + group_failed))
done <<<"$groups"

# ctest has the last word: what its log does not show (a program that could not start) is a failure all the same.
((status != 0 && failed == 0)) && failed=1

echo
if ((skipped > 0)); then
  echo "Skipped: ${skipped_names[*]}"
  if [[ " ${skipped_names[*]} " == *" cuda "* ]]; then echo "cuda needs a CUDA device."; fi
  if [[ ${skipped_names[*]} == *.recordings* ]]; then
    echo "Groups of recordings need real ones: set SOUNDFOLD_MIRROR to a folder that holds them (see data/README.md)."
  fi
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
