#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks sources with clang-tidy; see --help.
set -uo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
Usage: scripts/lint.sh [options] [PART_OF_PATH ...]

Runs clang-tidy with the checks of .clang-tidy over src, tests, bench, fuzz and examples, or over the files whose path
contains one of the words given, and ends with one line: files checked, findings. Exit code 1 when there are findings.

  --quick      without the static analyzer, which takes most of the time where LibTorch is used
  --jobs N     files checked at once (default: as many as scripts/jobs.sh says)
  --help       this text

It configures build/tidy with the clang of the same version and precompiles <torch/torch.h> there, once.
END
}

fail() { echo "lint: $*" >&2; exit 2; }

jobs= quick= words=()
while (($#)); do
  case $1 in
    --quick) quick=1 ;;
    --jobs) jobs=${2:?--jobs needs a number}; shift ;;
    -h | --help) usage; exit 0 ;;
    -*) fail "unknown option $1; see --help" ;;
    *) words+=("$1") ;;
  esac
  shift
done

version=22 build=build/tidy log=build/tidy/findings.txt
scripts/install_packages.sh && scripts/install_packages.sh third_party/packages_lint.txt || exit 2

# clang finds the header of GCC's OpenMP only when its path is given.
openmp=$(dirname "$(g++ -print-file-name=include/omp.h)")
cmake --preset tidy -DCMAKE_CXX_FLAGS="-idirafter $openmp" >/dev/null || fail "the preset tidy could not be configured"
mapfile -t needed < <(ninja -C $build -t targets all | sed -n 's/^\(.*\(\.pch\|_generated\.h\)\): .*/\1/p')
cmake --build $build --target "${needed[@]}" >/dev/null || fail "the precompiled header could not be made"
cmake -S examples/classify_wav -B $build/examples -DCMAKE_CXX_COMPILER=clang++-$version \
  -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null || fail "the example could not be configured"

# check FOLDER_OF_COMPILE_COMMANDS PATTERN
check() {
  run-clang-tidy-$version -quiet -p "$1" -j "${jobs:-$(scripts/jobs.sh)}" ${quick:+-checks=-clang-analyzer-*} "$2"
}

if ((${#words[@]})); then middle=".*($(IFS='|'; echo "${words[*]}"))"; else middle=; fi
{
  check $build "^$PWD(?=/(src|tests|bench|fuzz)/)$middle.*\.cpp\$"
  check $build/examples "^$PWD(?=/examples/)$middle.*\.cpp\$"
} 2>&1 | tee $log

files=$(grep -c '^\[.*clang-tidy' $log)
findings=$(grep -E ': (warning|error): ' $log | sort -u | wc -l)
((files == 0)) && fail "no file was checked: ${words[*]}"
echo "$files files, $findings findings"
((findings == 0)) && ! grep -q 'Traceback' $log
