// SPDX-License-Identifier: Apache-2.0
#include "deploy/export.h"

#include "deploy/internal/head_module.h"
#include "deploy/internal/model_file.h"
#include "deploy/internal/model_source.h"
#include "deploy/internal/parity.h"
#include "deploy/plain_model.h"
#include "device/tensor_values.h"
#include "heads/head.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/version.h"
#include "text/json_number.h"
#include "yamnet/folded_module.h"
#include "yamnet/torch_errors.h"

#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/version.h>

#include <memory>
#include <sstream>

namespace soundfold::deploy {
namespace fs = std::filesystem;
namespace {

using torch::jit::Module;

/// What register_rule() wrote.
evaluation::DecisionRule rule_of(const Module& model) {
  evaluation::DecisionRule rule;
  rule.temperature = model.attr("temperature").toDouble();
  rule.thresholds = model.attr("thresholds").toDoubleVector();
  const auto negative = model.attr("negative_class").toInt();
  if (negative >= 0) rule.negative_class = static_cast<std::size_t>(negative);
  if (model.attr("silence_gate").toBool()) {
    rule.silence_gate = {model.attr("silence_dbfs").toDouble(), model.attr("silence_score").toDouble()};
  }
  return rule;
}

void put(nlohmann::json& metadata, const std::string& key, nlohmann::json value) {
  if (metadata.contains(key)) throw UsageError("export: the key '" + key + "' of the metadata is the exporter's own");
  metadata[key] = std::move(value);
}

/// Adds the exporter's own keys.
void complete(nlohmann::json& metadata, const Module& model) {
  if (metadata.is_null()) metadata = nlohmann::json::object();
  if (!metadata.is_object()) throw UsageError("export: the metadata must be a JSON object");
  put(metadata, "kind", kModelKind);
  put(metadata, "format_version", kModelFormatVersion);
  put(metadata, "created_by", std::string("soundfold ") + version());
  put(metadata, "libtorch", TORCH_VERSION);
  put(metadata, "class_names", yamnet::class_names_of(model));
  put(metadata, "sample_rate", model.attr("sample_rate").toInt());
  put(metadata, "multi_label", model.attr("multi_label").toBool());
  put(metadata, "patch_hop_frames", model.attr("patch_hop_frames").toInt());
  put(metadata, "head", nlohmann::json::parse(model.attr("head_spec").toStringRef()));
  put(metadata, "decision", rule_of(model).to_json(yamnet::class_names_of(model)));
  put(metadata, "weights_digest", model.attr("weights_digest").toStringRef());
  put(metadata, "tensors_digest", yamnet::tensors_digest(model));
  if (metadata.contains(kVerificationKey)) throw UsageError("export: the key 'verification' is the exporter's own");
}

std::string metadata_text(const nlohmann::json& metadata) {
  return metadata.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

/// The archive's bytes. Saved to a stream, because a file's name would become part of the archive.
std::string archive_bytes(const Module& model, const nlohmann::json& metadata) {
  std::ostringstream stream;
  model.save(stream, torch::jit::ExtraFilesMap{{yamnet::kMetadataEntry, metadata_text(metadata)}});
  return stream.str();
}

torch::Tensor as_tensor(const std::vector<float>& values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return torch::from_blob(const_cast<float*>(values.data()), {count}, torch::kFloat32);  // the model only reads it
}

/// The trained head's clip logits [K] on the features that the exported network computes.
torch::Tensor head_logits(const c10::Dict<c10::IValue, c10::IValue>& named, heads::Head& head) {
  const auto embeddings = named.at("embeddings").toTensor(), scores = named.at("scores").toTensor();
  const auto input = head->spec().input;
  const auto one = input == head_spec::HeadInput::scores ? scores : embeddings;
  const auto frames = input == head_spec::HeadInput::both ? torch::cat({embeddings, scores}, 1) : one;
  return head->clip_logits(frames, heads::Segments({frames.size(0)}))[0];
}

/// Compares the model with the head and with the trainer on one case.
void compare(const Module& model, heads::Head& head, const ParityCase& parity, const ExportLimits& limits,
             ExportCheck& check) {
  const auto waveform = as_tensor(parity.waveform);
  const torch::Tensor logits = model.get_method("forward")({waveform}).toTensor();
  if (logits.numel() != static_cast<std::int64_t>(parity.trainer_logits.size())) {
    throw UsageError("export: clip '" + parity.clip_id + "' has " + std::to_string(parity.trainer_logits.size()) +
                     " trainer logits, the model gives " + std::to_string(logits.numel()));
  }
  const double from_head =
      largest_difference(logits, head_logits(model.get_method("classify")({waveform}).toGenericDict(), head));
  const double from_trainer = largest_difference(logits, as_tensor(parity.trainer_logits));
  check.head_difference = larger(from_head, check.head_difference);
  check.trainer_difference = larger(from_trainer, check.trainer_difference);
  if (!check.problem.empty()) return;
  if (!(from_head <= limits.head)) {
    check.problem = difference_text("the trained head's", from_head, parity.clip_id, limits.head);
  } else if (!(from_trainer <= limits.trainer)) {
    check.problem = difference_text("the trainer's", from_trainer, parity.clip_id, limits.trainer);
  }
}

/// Loads the file and compares it on every case.
ExportCheck check_parity(const fs::path& file, heads::Head& head, const std::vector<ParityCase>& cases,
                         const ExportLimits& limits) {
  const c10::InferenceMode no_gradients;
  // LibTorch's optimiser would compile for each clip's length; what it does to the file is tested once (freeze_test).
  const torch::jit::GraphOptimizerEnabledGuard not_compiled(false);
  const Module model = module_from(read_model_file(file), torch::kCPU);
  ExportCheck check;
  for (const auto& parity : cases) {
    const std::string what = "clip '" + parity.clip_id + "'";
    try {
      yamnet::with_plain_errors(what, [&] { compare(model, head, parity, limits, check); });
    } catch (const DataError& refusal) {
      if (check.problem.empty()) check.problem = std::string("it refuses a clip; ") + refusal.what();
    }
  }
  check.verified = check.problem.empty();
  return check;
}

fs::path sidecar_of(fs::path path) {
  return path += ".sha256";
}

/// The file under its other name, with what was wrong. A verified one of an earlier export stays.
void write_unverified(const Module& model, nlohmann::json metadata, const ExportCheck& check) {
  metadata[kVerificationKey] = {{"verified", false},
                                {"problem", check.problem},
                                {"head_difference", number_or_null(check.head_difference)},
                                {"trainer_difference", number_or_null(check.trainer_difference)}};
  const std::string bytes = archive_bytes(model, metadata);
  write_file_atomically(check.file, bytes);
  write_file_atomically(sidecar_of(check.file),
                        hash_bytes(HashKind::sha256, bytes) + "  " + check.file.filename().string() + "\n");
}

/// Thrown where a file must not get its name; caught in this file.
struct NotVerified {};

}  // namespace

fs::path unverified_path(const fs::path& path) {
  return path.parent_path() / (path.stem().string() + ".unverified" + path.extension().string());
}

ExportCheck export_model(const Module& model, heads::Head head, nlohmann::json metadata,
                         const std::vector<ParityCase>& cases, const fs::path& path, const ExportLimits& limits,
                         std::optional<weights::Quantization> quantization) {
  if (cases.empty()) throw UsageError("export: at least one clip is needed to compare the model with the trainer");
  complete(metadata, model);
  const std::string bytes = archive_bytes(model, metadata);
  ExportCheck check;
  try {
    write_file_atomically(path, [&](const fs::path& temporary) {
      write_file_atomically(temporary, bytes);
      check = check_parity(temporary, head, cases, limits);
      if (!check.verified) throw NotVerified();
      fs::remove(sidecar_of(path));  // so that a crash between the two files leaves none that does not fit
    });
  } catch (const NotVerified&) {
    check.file = unverified_path(path);
    write_unverified(model, metadata, check);
    return check;
  }
  check.file = path;
  write_file_atomically(sidecar_of(path), hash_bytes(HashKind::sha256, bytes) + "  " + path.filename().string() + "\n");
  const auto plain = plain_model(model, metadata_text(metadata), std::move(quantization));
  const auto plain_check = export_plain_model(plain, model, cases, plain_path(path));
  check.plain_file = plain_check.file;
  check.plain_difference = plain_check.difference;
  check.plain_problem = plain_check.problem;
  return check;
}

std::vector<float> exported_logits(Module model, const std::string& name, const std::vector<float>& waveform) {
  return yamnet::with_plain_errors(name, [&] {
    const c10::InferenceMode no_gradients;
    const torch::jit::GraphOptimizerEnabledGuard no_graph_optimisation(false);
    return values_of(model.forward({as_tensor(waveform)}).toTensor());
  });
}

std::vector<float> exported_scores(Module model, const std::string& name, const std::vector<float>& waveform) {
  return yamnet::with_plain_errors(name, [&] {
    const c10::InferenceMode no_gradients;
    const torch::jit::GraphOptimizerEnabledGuard no_graph_optimisation(false);
    const auto named = model.get_method("classify")({as_tensor(waveform)}).toGenericDict();
    return values_of(named.at("scores").toTensor().mean(0));
  });
}

}  // namespace soundfold::deploy
