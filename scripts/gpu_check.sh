#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything that only a GPU can show, called by `make gpu-check`: builds with a LibTorch that has CUDA, runs the whole
# suite (tests/cuda then runs on the GPU), trains and exports dog or cat there, and measures beside PyTorch.
# LIBTORCH=<folder> names that LibTorch (the unpacked zip of pytorch.org, or PyTorch's own folder); without it Python's
# PyTorch is asked. SOUNDFOLD_MIRROR is used as ever. The build lies in build/gpu, the report in build/gpu/gpu_check.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=${JOBS:-$(scripts/jobs.sh)}

fail() { echo "gpu-check: $*" >&2; exit 1; }

command -v nvidia-smi >/dev/null && nvidia-smi -L || fail "nvidia-smi shows no GPU"
python=${PYTHON:-python3}
torch=${LIBTORCH:-$("$python" -c 'import torch; print(torch.utils.cmake_prefix_path)' 2>/dev/null || true)}
[[ -n $torch ]] || fail "no LibTorch with CUDA: set LIBTORCH=<folder of libtorch from pytorch.org>"

cmake --preset release -B build/gpu -DCMAKE_PREFIX_PATH="$torch" ${CMAKE_FLAGS:-}
cmake --build build/gpu --parallel "$jobs"
cmake --build build/gpu --parallel "$jobs" --target device_rate

report=build/gpu/gpu_check.txt
bin=build/gpu/bin
{
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
  echo "== tests"
  scripts/run_tests.sh build/gpu --parallel "$jobs" || echo "TESTS FAILED"
  echo "== dog or cat, TF32 off and on"
  [[ -f data/yamnet.pt && -d data/esc50 ]] || scripts/dogcat.sh
  for tf32 in false true; do
    "$bin/trainer" --config configs/dogcat.yaml --device cuda --set run.tf32=$tf32
  done
  "$bin/evaluator" --config configs/dogcat.yaml --device cuda
  echo "== clips/s from files, into an empty store"
  store=$(mktemp -d)
  "$bin/embedder" --device cuda --store "$store" data/esc50/audio
  rm -rf "$store"
  for flag in "" --tf32; do
    echo "== rates ${flag:-TF32 off}"
    "$bin/device_rate" --device cuda $flag
    "$python" bench/peers/torch_device.py --device cuda $flag || echo "PyTorch was not measured"
  done
  echo "== one training step and one call of the network, by kernel"
  command -v nsys >/dev/null && nsys profile --stats=true --force-overwrite=true -o build/gpu/device_rate \
    "$bin/device_rate" --device cuda --seconds 0.2 || echo "nsys is not installed: no kernels shown"
} 2>&1 | tee "$report"
echo "report: $report"
if grep -q '^TESTS FAILED' "$report"; then exit 1; fi
