#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scripts/measure_ranks.sh [BIN]: trains the backbone on made-up sounds with one rank and with two, each on one thread, at
# an equal batch, in turn; prints wall time, processor time by rank, the load of the machine, the ratio and the losses.
# Two programs of one rank each, at the same time, show what two cores of this machine give at most: they share caches,
# memory and, as threads of one core, its units. Meant for a machine with two idle cores. CLIPS (per fold and kind), EPOCHS, REPEATS and BLOCKS change the size.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=$(cd "${1:-$root/build/release/bin}" && pwd)
clips=${CLIPS:-16} epochs=${EPOCHS:-6} repeats=${REPEATS:-3} blocks=${BLOCKS:-14}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
"$bin/importer" --from "${WEIGHTS:-$root/models/soundfold-small/soundfold-small.safetensors}" --out data/yamnet.pt --quiet >/dev/null
"$bin/synthesizer" --out set --kinds dog,cat --clips-per-fold "$clips" --seconds 5 --quiet >/dev/null
cat >experiment.yaml <<YAML
name: ranks
data: {root: set}
folds: {train: [1, 2, 3], validation: [4], test: [5]}
backbone: {train: last_blocks, train_blocks: $blocks, learning_rate: 1.0e-4}
training: {epochs: $epochs, batch_size: 64}
early_stopping: {enabled: false}
report: {enabled: false}
YAML

# train NAME SIZE: seconds of the epochs, from metrics.jsonl, into NAME.epochs; processor seconds of each rank into NAME.cpu.
train() {
  local name=$1 size=$2 rank processes=()
  for ((rank = 0; rank < size; ++rank)); do
    (
      export RANK=$rank WORLD_SIZE=$size OMP_NUM_THREADS=1
      TIMEFORMAT='%U'
      { time "$bin/trainer" --config experiment.yaml --set "name=$name" --threads 1 \
        --ranks "./meeting.$name" >/dev/null 2>"$name.$rank.log"; } 2>"$name.$rank.cpu"
    ) &
    processes+=($!)
  done
  for rank in "${processes[@]}"; do wait "$rank"; done
}

seconds() { sed 's/.*"seconds":\([0-9.e-]*\).*/\1/' "experiments/$1/latest/metrics.jsonl" | awk '{s += $1} END {print s}'; }
losses() { sed 's/.*"loss":\([0-9.e-]*\).*/\1/' "experiments/$1/latest/metrics.jsonl" | tr '\n' ' '; }

train warm 1 # embeddings at the cut are in the store from here on
echo "blocks trained: $blocks, clips trained on: $((clips * 6)), epochs: $epochs, batch: 64 windows; cores: $(nproc --all)"
for ((repeat = 1; repeat <= repeats; ++repeat)); do
  for size in 1 2; do
    name=r${repeat}_$size
    load=$(cut -d' ' -f1 /proc/loadavg)
    start=$(date +%s.%N)
    train "$name" "$size"
    wall=$(awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN {printf "%.2f", b - a}')
    echo "repeat $repeat, ranks $size: epochs $(seconds "$name") s, whole program $wall s, processor by rank: $(cat "$name".*.cpu | tr '\n' ' ')s, load before $load"
    echo "  losses $(losses "$name")"
  done
  train "b${repeat}_1" 1 &
  train "c${repeat}_1" 1 &
  wait
  awk -v one="$(seconds "r${repeat}_1")" -v two="$(seconds "r${repeat}_2")" -v b="$(seconds "b${repeat}_1")" -v c="$(seconds "c${repeat}_1")" \
    'BEGIN {printf "  two ranks: %.2f times the speed of one in the epochs; two programs at once: %.2f times\n", one / two, one / b + one / c}'
done
