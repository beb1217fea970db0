// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"
#include "config/print.h"
#include "seeds.h"
#include "store/record_format.h"
#include "support/files.h"
#include "yamnet/internal/metadata.h"

#include <string>

namespace soundfold::fuzz {
namespace fs = std::filesystem;
namespace {

std::string read_if_there(const fs::path& path) {
  return fs::exists(path) ? read_file(path) : "";
}

/// The first `count` lines.
std::string lines(const std::string& text, int count) {
  std::size_t end = 0;
  while (count-- > 0 && end < text.size()) end = std::min(text.find('\n', end), text.size() - 1) + 1;
  return text.substr(0, end);
}

void add_configurations(const Places& places) {
  places.add("config", "all_keys", config::to_yaml(config::Experiment{}));
  places.add("config", "sweep",
             "training:\n  epochs: 3\nsweep:\n  metric: validation_loss\n  samples: 4\n  seed: 1\n  values:\n"
             "    training.epochs: [3, 4]\n  random:\n    training.learning_rate: {low: 1e-4, high: 0.1, log: true}\n");
  places.add("config", "odd", "? [a, b]\n: !!str &x 'y'\nz: *x\n\"e\\u00e9\": |\n  text\n--- \n%TAG ! x\n");
  for (const auto& entry : fs::directory_iterator(places.source / "configs")) {
    if (entry.path().extension() == ".yaml") {
      places.add("config", entry.path().filename().string(), read_file(entry.path()));
    }
  }
}

void add_lists(const Places& places) {
  const std::string class_map = read_if_there(places.mirror / "yamnet" / "yamnet_class_map.csv");
  const std::string esc50 = lines(read_if_there(places.mirror / "esc50" / "meta" / "esc50.csv"), 20);
  if (!class_map.empty()) places.add("csv", "class_map", class_map);
  if (!esc50.empty()) places.add("csv", "esc50", esc50);
  if (!esc50.empty()) places.add("dataset", "esc50", '\1' + esc50);
  places.add("csv", "quoted", "\xef\xbb\xbfpath,index\r\n\"a \"\"b\"\"\",1\r\n\"two\nlines\",-2\r\n");
  places.add("dataset", "manifest", std::string(1, '\0') + "path,label,fold,source\na.wav,dog,1,x\n./b.wav,cat,2,y\n");
  places.add("dataset", "several_labels", "\2path,label,fold\na.wav,dog|cat,1\nb.wav,cat,2\naudio/1-1-A-0.wav,dog,1\n");
  places.add("dataset", "chosen", "\10path,label\na.wav,dog\nb.wav,cat\naudio/1-1-A-0.wav,cow\n");
  places.add("dataset", "outside",
             std::string(1, '\0') + "path,label\n../a.wav,dog\n/b.wav,cat\naudio/out/etc/passwd,c\n");
  std::string rows = "filename,fold,target,category,esc10,src_file,take\n";
  for (int i = 1; i <= 6; ++i) {
    const std::string fold = std::to_string((i + 1) / 2), number = std::to_string(i),
                      target = std::to_string(1 - i % 2);
    rows.append(fold + "-" + number + "-A-" + target + ".wav," + fold + "," + target);
    rows.append((i % 2 != 0 ? ",dog,True," : ",cat,False,") + number + ",A\n");
  }
  for (const char options : {'\1', '\5', '\11'})
    places.add("dataset", "made" + std::to_string(options), options + rows);
}

void add_labels(const Places& places) {
  places.add("labels", "audacity", "0.0\t1.5\tdog\n\\\t-1.0\t6334.5\n2.0\t2.0\tcat\t0.7\n");
  places.add("labels", "raven",
             "Selection\tView\tBegin Time (s)\tEnd Time (s)\tBegin Path\tFile Offset (s)\tSpecies\n"
             "1\tWaveform 1\t1\t2\ta.wav\t1\tdog\n1\tSpectrogram 1\t1\t2\ta.wav\t1\tdog\n");
  places.add("labels", "csv", "path,start_s,end_s,label,fold,source\na.wav,0,1.5,\"a,b\",1,x\nb.wav,,,,2,y\n");
}

void add_metadata(const Places& places) {
  yamnet::Metadata metadata;
  metadata.weights_digest = std::string(32, 'a');
  metadata.source = "yamnet.h5 (Keras HDF5, sha256 13c3)";
  metadata.class_count = network::kYamnetClasses;
  metadata.embedding_size = 1024;
  metadata.patch_hop_frames = 48;
  places.add("metadata", "plain", yamnet::metadata_text(metadata));
  metadata.quantization.emplace();
  metadata.quantization->layers.resize(2);
  metadata.quantization->layers[0].name = "layer1";
  metadata.quantization->input_scale = 0.048F;
  places.add("metadata", "quantized", yamnet::metadata_text(metadata));
}

void add_records(const Places& places) {
  for (const std::int64_t scores : {0, 3}) {
    store::ClipEmbeddings clip;
    clip.patch_count = 2;
    clip.embedding_size = 4;
    clip.score_count = scores;
    clip.sample_count = 20'000;
    clip.embeddings.assign(8, 0.5F);
    clip.scores.assign(static_cast<std::size_t>(2 * scores), 0.1F);
    clip.level_dbfs.assign(2, -30);
    std::string record(store::record_bytes(clip), '\0');
    store::encode_record("input", clip, reinterpret_cast<unsigned char*>(record.data()));
    places.add("record", std::to_string(scores) + "-in_parts", '\3' + store::encode_head("input", clip, {1, 2}));
    for (const char options : {'\0', '\1', '\3'}) {
      places.add("record", std::to_string(scores) + "-" + std::to_string(options), options + record);
    }
  }
}

}  // namespace

void make_texts(const Places& places) {
  add_configurations(places);
  add_lists(places);
  add_labels(places);
  add_metadata(places);
  add_records(places);
}

}  // namespace soundfold::fuzz
