#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures Soundfold beside ONNX Runtime and PyTorch on the same weights and recordings. Called by `make bench-peers` after
# the build; its arguments go to bench/peers/compare.py (--quick, --only backbone, ...). The peers are installed outside
# the tree: PyTorch from Debian, ONNX Runtime from npm into a cache folder. Results: build/peers/bench_peers.json
set -euo pipefail
cd "$(dirname "$0")/.."
bin=build/release/bin
onnxruntime=onnxruntime-node@1.30.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/soundfold/peers

fail() { echo "bench-peers: $*" >&2; exit 1; }

scripts/install_packages.sh third_party/packages_peers.txt || fail "PyTorch could not be installed; see above"
python=
for candidate in "${PYTHON:-}" /usr/bin/python3 python3; do
  [ -n "$candidate" ] && "$candidate" -c 'import torch, torchaudio, onnx' 2>/dev/null && python=$candidate && break
done
[ -n "$python" ] || fail "no Python with torch, torchaudio and onnx; install the packages of" \
  "third_party/packages_peers.txt, or name one with PYTHON=<program>"

for tool in node npm; do
  command -v "$tool" >/dev/null || fail "$tool is missing, which ONNX Runtime is installed with: apt-get install nodejs npm"
done
if ! [ -f "$cache/$onnxruntime.installed" ]; then
  echo "Installing $onnxruntime into $cache"
  mkdir -p "$cache"
  # Without the package's script, which fetches CUDA libraries from elsewhere; the CPU library is in the package.
  npm install --prefix "$cache" --ignore-scripts --no-audit --no-fund --loglevel=error "$onnxruntime" ||
    fail "npm could not install $onnxruntime; is there a network?"
  touch "$cache/$onnxruntime.installed"
fi
(cd "$cache" && node -e 'require("onnxruntime-node")') || fail "onnxruntime-node in $cache does not load;" \
  "delete that folder and try again"

source scripts/get_data.sh

example=build/peers/classify_wav
cmake -S examples/classify_wav -B "$example" ${CMAKE_FLAGS:-} >/dev/null && cmake --build "$example" >/dev/null ||
  fail "examples/classify_wav does not build: cmake -S examples/classify_wav -B $example && cmake --build $example"

export PYTHONDONTWRITEBYTECODE=1
exec "$python" bench/peers/compare.py --binaries "$bin" --weights data/yamnet.pt --esc50 data/esc50 \
  --runtime "$cache" --example "$example/classify_wav" --work build/peers "$@"
