// SPDX-License-Identifier: Apache-2.0
#include "deploy/export.h"

#include "deploy/archive.h"
#include "deploy/head_module.h"
#include "deploy/model_source.h"
#include "deploy/torch_errors.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/version.h"
#include "training/features.h"
#include "yamnet/folded_module.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

namespace soundfold::deploy {
namespace fs = std::filesystem;
namespace {

using torch::jit::Module;

void check_fit(const yamnet::LoadedModule& backbone, const training::HeadSpec& spec,
               const std::vector<std::string>& class_names) {
  const auto scores = static_cast<std::int64_t>(backbone.class_names.size());
  // With taps the embedding is longer than the network's own.
  const std::int64_t values = training::input_size(spec.input, backbone.embedding_size, scores);
  if (values != spec.input_size) {
    throw UsageError("export: the head takes " + std::to_string(spec.input_size) +
                     " values per frame, the backbone's " + spec.input + " have " + std::to_string(values));
  }
  if (static_cast<std::int64_t>(class_names.size()) != spec.class_count) {
    throw UsageError("export: " + std::to_string(class_names.size()) + " class names for a head of " +
                     std::to_string(spec.class_count) + " classes");
  }
}

void put(nlohmann::json& metadata, const std::string& key, nlohmann::json value) {
  if (metadata.contains(key)) throw UsageError("export: the key '" + key + "' of the metadata is the exporter's own");
  metadata[key] = std::move(value);
}

/// Adds what the exporter itself knows.
void complete(nlohmann::json& metadata, const Module& model) {
  if (metadata.is_null()) metadata = nlohmann::json::object();
  if (!metadata.is_object()) throw UsageError("export: the metadata must be a JSON object");
  put(metadata, "kind", kModelKind);
  put(metadata, "format_version", kModelFormatVersion);
  put(metadata, "created_by", std::string("soundfold ") + version());
  put(metadata, "libtorch", TORCH_VERSION);
  put(metadata, "class_names", class_names_of(model));
  put(metadata, "sample_rate", model.attr("sample_rate").toInt());
  put(metadata, "multi_label", model.attr("multi_label").toBool());
  put(metadata, "patch_hop_frames", model.attr("patch_hop_frames").toInt());
  put(metadata, "head", nlohmann::json::parse(model.attr("head_spec").toStringRef()));
  put(metadata, "weights_digest", model.attr("weights_digest").toStringRef());
  put(metadata, "tensors_digest", yamnet::tensors_digest(model));
}

/// The archive's bytes. Saved to a stream, because a file's name would become part of the archive.
std::string archive_bytes(const Module& model, const nlohmann::json& metadata) {
  std::ostringstream stream;
  const std::string text = metadata.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  model.save(stream, torch::jit::ExtraFilesMap{{kMetadataEntry, text}});
  return stream.str();
}

/// Largest difference of one case; NaN when a logit is not a number.
double difference(Module& model, const ParityCase& parity) {
  const auto count = static_cast<std::int64_t>(parity.waveform.size());
  const torch::Tensor waveform = torch::from_blob(const_cast<float*>(parity.waveform.data()), {count}, torch::kFloat32);
  const torch::Tensor logits = model.forward({waveform}).toTensor().contiguous();
  if (logits.numel() != static_cast<std::int64_t>(parity.trainer_logits.size())) {
    throw UsageError("export: clip '" + parity.clip_id + "' has " + std::to_string(parity.trainer_logits.size()) +
                     " trainer logits, the model gives " + std::to_string(logits.numel()));
  }
  double largest = 0;
  for (std::size_t k = 0; k < parity.trainer_logits.size(); ++k) {
    const double gap = std::abs(double{logits.data_ptr<float>()[k]} - parity.trainer_logits[k]);
    if (!(gap <= largest)) largest = gap;  // also takes NaN, and never lets go of it
    if (std::isnan(largest)) return largest;
  }
  return largest;
}

/// Loads the file and compares it with the trainer on every case.
double check_parity(const fs::path& file, const std::string& name, const std::vector<ParityCase>& cases,
                    double tolerance) {
  const c10::InferenceMode no_gradients;
  Module model = module_from(read_archive(file), torch::kCPU);
  double largest = 0;
  for (const auto& parity : cases) {
    const double gap =
        with_plain_errors(name + ": clip '" + parity.clip_id + "'", [&] { return difference(model, parity); });
    if (!(gap <= tolerance)) {
      std::ostringstream text;
      text << name << ": the exported model differs from the trainer by " << gap << " on clip '" << parity.clip_id
           << "' (allowed: " << tolerance << "); nothing was exported";
      throw DataError(text.str());
    }
    largest = std::max(largest, gap);
  }
  return largest;
}

void register_gate(Module& model, const std::optional<evaluation::SilenceGate>& gate) {
  const auto values = gate.value_or(evaluation::SilenceGate());
  model.register_attribute("silence_gate", c10::BoolType::get(), gate.has_value());
  model.register_attribute("silence_dbfs", c10::FloatType::get(), values.dbfs);
  model.register_attribute("silence_score", c10::FloatType::get(), values.score);
  model.register_attribute("silence_class", c10::IntType::get(), silence_class_of(model.attr("backbone").toModule()));
}

}  // namespace

std::int64_t silence_class_of(const Module& backbone) {
  if (!backbone.hasattr("class_names")) return -1;
  const auto names = class_names_of(backbone);
  const auto found = std::find(names.begin(), names.end(), "Silence");
  return found == names.end() ? -1 : found - names.begin();
}

torch::jit::Module build_model(const yamnet::LoadedModule& backbone, training::Head head,
                               const std::vector<std::string>& class_names, bool multi_label,
                               const std::optional<evaluation::SilenceGate>& gate) {
  const training::HeadSpec& spec = head->spec();
  check_fit(backbone, spec, class_names);
  return with_plain_errors("export: LibTorch refuses the model", [&] {
    const Module network = yamnet::folded_module(backbone.module);
    Module model("__torch__.soundfold.SoundClassifier", std::make_shared<torch::jit::CompilationUnit>());
    model.register_module("backbone", network);
    model.register_module("head", head_module(head));
    model.register_attribute("training", c10::BoolType::get(), false);
    model.register_attribute("class_names", c10::ListType::ofStrings(), c10::List<std::string>(class_names));
    model.register_attribute("sample_rate", c10::IntType::get(), network.attr("sample_rate").toInt());
    model.register_attribute("patch_hop_frames", c10::IntType::get(), network.attr("patch_hop_frames").toInt());
    model.register_attribute("multi_label", c10::BoolType::get(), multi_label);
    model.register_attribute("weights_digest", c10::StringType::get(), backbone.weights_digest);
    model.register_attribute("head_spec", c10::StringType::get(), head_json(spec).dump());
    register_gate(model, gate);
    model.define(model_source(spec.input));
    return model;
  });
}

namespace {

void write_whole(const fs::path& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw DataError("cannot write " + path.string() + ": " + std::strerror(errno));
}

}  // namespace

double export_model(torch::jit::Module model, nlohmann::json metadata, const std::vector<ParityCase>& cases,
                    const fs::path& path, double tolerance) {
  if (cases.empty()) throw UsageError("export: at least one clip is needed to compare the model with the trainer");
  complete(metadata, model);
  const std::string bytes = archive_bytes(model, metadata);
  fs::path sidecar = path;
  sidecar += ".sha256";
  double largest = 0;
  write_file_atomically(path, [&](const fs::path& temporary) {
    write_whole(temporary, bytes);
    largest = check_parity(temporary, path.string(), cases, tolerance);
    fs::remove(sidecar);  // so that a crash between the two files leaves none that does not fit
  });
  write_file_atomically(sidecar, hash_bytes(HashKind::sha256, bytes) + "  " + path.filename().string() + "\n");
  return largest;
}

}  // namespace soundfold::deploy
