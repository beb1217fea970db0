// SPDX-License-Identifier: Apache-2.0
// importer: pretrained weights (Keras HDF5, TFLite, safetensors) into a self-contained yamnet.pt, and back into a small
// file.

#include "apps/common.h"
#include "device/device.h"
#include "frontend/recipe.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "text/text.h"
#include "weights/keras_h5.h"
#include "weights/published.h"
#include "weights/safetensors.h"
#include "weights/weights.h"
#include "yamnet/module.h"

#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>

namespace {

using namespace soundfold;
namespace fs = std::filesystem;

constexpr const char* kExamples = R"(Examples:
  importer --from data/yamnet/yamnet_classification_int8.tflite --out data/yamnet.pt
  importer --from data/yamnet/yamnet.h5 --class-map data/yamnet/yamnet_class_map.csv --out data/yamnet.pt
  importer --from yamnet.h5 --activation relu6 --patch-hop-frames 24 --out data/yamnet_dense.pt
  importer --from models/soundfold-small/soundfold-small.safetensors --out data/soundfold-small.pt
  importer --from student.pt --out soundfold-small.safetensors

From Google's files the network is written only when it passes YAMNet's three official checks (silence, a 440 Hz sine
and white noise are recognised). Soundfold's own files are verified by their digests instead, and the checks are only
reported. An --out that ends in .safetensors is written in float16, at a quarter of the size. Exit codes: 0 written or
up to date, 1 failure, 2 wrong usage.)";

struct Options {
  fs::path from;
  fs::path out = "data/yamnet.pt";
  fs::path class_map = "data/yamnet/yamnet_class_map.csv";
  std::string activation = "auto";
  int patch_hop_frames = 48;
  bool force = false;
  apps::CommonOptions common;
};

void declare(CLI::App& app, Options& options) {
  app.add_option("--from", options.from,
                 "weights to read: yamnet.h5, YAMNet's .tflite file, a .safetensors or .pt of ours")
      ->required();
  app.add_option("--out", options.out, "file to write: .pt for the programs, .safetensors to pass on")
      ->capture_default_str();
  app.add_option("--class-map", options.class_map, "names of the 521 classes (HDF5 only; TFLite files hold their own)")
      ->capture_default_str();
  app.add_option("--activation", options.activation,
                 "auto, relu (Google's yamnet.h5) or relu6; HDF5 files do not say, auto goes by their batch norms")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "relu", "relu6"}));
  app.add_option("--patch-hop-frames", options.patch_hop_frames, "frames of 10 ms from one patch to the next")
      ->capture_default_str()
      ->check(CLI::Range(1, frontend::kMaxPatchHopFrames));
  app.add_flag("--force", options.force, "import even when the output is up to date");
  apps::add_common_options(app, options.common, true, /*parallel=*/false);
  app.footer(kExamples);
}

std::optional<weights::Activation> chosen_activation(const std::string& text) {
  if (text == "auto") return std::nullopt;
  return text == "relu6" ? weights::Activation::relu6 : weights::Activation::relu;
}

void log_weights(const weights::Weights& weights) {
  spdlog::info("read {}", weights.source);
  spdlog::info("{} convolutions, {} parameters, {} classes, embedding of {}, activation {}{}", weights.layers.size(),
               grouped(weights.parameter_count()), weights.class_count(), weights.embedding_size(),
               weights::activation_name(weights.activation), weights.quantization ? ", int8 arithmetic kept" : "");
}

/// True when `out` holds these bytes: tensors, names, settings, and the code that this version writes.
bool is_up_to_date(const fs::path& out, const std::string& bytes) {
  if (!fs::exists(out)) return false;
  if (read_file(out) == bytes) return true;
  try {
    yamnet::load_module(out, torch::kCPU);
  } catch (const DataError& error) {
    spdlog::warn("{}; it will be replaced", error.what());
  }
  return false;
}

std::string top_three(const yamnet::CheckResult& check) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(3);
  for (std::size_t i = 0; i < check.top.size() && i < 3; ++i) {
    text << (i == 0 ? "" : ", ") << check.top[i].first << " " << check.top[i].second;
  }
  return text.str();
}

bool is_torchscript(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return in.get() == 'P' && in.get() == 'K';
}

/// Files of our own carry digests, and students need not recognise a sine wave.
bool is_our_own(const fs::path& path) {
  return is_torchscript(path) || weights::is_safetensors(path);
}

weights::Weights read(const Options& options) {
  const auto activation = chosen_activation(options.activation);
  if (!is_torchscript(options.from)) return weights::read_weights(options.from, options.class_map, activation);
  if (activation) throw UsageError(options.from.string() + " says what its activation is; leave --activation out");
  return yamnet::weights_from_file(options.from);
}

/// Whether all tensors of a Keras file are the published ones; says how many are.
bool log_published_tensors(const fs::path& keras_file) {
  const auto count = weights::count_published_tensors(keras_file);
  const std::string text = std::to_string(count.published) + " of " + std::to_string(count.total) +
                           " tensors are those of Google's published float YAMNet";
  if (count.published == count.total) {
    spdlog::info("{}", text);
  } else if (count.published == 0) {
    spdlog::info("{}: these are other weights", text);
  } else {
    spdlog::warn("{}: the others were changed or damaged, {} first", text, count.first_other);
  }
  return count.published == count.total;
}

/// Warns when the numbers are from a file that Google did not publish: neither format has a checksum of its own.
void warn_unless_published(const weights::Weights& weights, const fs::path& file) {
  const bool keras = weights.source.find("(Keras HDF5,") != std::string::npos;
  if (keras && log_published_tensors(file)) return;
  const bool of_google = keras || weights.source.find("(TFLite int8,") != std::string::npos;
  if (!of_google || weights::is_published(weights.source)) return;
  spdlog::warn(
      "{}: not one of the files that Google publishes (data/assets.yaml has their sha256). Damaged or changed "
      "weights show only when the official checks fail; fetcher gets the published files",
      weights.source);
}

/// Logs all three official checks. Throws DataError when one fails and the weights are not our own.
void check_network(torch::jit::Module& module, const Options& options) {
  module.to(use_device(options.common.device));
  std::string failed;
  for (const auto& check : yamnet::run_official_checks(module)) {
    spdlog::info("check {}: {} ({})", check.signal, check.passed ? "passed" : "FAILED", top_three(check));
    if (!check.passed) failed += (failed.empty() ? "" : ", ") + check.signal + " (expected " + check.expected + ")";
  }
  module.to(torch::kCPU);
  if (failed.empty()) return;
  if (is_our_own(options.from)) {
    spdlog::info("it is written all the same: its digest shows that it is as it was made, and it is not YAMNet itself");
    return;
  }
  throw DataError(options.from.string() + ": the network fails YAMNet's official checks: " + failed +
                  "; nothing was written. Is the file complete, and the activation right (--activation)?");
}

void make_parent(const fs::path& path) {
  if (path.has_parent_path()) make_folder(path.parent_path());
}

int write_safetensors(const weights::Weights& weights, const Options& options) {
  if (weights.quantization) spdlog::info("the int8 arithmetic of the TFLite file is left out");
  const std::string bytes = weights::safetensors_bytes(weights);
  if (!options.force && fs::is_regular_file(options.out) && read_file(options.out) == bytes) {
    std::cout << options.out.string() << " is up to date\n";
    return 0;
  }
  make_parent(options.out);
  write_file_atomically(options.out, bytes);
  std::cout << "wrote " << options.out.string() << " (" << human_size(bytes.size()) << ", float16)\n";
  return 0;
}

int import(const Options& options) {
  use_one_torch_thread();
  use_device(options.common.device);
  const auto weights = read(options);
  log_weights(weights);
  warn_unless_published(weights, options.from);
  if (options.out.extension() == ".safetensors") return write_safetensors(weights, options);
  torch::jit::Module module = yamnet::build_module(weights, options.patch_hop_frames);
  const std::string bytes = yamnet::module_bytes(module, weights);
  if (!options.force && is_up_to_date(options.out, bytes)) {
    std::cout << options.out.string() << " is up to date\n";
    return 0;
  }
  check_network(module, options);
  make_parent(options.out);
  write_file_atomically(options.out, bytes);
  std::cout << "wrote " << options.out.string() << " (" << human_size(bytes.size()) << ", digest "
            << yamnet::tensors_digest(module) << ")\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Imports pretrained weights of YAMNet's family as a TorchScript file for Soundfold and LibTorch.",
               "importer");
  Options options;
  declare(app, options);
  return apps::run_app(app, argc, argv, options.common, [&] { return import(options); });
}
