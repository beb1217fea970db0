// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/audio.h>
#include <soundfold/export.h>
#include <soundfold/precision.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace soundfold {

struct ClassifierOptions {
  Precision precision = Precision::float32;  ///< int8 only of models whose network is the TFLite file's
  bool silence_gate = true;                  ///< false: silent sound is given classes too
};

/// When a window of sound is silence, of which no class is an answer.
struct SilenceGate {
  double dbfs = -60;   ///< level (RMS) below which a window is silent; -200 to 0
  double score = 0.5;  ///< score for the network's class Silence, where it has one, from which on it is silent too
};

/// How a model's probabilities become answers.
struct Decision {
  double temperature = 1;                      ///< logits are divided by it before softmax or sigmoid
  std::vector<double> thresholds;              ///< [K] least probability of each class; empty: none
  std::optional<std::int64_t> negative_class;  ///< the class that means "none of the others"; never in an answer
  std::optional<SilenceGate> silence_gate;     ///< nothing: any sound is given classes
};

/// The labels of a sound.
struct Answer {
  std::vector<std::int64_t> classes;  ///< indices of class names, most probable first; without thresholds every class
  std::string none;  ///< when there are none: "silence", "none of the classes", "nothing above its threshold"
};

/// What was found in one window of a waveform. K classes.
struct WindowResult {
  double start_s = 0, end_s = 0;      ///< from the beginning of the waveform
  std::vector<double> probabilities;  ///< [K], with the model's temperature
  std::vector<float> logits;          ///< [K], before the temperature; empty for YAMNet itself, which gives scores
  float level_dbfs = 0;               ///< RMS of the samples in the window; -120 at least, a full-scale sine has -3.01
  bool silent = false;                ///< as the silence gate decides
};
/// Gets the windows in order.
using WindowConsumer = std::function<void(const WindowResult& window)>;

/// What was found in a whole waveform.
struct ClipResult {
  double seconds = 0;
  std::vector<double> probabilities;  ///< [K]; these and the logits as of a window
  std::vector<float> logits;          ///< [K]
  float level_dbfs = 0;               ///< of its loudest window
  bool silent = true;                 ///< all its windows are
  Answer answer;
};

struct Classification {
  ClipResult clip;
  std::vector<WindowResult> windows;  ///< empty when window_hop_seconds() is 0
};

/// Samples in memory: interleaved, [frames, channels], within [-1, 1] as a rule.
struct SampleFormat {
  int sample_rate_hz = kSampleRateHz;  ///< 1 to 768,000; resampled to what the model takes
  int channels = 1;                    ///< 1 to 64; become mono as in training, unless said otherwise
};

/// Sound that arrives piece by piece, from a microphone or over a network, of any length: push() it, then finish() once
/// if it ends. A window is given as soon as its last sample is there. Belongs to one thread at a time, and may live
/// longer than the Classifier that made it.
class SOUNDFOLD_API SoundStream {
 public:
  ~SoundStream();
  SoundStream(SoundStream&& other) noexcept;
  SoundStream& operator=(SoundStream&& other) noexcept;

  /// `frames` samples of each channel. Throws UsageError when one is not finite or above 100, and after finish();
  /// DataError when the model fails. What the consumer of windows throws passes through. After an exception the stream
  /// can only be destroyed.
  void push(const float* samples, std::size_t frames);
  /// The whole, of at least one sample. Throws as push().
  ClipResult finish();

 private:
  friend class Classifier;
  struct Impl;
  explicit SoundStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A trained model from waveforms to classes: a model.safetensors of trainer's, on the processor, without LibTorch; or
/// a TorchScript model, which <soundfold/torchscript.h> loads. One object serves one thread at a time and works on that
/// thread alone; share() gives another thread its own.
class SOUNDFOLD_API Classifier {
 public:
  /// Reads a model and checks it. Throws DataError when the file is missing, damaged, of a newer version or of another
  /// kind, UsageError when the processor or the model does not allow the options.
  explicit Classifier(const std::filesystem::path& model, const ClassifierOptions& options = {});
  ~Classifier();
  Classifier(Classifier&& other) noexcept;
  Classifier& operator=(Classifier&& other) noexcept;

  /// The same model for another thread: it is in memory once. Several threads may call this at once.
  Classifier share() const;

  /// [K]; with head.append: backbone the model's own come first, then the backbone's.
  const std::vector<std::string>& class_names() const;
  /// Of the waveforms that it takes, in Hz.
  int sample_rate_hz() const;
  double window_seconds() const;      ///< length of a window: 0.96 s with YAMNet
  double window_hop_seconds() const;  ///< from the start of one window to the next; 0: not known (a foreign model)
  /// Each class has its own sigmoid; otherwise the probabilities add up to 1.
  bool is_multi_label() const;
  const Decision& decision() const;
  /// How files of several channels became mono in training.
  const AudioOptions& audio_options() const;
  /// What an array of probabilities [K], such as a window's, means by the decision. Throws UsageError for another size.
  Answer answer(const std::vector<double>& probabilities, bool silent) const;

  /// Classifies `count` mono samples at sample_rate_hz(), within [-1, 1] as a rule. Throws UsageError when there are
  /// none, or one is not finite or above 100; DataError when the model fails.
  Classification classify(const float* samples, std::size_t count);
  Classification classify(const std::vector<float>& waveform) { return classify(waveform.data(), waveform.size()); }

  /// The same of samples of any rate and number of channels.
  Classification classify(const float* samples, std::size_t frames, const SampleFormat& format);
  ClipResult classify(const float* samples, std::size_t frames, const SampleFormat& format,
                      const WindowConsumer& consume);  ///< window by window; `consume` may be empty

  /// Begins a waveform that arrives piece by piece. Of AudioOptions the channels count; the loudest of those still to
  /// come is not known, and their mean is taken. Throws UsageError for a rate or channels that are not allowed.
  SoundStream stream(const SampleFormat& format, WindowConsumer consume) const;
  SoundStream stream(const SampleFormat& format, WindowConsumer consume, const AudioOptions& options) const;

  /// Classifies a sound file, by default mixed to mono as in training. Throws as load_audio and classify do.
  Classification classify_file(const std::filesystem::path& path);
  Classification classify_file(const std::filesystem::path& path, const AudioOptions& options);

  /// The same window by window; memory does not grow with the file (but for foreign models, which need all of it). What
  /// `consume` throws passes through.
  ClipResult stream_file(const std::filesystem::path& path, const WindowConsumer& consume);
  ClipResult stream_file(const std::filesystem::path& path, const WindowConsumer& consume, const AudioOptions& options);

 private:
  friend struct ClassifierMaker;
  struct Impl;
  explicit Classifier(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace soundfold
