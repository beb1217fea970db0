#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures how embedder's cost and memory grow from 1,000 to 100,000 clips, for a two-hour file, and beside busy processes.
# Needs the build (make build) and data/; its arguments go to bench/scale/measure_scale.py (--help, --clips N, --only many).
# Takes some five minutes and 2 GB below the folder for temporary files. Results: build/scale/measure_scale.json
set -euo pipefail
cd "$(dirname "$0")/.."
bin=build/release/bin

case " $* " in *" --help "* | *" -h "*)
  exec python3 bench/scale/measure_scale.py --help ;;
esac
[ -x "$bin/embedder" ] || { echo "measure_scale: no $bin/embedder; run 'make build' first" >&2; exit 1; }
cmake --build build/release --target make_clips stage_times >/dev/null ||
  { echo "measure_scale: bench/scale does not build: cmake --build build/release --target make_clips stage_times" >&2; exit 1; }
source scripts/get_data.sh
exec python3 bench/scale/measure_scale.py --binaries "$bin" --weights data/yamnet.pt --esc50 data/esc50 \
  --work build/scale "$@"
