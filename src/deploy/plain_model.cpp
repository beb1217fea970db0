// SPDX-License-Identifier: Apache-2.0
#include "deploy/plain_model.h"

#include "deploy/internal/head_module.h"
#include "deploy/internal/parity.h"
#include "device/tensor_values.h"
#include "runtime/load_classifier.h"
#include "support/errors.h"
#include "support/files.h"
#include "text/text.h"
#include "yamnet/archive.h"
#include "yamnet/folded_module.h"
#include "yamnet/module.h"
#include "yamnet/torch_errors.h"

#include <cmath>
#include <utility>

namespace soundfold::deploy {
namespace fs = std::filesystem;
namespace {

using torch::jit::Module;

/// Of interest where the training data are, and long: a line for each clip.
constexpr const char* kLeftOut[] = {"clips"};
/// Those that the file has in places of their own.
constexpr const char* kOwnPlaces[] = {
    "kind",           "format_version", "class_names", "multi_label", "patch_hop_frames", "head",
    "weights_digest", "tensors_digest", "decision",    "channels",    "sample_rate"};

nlohmann::json other_metadata(nlohmann::json metadata) {
  for (const char* key : kLeftOut) metadata.erase(key);
  for (const char* key : kOwnPlaces) metadata.erase(key);
  return metadata;
}

runtime::HeadValues head_values(const Module& head, head_spec::HeadSpec spec) {
  runtime::HeadValues values;
  for (auto& [name, sizes] : head_spec::tensor_shapes(spec)) {
    values.tensors[name] = {std::move(sizes), values_of(head.attr(attribute_name(name)).toTensor())};
  }
  values.spec = std::move(spec);
  return values;
}

/// The largest difference of the last `count` probabilities, the backbone's scores, from those of `model`.
double appended_difference(const ParityCase& parity, const Module& model, std::size_t count,
                           const std::vector<double>& probabilities) {
  if (count == 0) return 0;
  const auto expected = exported_scores(model, parity.clip_id, parity.waveform);
  double largest = 0;
  for (std::size_t k = 0; k < count; ++k) {
    largest = larger(std::abs(probabilities.at(probabilities.size() - count + k) - double{expected.at(k)}), largest);
  }
  return largest;
}

/// The largest difference of the runtime's logits from those of `model`, and of appended scores.
double difference_on(const ParityCase& parity, const Module& model, const runtime::Classifier& classifier) {
  const auto pass = classifier.start({});
  pass->push(parity.waveform.data(), parity.waveform.size());
  const auto clip = pass->finish();
  const auto& logits = clip.logits;
  const auto expected = exported_logits(model, parity.clip_id, parity.waveform);
  double largest = appended_difference(parity, model, classifier.appended_count(), clip.probabilities);
  for (std::size_t k = 0; k < expected.size(); ++k) {
    const double difference = std::abs(double{logits.at(k)} - double{expected[k]});
    largest = larger(difference, largest);
  }
  return largest;
}

/// Thrown where a file must not get its name; caught in this file.
struct NotTheSame {};

std::string bytes_of(const runtime::ModelFile& plain, PlainCheck& check) {
  try {
    return runtime::model_file_bytes(plain);
  } catch (const UsageError& refusal) {
    check.problem = refusal.what();
  } catch (const DataError& refusal) {
    check.problem = refusal.what();
  }
  throw NotTheSame();
}

/// Loads the file and compares it on every case, up to the first that differs.
void compare_runtime(const fs::path& file, const Module& model, const std::vector<ParityCase>& cases, double limit,
                     PlainCheck& check) {
  try {
    const auto classifier = runtime::load_classifier(file);
    for (const auto& parity : cases) {
      const double difference = difference_on(parity, model, *classifier);
      check.difference = larger(difference, check.difference);
      if (!(difference <= limit)) {
        check.problem = difference_text("the exported model's", difference, parity.clip_id, limit);
      }
      if (!check.problem.empty()) return;
    }
  } catch (const UsageError& refusal) {
    check.problem = refusal.what();
  } catch (const DataError& refusal) {
    check.problem = refusal.what();
  }
}

}  // namespace

fs::path plain_path(const fs::path& path) {
  return fs::path(path).replace_extension(".safetensors");
}

runtime::ModelFile plain_model(const Module& model, const std::string& metadata,
                               std::optional<weights::Quantization> quantization) {
  return yamnet::with_plain_errors("export: not a complete model", [&] {
    const auto json = nlohmann::json::parse(metadata);
    runtime::ModelFile plain;
    const auto backbone = model.attr("backbone").toModule();
    plain.backbone = yamnet::folded_weights(backbone);
    plain.backbone.quantization = std::move(quantization);
    plain.taps = yamnet::taps_of(backbone.attr("network").toModule());
    plain.head = head_values(model.attr("head").toModule(), head_spec::from_json(json.at("head")));
    plain.class_names = yamnet::class_names_of(model);
    plain.multi_label = model.attr("multi_label").toBool();
    plain.patch_hop_frames = static_cast<int>(model.attr("patch_hop_frames").toInt());
    plain.decision = evaluation::DecisionRule::from_json(json.value("decision", nlohmann::json()), plain.class_names);
    plain.channels = json.value("channels", plain.channels);
    plain.weights_digest = model.attr("weights_digest").toStringRef();
    plain.torchscript_digest = yamnet::torchscript_digest_of(metadata);
    plain.metadata = other_metadata(json);
    return plain;
  });
}

PlainCheck export_plain_model(const runtime::ModelFile& plain, const Module& model,
                              const std::vector<ParityCase>& cases, const fs::path& path, double limit) {
  PlainCheck check;
  try {
    const std::string bytes = bytes_of(plain, check);
    write_file_atomically(path, [&](const fs::path& temporary) {
      write_file_atomically(temporary, bytes);
      compare_runtime(temporary, model, cases, limit, check);
      if (!check.problem.empty()) throw NotTheSame();
    });
    check.file = path;
  } catch (const NotTheSame&) {
    fs::remove(path);  // of an earlier export
  }
  return check;
}

}  // namespace soundfold::deploy
