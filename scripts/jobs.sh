#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints how many compiler jobs fit this machine: one per core, but no more than one per 2 GB of free memory.
set -euo pipefail

cores=$(nproc)
free_kb=$(awk '$1 == "MemAvailable:" {print $2}' /proc/meminfo 2>/dev/null || true)
fit=$((${free_kb:-8000000} / 2000000))
((fit < 1)) && fit=1
echo $((cores < fit ? cores : fit))
