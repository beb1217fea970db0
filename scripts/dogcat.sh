#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job, end to end: get the weights and the recordings, import, train, evaluate, export, classify a file.
# Called by `make dogcat` after the build; its arguments go to the trainer. Every step does nothing when its work is done.
# Without weights or recordings, Soundfold's own backbone and synthesised sounds take their place.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${SOUNDFOLD_BIN:-build/release/bin}

step() { printf '\n== %s\n' "$*"; }

step "Getting YAMNet's weights, ESC-50 and a recording of a cat"
built_ins=yes
source scripts/get_data.sh

another=chainsaw_or_helicopter other_classes='chainsaw, helicopter'
if [ "$sounds" = data/synthetic ]; then
  config=configs/dogcat_synthetic.yaml
  data_used="synthesised sounds: train on folds 1-3, validate on 4, test on 5 (this says nothing about recordings)"
  another=rain_or_siren other_classes='rain, siren'
else
  # The tutorial's split needs both classes complete: eight clips in each of the five folds.
  complete=$(awk -F, 'NR > 1 && ($4 == "dog" || $4 == "cat") { count[$2 $4]++ }
    END { for (cell in count) full += count[cell] == 8; print full == 10 ? "yes" : "no" }' data/esc50/meta/esc50.csv)
  if [ "$complete" = yes ]; then
    config=configs/dogcat.yaml
    data_used="ESC-50's dogs and cats: train on folds 1-3, validate on 4, test on 5, as the tutorial does"
  else
    config=configs/dogcat_two_folds.yaml
    data_used="part of ESC-50, where dogs or cats are incomplete: train on fold 1, test on fold 4"
  fi
fi
name=$(basename "$config" .yaml)
settings=()
if [ "$backbone" != data/yamnet.pt ]; then
  name=${name}_small
  settings=(--set "name=$name" --set "backbone.weights=$backbone")
fi

# The model is tried on sound it was not trained on: a recording, or sounds from seeds that no set uses.
tried=()
[ -f data/audio/miaow_16k.wav ] && tried=(data/audio/miaow_16k.wav)
if [ "$sounds" = data/synthetic ] || [ ${#tried[@]} = 0 ]; then
  for kind in cat dog; do
    file=data/audio/synthetic_$kind.wav
    mkdir -p data/audio
    [ -f "$file" ] || "$bin/synthesizer" --kinds "$kind" --seed 20261122 --wav "$file" >/dev/null
    tried+=("$file")
  done
fi

step "Training $config"
# Standard output holds only the run's summary, which is shown at the end; the rest goes to standard error.
summary=$("$bin/trainer" --config "$config" --skip-finished ${settings[@]+"${settings[@]}"} "$@")
run=experiments/$name/latest

step "Evaluating the exported model on the test fold"
"$bin/evaluator" --model "$run/model.pt"

step "Classifying ${tried[*]} with the exported model"
"$bin/classifier" --model "$run/model.pt" "${tried[@]}"

next="--config $config --set name=$another"
[ "$backbone" = data/yamnet.pt ] || next="$next --set backbone.weights=$backbone"
# With sounds of other classes there, the model can learn to answer "neither".
neither=
if [ "$config" = configs/dogcat.yaml ]; then
  neither=$(printf '\n  %s/trainer --config configs/dogcat_other.yaml%s' "$bin" "${next#*--set name=$another}")
fi
cat <<SUMMARY

Done: trained, tested, exported and tried.
  used          $data_used
  weights       $weights
$(tail -n +2 <<<"$summary")
Next:
  $bin/classifier --model $run/model.safetensors YOUR_FILE.wav
  $bin/trainer $next --set 'data.classes=[$other_classes]'$neither
  examples/README.md shows how to use the model in your own program
SUMMARY
