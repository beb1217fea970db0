#!/usr/bin/env bash
# The main job, end to end: get the weights and the recordings, import, train, evaluate, export, classify one file.
# Called by `make dogcat` after the build. Every step does nothing when its work is done.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=build/release/bin

step() { printf '\n== %s\n' "$*"; }

step "Getting YAMNet's weights, ESC-50 and a recording of a cat"
source scripts/get_data.sh

# The tutorial's setting needs cats and dogs in all five folds: the full ESC-50.
clips=$(($(wc -l < data/esc50/meta/esc50.csv) - 1))
if [ "$clips" -ge 2000 ]; then
  config=configs/dogcat.yaml
  data_used="the full ESC-50 ($clips clips): train on folds 1-3, validate on 4, test on 5, as the tutorial does"
else
  config=configs/dogcat_two_folds.yaml
  data_used="the part of ESC-50 at hand ($clips of 2000 clips; cats in folds 1 and 4 only): train on fold 1, test on fold 4"
fi
name=$(basename "$config" .yaml)

step "Training $config"
# Standard output holds only the run's summary, which is shown at the end; the rest goes to standard error.
summary=$("$bin/trainer" --config "$config" --skip-finished "$@")
run=experiments/$name/latest

step "Evaluating the exported model on the test fold"
"$bin/evaluator" --model "$run/model.pt"

step "Classifying data/audio/miaow_16k.wav with the exported model"
"$bin/classifier" --model "$run/model.pt" data/audio/miaow_16k.wav

cat <<SUMMARY

Done: trained, tested, exported and tried.
  used          $data_used
  weights       $weights
$(tail -n +2 <<<"$summary")
Next:
  $bin/classifier --model $run/model.pt YOUR_FILE.wav
  $bin/trainer --config $config --set name=rooster_or_cow --set 'data.classes=[rooster, cow]'
  examples/classify_wav/ shows how to load the model in your own C++ program
SUMMARY
