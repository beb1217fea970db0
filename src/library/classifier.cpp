// SPDX-License-Identifier: Apache-2.0
#include "audio/mono_stream.h"
#include "audio/waveform.h"
#include "library/internal/decode_options.h"
#include "library/internal/engine_precision.h"
#include "library/make_classifier.h"
#include "library/samples.h"
#include "runtime/load_classifier.h"
#include "support/errors.h"

#include <soundfold/classifier.h>

#include <fstream>
#include <utility>

namespace soundfold {
namespace {

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

ClipResult public_clip(const evaluation::DecisionRule& rule, runtime::Clip clip) {
  auto answer = public_answer(rule, clip.probabilities, clip.silent);
  return {clip.seconds,     std::move(clip.probabilities), std::move(clip.logits), clip.level_dbfs, clip.silent,
          std::move(answer)};
}

runtime::WindowConsumer giving_to(WindowConsumer consume) {
  if (!consume) return {};
  return [consume = std::move(consume)](const runtime::Window& window) {
    consume({window.start_s, window.end_s, window.probabilities, window.logits, window.level_dbfs, window.silent});
  };
}

std::shared_ptr<const runtime::Classifier> load_model(const std::filesystem::path& file,
                                                      const ClassifierOptions& options) {
  std::ifstream in(file, std::ios::binary);
  if (in.get() == 'P' && in.get() == 'K') {
    throw DataError(file.string() +
                    ": a TorchScript file (or another zip), which needs LibTorch: give the model.safetensors that "
                    "trainer writes beside it, or load it with load_torchscript_model of libsoundfold_torch");
  }
  auto model = runtime::load_classifier(file, engine_precision(options.precision));
  if (!options.silence_gate) model->disable_silence_gate();
  return model;
}

}  // namespace

/// All within the class: what is inline is not exported.
struct Classifier::Impl {
  explicit Impl(std::shared_ptr<const runtime::Classifier> loaded)
      : model(std::move(loaded)), decision(public_decision(model->rule())) {
    audio.channels = public_channels(model->channels());
  }

  /// Classifies what `feed` pushes into the pass that it gets.
  template <typename Feed>
  ClipResult run(const Feed& feed, WindowConsumer consume) const {
    const auto pass = model->start(giving_to(std::move(consume)));
    feed(*pass);
    return public_clip(model->rule(), pass->finish());
  }

  ClipResult run_file(const std::filesystem::path& path, WindowConsumer consume, const AudioOptions& options) const {
    const auto decoding = decode_options(options, model->sample_rate_hz());
    const auto feed = [&](runtime::Pass& pass) {
      audio::stream_waveform(
          path, [&](const float* samples, std::size_t count) { pass.push(samples, count); }, decoding);
    };
    return run(feed, std::move(consume));
  }

  template <typename Run>
  static Classification collect(const Run& run) {
    Classification all;
    all.clip = run([&](const WindowResult& window) { all.windows.push_back(window); });
    return all;
  }

  std::shared_ptr<const runtime::Classifier> model;
  Decision decision;
  AudioOptions audio;
};

struct SoundStream::Impl {
  Impl(std::shared_ptr<const runtime::Classifier> loaded, const SampleFormat& given, const AudioOptions& options,
       WindowConsumer consume)
      : model(std::move(loaded)),
        channels(static_cast<std::size_t>(given.channels)),
        pass(model->start(giving_to(std::move(consume)), runtime::Pace::at_once)),
        mono({given.sample_rate_hz, given.channels},
             audio::chosen_channel(decode_options(options, model->sample_rate_hz()).channels), model->sample_rate_hz(),
             [this](const float* samples, std::size_t count) { pass->push(samples, count); }) {}

  std::shared_ptr<const runtime::Classifier> model;
  std::size_t channels;
  std::unique_ptr<runtime::Pass> pass;
  audio::MonoStream mono;
  bool has_samples = false;
  bool finished = false;
};

SoundStream::SoundStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SoundStream::~SoundStream() = default;
SoundStream::SoundStream(SoundStream&& other) noexcept = default;
SoundStream& SoundStream::operator=(SoundStream&& other) noexcept = default;

void SoundStream::push(const float* samples, std::size_t frames) {
  if (impl_->finished) throw UsageError("push: the stream was finished");
  if (frames == 0) return;
  check_samples("push", samples, frames * impl_->channels);
  impl_->has_samples = true;
  impl_->mono.push(samples, frames);
}

ClipResult SoundStream::finish() {
  if (impl_->finished) throw UsageError("finish: the stream was finished before");
  if (!impl_->has_samples) throw UsageError("finish: the stream has no samples");
  impl_->finished = true;
  impl_->mono.finish();
  return public_clip(impl_->model->rule(), impl_->pass->finish());
}

Classifier ClassifierMaker::make(std::shared_ptr<const runtime::Classifier> model) {
  return Classifier(std::make_unique<Classifier::Impl>(std::move(model)));
}

const runtime::Classifier& ClassifierMaker::model_of(const Classifier& classifier) {
  return *classifier.impl_->model;
}

Classifier::Classifier(const std::filesystem::path& model, const ClassifierOptions& options)
    : impl_(std::make_unique<Impl>(load_model(model, options))) {}

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
  const auto feed = [&](runtime::Pass& pass) { pass.push(samples, count); };
  return Impl::collect([&](WindowConsumer consume) { return impl_->run(feed, std::move(consume)); });
}

Classification Classifier::classify(const float* samples, std::size_t frames, const SampleFormat& format) {
  return Impl::collect([&](const WindowConsumer& consume) { return classify(samples, frames, format, consume); });
}

ClipResult Classifier::classify(const float* samples, std::size_t frames, const SampleFormat& format,
                                const WindowConsumer& consume) {
  const audio::SampleFormat given{format.sample_rate_hz, format.channels};
  const auto decoding = decode_options(impl_->audio, sample_rate_hz());
  const auto channel = audio::chosen_channel(decoding.channels, samples, samples == nullptr ? 0 : frames, given);
  check_samples("classify", samples, frames * static_cast<std::size_t>(format.channels));
  const auto feed = [&](runtime::Pass& pass) {
    audio::MonoStream mono(given, channel, decoding.sample_rate_hz,
                           [&](const float* values, std::size_t count) { pass.push(values, count); });
    mono.push(samples, frames);
    mono.finish();
  };
  return impl_->run(feed, consume);
}

SoundStream Classifier::stream(const SampleFormat& format, WindowConsumer consume) const {
  return stream(format, std::move(consume), impl_->audio);
}

SoundStream Classifier::stream(const SampleFormat& format, WindowConsumer consume, const AudioOptions& options) const {
  return SoundStream(std::make_unique<SoundStream::Impl>(impl_->model, format, options, std::move(consume)));
}

Classification Classifier::classify_file(const std::filesystem::path& path) {
  return classify_file(path, impl_->audio);
}

Classification Classifier::classify_file(const std::filesystem::path& path, const AudioOptions& options) {
  return Impl::collect([&](WindowConsumer consume) { return impl_->run_file(path, std::move(consume), options); });
}

ClipResult Classifier::stream_file(const std::filesystem::path& path, const WindowConsumer& consume) {
  return stream_file(path, consume, impl_->audio);
}

ClipResult Classifier::stream_file(const std::filesystem::path& path, const WindowConsumer& consume,
                                   const AudioOptions& options) {
  return impl_->run_file(path, consume, options);
}

}  // namespace soundfold
