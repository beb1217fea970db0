// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/audio.h>
#include <soundfold/export.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace soundfold {

/// What to do with a model file that has no metadata of Soundfold's. Such a file is a program by its author, which runs
/// with your privileges: load it only from people you trust.
enum class ForeignModels {
  refuse,        ///< DataError
  logits,        ///< load it; its scores are logits of classes of which one holds
  probabilities  ///< load it; its scores are probabilities, 0 to 1, of each class by itself
};

struct ClassifierOptions {
  std::string device = "auto";  ///< auto (the first CUDA device, else the processor), cpu, cuda or cuda:N
  bool silence_gate = true;     ///< false: silent sound is given classes too
  ForeignModels foreign_models = ForeignModels::refuse;
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
/// Gets the windows in order, as soon as each is complete.
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

/// A trained model from waveforms to classes: a model.pt of trainer's, or a yamnet.pt of importer's (YAMNet's own
/// classes, each by itself). One object serves one thread at a time; share() gives another thread its own. It sets no
/// thread count: docs/library.md says how many threads LibTorch takes.
class SOUNDFOLD_API Classifier {
 public:
  /// Loads a model, checks it and runs it once. Throws DataError when the file is missing, damaged, of a newer version
  /// or not allowed, UsageError for a device that is not there.
  explicit Classifier(const std::filesystem::path& model, const ClassifierOptions& options = {});
  ~Classifier();
  Classifier(Classifier&& other) noexcept;
  Classifier& operator=(Classifier&& other) noexcept;

  /// The same model for another thread: it is in memory once. Several threads may call this at once.
  Classifier share() const;

  const std::vector<std::string>& class_names() const;  ///< [K]
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

  /// Classifies a sound file, by default mixed to mono as in training. Throws as load_audio and classify do.
  Classification classify_file(const std::filesystem::path& path);
  Classification classify_file(const std::filesystem::path& path, const AudioOptions& options);

  /// The same window by window; memory does not grow with the file (but for foreign models, which need all of it). What
  /// `consume` throws passes through.
  ClipResult stream_file(const std::filesystem::path& path, const WindowConsumer& consume);
  ClipResult stream_file(const std::filesystem::path& path, const WindowConsumer& consume, const AudioOptions& options);

 private:
  struct Impl;
  explicit Classifier(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace soundfold
