#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scripts/check_ranks_network.sh [--cut] [BIN]: trains with two ranks in two network namespaces, joined by a pair of virtual
# interfaces, and compares the losses with those of one rank. --cut takes the connection away in the middle: both ranks
# have to name each other within two minutes, and one rank then resumes. Needs root; exit code 77 where namespaces
# cannot be made.
set -euo pipefail
cut=0
if [ "${1:-}" = --cut ]; then cut=1 && shift; fi
root=$(cd "$(dirname "$0")/.." && pwd)
bin=$(cd "${1:-$root/build/release/bin}" && pwd)
place=$(mktemp -d)
a=soundfold-a-$$ b=soundfold-b-$$
clean() {
  ip netns del "$a" 2>/dev/null || true
  ip netns del "$b" 2>/dev/null || true
  rm -rf "$place"
}
trap clean EXIT
if ! ip netns add "$a" 2>/dev/null || ! ip netns add "$b" 2>/dev/null ||
  ! ip -n "$a" link add veth0 type veth peer name veth0 netns "$b" 2>/dev/null; then
  echo "network namespaces cannot be made here (root is needed)" >&2
  exit 77
fi
ip -n "$a" addr add 10.77.0.1/24 dev veth0
ip -n "$b" addr add 10.77.0.2/24 dev veth0
for each in "$a" "$b"; do
  ip -n "$each" link set lo up
  ip -n "$each" link set veth0 up
done

cd "$place"
"$bin/importer" --from "$root/models/soundfold-small/soundfold-small.safetensors" --out data/yamnet.pt >/dev/null 2>&1
"$bin/synthesizer" --out set --kinds dog,cat --clips-per-fold 2 --seconds 1 >/dev/null 2>&1
epochs=4
if [ $cut = 1 ]; then epochs=100000; fi
cat >experiment.yaml <<YAML
name: network
data: {root: set}
folds: {train: [1, 2, 3], validation: [4], test: [5]}
backbone: {train: last_blocks, train_blocks: 2, learning_rate: 1.0e-3}
training: {epochs: $epochs, batch_size: 4}
early_stopping: {enabled: false}
YAML

# rank NUMBER NAMESPACE [ARGUMENT ...]: the trainer as that rank, in that namespace.
rank() {
  local number=$1 namespace=$2
  shift 2
  RANK=$number WORLD_SIZE=2 MASTER_ADDR=10.77.0.1 MASTER_PORT=29511 OMP_NUM_THREADS=1 \
    ip netns exec "$namespace" "$bin/trainer" --threads 1 "$@" >"$number.out" 2>"$number.err"
}
losses() { sed 's/.*"loss":\([0-9.e-]*\).*/\1/' "$1/metrics.jsonl" | tr '\n' ' '; }

rank 0 "$a" --config experiment.yaml &
first=$!
rank 1 "$b" --config experiment.yaml &
second=$!
if [ $cut = 1 ]; then
  until ls experiments/network/*/checkpoint.pt >/dev/null 2>&1; do sleep 0.1; done
  ip -n "$a" link set veth0 down
  if wait "$first" || wait "$second"; then echo "a rank ended as if nothing had happened" >&2 && exit 1; fi
  grep "rank 1 of 2 is missing" 0.err
  grep "rank 0 of 2 is missing" 1.err
  run=$(echo experiments/network/2*)
  saved=$(wc -l <"$run/metrics.jsonl")
  OMP_NUM_THREADS=1 "$bin/trainer" --threads 1 --resume "$run" --set training.epochs=$((saved + 2)) >/dev/null 2>one.err
  echo "one rank resumed after epoch $saved"
  exit 0
fi
wait "$first" || { cat 0.err >&2 && exit 1; }
wait "$second" || { cat 1.err >&2 && exit 1; }
OMP_NUM_THREADS=1 "$bin/trainer" --threads 1 --config experiment.yaml --set name=one >/dev/null 2>&1
echo "two ranks: $(losses experiments/network/latest)"
echo "one rank:  $(losses experiments/one/latest)"
paste -d' ' <(losses experiments/network/latest | tr ' ' '\n') <(losses experiments/one/latest | tr ' ' '\n') |
  awk 'NF == 2 {count++; gap = $1 - $2; if (gap < 0) gap = -gap; if (gap > 1e-3) bad = 1}
       END {exit bad || count != '$epochs'}'
