// SPDX-License-Identifier: Apache-2.0
#include "deploy/classifier.h"

#include "audio/waveform.h"
#include "device/device.h"
#include "library/samples.h"
#include "library_torch/internal/calls.h"
#include "support/errors.h"

#include <soundfold/classifier.h>

#include <utility>

namespace soundfold {
namespace {

const char* trusted_scores(ForeignModels models) {
  switch (models) {
    case ForeignModels::refuse:
      return "";
    case ForeignModels::logits:
      return "logits";
    case ForeignModels::probabilities:
      return "probabilities";
  }
  return "";
}

/// Those of a model's metadata.
Channels public_channels(const std::string& name) {
  switch (audio::channels_named(name)) {
    case audio::Channels::mean:
      return Channels::mean;
    case audio::Channels::left:
      return Channels::left;
    case audio::Channels::right:
      return Channels::right;
    case audio::Channels::loudest:
      return Channels::loudest;
  }
  return Channels::mean;
}

Decision public_decision(const evaluation::DecisionRule& rule) {
  Decision decision;
  decision.temperature = rule.temperature;
  decision.thresholds = rule.thresholds;
  if (rule.negative_class) decision.negative_class = static_cast<std::int64_t>(*rule.negative_class);
  if (rule.silence_gate) decision.silence_gate = SilenceGate{rule.silence_gate->dbfs, rule.silence_gate->score};
  return decision;
}

Answer public_answer(const evaluation::DecisionRule& rule, const std::vector<double>& probabilities, bool silent) {
  auto answer = rule.answer(probabilities, silent);
  return {{answer.classes.begin(), answer.classes.end()}, std::move(answer.none)};
}

std::shared_ptr<const deploy::Classifier> load_model(const std::filesystem::path& file,
                                                     const ClassifierOptions& options) {
  avoid_wrong_onednn();
  auto model = deploy::Classifier::load(file, choose_device(options.device), trusted_scores(options.foreign_models));
  if (!options.silence_gate) model->disable_silence_gate();
  return model;
}

}  // namespace

/// All within the class: what is inline is not exported.
struct Classifier::Impl {
  Impl(std::shared_ptr<const deploy::Classifier> loaded, std::string file)
      : model(std::move(loaded)), name(std::move(file)), decision(public_decision(model->rule())) {
    audio.channels = public_channels(model->channels());
  }

  /// Classifies what `feed` pushes into the pass that it gets.
  template <typename Feed>
  ClipResult run(const Feed& feed, const WindowConsumer& consume) const {
    CallerFunctions functions;
    return library_call(name + ": classifying failed", functions, [&] {
      const auto pass = model->start([&](const deploy::Window& window) {
        functions.run([&] {
          consume(
              {window.start_s, window.end_s, window.probabilities, window.logits, window.level_dbfs, window.silent});
        });
      });
      feed(*pass);
      auto clip = pass->finish();
      auto answer = public_answer(model->rule(), clip.probabilities, clip.silent);
      return ClipResult{
          clip.seconds,     std::move(clip.probabilities), std::move(clip.logits), clip.level_dbfs, clip.silent,
          std::move(answer)};
    });
  }

  ClipResult run_file(const std::filesystem::path& path, const WindowConsumer& consume,
                      const AudioOptions& options) const {
    if (model->sample_rate_hz() != kSampleRateHz) {
      throw UsageError(name + " takes sound at " + std::to_string(model->sample_rate_hz()) +
                       " Hz, and files are read at " + std::to_string(kSampleRateHz) +
                       " Hz; give classify() samples at the model's rate");
    }
    const auto feed = [&](deploy::Pass& pass) {
      stream_audio(
          path, [&](const float* samples, std::size_t count) { pass.push(samples, count); }, options);
    };
    return run(feed, consume);
  }

  template <typename Run>
  static Classification collect(const Run& run) {
    Classification all;
    all.clip = run([&](const WindowResult& window) { all.windows.push_back(window); });
    return all;
  }

  std::shared_ptr<const deploy::Classifier> model;
  std::string name;  ///< the file, for messages
  Decision decision;
  AudioOptions audio;
};

Classifier::Classifier(const std::filesystem::path& model, const ClassifierOptions& options) {
  CallerFunctions none;
  impl_ = library_call(model.string() + ": loading failed", none,
                       [&] { return std::make_unique<Impl>(load_model(model, options), model.string()); });
}

Classifier::Classifier(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Classifier::~Classifier() = default;
Classifier::Classifier(Classifier&& other) noexcept = default;
Classifier& Classifier::operator=(Classifier&& other) noexcept = default;

Classifier Classifier::share() const {
  return Classifier(std::make_unique<Impl>(*impl_));
}

const std::vector<std::string>& Classifier::class_names() const {
  return impl_->model->class_names();
}

int Classifier::sample_rate_hz() const {
  return impl_->model->sample_rate_hz();
}

double Classifier::window_seconds() const {
  return impl_->model->window_seconds();
}

double Classifier::window_hop_seconds() const {
  return impl_->model->window_hop_seconds();
}

bool Classifier::is_multi_label() const {
  return impl_->model->is_multi_label();
}

const Decision& Classifier::decision() const {
  return impl_->decision;
}

const AudioOptions& Classifier::audio_options() const {
  return impl_->audio;
}

Answer Classifier::answer(const std::vector<double>& probabilities, bool silent) const {
  if (probabilities.size() != class_names().size()) {
    throw UsageError("answer: " + std::to_string(probabilities.size()) + " probabilities for " +
                     std::to_string(class_names().size()) + " classes");
  }
  return public_answer(impl_->model->rule(), probabilities, silent);
}

Classification Classifier::classify(const float* samples, std::size_t count) {
  check_samples("classify", samples, count);
  const auto feed = [&](deploy::Pass& pass) { pass.push(samples, count); };
  return Impl::collect([&](const WindowConsumer& consume) { return impl_->run(feed, consume); });
}

Classification Classifier::classify_file(const std::filesystem::path& path) {
  return classify_file(path, impl_->audio);
}

Classification Classifier::classify_file(const std::filesystem::path& path, const AudioOptions& options) {
  return Impl::collect([&](const WindowConsumer& consume) { return impl_->run_file(path, consume, options); });
}

ClipResult Classifier::stream_file(const std::filesystem::path& path, const WindowConsumer& consume) {
  return stream_file(path, consume, impl_->audio);
}

ClipResult Classifier::stream_file(const std::filesystem::path& path, const WindowConsumer& consume,
                                   const AudioOptions& options) {
  return impl_->run_file(path, consume, options);
}

}  // namespace soundfold
