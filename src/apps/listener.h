// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/calibration.h"

#include <torch/torch.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::apps {

/// What classifier listens with: an exported model, YAMNet itself, or a foreign model, told apart by their metadata.
class Listener {
 public:
  static constexpr double kPatchSeconds = 0.96;

  struct Answer {
    std::vector<double> probabilities;        ///< [K] of the whole clip, with the model's temperature
    std::vector<std::vector<double>> frames;  ///< [P][K] of each patch
  };

  /// `trusted_scores` as for load_model. Throws DataError when the file is none of these, may not be loaded, or is
  /// damaged.
  static std::unique_ptr<Listener> load(const std::filesystem::path& file, const torch::Device& device,
                                        const std::string& trusted_scores);
  virtual ~Listener() = default;

  virtual Answer listen(const std::vector<float>& waveform) = 0;
  virtual const std::vector<std::string>& class_names() const = 0;
  /// 0 when not known (a foreign model).
  virtual double patch_hop_seconds() const = 0;
  /// How the model's probabilities become answers; the default rule for YAMNet itself.
  const evaluation::DecisionRule& rule() const { return rule_; }

 protected:
  evaluation::DecisionRule rule_;
};

}  // namespace soundfold::apps
