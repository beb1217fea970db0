// SPDX-License-Identifier: Apache-2.0
#include "assessment/evaluation_request.h"
#include "device/device.h"
#include "evaluation/metrics.h"
#include "library_torch/internal/calls.h"
#include "support/errors.h"

#include <soundfold/trainer.h>

#include <utility>

namespace soundfold {
namespace {

const char* split_name(EvaluatedClips clips) {
  switch (clips) {
    case EvaluatedClips::test:
      return "test";
    case EvaluatedClips::train:
      return "train";
    case EvaluatedClips::validation:
      return "validation";
    case EvaluatedClips::all:
      return "all";
  }
  return "test";
}

assessment::EvaluationRequest request_of(const EvaluationOptions& options) {
  if (options.model.empty() == options.run.empty()) throw UsageError("evaluate: give one of model and run");
  if (!options.config.empty() && !options.folder.empty()) {
    throw UsageError("evaluate: the clips are those of config or those of folder; give one of them");
  }
  if (options.threads < 0) throw UsageError("evaluate: threads " + std::to_string(options.threads) + " is below 0");
  assessment::EvaluationRequest request;
  request.model = options.model.string();
  request.run = options.run.string();
  request.config = options.config.string();
  request.overrides = options.overrides;
  request.folder = options.folder.string();
  request.split = options.folder.empty() ? split_name(options.clips) : "";
  request.device = options.device;
  request.threads = options.threads;
  return request;
}

std::vector<ClipPrediction> predictions_of(const assessment::ModelEvaluation& evaluated) {
  const auto& clips = evaluated.clips;
  std::vector<ClipPrediction> predictions;
  predictions.reserve(evaluated.clip_ids.size());
  for (std::size_t i = 0; i < evaluated.clip_ids.size(); ++i) {
    const float* row = clips.row(static_cast<std::int64_t>(i));
    predictions.push_back({evaluated.clip_ids[i],
                           clips.labels[i],
                           {row, row + clips.class_count},
                           evaluation::probabilities(row, clips.class_count, clips.multi_label)});
  }
  return predictions;
}

}  // namespace

EvaluationResult evaluate(const EvaluationOptions& options) {
  CallerFunctions none;
  return library_call("evaluating failed", none, [&] {
    const BorrowedTorch torch;
    auto [model, latest, evaluated] = assessment::evaluate_request(request_of(options));
    EvaluationResult result;
    result.model = model;
    evaluated.json.at("class_names").get_to(result.class_names);
    result.predictions = predictions_of(evaluated);
    result.clips = std::move(evaluated.clip_metrics);
    result.windows = std::move(evaluated.window_metrics);
    result.text = "Model: " + model + "\n" + evaluated.text;
    evaluated.json["model"] = model;
    result.json = evaluated.json.dump(1);
    return result;
  });
}

}  // namespace soundfold
