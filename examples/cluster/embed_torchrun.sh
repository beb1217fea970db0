#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The variables of torchrun (RANK, WORLD_SIZE), for schedulers that set them. This starts N such processes here; torchrun
# itself does it by: torchrun --no-python --nproc-per-node N embedder --shard env ...
#   LIST=files.txt SHARDS=shards WEIGHTS=yamnet.pt ./embed_torchrun.sh 2
set -eu
n=$1 processes=()
for ((rank = 0; rank < n; ++rank)); do
  RANK=$rank WORLD_SIZE=$n embedder --shard env --store "${SHARDS:-shards}" --list "${LIST:-files.txt}" \
    --weights "${WEIGHTS:-yamnet.pt}" --scratch "${TMPDIR:-/tmp}" --threads 1 --on-bad-clip skip &
  processes+=($!)
done
code=0
for process in "${processes[@]}"; do wait "$process" || code=1; done
exit $code
