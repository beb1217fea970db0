// importer: pretrained YAMNet weights (Keras HDF5 or TFLite) into a self-contained yamnet.pt.

#include "apps/common.h"
#include "support/device.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "yamnet/module.h"
#include "yamnet/weights.h"

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

The file is written only when the network passes YAMNet's three official checks (silence, a 440 Hz sine and white noise
are recognised). Exit codes: 0 written or up to date, 1 failure, 2 wrong usage.)";

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
  app.add_option("--from", options.from, "weights to read: yamnet.h5 or YAMNet's .tflite file")->required();
  app.add_option("--out", options.out, "file to write")->capture_default_str();
  app.add_option("--class-map", options.class_map, "names of the 521 classes (HDF5 only; TFLite files hold their own)")
      ->capture_default_str();
  app.add_option("--activation", options.activation,
                 "auto, relu (Google's yamnet.h5) or relu6; HDF5 files do not say, auto goes by their batch norms")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "relu", "relu6"}));
  app.add_option("--patch-hop-frames", options.patch_hop_frames, "frames of 10 ms from one patch to the next")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_flag("--force", options.force, "import even when the output is up to date");
  apps::add_common_options(app, options.common, true);
  app.footer(kExamples);
}

std::optional<yamnet::Activation> chosen_activation(const std::string& text) {
  if (text == "auto") return std::nullopt;
  return text == "relu6" ? yamnet::Activation::relu6 : yamnet::Activation::relu;
}

std::string with_thousands(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > 0; place -= 3) {
    digits.insert(static_cast<std::size_t>(place), ",");
  }
  return digits;
}

void log_weights(const yamnet::Weights& weights) {
  spdlog::info("read {}", weights.source);
  spdlog::info("{} convolutions, {} parameters, {} classes, embedding of {}, activation {}{}", weights.layers.size(),
               with_thousands(weights.parameter_count()), weights.class_count(), weights.embedding_size(),
               yamnet::activation_name(weights.activation), weights.quantization ? ", int8 arithmetic kept" : "");
}

/// True when `out` is a sound file of the same tensors, names, source and settings.
bool is_up_to_date(const fs::path& out, const yamnet::Weights& weights, const torch::jit::Module& module,
                   const Options& options) {
  if (!fs::exists(out)) return false;
  try {
    const auto there = yamnet::load_module(out, torch::kCPU);
    return there.weights_digest == yamnet::tensors_digest(module) && there.source == weights.source &&
           there.class_names == weights.class_names && there.activation == weights.activation &&
           there.patch_hop_frames == options.patch_hop_frames;
  } catch (const DataError& error) {
    spdlog::warn("{}; it will be replaced", error.what());
    return false;
  }
}

std::string top_three(const yamnet::CheckResult& check) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(3);
  for (std::size_t i = 0; i < check.top.size() && i < 3; ++i) {
    text << (i == 0 ? "" : ", ") << check.top[i].first << " " << check.top[i].second;
  }
  return text.str();
}

/// Throws DataError, after logging all three, when an official check fails.
void check_network(torch::jit::Module& module, const Options& options) {
  module.to(choose_device(options.common.device));
  std::string failed;
  for (const auto& check : yamnet::run_official_checks(module)) {
    spdlog::info("check {}: {} ({})", check.signal, check.passed ? "passed" : "FAILED", top_three(check));
    if (!check.passed) failed += (failed.empty() ? "" : ", ") + check.signal + " (expected " + check.expected + ")";
  }
  module.to(torch::kCPU);
  if (failed.empty()) return;
  throw DataError(options.from.string() + ": the network fails YAMNet's official checks: " + failed +
                  "; nothing was written. Is the file complete, and the activation right (--activation)?");
}

int import(const Options& options) {
  use_one_torch_thread();
  choose_device(options.common.device);
  const auto weights = yamnet::read_weights(options.from, options.class_map, chosen_activation(options.activation));
  log_weights(weights);
  torch::jit::Module module = yamnet::build_module(weights, options.patch_hop_frames);
  if (!options.force && is_up_to_date(options.out, weights, module, options)) {
    std::cout << options.out.string() << " is up to date\n";
    return 0;
  }
  check_network(module, options);
  if (options.out.has_parent_path()) make_folder(options.out.parent_path());
  yamnet::save_module(module, weights, options.out);
  std::cout << "wrote " << options.out.string() << " (" << human_size(fs::file_size(options.out)) << ", digest "
            << yamnet::tensors_digest(module) << ")\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Imports pretrained YAMNet weights as a TorchScript file for Soundfold and LibTorch.", "importer");
  Options options;
  declare(app, options);
  return apps::run_app(app, argc, argv, options.common, [&] { return import(options); });
}
