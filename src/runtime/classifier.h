// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/calibration.h"
#include "events/event_rule.h"
#include "frontend/recipe.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Sound to classes, whatever runs the model: the runtime (load_classifier.h) or LibTorch (deploy/classifier.h).
namespace soundfold::runtime {

/// What was found in one window of a waveform. K classes.
struct Window {
  double start_s = 0, end_s = 0;
  std::vector<double> probabilities;  ///< [K], with the model's temperature
  float level_dbfs = 0;               ///< root-mean-square level of the samples in the window
  bool silent = false;                ///< as the model's silence gate decides
  std::vector<float> logits = {};     ///< [K], before the temperature; empty for a backbone itself, which gives scores
};

/// What was found in a whole waveform.
struct Clip {
  double seconds = 0;
  std::vector<double> probabilities;  ///< [K]
  float level_dbfs = 0;               ///< of its loudest window
  bool silent = true;                 ///< all its windows are
  std::vector<float> logits = {};     ///< [K], as of a window
};

using WindowConsumer = std::function<void(const Window&)>;

/// When windows are given: in_blocks, many together, which is fastest; or at_once, each as soon as its last sample is
/// there, for live sound.
enum class Pace { in_blocks, at_once };

/// One waveform on its way through a model, in memory that does not grow with its length: push() its samples (mono,
/// at input().sample_rate_hz) in pieces of any size, then finish() once. Windows are given in order. Belongs to one
/// thread, and its classifier must outlive it. Throws DataError when the model fails, and for samples that are not
/// finite or beyond 100.
class Pass {
 public:
  virtual ~Pass() = default;
  virtual void push(const float* samples, std::size_t count) = 0;
  virtual Clip finish() = 0;
};

/// Turns sound into classes: a trained model, a backbone itself (YAMNet: its 521 classes), or a foreign model. Does not
/// change once it is loaded: several threads may have passes on their way.
class Classifier {
 public:
  virtual ~Classifier() = default;

  /// Another one of the same model, whose rules and hop may be set without changing this one's; the network is in
  /// memory once. Several threads may call this at once.
  virtual std::unique_ptr<Classifier> copy() const = 0;

  /// A new waveform. `consume` gets its windows; none when window_hop_seconds() is 0.
  virtual std::unique_ptr<Pass> start(WindowConsumer consume, Pace pace = Pace::in_blocks) const = 0;

  virtual const std::vector<std::string>& class_names() const = 0;
  /// What the model's backbone takes; YAMNet's for a foreign model.
  const frontend::InputRecipe& input() const { return input_; }
  /// From the start of one window to the next; 0 when not known (a foreign model).
  virtual double window_hop_seconds() const = 0;
  /// False for models that need a whole waveform in memory: foreign ones, and those exported by older versions.
  virtual bool takes_blocks() const { return true; }
  /// Length of a window: 0.96 s with YAMNet; of a backbone whose patches have several rows, that of a row.
  double window_seconds() const { return hop_seconds(input_.frames_of_row()); }
  /// The last so many of class_names() are the backbone's own, behind the model's (head.append: backbone); mostly 0.
  std::size_t appended_count() const { return rule_.appended; }
  /// As if the model answered its own classes only.
  void leave_out_appended() { rule_.appended = 0; }
  /// Each class by its own sigmoid, or classes are appended; otherwise the probabilities add up to 1.
  virtual bool is_multi_label() const = 0;
  int sample_rate_hz() const { return input_.sample_rate_hz; }
  /// Exactly one class is the answer, and each sound is given one: the model has no negative class.
  virtual bool is_closed_set() const { return !is_multi_label() && !rule_.negative_class; }
  /// How its training clips of several channels became mono, for audio::channels_named.
  virtual std::string channels() const { return "mean"; }
  /// How probabilities become answers.
  const evaluation::DecisionRule& rule() const { return rule_; }
  void disable_silence_gate() { rule_.silence_gate.reset(); }
  /// When windows are events: as fitted, else events::default_event_rules().
  events::EventRules event_rules() const;
  /// Throws UsageError when they are not for these classes or out of range.
  void set_event_rules(events::EventRules rules);
  /// Windows of later passes start this far apart; `hop_s` is a multiple of input().hop_samples. Throws UsageError for
  /// another hop, and for a model whose hop is part of it (a TorchScript file, or rows that are time columns).
  virtual void set_window_hop(double hop_s);

 protected:
  double hop_seconds(int frames) const {
    return static_cast<double>(frames) * input_.hop_samples / input_.sample_rate_hz;
  }

  /// Answers the classes of the backbone behind `own`, as the metadata of a model say (appended_classes.h).
  void append_classes(const std::vector<std::string>& own, const std::vector<std::string>& backbone);
  /// `own`, or those with the appended ones.
  const std::vector<std::string>& names_behind(const std::vector<std::string>& own) const {
    return rule_.appended > 0 ? all_names_ : own;
  }

  evaluation::DecisionRule rule_;
  std::optional<events::EventRules> event_rules_;
  frontend::InputRecipe input_;  ///< of the backbone

 private:
  std::vector<std::string> all_names_;  ///< with those of the backbone, where they are appended
};

/// Makes windows and the clip of what a model gives of each patch of a waveform, in order. Appended classes come
/// behind: of a window the backbone's scores p, of a clip their means, with logits log(p / (1 - p)).
class WindowGiver {
 public:
  /// `classifier` must outlive it.
  WindowGiver(const Classifier& classifier, WindowConsumer consume);

  struct Patch {
    float level_dbfs = 0;
    std::optional<double> silence_score;               ///< for the backbone's class Silence; nothing: it has none
    std::optional<std::vector<double>> probabilities;  ///< [K]; nothing: the model gives none of single patches
    std::vector<float> logits;                         ///< [K] or empty
    std::vector<float> backbone_scores = {};           ///< [S] where the model appends these classes
  };
  /// `sample_count`: of the waveform so far.
  void add(Patch patch, std::int64_t sample_count);

  /// The clip of `sample_count` samples, with the values of the whole.
  Clip finish(std::int64_t sample_count, std::vector<double> probabilities, std::vector<float> logits);

 private:
  bool silent(const Patch& patch) const;
  void append_scores(Patch& patch);
  double seconds(std::int64_t sample_count) const;

  const Classifier& classifier_;
  WindowConsumer consume_;
  Clip clip_;
  std::int64_t patches_ = 0;
  std::vector<double> score_sums_;  ///< [S] of the appended classes
};

}  // namespace soundfold::runtime
