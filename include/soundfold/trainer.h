// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/export.h>
#include <soundfold/metrics.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace soundfold {

/// What one epoch gave. Losses are means over samples; accuracies are fractions. A head that is trained on frames
/// counts frames, others clips. Validation values are NaN without validation data.
struct EpochReport {
  std::string training;    ///< which of several trainings: "seed 1, test fold 3"; empty when there is one
  std::int64_t epoch = 0;  ///< from 1
  double loss = 0, accuracy = 0;
  double validation_loss = 0, validation_accuracy = 0;
  double validation_clip_accuracy = 0;  ///< always over clips
  double learning_rate = 0;
  double seconds = 0;
  bool best = false;  ///< the best so far by the early stopping's metric
};

/// Called after each epoch and its checkpoint, one call at a time, on a thread of the training. False stops the
/// training, which can be resumed. It must not call the library; what it throws ends the training and passes through.
using EpochCallback = std::function<bool(const EpochReport& report)>;

/// One of `config`, `yaml` and `resume` is given.
struct TrainingOptions {
  std::filesystem::path config;        ///< the experiment, a YAML file (docs/configuration.md)
  std::string yaml;                    ///< the experiment as text; relative paths in it start at the working directory
  std::filesystem::path resume;        ///< folder of an interrupted run, which is continued
  std::vector<std::string> overrides;  ///< "key=value", such as "training.epochs=5", "run.folder=/data/runs"
  int jobs = 0;                        ///< trainings in parallel, of a cross-validation or sweep; 0: run.threads
  bool skip_finished = false;  ///< do nothing when the latest finished run had the same settings, data and weights
  EpochCallback on_epoch;
  const std::atomic<bool>* stop = nullptr;  ///< becomes true, set by any thread: stop soon
};

struct TrainingResult {
  bool stopped = false;              ///< by on_epoch or stop; `problem` says where, and only run_folder may be set
  bool was_finished = false;         ///< skip_finished found it finished
  std::filesystem::path run_folder;  ///< what TrainingOptions::resume takes; empty when stopped before there was one
  /// The exported model; empty when none was made (a cross-validation with no final model).
  std::filesystem::path model;
  std::int64_t epochs_run = 0, best_epoch = 0;  ///< of one training; 0 of several
  bool stopped_early = false;
  /// Of the test clips; of a cross-validation those of all rounds together. Nothing without a test split.
  std::optional<Metrics> test;
  /// One line when the exported model is not what was trained: it has another name and the run counts as unfinished.
  /// Otherwise, and when not stopped, empty.
  std::string problem;
  std::string summary;  ///< what the program `trainer` prints, several lines
  std::string json;     ///< the run's result.json (docs/runs.md)
};

/// Trains, tests and exports what one YAML file describes, as the program `trainer` does, into a folder of its own
/// (run.folder). Prints nothing, handles no signal. Uses run.threads threads. During the call LibTorch uses one thread
/// in each of them, whose number is of the whole process and is put back at the end: docs/library.md. Throws UsageError
/// for mistakes in the options or the experiment, DataError for faults in data, weights and files, and when training
/// diverges.
SOUNDFOLD_API TrainingResult train(const TrainingOptions& options);

enum class EvaluatedClips {
  test,
  train,
  validation,
  all  ///< of every split; always so with `folder`
};

/// `model` or `run` is given.
struct EvaluationOptions {
  std::filesystem::path model;   ///< a model.pt
  std::filesystem::path run;     ///< folder of a finished run: its model
  std::filesystem::path config;  ///< an experiment whose data replace the model's own
  std::filesystem::path folder;  ///< or all clips of a folder with one folder for each class
  EvaluatedClips clips = EvaluatedClips::test;
  std::vector<std::string> overrides;  ///< "key=value" of the experiment's data, folds and seed
  std::string device = "auto";         ///< as of TorchscriptOptions
  int threads = 0;                     ///< 0: the processors this process may use
};

/// A model's answer to one labelled clip. K classes.
struct ClipPrediction {
  std::string clip;                   ///< its id: the path within its data set
  std::vector<std::int64_t> labels;   ///< indices of class names, ascending
  std::vector<float> logits;          ///< [K]
  std::vector<double> probabilities;  ///< [K], without the model's temperature
};

struct EvaluationResult {
  std::filesystem::path model;  ///< the file that was evaluated
  std::vector<std::string> class_names;
  Metrics clips, windows;
  std::vector<ClipPrediction> predictions;  ///< of the clips that could be read
  std::string text;                         ///< what the program `evaluator` prints, several lines
  std::string json;                         ///< the same for machines
};

/// Runs labelled clips through an exported model, from the sound files on, and measures. Prints nothing; threads as of
/// train(). Throws UsageError for options that do not fit together, DataError for faults in model and files.
SOUNDFOLD_API EvaluationResult evaluate(const EvaluationOptions& options);

}  // namespace soundfold
