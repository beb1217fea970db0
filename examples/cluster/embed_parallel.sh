#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# GNU parallel: N shards, as many at once as there are processors (or as its options say), on this machine or, with
# --sshlogin, on others. A shard that failed is tried twice more.
#   LIST=files.txt SHARDS=shards WEIGHTS=yamnet.pt ./embed_parallel.sh 8 [options of parallel, such as --jobs 4]
set -eu
n=$1
shift
seq 0 $((n - 1)) | parallel --halt soon,fail=20% --retries 3 "$@" \
  embedder --shard "{}/$n" --store "${SHARDS:-shards}" --list "${LIST:-files.txt}" --weights "${WEIGHTS:-yamnet.pt}" \
  --scratch "${TMPDIR:-/tmp}" --threads 1 --on-bad-clip skip
