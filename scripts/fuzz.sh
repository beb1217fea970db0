#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes the readers of files from outside; see --help.
set -uo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
Usage: scripts/fuzz.sh [options] [TARGET ...]

Builds the libFuzzer programs (preset `fuzz`: clang, AddressSanitizer, UndefinedBehaviorSanitizer), makes seeds and runs
the targets one after the other. Without names, all that --list prints.

  --seconds N   how long each target runs (default 60)
  --jobs N      compiler jobs (default: as many as scripts/jobs.sh says)
  --list        print the targets and stop
  --replay      run every target once over its seeds and corpus, and stop
  --help        this text

Seeds are made afresh in build/fuzz/seeds, from the recordings and weights of the folder that SOUNDFOLD_MIRROR names
where it is set, and from small files written by the libraries themselves. What a run learns stays in
build/fuzz/corpus/TARGET; inputs that broke something go to build/fuzz/found/TARGET-*, and a single one is run with
build/fuzz/bin/fuzz_TARGET FILE. Limits: 1024 MB of memory, 256 MB in one allocation (keras_h5: any), 20 s for one input.

Prints a table and a line of counts, and exits with 1 when anything was found.
END
}

fail() { echo "fuzz: $*" >&2; exit 2; }

seconds=60 jobs= list= replay= targets=()
while (($#)); do
  case $1 in
    --seconds) seconds=${2:?--seconds needs a number}; shift ;;
    --jobs) jobs=${2:?--jobs needs a number}; shift ;;
    --list) list=1 ;;
    --replay) replay=1 ;;
    -h | --help) usage; exit 0 ;;
    -*) fail "unknown option $1; see --help" ;;
    *) targets+=("$1") ;;
  esac
  shift
done
[[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "--seconds $seconds: a whole number from 1 up is expected"

mapfile -t known < <(sed -n 's/^foreach(name \(.*\))$/\1/p' fuzz/CMakeLists.txt | tr ' ' '\n')
if [[ -n $list ]]; then printf '%s\n' "${known[@]}"; exit 0; fi
((${#targets[@]})) || targets=("${known[@]}")
for target in "${targets[@]}"; do
  [[ " ${known[*]} " == *" $target "* ]] || fail "unknown target $target; there are: ${known[*]}"
done

build=build/fuzz
scripts/install_packages.sh && scripts/install_packages.sh third_party/packages_fuzz.txt || exit 2
[[ -f $build/build.ninja ]] || cmake --preset fuzz >/dev/null || fail "the preset fuzz could not be configured"
cmake --build $build --parallel "${jobs:-$(scripts/jobs.sh)}" --target make_fuzz_seeds "${targets[@]/#/fuzz_}" ||
  fail "the programs could not be built"

rm -rf $build/seeds
$build/bin/make_fuzz_seeds $build/seeds . ${SOUNDFOLD_MIRROR:+"$SOUNDFOLD_MIRROR"} || fail "no seeds could be made"
mkdir -p $build/found $build/logs

export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=allocator_may_return_null=1
# fuzz TARGET SECONDS CORPUS SEEDS [option ...]
fuzz() {
  local target=$1 limit=-max_total_time=$2 corpus=$3 seeds=$4
  shift 4
  [[ -n $replay ]] && limit=-runs=0
  local allocation=-malloc_limit_mb=256
  # HDF5 allocates what a header claims, up to 64 GB, before it looks how long the file is; it touches none of it, and
  # continues when it gets nothing.
  [[ $target == keras_h5 ]] && allocation=-malloc_limit_mb=0
  mkdir -p "$corpus"
  $build/bin/fuzz_"$target" "$limit" -rss_limit_mb=1024 "$allocation" -timeout=20 -print_final_stats=1 \
    -artifact_prefix=$build/found/"$target"- "$@" "$corpus" "$seeds"
}

# Runs one target and prints its line of the table. Where there are whole networks among the seeds, of which only a few
# pass in a second, small seeds alone get half of the time.
run_target() {
  local target=$1 log=$build/logs/$1.log large before after status=0 time=$seconds
  before=$(find $build/found -name "$target-*" | wc -l)
  : >"$log"
  large=$(find $build/seeds/"$target" -size +9k | wc -l)
  if ((large > 0 && seconds > 1)) && [[ $target =~ ^(tflite|keras_h5|safetensors)$ ]]; then
    time=$((seconds / 2))
    mkdir -p $build/seeds/"$target".small
    find $build/seeds/"$target" -size -9k -type f -exec cp {} $build/seeds/"$target".small \;
    fuzz "$target" $time $build/corpus/"$target".small $build/seeds/"$target".small -max_len=8192 >>"$log" 2>&1 || status=1
  fi
  fuzz "$target" $time $build/corpus/"$target" $build/seeds/"$target" >>"$log" 2>&1 || status=1
  after=$(find $build/found -name "$target-*" | wc -l)
  local coverage
  executions=$(awk '/^stat::number_of_executed_units:/ { sum += $2 } END { print sum }' "$log")
  coverage=$(grep -ao 'cov: [0-9]*' "$log" | cut -d' ' -f2 | sort -n | tail -n 1)
  ((status != 0 && after == before)) && after=$((before + 1))
  printf '| %s | %s | %s | %s | %s |\n' "$target" "$SECONDS" "${executions:-?}" "${coverage:-?}" $((after - before))
  total=$((total + ${executions:-0})) all_found=$((all_found + after - before))
  ((status == 0)) && return 0
  echo "  $target: $(grep -a -m 1 -E 'ERROR: |runtime error|BrokenPromise|what\(\)' "$log"); see $log" >&2
  return 1
}

found=0 total=0 all_found=0
echo '| target | seconds | executions | edges covered | found |'
echo '|---|---|---|---|---|'
for target in "${targets[@]}"; do
  SECONDS=0
  run_target "$target" || found=$((found + 1))
done
echo "fuzz: ${#targets[@]} targets, $total executions, $all_found inputs that broke something"
exit $((found > 0))
