// SPDX-License-Identifier: Apache-2.0
#include "yamnet/import_network.h"

#include "network/description_text.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "text/text.h"
#include "weights/keras_h5.h"
#include "weights/published.h"
#include "weights/safetensors.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"
#include "yamnet/official_checks.h"

#include <algorithm>
#include <fstream>

namespace soundfold::yamnet {
namespace fs = std::filesystem;
namespace {

void log_weights(const weights::Weights& weights) {
  logger().info("read {}", weights.source);
  logger().info("{} convolutions, {} parameters, {} classes, embedding of {}, activation {}{}", weights.layers.size(),
                grouped(weights.parameter_count()), weights.class_count(), weights.embedding_size(),
                network::activation_name(weights.network.activation),
                weights.quantization ? ", int8 arithmetic kept" : "");
}

bool is_torchscript(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return in.get() == 'P' && in.get() == 'K';
}

bool is_our_own(const fs::path& path) {
  return is_torchscript(path) || weights::is_safetensors(path);
}

/// Whether all tensors of a Keras file are the published ones; logs how many are.
bool log_published_tensors(const fs::path& keras_file) {
  const auto count = weights::count_published_tensors(keras_file);
  const std::string text = std::to_string(count.published) + " of " + std::to_string(count.total) +
                           " tensors are those of Google's published float YAMNet";
  if (count.published == count.total) {
    logger().info("{}", text);
  } else if (count.published == 0) {
    logger().info("{}: these are other weights", text);
  } else {
    logger().warn("{}: the others were changed or damaged, {} first", text, count.first_other);
  }
  return count.published == count.total;
}

/// "Silence 0.998, Music 0.001, ..."
std::string best_classes(const CheckResult& check) {
  std::vector<std::string> classes;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, check.top.size()); ++i) {
    classes.push_back(check.top[i].first + " " + fixed(double{check.top[i].second}, 3));
  }
  return join(classes);
}

/// True when `out` holds these bytes: tensors, names, settings, and the code that this version writes.
bool holds_module(const fs::path& out, const std::string& bytes) {
  if (!fs::exists(out)) return false;
  if (read_file(out) == bytes) return true;
  try {
    load_module(out, torch::kCPU);
  } catch (const DataError& error) {
    logger().warn("{}; it will be replaced", error.what());
  }
  return false;
}

std::string up_to_date(const fs::path& out) {
  return out.string() + " is up to date";
}

std::string written(const fs::path& out, const std::string& bytes, const std::string& detail) {
  if (out.has_parent_path()) make_folder(out.parent_path());
  write_file_atomically(out, bytes);
  return "wrote " + out.string() + " (" + human_size(bytes.size()) + ", " + detail + ")";
}

std::string write_safetensors(const weights::Weights& weights, const ImportRequest& request) {
  if (weights.quantization) logger().info("the int8 arithmetic of the TFLite file is left out");
  const std::string bytes = weights::safetensors_bytes(weights);
  if (!request.force && fs::is_regular_file(request.out) && read_file(request.out) == bytes) {
    return up_to_date(request.out);
  }
  return written(request.out, bytes, "float16");
}

std::string write_module(const weights::Weights& weights, const ImportRequest& request) {
  const int own_hop = weights.network.input.patch_hop_frames;
  torch::jit::Module module = build_module(weights, request.patch_hop_frames > 0 ? request.patch_hop_frames : own_hop);
  const std::string bytes = module_bytes(module, weights);
  if (!request.force && holds_module(request.out, bytes)) return up_to_date(request.out);
  if (network::is_of_yamnet_family(weights.network)) {
    check_network(module, request.from, request.device);
  } else {
    logger().info("no official checks: they are YAMNet's, and this is another network");
  }
  return written(request.out, bytes, "digest " + tensors_digest(module));
}

}  // namespace

weights::Weights read_network(const ImportRequest& request) {
  if (!is_torchscript(request.from)) {
    return weights::read_weights(request.from, request.class_map, request.activation);
  }
  if (request.activation) {
    throw UsageError(request.from.string() + " says what its activation is; leave --activation out");
  }
  return weights_from_file(request.from);
}

void warn_unless_published(const weights::Weights& weights, const fs::path& file) {
  const bool keras = weights.source.find("(Keras HDF5,") != std::string::npos;
  if (keras && log_published_tensors(file)) return;
  const bool of_google = keras || weights.source.find("(TFLite int8,") != std::string::npos;
  if (!of_google || weights::is_published(weights.source)) return;
  logger().warn(
      "{}: not one of the files that Google publishes (data/assets.yaml has their sha256). Damaged or changed "
      "weights show only when the official checks fail; fetcher gets the published files",
      weights.source);
}

void check_network(torch::jit::Module& module, const fs::path& from, const torch::Device& device) {
  module.to(device);
  std::string failed;
  for (const auto& check : run_official_checks(module)) {
    logger().info("check {}: {} ({})", check.signal, check.passed ? "passed" : "FAILED", best_classes(check));
    if (!check.passed) failed += (failed.empty() ? "" : ", ") + check.signal + " (expected " + check.expected + ")";
  }
  module.to(torch::kCPU);
  if (failed.empty()) return;
  if (is_our_own(from)) {
    logger().info(
        "it is written all the same: its digest shows that it is as it was made, and it is not YAMNet itself");
    return;
  }
  throw DataError(from.string() + ": the network fails YAMNet's official checks: " + failed +
                  "; nothing was written. Is the file complete, and the activation right (--activation)?");
}

std::string import_network(const ImportRequest& request) {
  const auto weights = read_network(request);
  log_weights(weights);
  warn_unless_published(weights, request.from);
  const bool to_pass_on = request.out.extension() == ".safetensors";
  return to_pass_on ? write_safetensors(weights, request) : write_module(weights, request);
}

}  // namespace soundfold::yamnet
