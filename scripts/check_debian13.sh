#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and tests the committed state in a Debian 13 root (LibTorch 2.6, g++ 14, Catch2 3, HDF5 1.14) from nothing, then
# passes exported models both ways between that LibTorch and the one of build/release here, and installs its Debian packages in
# a fresh root.
# Usage, as root: scripts/check_debian13.sh [--root FOLDER] [--debian URL] [--jobs N] [--only prepare|dogcat|test|cross|packages]
# FOLDER (default build/debian13) gets the root, some 6 GB with the build, and is used again when it is there. Beside it
# packages_trixie gets the fresh roots.
# SOUNDFOLD_MIRROR is seen inside. CCACHE_DIR, when set, is used inside as well.
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
root=$project/build/debian13
debian=http://deb.debian.org/debian
jobs=$("$project/scripts/jobs.sh")
only=
while (($#)); do
  case $1 in
    --root) root=${2:?--root needs a folder}; shift 2 ;;
    --debian) debian=${2:?--debian needs an address}; shift 2 ;;
    --jobs) jobs=${2:?--jobs needs a number}; shift 2 ;;
    --only) only=${2:?--only needs prepare, dogcat, test, cross or packages}; shift 2 ;;
    *) sed -n '3,10s/^# //p' "$0" >&2; exit 2 ;;
  esac
done
mkdir -p "$root"
root=$(cd "$root" && pwd)
source "$project/scripts/debian_root.sh"

step() { [[ -z $only || $only == "$1" ]]; }

prepare() {
  make_root trixie "$debian"
  inside 'apt-get update && apt-get install --yes --no-install-recommends make git ca-certificates'
  check_out "$project"
  inside 'git config --global --add safe.directory /checkout; make packages'
}

# The largest difference of two answers of classifier --json, a file a line; fails when they have other classes or above 1e-4.
compare() {
  python3 - "$1" "$2" <<'PYTHON'
import json
import pathlib
import sys

here, there = ([json.loads(line) for line in pathlib.Path(name).read_text().splitlines()] for name in sys.argv[1:])
largest = 0.0
assert here and len(here) == len(there), "other numbers of files"
for a, b in zip(here, there):
    p, q = ({each["class"]: each["probability"] for each in answer["classes"]} for answer in (a, b))
    assert p and p.keys() == q.keys(), (p, q)
    largest = max(largest, *(abs(p[name] - q[name]) for name in p))
print(f"{len(here)} sounds, largest difference of a probability {largest:.1e}")
sys.exit(largest > 1e-4)
PYTHON
}

cross() {
  local here=$project/build/release/bin/classifier sounds=$root/cross/sounds model
  [[ -x $here ]] || { echo "cross: build here first (make dogcat), so that there is a second LibTorch" >&2; return 1; }
  mkdir -p "$sounds"
  cp "$(readlink -f "$root/checkout/experiments/dogcat/latest/model.pt")" "$root/cross/of_debian13.pt"
  cp "$(readlink -f "$project/experiments/dogcat/latest/model.pt")" "$root/cross/of_this.pt"
  find "$root/checkout/data/" -type f \( -name '*.wav' -o -name '5-*-A-[05].*' \) |
    head -20 | xargs cp -t "$sounds"
  for model in of_debian13 of_this; do
    "$here" --model "$root/cross/$model.pt" --all --device cpu --json "$sounds" >"$root/cross/$model.here.json"
    inside "build/release/bin/classifier --model /cross/$model.pt --all --device cpu --json /cross/sounds >/cross/$model.there.json"
    local said
    said=$(compare "$root/cross/$model.here.json" "$root/cross/$model.there.json") ||
      { echo "cross: $model.pt answers otherwise on the other LibTorch; see $root/cross" >&2; return 1; }
    echo "cross: $model.pt on both LibTorch: $said"
  done
}

if step prepare || [[ ! -d $root/checkout ]]; then prepare; fi
if step dogcat; then inside "make dogcat JOBS=$jobs"; fi
if step test; then inside "make test JOBS=$jobs"; fi
if step cross; then cross; fi
if step packages; then
  inside "make deb JOBS=$jobs"
  "$project/scripts/check_packages.sh" --suite trixie --root "$root/../packages_trixie" \
    --debian "$debian" --debs "$root/checkout/build/release/deb"
fi
