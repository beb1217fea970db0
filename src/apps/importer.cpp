// SPDX-License-Identifier: Apache-2.0
// importer: pretrained weights (Keras HDF5, TFLite, safetensors) into a self-contained file for the programs, and back
// into a small file.

#include "command_line/program.h"
#include "device/device.h"
#include "frontend/recipe.h"
#include "yamnet/import_network.h"

#include <cstdio>

namespace {

using namespace soundfold;

constexpr const char* kExamples = R"(Examples:
  importer --from data/yamnet/yamnet_classification_int8.tflite --out data/yamnet.pt
  importer --from data/yamnet/yamnet.h5 --class-map data/yamnet/yamnet_class_map.csv --out data/yamnet.pt
  importer --from yamnet.h5 --activation relu6 --patch-hop-frames 24 --out data/yamnet_dense.pt
  importer --from models/soundfold-small/soundfold-small.safetensors --out data/soundfold-small.pt
  importer --from student.pt --out soundfold-small.safetensors
  importer --from data/ced/ced-tiny.safetensors
  importer --from data/ced/ced-tiny.safetensors --check
  importer --from data/ced/ced-tiny.safetensors --rows columns --out data/ced-columns.pt
  importer --from data/efficientat/mn10_as_mAP_471.pt

From Google's files the network is written only when it passes YAMNet's three official checks (silence, a 440 Hz sine
and white noise are recognised). Soundfold's own files are verified by their digests instead, and the checks are only
reported. An --out that ends in .safetensors is written in float16, at a quarter of the size. CED is compared with the
logits that its published checkpoints give on four signals, where fetcher got these, and stays in float32. EfficientAT's
files are state dicts of torch.save, of which tensors alone are read; they stay in float32 too. Exit codes: 0 written or
up to date, 1 failure, 2 wrong usage.)";

struct Options {
  yamnet::ImportRequest request;
  std::string activation = "auto";
  std::string rows = "windows";
  command_line::CommonOptions common;
};

void declare(CLI::App& app, Options& options) {
  app.add_option("--from", options.request.from,
                 "weights to read: yamnet.h5, YAMNet's .tflite file, CED's model.safetensors, EfficientAT's "
                 "mnXX_as_mAP_YYY.pt, a .safetensors or .pt of ours")
      ->required();
  app.add_option("--out", options.request.out,
                 "file to write: .pt for the programs, .safetensors to pass on; not given: data/yamnet.pt, of CED "
                 "data/ced-tiny.pt and so on, of EfficientAT data/efficientat.pt");
  app.add_option("--class-map", options.request.class_map,
                 "names of the classes of HDF5 files, CED's and EfficientAT's, which have none; not given: "
                 "data/yamnet/yamnet_class_map.csv, data/ced/class_labels_indices.csv");
  app.add_option("--activation", options.activation,
                 "auto, relu (Google's yamnet.h5) or relu6; HDF5 files do not say, auto goes by their batch norms")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "relu", "relu6"}));
  app.add_option("--patch-hop-frames", options.request.patch_hop_frames,
                 "frames (YAMNet: of 10 ms) from one window to the next; not given: the network's own (YAMNet: 48)")
      ->check(CLI::Range(1, frontend::kMaxPatchHopFrames));
  app.add_option(
         "--patch-frames", options.request.patch_frames,
         "frames of a window (of 10 ms), of CED for a stream, of EfficientAT at most; not given: up to 1012 and 1000, "
         "so that a clip of up to 10 s is one window")
      ->check(CLI::Range(16, 1'012));
  app.add_option("--rows", options.rows,
                 "what a head gets a row of: windows, or of CED also columns, 160 ms each, whatever the window")
      ->capture_default_str()
      ->check(CLI::IsMember({"windows", "columns"}));
  app.add_flag("--check", options.request.check_only,
               "only compare CED with its published logits, which fetcher puts into data/ced");
  app.add_flag("--force", options.request.force, "import even when the output is up to date");
  command_line::add_common_options(app, options.common, true, /*parallel=*/false);
  app.footer(kExamples);
}

int import(Options& options) {
  options.request.activation = network::activation_from_name(options.activation);  // of "auto" none
  options.request.column_rows = options.rows == "columns";
  use_one_torch_thread();
  options.request.device = use_device(options.common.device);
  std::puts(yamnet::import_network(options.request).c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Imports pretrained weights of YAMNet's family, CED and EfficientAT as a file for Soundfold's programs.",
               "importer");
  Options options;
  declare(app, options);
  return command_line::run_app(app, argc, argv, options.common, [&] { return import(options); });
}
