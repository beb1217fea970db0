#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the pictures of README.md and docs/tutorial.md: docs/pictures/*.svg. Their sounds are synthesised, so that nothing of
# a data set is in them; the weights are those of `make dogcat`, which builds the programs, too.
# Usage: scripts/tutorial_pictures.sh [FOLDER]   (default: docs/pictures; WEIGHTS=data/yamnet.pt CLIPS_PER_FOLD=8 SECONDS_PER_CLIP=5)
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$(realpath "${1:-docs/pictures}")
bin=${SOUNDFOLD_BIN:-build/release/bin}
weights=$(realpath "${WEIGHTS:-data/yamnet.pt}")
length=(--clips-per-fold "${CLIPS_PER_FOLD:-8}" --seconds "${SECONDS_PER_CLIP:-5}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

# One thread: the same weights, and so the same pictures, in every run on one machine.
train() {
  name=$1
  shift
  "$bin/trainer" --quiet --threads 1 --config configs/dogcat_synthetic.yaml --set "name=$name" --set "run.folder=$work/runs" \
    --set "store.folder=$work/store" --set "backbone.weights=$weights" --set report.enabled=false "$@" >/dev/null
}
picture() { "$bin/plotter" --quiet "$@"; }

"$bin/synthesizer" --quiet --kinds cat --seed 7 --wav "$work/meow.wav" >/dev/null
"$bin/synthesizer" --quiet --kinds rain --seed 11 --wav "$work/rain.wav" >/dev/null
"$bin/synthesizer" --quiet --out "$work/two" --kinds dog,cat "${length[@]}" >/dev/null
"$bin/synthesizer" --quiet --out "$work/ten" "${length[@]}" \
  --kinds dog,rooster,rain,sea_waves,crackling_fire,crying_baby,sneezing,clock_tick,helicopter,chainsaw >/dev/null
train two --set "data.root=$work/two"
train ten --set "data.root=$work/ten" --set 'data.classes=[]'
model=$work/runs/two/latest/model.pt

picture waveform "$work/meow.wav" --title "Waveform of a synthesised cat" --out "$out/waveform.svg"
picture spectrogram "$work/meow.wav" --title "Log-mel of a synthesised cat" --out "$out/spectrogram.svg"
picture timeline "$work/meow.wav" --model "$weights" --title "Its most probable AudioSet classes" --out "$out/yamnet.svg"
picture curves "$work/runs/two/latest" --title "Dog or cat, synthesised" --out "$out/curves.svg"
picture timeline "$work/meow.wav" --model "$model" --title "A synthesised cat, answered window by window" --out "$out/answer.svg"
picture confusion "$work/runs/ten/latest" --title "Ten kinds of synthesised sound: test clips" --out "$out/confusion.svg"
picture timeline "$work/rain.wav" --model "$model" --title "Synthesised rain, given to a model of dogs and cats" --out "$out/mistake.svg"
picture model "$model" --title "What is in model.pt" --out "$out/model.svg"
