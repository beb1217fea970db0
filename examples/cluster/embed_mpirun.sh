#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Open MPI: one shard for each process. No MPI call is made; mpirun only starts the processes.
#   LIST=files.txt SHARDS=shards WEIGHTS=yamnet.pt ./embed_mpirun.sh -n 8 [options of mpirun, such as --hostfile hosts]
set -eu
exec mpirun "$@" embedder --shard env --store "${SHARDS:-shards}" --list "${LIST:-files.txt}" --weights "${WEIGHTS:-yamnet.pt}" \
  --scratch "${TMPDIR:-/tmp}" --threads 1 --on-bad-clip skip
