# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts that need weights and recordings, from the project's root and with $bin set: fetches and imports
# what is missing. Leaves the file the weights came from in $weights, the imported network in $backbone and the data set's
# folder in $sounds. With built_ins=yes, what neither a mirror nor the network gives is replaced with what Soundfold brings
# along, and a line says so; anything else that goes wrong is an error as ever.

code=0
"$bin/fetcher" ${built_ins:+--if-possible} --any-of yamnet_h5,yamnet_tflite esc50 yamnet_class_map miaow_16k || code=$?
# 3: something is unavailable, and nothing is broken.
[ "$code" = 0 ] || [ "$code" = 3 ] || exit "$code"

class_map=data/yamnet/yamnet_class_map.csv
weights=
if [ -f data/yamnet/yamnet.h5 ] && [ -f $class_map ]; then
  weights=data/yamnet/yamnet.h5
elif [ -f data/yamnet/yamnet_classification_int8.tflite ]; then
  weights=data/yamnet/yamnet_classification_int8.tflite
fi
sounds=
[ -f data/esc50/meta/esc50.csv ] && sounds=data/esc50

if [ -z "$weights$sounds" ] && [ -n "${SOUNDFOLD_MIRROR:-}" ]; then
  echo "SOUNDFOLD_MIRROR=$SOUNDFOLD_MIRROR holds neither weights nor ESC-50 (data/README.md says what goes where);" \
    "correct it, or unset it to do without" >&2
  exit 1
fi

if [ -n "$weights" ]; then
  backbone=data/yamnet.pt
else
  weights=models/soundfold-small/soundfold-small.safetensors
  backbone=data/soundfold-small.pt
  echo "YAMNet's weights are not available here: using Soundfold's own small backbone ($weights) instead."
fi
"$bin/importer" --from "$weights" --class-map $class_map --out "$backbone"

if [ -z "$sounds" ]; then
  sounds=data/synthetic
  echo "ESC-50 is not available here: using barks and meows that Soundfold makes itself ($sounds) instead."
  "$bin/synthesizer" --out "$sounds"
fi
