# Sourced by the scripts that need YAMNet's weights and ESC-50: fetches and imports what is missing, and leaves the file
# the weights came from in $weights. The caller has set $bin and stands in the project's root.

"$bin/fetcher" --any-of yamnet_h5,yamnet_tflite esc50 yamnet_class_map miaow_16k
weights=data/yamnet/yamnet.h5
[ -f "$weights" ] || weights=data/yamnet/yamnet_classification_int8.tflite
"$bin/importer" --from "$weights" --class-map data/yamnet/yamnet_class_map.csv --out data/yamnet.pt
