#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests of a build folder: prints those that fail, how far it is, the time by group and, last, one line:
# "N passed, N failed, N skipped", counted in test cases.
# Usage: scripts/run_tests.sh BUILD_FOLDER [ctest options]
set -uo pipefail

build=${1:?usage: scripts/run_tests.sh BUILD_FOLDER [ctest options]}
shift

ctest --test-dir "$build" --output-on-failure --no-tests=error "$@" 2>&1 | awk '
  /^ +Start +[0-9]+: / { next }
  /^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
    finished++
    if ($0 ~ / Passed +[0-9.]+ sec/) passed++
    else if ($0 ~ /\*\*\*Skipped/) { skipped++; group = $0; sub(/^[^#]*#[0-9]+: /, "", group); sub(/:.*/, "", group); groups[group]++ }
    else { failed++; print }
    if (finished % 100 == 0) { split($1, place, "/"); print "  " finished " of " place[2] " tests"; fflush() }
    next
  }
  /^The following tests did not run:/ { hidden = 1 }
  hidden && /^$/ && ++blank == 2 { hidden = 0 }
  hidden { next }
  { print; fflush() }
  END {
    if (skipped > 0) {
      list = ""
      for (group in groups) list = list " " group " (" groups[group] ")"
      print "Skipped:" list
      if ("cuda" in groups) print "cuda needs a CUDA device, or a LibTorch without CUDA, for which there is a stand-in."
      print "Tests on real recordings need SOUNDFOLD_MIRROR, a folder that holds them (see data/README.md)."
    }
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
  }'
exit "${PIPESTATUS[0]}"
