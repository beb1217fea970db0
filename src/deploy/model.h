#pragma once

#include <nlohmann/json.hpp>
#include <torch/script.h>

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::deploy {

/// An exported model, loaded and verified.
class Model {
 public:
  /// Loads model.pt, verifies metadata, format version and the digest of its tensors, moves it to `device` and warms it
  /// up. Throws DataError: missing, cut off, no Soundfold metadata, newer version, damaged.
  /// Never load a TorchScript file from a source you do not trust: it is a program.
  static Model load(const std::filesystem::path& path, const torch::Device& device);

  /// What one waveform gave. K classes, P patches.
  struct Result {
    std::vector<float> logits;                     ///< [K] clip logits
    std::vector<float> probabilities;              ///< [K]
    std::vector<std::vector<float>> frame_logits;  ///< [P][K]
  };
  /// Classifies a 16 kHz mono waveform of any length. Throws DataError for an empty one.
  Result classify(const std::vector<float>& waveform);

  const std::vector<std::string>& class_names() const { return class_names_; }
  const nlohmann::json& metadata() const { return metadata_; }
  bool multi_label() const { return multi_label_; }
  int patch_hop_frames() const { return patch_hop_frames_; }

 private:
  Model() = default;
  torch::jit::Module module_;
  std::string name_;  ///< the file, for messages
  torch::Device device_ = torch::kCPU;
  std::vector<std::string> class_names_;
  nlohmann::json metadata_;
  bool multi_label_ = false;
  int patch_hop_frames_ = 48;
};

}  // namespace soundfold::deploy
