#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the site of docs: the public headers and the pages, with Doxygen. A warning fails the build.
# Usage: scripts/docs.sh [FOLDER]   (default: build/docs; what is in it is replaced)
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=${1:-build/docs}
if ! command -v doxygen >/dev/null; then
  echo "doxygen is missing: apt-get install doxygen (and graphviz, for the picture of rooms)" >&2
  exit 1
fi
SOUNDFOLD_DOCS_VERSION=$(sed -n 's/^#define SOUNDFOLD_VERSION_[A-Z]* \([0-9]*\)$/\1/p' include/soundfold/version.h | paste -sd.)
SOUNDFOLD_DOCS_DOT=$(command -v dot >/dev/null && echo YES || echo NO)
SOUNDFOLD_DOCS_OUT=$out
SOUNDFOLD_DOCS_ROOT=$PWD
export SOUNDFOLD_DOCS_ROOT SOUNDFOLD_DOCS_VERSION SOUNDFOLD_DOCS_DOT SOUNDFOLD_DOCS_OUT
rm -rf "$out"
mkdir -p "$out"
doxygen docs/Doxyfile
echo "docs: $out/index.html$([[ $SOUNDFOLD_DOCS_DOT == YES ]] || echo ' (without graphviz: the graph of rooms is shown as text)')"
