// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "evaluation/calibration.h"
#include "frontend/recipe.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::deploy {

/// What was found in one window of a waveform. K classes.
struct Window {
  double start_s = 0, end_s = 0;
  std::vector<double> probabilities;  ///< [K], with the model's temperature
  float level_dbfs = 0;               ///< root-mean-square level of the samples in the window
  bool silent = false;                ///< as the model's silence gate decides
  std::vector<float> logits = {};     ///< [K], before the temperature; empty for YAMNet itself, which gives scores
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

/// One waveform on its way through a model, in memory that does not grow with its length: push() its samples (mono,
/// at input().sample_rate_hz) in pieces of any size, then finish() once. Windows are given as soon as they are
/// complete, in order. Belongs to one thread. Throws DataError when the model fails.
class Pass {
 public:
  virtual ~Pass() = default;
  virtual void push(const float* samples, std::size_t count) = 0;
  virtual Clip finish() = 0;
};

/// Turns sound into classes: an exported model, a backbone itself (YAMNet: its 521 classes), or a foreign model,
/// distinguished by their metadata. Does not change once it is loaded: several threads may have passes on their way.
class Classifier {
 public:
  /// `trusted_scores` as for load_model. Throws DataError when the file is none of these, may not be loaded, or
  /// is damaged.
  static std::unique_ptr<Classifier> load(const std::filesystem::path& file, const torch::Device& device,
                                          const std::string& trusted_scores);
  virtual ~Classifier() = default;

  /// A new waveform. `consume` gets its windows; none when window_hop_seconds() is 0.
  std::unique_ptr<Pass> start(WindowConsumer consume) const;

  virtual const std::vector<std::string>& class_names() const = 0;
  /// What the model's backbone takes; YAMNet's for a foreign model.
  const frontend::InputRecipe& input() const { return input_; }
  /// From the start of one window to the next; 0 when not known (a foreign model).
  virtual double window_hop_seconds() const = 0;
  /// False for models that need a whole waveform in memory: foreign ones, and those exported by older versions.
  virtual bool takes_blocks() const = 0;
  /// Length of a window: 0.96 s with YAMNet.
  double window_seconds() const {
    return static_cast<double>(input_.patch_frames) * input_.hop_samples / input_.sample_rate_hz;
  }
  /// Each class by its own sigmoid; otherwise the probabilities add up to 1.
  virtual bool is_multi_label() const = 0;
  int sample_rate_hz() const { return input_.sample_rate_hz; }
  /// Exactly one class is the answer, and each sound is given one: the model has no negative class.
  virtual bool is_closed_set() const = 0;
  /// How its training clips of several channels became mono, for audio::channels_named.
  virtual std::string channels() const { return "mean"; }
  /// How probabilities become answers.
  const evaluation::DecisionRule& rule() const { return rule_; }
  void disable_silence_gate() { rule_.silence_gate.reset(); }

 protected:
  /// What a model makes of consecutive blocks of one waveform (frontend/patch_blocks.h). P patches.
  class Reader {
   public:
    struct Rows {
      std::vector<std::vector<double>> probabilities;  ///< [P][K]; of a foreign model as many as it gives
      std::vector<float> silence_scores;               ///< [P] for the backbone's class Silence; empty: it has none
      std::vector<std::vector<float>> logits;          ///< [P][K]; empty: it has none
    };
    virtual ~Reader() = default;
    virtual Rows add(const float* samples, std::size_t count) = 0;
    /// Of the clip.
    struct Whole {
      std::vector<double> probabilities;  ///< [K]
      std::vector<float> logits;          ///< [K] or empty
    };
    virtual Whole whole() = 0;
  };
  class BlockPass;

  virtual std::unique_ptr<Reader> reader() const = 0;
  virtual int patch_hop_frames() const = 0;

  double hop_seconds(int frames) const {
    return static_cast<double>(frames) * input_.hop_samples / input_.sample_rate_hz;
  }

  evaluation::DecisionRule rule_;
  frontend::InputRecipe input_;  ///< of the backbone
};

}  // namespace soundfold::deploy
