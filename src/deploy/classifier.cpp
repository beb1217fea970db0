// SPDX-License-Identifier: Apache-2.0
#include "deploy/classifier.h"

#include "deploy/internal/block_pass.h"
#include "deploy/load_model.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"
#include "yamnet/torch_errors.h"

#include <torch/csrc/jit/runtime/graph_executor.h>

#include <utility>

namespace soundfold::deploy {
namespace {

/// An exported or a foreign model.
class TrainedClassifier : public runtime::Classifier {
 public:
  explicit TrainedClassifier(Model model) : model_(std::move(model)) {
    rule_ = evaluation::DecisionRule::from_json(model_.metadata().value("decision", nlohmann::json()),
                                                model_.class_names());
    input_ = model_.input();
    if (model_.appends_backbone()) append_classes(model_.class_names(), model_.backbone_class_names());
  }

  const std::vector<std::string>& class_names() const override { return names_behind(model_.class_names()); }
  double window_hop_seconds() const override { return hop_seconds(input_.row_hop_frames(model_.patch_hop_frames())); }
  bool takes_blocks() const override { return model_.takes_blocks(); }
  bool is_multi_label() const override { return model_.multi_label() || appended_count() > 0; }
  std::string channels() const override {
    const auto given = model_.metadata().value("channels", nlohmann::json());
    return given.is_string() ? given.get<std::string>() : Classifier::channels();
  }
  std::unique_ptr<runtime::Classifier> copy() const override { return std::make_unique<TrainedClassifier>(*this); }
  std::unique_ptr<runtime::Pass> start(runtime::WindowConsumer consume, runtime::Pace pace) const override {
    return std::make_unique<BlockPass>(*this, reader(), patch_hop_frames(), std::move(consume), pace);
  }

 private:
  class BlockReader : public Reader {
   public:
    explicit BlockReader(const TrainedClassifier& classifier) : of_(classifier) {}
    Rows add(const float* samples, std::size_t count) override {
      return of_.rows(of_.model_.accumulate(state_, samples, count));
    }
    Whole whole() override { return of_.whole(of_.model_.finish(state_)); }

   private:
    const TrainedClassifier& of_;
    Model::State state_;
  };

  /// The one block is the whole waveform.
  class WholeReader : public Reader {
   public:
    explicit WholeReader(const TrainedClassifier& classifier) : of_(classifier) {}
    Rows add(const float* samples, std::size_t count) override {
      auto result = of_.model_.classify({samples, samples + count});
      logits_ = std::move(result.logits);
      return of_.rows(result);
    }
    Whole whole() override { return of_.whole(logits_); }

   private:
    const TrainedClassifier& of_;
    std::vector<float> logits_;
  };

  std::unique_ptr<Reader> reader() const {
    if (takes_blocks()) return std::make_unique<BlockReader>(*this);
    return std::make_unique<WholeReader>(*this);
  }
  /// Of a foreign model nothing is known; its levels are measured in YAMNet's windows.
  int patch_hop_frames() const {
    return model_.patch_hop_frames() > 0 ? model_.patch_hop_frames() : input_.patch_hop_frames;
  }

  Reader::Whole whole(std::vector<float> logits) const {
    auto probabilities = rule_.probabilities(logits, model_.multi_label());
    return {std::move(probabilities), std::move(logits)};
  }

  Reader::Rows rows(const Model::Result& result) const {
    Reader::Rows rows;
    for (const auto& logits : result.window_logits) {
      rows.probabilities.push_back(rule_.probabilities(logits, model_.multi_label()));
    }
    rows.silence_scores = result.silence_scores;
    rows.logits = result.window_logits;
    rows.scores = result.window_scores;
    return rows;
  }

  Model model_;
};

/// YAMNet itself: independent scores, their mean over the patches for the clip. It needs no gate: Silence is one of its
/// classes.
class YamnetClassifier : public runtime::Classifier {
 public:
  YamnetClassifier(yamnet::LoadedModule loaded, std::string name, const torch::Device& device)
      : loaded_(std::move(loaded)), name_(std::move(name)), device_(device) {
    input_ = loaded_.network.input;
  }

  const std::vector<std::string>& class_names() const override { return loaded_.class_names; }
  double window_hop_seconds() const override { return hop_seconds(input_.row_hop_frames(loaded_.patch_hop_frames)); }
  bool takes_blocks() const override { return !input_.centered; }  // pieces of a waveform would be mirrored, too
  bool is_multi_label() const override { return true; }
  std::unique_ptr<runtime::Classifier> copy() const override { return std::make_unique<YamnetClassifier>(*this); }
  std::unique_ptr<runtime::Pass> start(runtime::WindowConsumer consume, runtime::Pace pace) const override {
    return std::make_unique<BlockPass>(*this, std::make_unique<ScoreReader>(*this), loaded_.patch_hop_frames,
                                       std::move(consume), pace);
  }

 private:
  class ScoreReader : public Reader {
   public:
    explicit ScoreReader(const YamnetClassifier& classifier) : of_(classifier) {}
    Rows add(const float* samples, std::size_t count) override {
      const torch::Tensor scores = of_.scores(samples, count);
      sums_.resize(static_cast<std::size_t>(scores.size(1)));
      Rows rows;
      for (std::int64_t patch = 0; patch < scores.size(0); ++patch) {
        const float* row = scores.data_ptr<float>() + patch * scores.size(1);
        for (std::size_t k = 0; k < sums_.size(); ++k) sums_[k] += double{row[k]};
        rows.probabilities.emplace_back(row, row + scores.size(1));
      }
      patches_ += scores.size(0);
      return rows;
    }
    Whole whole() override {
      std::vector<double> mean = sums_;
      for (double& value : mean) value /= static_cast<double>(patches_);
      return {std::move(mean), {}};
    }

   private:
    const YamnetClassifier& of_;
    std::vector<double> sums_;
    std::int64_t patches_ = 0;
  };

  /// [P, classes] on the CPU.
  torch::Tensor scores(const float* samples, std::size_t count) const {
    return yamnet::with_plain_errors(name_ + ": classifying failed", [&] {
      const c10::InferenceMode no_gradients;
      const torch::jit::GraphOptimizerEnabledGuard no_graph_optimisation(false);
      const auto view =
          torch::from_blob(const_cast<float*>(samples), {static_cast<std::int64_t>(count)}, torch::kFloat32);
      const auto given = loaded_.module.get_method("forward")({view.to(device_)}).toTuple();
      return given->elements()[0].toTensor().cpu().contiguous();
    });
  }

  yamnet::LoadedModule loaded_;
  std::string name_;
  torch::Device device_;
};

}  // namespace

std::unique_ptr<runtime::Classifier> load_classifier(const std::filesystem::path& file, const torch::Device& device,
                                                     const std::string& trusted_scores) {
  if (file_kind(file) == FileKind::yamnet) {
    return std::make_unique<YamnetClassifier>(yamnet::load_module(file, device), file.string(), device);
  }
  return std::make_unique<TrainedClassifier>(load_model(file, device, trusted_scores));
}

}  // namespace soundfold::deploy
