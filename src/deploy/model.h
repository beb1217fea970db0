// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "frontend/recipe.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::deploy {

class ForeignModel;

/// What the numbers of a foreign model are; the file cannot be asked.
enum class ForeignScores {
  logits,        ///< of classes of which one holds; softmax gives their probabilities
  probabilities  ///< of each class by itself, 0 to 1
};

/// An exported model, loaded and verified.
class Model {
 public:
  /// Loads model.pt, verifies metadata, format version and the digest of its tensors, moves it to `device` and warms it
  /// up. Throws DataError: missing, truncated, no Soundfold metadata, newer version, damaged.
  /// Never load a TorchScript file from a source you do not trust: it is a program.
  static Model load(const std::filesystem::path& path, const torch::Device& device);

  /// Loads a TorchScript file without Soundfold's metadata whose maker the caller trusts: loading and calling it runs
  /// code from it. Its forward(waveform [N], or [1, N]) gives scores [K] or [P, K], or a tuple that begins with them;
  /// it is called once, on silence, to see which. Classes are named by its attribute class_names, or "class 0" and so
  /// on. Throws DataError: missing, truncated, damaged, not of that form.
  static Model load_foreign(const std::filesystem::path& path, const torch::Device& device, ForeignScores scores);

  /// What one waveform gave. K classes, P patches.
  struct Result {
    std::vector<float> logits;                      ///< [K] clip logits
    std::vector<float> probabilities;               ///< [K]; of files of format version 1 before the temperature
    std::vector<std::vector<float>> window_logits;  ///< [P][K]
    std::vector<float> silence_scores;              ///< [P] scores for Silence; empty without a class of that name
    std::vector<std::vector<float>> window_scores;  ///< [P][S] of the backbone, when appends_backbone()
    std::vector<float> backbone_scores;  ///< [S] means over the patches, of backbone_class_names(); may be empty
  };
  /// Classifies a mono waveform, at input().sample_rate_hz, of any length. Throws DataError for an empty one, and for
  /// what a foreign model cannot do. A foreign model's clip is the mean of its rows; logits of its probabilities p are
  /// log(p / (1 - p)).
  Result classify(const std::vector<float>& waveform) const;

  /// What a waveform's blocks so far come to; empty at first.
  using State = c10::List<torch::Tensor>;
  /// False for a foreign model, and for files of Soundfold 0.1 from before there were blocks: they take whole
  /// waveforms.
  bool takes_blocks() const { return takes_blocks_; }
  /// Takes the next block, which begins where a patch begins (frontend/patch_blocks.h), into `state`, and gives what
  /// is of its patches; the clip's own values stay empty. Several threads may call it, each with its state. Throws
  /// DataError.
  Result accumulate(State& state, const float* samples, std::size_t count) const;
  /// The clip's logits [K], equal (within 1e-5) to classify's of the whole waveform. Throws DataError.
  std::vector<float> finish(const State& state) const;

  const std::vector<std::string>& class_names() const { return class_names_; }
  /// The S classes of the backbone's own classifier, which is in the file; empty for a foreign model.
  const std::vector<std::string>& backbone_class_names() const { return backbone_class_names_; }
  const nlohmann::json& metadata() const { return metadata_; }
  bool multi_label() const { return multi_label_; }
  /// Whether classifiers answer the backbone's classes too (runtime/appended_classes.h); class_names() are the model's.
  bool appends_backbone() const { return appends_backbone_; }
  /// The exported module, to be looked at; an empty one for a foreign model.
  const torch::jit::Module& module() const { return module_; }
  /// Step between patches in frames (YAMNet's have 10 ms); 0 when not known (a foreign model).
  int patch_hop_frames() const { return patch_hop_frames_; }
  /// What the backbone takes; YAMNet's for a foreign model.
  const frontend::InputRecipe& input() const { return input_; }
  bool is_foreign() const { return foreign_ != nullptr; }
  /// False for a foreign model whose classes had to be numbered.
  bool names_are_known() const { return names_are_known_; }

 private:
  Model() = default;
  Result classify_foreign(const torch::Tensor& samples) const;

  torch::jit::Module module_;
  std::shared_ptr<ForeignModel> foreign_;
  std::string name_;  ///< the file, for messages
  torch::Device device_ = torch::kCPU;
  std::vector<std::string> class_names_, backbone_class_names_;
  nlohmann::json metadata_;
  bool multi_label_ = false;
  bool names_are_known_ = true;
  bool takes_blocks_ = false, appends_backbone_ = false;
  const char* window_logits_entry_ = "window_logits";
  std::int64_t silence_class_ = -1;  ///< column of the backbone's scores; below 0: none
  int patch_hop_frames_ = frontend::kPatchHopFrames;
  frontend::InputRecipe input_;
};

}  // namespace soundfold::deploy
