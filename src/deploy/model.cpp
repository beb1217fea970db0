// SPDX-License-Identifier: Apache-2.0
#include "deploy/model.h"

#include "deploy/export.h"
#include "deploy/internal/foreign_model.h"
#include "deploy/internal/model_file.h"
#include "device/tensor_values.h"
#include "runtime/appended_classes.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/text.h"
#include "yamnet/module.h"
#include "yamnet/torch_errors.h"

#include <torch/csrc/jit/runtime/graph_executor.h>

#include <algorithm>
#include <cmath>

namespace soundfold::deploy {
namespace {

std::vector<std::vector<float>> rows_of(const torch::Tensor& tensor) {
  const std::vector<float> values = values_of(tensor);
  const auto columns = static_cast<std::ptrdiff_t>(tensor.size(1));
  std::vector<std::vector<float>> rows;
  for (auto row = values.begin(); row != values.end(); row += columns) rows.emplace_back(row, row + columns);
  return rows;
}

/// log(p / (1 - p)), with p kept so far from 0 and 1 that float32 can represent it.
torch::Tensor logits_of(const torch::Tensor& probabilities, const std::string& name) {
  if (!probabilities.isfinite().all().item<bool>() || probabilities.min().item<float>() < 0 ||
      probabilities.max().item<float>() > 1) {
    throw DataError(name + ": its scores are not probabilities from 0 to 1; are they logits?");
  }
  return probabilities.clamp(1e-7, 1 - 1e-7).logit();
}

void warn_unless_verified(const nlohmann::json& metadata, const std::string& name) {
  const auto found = metadata.find(kVerificationKey);
  if (found == metadata.end() || !found->is_object() || found->value("verified", nlohmann::json()) == true) return;
  const auto problem = found->value("problem", nlohmann::json());
  logger().warn("{}: not verified when it was exported: {}", name,
                problem.is_string() ? shown(problem.get<std::string>(), 400) : std::string("it does not say why"));
}

void check_finite(const std::vector<float>& logits, const std::string& name) {
  for (const float logit : logits) {
    if (!std::isfinite(logit)) throw DataError(name + ": logits that are not finite; does the audio hold NaN?");
  }
}

std::vector<float> column_of(const torch::Tensor& scores, std::int64_t column) {
  return column < 0 ? std::vector<float>() : values_of(scores.select(1, column));
}

/// Calls `body` as inference, with LibTorch's graph optimiser off: it would take the first two calls to compile, and
/// gains nothing here. The switch belongs to the thread.
template <typename Body>
auto inferred(const std::string& name, Body body) {
  return yamnet::with_plain_errors(name + ": classifying failed", [&] {
    const c10::InferenceMode no_gradients;
    const torch::jit::GraphOptimizerEnabledGuard no_graph_optimisation(false);
    return body();
  });
}

/// A view; models only read it.
torch::Tensor view_of(const float* samples, std::size_t count) {
  return torch::from_blob(const_cast<float*>(samples), {static_cast<std::int64_t>(count)}, torch::kFloat32);
}

}  // namespace

Model Model::load(const std::filesystem::path& path, const torch::Device& device) {
  yamnet::disable_fuser();
  ModelFile file = read_model_file(path);
  Model model;
  model.module_ = module_from(file, device);
  model.device_ = device;
  model.name_ = file.archive.name;
  model.metadata_ = std::move(file.metadata);
  yamnet::with_plain_errors(model.name_ + ": not a complete model", [&] {
    model.class_names_ = yamnet::class_names_of(model.module_);
    model.multi_label_ = model.module_.attr("multi_label").toBool();
    model.patch_hop_frames_ = static_cast<int>(model.module_.attr("patch_hop_frames").toInt());
    model.module_.get_method("classify");
    if (model.metadata_["format_version"] == 1) model.window_logits_entry_ = "frame_logits";
    model.takes_blocks_ = model.module_.find_method("accumulate") && model.module_.find_method("finish");
    const auto backbone = model.module_.attr("backbone").toModule();
    model.silence_class_ = silence_class_of(backbone);
    model.appends_backbone_ = runtime::appends_backbone(model.metadata_) && backbone.hasattr("class_names");
    if (backbone.hasattr("class_names")) model.backbone_class_names_ = yamnet::class_names_of(backbone);
    model.input_ = yamnet::input_of(backbone);
  });
  warn_unless_verified(model.metadata_, model.name_);
  return model;
}

Model Model::load_foreign(const std::filesystem::path& path, const torch::Device& device, ForeignScores scores) {
  yamnet::disable_fuser();
  const torch::jit::GraphOptimizerEnabledGuard no_graph_optimisation(false);
  Model model;
  model.foreign_ = std::make_shared<ForeignModel>(path, device);
  model.device_ = device;
  model.name_ = path.string();
  model.metadata_ = nlohmann::json::object();
  model.class_names_ = model.foreign_->class_names();
  model.names_are_known_ = model.foreign_->has_class_names();
  model.multi_label_ = scores == ForeignScores::probabilities;
  model.patch_hop_frames_ = 0;
  return model;
}

Model::Result Model::classify_foreign(const torch::Tensor& samples) const {
  const torch::Tensor rows = foreign_->scores(samples);
  const torch::Tensor clip = rows.mean(0);
  Result result;
  result.logits = values_of(multi_label_ ? logits_of(clip, name_) : clip);
  result.probabilities = values_of(multi_label_ ? clip : clip.softmax(0));
  result.window_logits = rows_of(multi_label_ ? logits_of(rows, name_) : rows);
  check_finite(result.logits, name_);
  return result;
}

Model::Result Model::classify(const std::vector<float>& waveform) const {
  if (waveform.empty()) throw DataError(name_ + ": the waveform to classify has no samples");
  return inferred(name_, [&] {
    const torch::Tensor samples = view_of(waveform.data(), waveform.size());
    if (foreign_) return classify_foreign(samples);
    const auto given = module_.get_method("classify")({samples.to(device_)}).toGenericDict();
    Result result;
    result.logits = values_of(given.at("classifier").toTensor());
    result.probabilities = values_of(given.at("probabilities").toTensor());
    result.window_logits = rows_of(given.at(window_logits_entry_).toTensor());
    const auto scores = given.at("scores").toTensor();
    result.silence_scores = column_of(scores, silence_class_);
    if (appends_backbone_) result.window_scores = rows_of(scores);
    if (!backbone_class_names_.empty()) {
      if (scores.size(1) != static_cast<std::int64_t>(backbone_class_names_.size())) {
        throw DataError(name_ + ": its scores are not those of its backbone's classes");
      }
      result.backbone_scores = values_of(scores.mean(0));
    }
    check_finite(result.logits, name_);
    return result;
  });
}

Model::Result Model::accumulate(State& state, const float* samples, std::size_t count) const {
  return inferred(name_, [&] {
    const auto given = module_.get_method("accumulate")({state, view_of(samples, count).to(device_)}).toTuple();
    state = given->elements()[0].toTensorList();
    Result result;
    result.window_logits = rows_of(given->elements()[1].toTensor());
    const auto scores = given->elements()[2].toTensor();
    result.silence_scores = column_of(scores, silence_class_);
    if (appends_backbone_) result.window_scores = rows_of(scores);
    return result;
  });
}

std::vector<float> Model::finish(const State& state) const {
  return inferred(name_, [&] {
    const auto logits = values_of(module_.get_method("finish")({state}).toTensor());
    check_finite(logits, name_);
    return logits;
  });
}

}  // namespace soundfold::deploy
