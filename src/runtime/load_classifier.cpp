// SPDX-License-Identifier: Apache-2.0
#include "runtime/load_classifier.h"

#include "engines/onednn_engine.h"
#include "frontend/patch_stream.h"
#include "network/outputs.h"
#include "runtime/appended_classes.h"
#include "runtime/head.h"
#include "runtime/internal/worker.h"
#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace soundfold::runtime {
namespace {

constexpr float kLargestSample = 100;  ///< as an exported model takes

/// What passes need of a model.
struct Loaded {
  Head head;
  std::string name;  ///< the file, for messages
  bool multi_label = false;
  int patch_hop_frames = 0;
  std::optional<std::size_t> silence_class;  ///< of the backbone's classes
};

/// One waveform: samples to patches to frames of the head, some patches at a time.
class ModelPass : public Pass {
 public:
  ModelPass(const Classifier& classifier, const Loaded& model, Workers& workers, WindowConsumer consume, Pace pace)
      : classifier_(classifier),
        model_(model),
        workers_(workers),
        worker_(workers.take()),
        giver_(classifier, std::move(consume)),
        most_patches_(pace == Pace::at_once ? 1 : static_cast<std::size_t>(worker_->backbone->preferred_batch())),
        stream_(
            worker_->log_mel, [this](const frontend::Patch& patch) { add(patch); }, model.patch_hop_frames) {}
  ~ModelPass() override { workers_.put_back(std::move(worker_)); }
  ModelPass(const ModelPass&) = delete;
  ModelPass& operator=(const ModelPass&) = delete;

  void push(const float* samples, std::size_t count) override {
    check(samples, count);
    stream_.push(samples, count);
  }

  Clip finish() override {
    stream_.finish();
    flush();
    auto logits = model_.head.finish(pooled_);
    check_finite(logits.data(), logits.size());
    auto probabilities = classifier_.rule().probabilities(logits, model_.multi_label);
    return giver_.finish(stream_.sample_count(), std::move(probabilities), std::move(logits));
  }

 private:
  void check(const float* samples, std::size_t count) const {
    const auto fits = [](float x) { return std::abs(x) <= kLargestSample; };
    if (std::all_of(samples, samples + count, fits)) return;
    throw DataError(model_.name +
                    ": the waveform has samples that are not finite, or beyond 100; values from -1 to 1 are expected "
                    "(of int16, divide by 32768)");
  }

  void check_finite(const float* logits, std::size_t count) const {
    if (std::all_of(logits, logits + count, [](float x) { return std::isfinite(x); })) return;
    throw DataError(model_.name + ": logits that are not finite; the model is damaged");
  }

  /// All patches of a waveform have as many frames.
  void add(const frontend::Patch& patch) {
    worker_->patches.insert(worker_->patches.end(), patch.log_mel,
                            patch.log_mel + patch.frames * classifier_.input().mel_bands);
    const std::int64_t rows = classifier_.input().rows_of_patch(patch.frames);
    for (std::int64_t row = 0; row < rows; ++row) worker_->levels_dbfs.push_back(patch.level_of_row(row));
    rows_before_.push_back(patch.rows_before);
    if (rows_before_.size() >= most_patches_) flush();
  }

  void flush() {
    const std::size_t patch_count = rows_before_.size();
    if (patch_count == 0) return;
    auto& [backbone, log_mel, patches, levels_dbfs, embeddings, scores, frames, logits] = *worker_;
    const auto count = static_cast<std::int64_t>(patch_count);
    embeddings.resize(levels_dbfs.size() * static_cast<std::size_t>(backbone->embedding_size()));
    scores.resize(levels_dbfs.size() * static_cast<std::size_t>(backbone->class_count()));
    const auto patch_frames = static_cast<std::int64_t>(patches.size()) / count / classifier_.input().mel_bands;
    backbone->run_frames(patches.data(), count, patch_frames, embeddings.data(), scores.data());
    const std::int64_t rows = classifier_.input().rows_of_patch(patch_frames);
    for (auto* values : {&embeddings, &scores, &levels_dbfs}) frontend::keep_fresh_rows(*values, rows_before_, rows);
    logits.resize(levels_dbfs.size() * static_cast<std::size_t>(model_.head.spec().class_count));
    model_.head.add(head_input(levels_dbfs.size()), static_cast<std::int64_t>(levels_dbfs.size()), logits.data(),
                    pooled_);
    check_finite(logits.data(), logits.size());
    for (std::size_t i = 0; i < levels_dbfs.size(); ++i) give(i);
    patches.clear();
    levels_dbfs.clear();
    rows_before_.clear();
  }

  /// [count, D].
  const float* head_input(std::size_t count) {
    auto& worker = *worker_;
    const auto input = model_.head.spec().input;
    if (input == head_spec::HeadInput::embeddings) return worker.embeddings.data();
    if (input == head_spec::HeadInput::scores) return worker.scores.data();
    worker.frames.clear();
    const auto append = [&](const std::vector<float>& rows, std::size_t row) {
      const auto size = static_cast<std::ptrdiff_t>(rows.size() / count);
      const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(row) * size;
      worker.frames.insert(worker.frames.end(), begin, begin + size);
    };
    for (std::size_t row = 0; row < count; ++row) {
      append(worker.embeddings, row);
      append(worker.scores, row);
    }
    return worker.frames.data();
  }

  void give(std::size_t row) {
    const std::size_t patches = worker_->levels_dbfs.size(), classes = worker_->logits.size() / patches;
    WindowGiver::Patch patch;
    patch.level_dbfs = worker_->levels_dbfs[row];
    if (model_.silence_class) {
      patch.silence_score = worker_->scores[row * (worker_->scores.size() / patches) + *model_.silence_class];
    }
    const float* logits = worker_->logits.data() + row * classes;
    patch.logits.assign(logits, logits + classes);
    patch.probabilities = classifier_.rule().probabilities(patch.logits, model_.multi_label);
    if (const auto count = classifier_.appended_count(); count > 0) {
      const float* scores = worker_->scores.data() + row * count;
      patch.backbone_scores.assign(scores, scores + count);
    }
    giver_.add(std::move(patch), stream_.sample_count());
  }

  const Classifier& classifier_;
  const Loaded& model_;
  Workers& workers_;
  std::unique_ptr<Worker> worker_;
  WindowGiver giver_;
  std::size_t most_patches_;
  std::vector<std::int64_t> rows_before_;  ///< of each patch that waits
  Head::Pooled pooled_;
  frontend::PatchStream stream_;
};

class ModelClassifier : public Classifier {
 public:
  ModelClassifier(ModelFile model, const std::string& name, engines::Precision precision)
      : loaded_{Head(std::move(model.head)), name, model.multi_label, model.patch_hop_frames,
                network::silence_class(model.backbone.class_names)},
        class_names_(std::move(model.class_names)),
        channels_(std::move(model.channels)) {
    rule_ = std::move(model.decision);
    event_rules_ = std::move(model.event_rules);
    if (appends_backbone(model.metadata)) append_classes(class_names_, model.backbone.class_names);
    engines::BackboneOptions options;
    options.precision = precision;
    options.taps = std::move(model.taps);
    workers_ = std::make_shared<Workers>(
        engines::onednn_backbone(std::move(model.backbone), std::move(model.weights_digest), options));
    input_ = workers_->network().input();
  }

  std::unique_ptr<Classifier> copy() const override { return std::make_unique<ModelClassifier>(*this); }
  std::unique_ptr<Pass> start(WindowConsumer consume, Pace pace) const override {
    return std::make_unique<ModelPass>(*this, loaded_, *workers_, std::move(consume), pace);
  }
  const std::vector<std::string>& class_names() const override { return names_behind(class_names_); }
  double window_hop_seconds() const override { return hop_seconds(input_.row_hop_frames(loaded_.patch_hop_frames)); }
  void set_window_hop(double hop_s) override {
    if (input_.row_frames > 0) {
      throw UsageError("hop: " + fixed(hop_s, 3) + " s given; this model's rows are time columns, one every " +
                       fixed(window_hop_seconds(), 2) + " s, and no other hop is possible");
    }
    const double frame_s = hop_seconds(1), frames = hop_s / frame_s;
    if (!(frames > 0.5 && frames <= frontend::kMaxPatchHopFrames && std::abs(frames - std::round(frames)) < 1e-6)) {
      throw UsageError("hop: " + fixed(hop_s, 3) + " s given; a multiple of " + fixed(frame_s, 2) + " s up to " +
                       fixed(frame_s * frontend::kMaxPatchHopFrames, 2) + " s is allowed");
    }
    loaded_.patch_hop_frames = static_cast<int>(std::lround(frames));
  }
  bool is_multi_label() const override { return loaded_.multi_label || appended_count() > 0; }
  std::string channels() const override { return channels_; }

 private:
  Loaded loaded_;
  std::vector<std::string> class_names_;
  std::string channels_;
  std::shared_ptr<Workers> workers_;  ///< of all copies
};

}  // namespace

std::unique_ptr<Classifier> classifier_of(ModelFile model, const std::string& name, engines::Precision precision) {
  return std::make_unique<ModelClassifier>(std::move(model), name, precision);
}

std::unique_ptr<Classifier> load_classifier(const std::filesystem::path& path, engines::Precision precision) {
  return classifier_of(read_model_file(path), path.string(), precision);
}

}  // namespace soundfold::runtime
