// SPDX-License-Identifier: Apache-2.0
#include "yamnet/import_network.h"

#include "ced/published_check.h"
#include "ced/published_file.h"
#include "efficientat/published_file.h"
#include "engines/onednn_engine.h"
#include "network/description_text.h"
#include "state_dicts/state_dict.h"
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
#include <optional>
#include <utility>

namespace soundfold::yamnet {
namespace fs = std::filesystem;
namespace {

constexpr const char* kYamnetClassMap = "data/yamnet/yamnet_class_map.csv";
constexpr const char* kAudiosetClassMap = "data/ced/class_labels_indices.csv";

void log_weights(const weights::Weights& weights) {
  logger().info("read {}", weights.source);
  if (weights.network.transformer) {
    logger().info("transformer of {} blocks, {} parameters, {} classes, embedding of {}",
                  weights.network.transformer->depth, grouped(weights.parameter_count()), weights.class_count(),
                  weights.embedding_size());
    return;
  }
  if (weights.network.mobilenet) {
    logger().info("MobileNet of {} blocks, {} parameters, {} classes, embedding of {}",
                  weights.network.mobilenet->blocks.size(), grouped(weights.parameter_count()), weights.class_count(),
                  weights.embedding_size());
    return;
  }
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
  return written(request.out, bytes, weights.network.has_layers() ? "float16" : "float32");
}

std::string write_module(const weights::Weights& weights, const ImportRequest& request) {
  const int own_hop = weights.network.input.patch_hop_frames;
  torch::jit::Module module = build_module(weights, request.patch_hop_frames > 0 ? request.patch_hop_frames : own_hop);
  const std::string bytes = module_bytes(module, weights);
  if (!request.force && holds_module(request.out, bytes)) return up_to_date(request.out);
  if (network::is_of_yamnet_family(weights.network)) {
    check_network(module, request.from, request.device);
  } else if (!weights.network.transformer) {
    logger().info("no official checks: they are YAMNet's, and this is another network");
  }
  return written(request.out, bytes, "digest " + tensors_digest(module));
}

std::string write_network(const weights::Weights& weights, const ImportRequest& request) {
  const bool to_pass_on = request.out.extension() == ".safetensors";
  return to_pass_on ? write_safetensors(weights, request) : write_module(weights, request);
}

/// Names of AudioSet's classes, for weights of `whose` that have none.
std::vector<std::string> audioset_classes(const ImportRequest& request, const std::string& whose,
                                          const std::string& activation) {
  const fs::path class_map = request.class_map.empty() ? kAudiosetClassMap : request.class_map;
  if (request.activation) {
    throw UsageError(request.from.string() + ": " + whose + "'s activation is " + activation +
                     "; leave --activation out");
  }
  if (!fs::exists(class_map)) {
    throw DataError(class_map.string() + ": no such file, and " + whose + "'s files do not name their classes; " +
                    "fetcher audioset_classes gets it, or give --class-map");
  }
  return weights::read_class_map(class_map, network::kCedClasses);
}

/// Which of CED's sizes a network is; nothing for another.
std::optional<network::CedSize> ced_size(const network::Description& network) {
  for (const auto& published : ced::kPublishedCed) {
    if (network.transformer == network::ced_description(published.size).transformer) return published.size;
  }
  return std::nullopt;
}

/// Windows of the length asked for, and no longer apart than they are long. They are a stream's: all whole, and cut
/// where they lie, as YAMNet's are. With preemphasis, which only centered frames have, they are as long at most. With
/// rows of columns they only say what is computed together: a row lies where it lies in the waveform, and windows
/// follow each other without a gap.
void set_windows(network::Description& network, const ImportRequest& request) {
  auto& input = network.input;
  if (request.column_rows) {
    const auto side = static_cast<int>(network.transformer->token_side);
    const int most = std::min(input.patch_frames, frontend::kMaxPatchHopFrames);
    input.patch_frames = most - most % side;
    input.patch_hop_frames = input.patch_frames;
    input.row_frames = side;
  }
  if (request.patch_frames > 0) {
    input.patch_frames = request.patch_frames;
    if (input.preemphasis == 0 && !request.column_rows) {
      input.centered = false;
      input.min_patch_frames = 0;
    }
    input.patch_hop_frames = std::min(input.patch_hop_frames, request.patch_frames);
  }
  if (request.patch_hop_frames > 0) input.patch_hop_frames = request.patch_hop_frames;
  network::check(network);
}

/// Throws DataError when an answer is not the published one.
void compare_with_published(const weights::Weights& weights, network::CedSize size, const ImportRequest& request) {
  const auto published = ced::read_published_logits(request.check_folder, size);
  auto whole = weights;
  whole.network.input = network::ced_input();  // the signals have 10 s
  const auto backbone = engines::onednn_backbone(std::move(whole), "", {});
  std::string failed;
  for (const auto& check : ced::check_published(*backbone, published, request.check_folder)) {
    logger().info("check {}: {}, largest difference of a logit {:.2g} ({})", check.signal,
                  check.passed() ? "passed" : "FAILED", check.difference, check.at_class);
    if (!check.passed()) failed += (failed.empty() ? "" : ", ") + check.signal;
  }
  if (failed.empty()) return;
  throw DataError(request.from.string() + ": the network's logits are not the published ones of ced-" + name_of(size) +
                  ": " + failed + "; nothing was written. Is the file complete, and not fine-tuned?");
}

/// Whether the weights were compared.
bool check_ced(const weights::Weights& weights, const ImportRequest& request) {
  const auto size = request.check_only ? ced_size(weights.network) : ced::published_ced(weights.source);
  if (request.check_only && !size) {
    throw UsageError(request.from.string() + ": not one of CED's published sizes, so there is nothing to compare with");
  }
  if (!size) {
    logger().warn("{}: not one of the files that CED's authors publish; compare it with what they answer: --check",
                  weights.source);
    return false;
  }
  if (!request.check_only && !ced::has_published_logits(request.check_folder, *size)) {
    logger().info("not compared with the published logits: fetcher ced_{}_logits ced_noise gets them", name_of(*size));
    return false;
  }
  compare_with_published(weights, *size, request);
  return true;
}

std::string import_transformer(weights::Weights weights, ImportRequest request) {
  const auto size = ced_size(weights.network);
  set_windows(weights.network, request);
  const bool compared = check_ced(weights, request);
  if (request.check_only) return request.from.string() + " answers as published";
  if (compared) weights.source += ", compared with the published logits";
  if (request.out.empty()) request.out = "data/ced-" + (size ? name_of(*size) : "other") + ".pt";
  return write_network(weights, request);
}

std::string import_mobilenet(weights::Weights weights, ImportRequest request) {
  if (request.check_only) throw UsageError("--check is for CED; of EfficientAT nothing is published to compare with");
  set_windows(weights.network, request);
  if (request.out.empty()) request.out = "data/efficientat.pt";
  return write_network(weights, request);
}

}  // namespace

weights::Weights read_network(const ImportRequest& request) {
  if (!is_torchscript(request.from) && ced::is_ced(request.from)) {
    return ced::read_ced(request.from, audioset_classes(request, "CED", "GELU"));
  }
  if (state_dicts::is_state_dict(request.from)) {
    return efficientat::read_efficientat(request.from, audioset_classes(request, "EfficientAT", "hard swish"));
  }
  if (!is_torchscript(request.from)) {
    const fs::path class_map = request.class_map.empty() ? kYamnetClassMap : request.class_map;
    return weights::read_weights(request.from, class_map, request.activation);
  }
  if (request.activation) {
    throw UsageError(request.from.string() + " says what its activation is; leave --activation out");
  }
  return weights_from_file(request.from);
}

void warn_unless_published(const weights::Weights& weights, const fs::path& file) {
  const bool keras = weights.source.find("(Keras HDF5,") != std::string::npos;
  if (keras && !is_our_own(file) && log_published_tensors(file)) return;
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
  auto weights = read_network(request);
  log_weights(weights);
  if (weights.network.transformer) return import_transformer(std::move(weights), request);
  if (request.column_rows) throw UsageError("--rows: only CED has time columns");
  if (weights.network.mobilenet) return import_mobilenet(std::move(weights), request);
  if (request.patch_frames > 0) {
    throw UsageError("--patch-frames: only CED's and EfficientAT's windows may have another length");
  }
  if (request.check_only) throw UsageError("--check is for CED; other networks are checked when they are imported");
  warn_unless_published(weights, request.from);
  ImportRequest settled = request;
  if (settled.out.empty()) settled.out = "data/yamnet.pt";
  return write_network(weights, settled);
}

}  // namespace soundfold::yamnet
