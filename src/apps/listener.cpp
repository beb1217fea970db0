// SPDX-License-Identifier: Apache-2.0
#include "apps/listener.h"

#include "apps/model_file.h"
#include "deploy/file_kind.h"
#include "frontend/recipe.h"
#include "yamnet/module.h"

namespace soundfold::apps {
namespace {

double hop_seconds(int patch_hop_frames) {
  return static_cast<double>(patch_hop_frames) * frontend::kHopSamples / frontend::kSampleRateHz;
}

/// An exported or a foreign model.
class TrainedListener : public Listener {
 public:
  explicit TrainedListener(deploy::Model model) : model_(std::move(model)) {
    rule_ = evaluation::DecisionRule::from_json(model_.metadata().value("decision", nlohmann::json()),
                                                model_.class_names());
  }

  Answer listen(const std::vector<float>& waveform) override {
    const auto result = model_.classify(waveform);
    Answer answer;
    answer.probabilities = rule_.probabilities(result.logits, model_.multi_label());
    for (const auto& logits : result.frame_logits) {
      answer.frames.push_back(rule_.probabilities(logits, model_.multi_label()));
    }
    return answer;
  }
  const std::vector<std::string>& class_names() const override { return model_.class_names(); }
  double patch_hop_seconds() const override { return hop_seconds(model_.patch_hop_frames()); }

 private:
  deploy::Model model_;
};

/// YAMNet itself: 521 independent scores, their mean over patches for the clip.
class YamnetListener : public Listener {
 public:
  YamnetListener(yamnet::LoadedModule loaded, const torch::Device& device)
      : loaded_(std::move(loaded)), device_(device) {}

  Answer listen(const std::vector<float>& waveform) override {
    const c10::InferenceMode inference;
    const auto input = torch::tensor(waveform).to(device_);
    const auto scores = loaded_.module.forward({input}).toTuple()->elements()[0].toTensor().cpu().contiguous();
    const auto mean = scores.mean(0).contiguous();
    Answer answer;
    answer.probabilities.assign(mean.data_ptr<float>(), mean.data_ptr<float>() + mean.numel());
    for (std::int64_t patch = 0; patch < scores.size(0); ++patch) {
      const float* row = scores.data_ptr<float>() + patch * scores.size(1);
      answer.frames.emplace_back(row, row + scores.size(1));
    }
    return answer;
  }
  const std::vector<std::string>& class_names() const override { return loaded_.class_names; }
  double patch_hop_seconds() const override { return hop_seconds(loaded_.patch_hop_frames); }

 private:
  yamnet::LoadedModule loaded_;
  torch::Device device_;
};

}  // namespace

std::unique_ptr<Listener> Listener::load(const std::filesystem::path& file, const torch::Device& device,
                                         const std::string& trusted_scores) {
  if (deploy::file_kind(file) == deploy::FileKind::yamnet) {
    return std::make_unique<YamnetListener>(yamnet::load_module(file, device), device);
  }
  return std::make_unique<TrainedListener>(load_model(file, device, trusted_scores));
}

}  // namespace soundfold::apps
