#pragma once

#include <torch/script.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "training/head.h"
#include "yamnet/module.h"

namespace soundfold::deploy {

/// Format of the exported file; a reader refuses newer ones.
inline constexpr int kModelFormatVersion = 1;

/// Builds the one-file model as unfrozen TorchScript. K classes, P patches.
///   forward(waveform [N] or [B, N] float32 at 16 kHz) -> logits [K] or [B, K]: a clip's logits (frame pooling: the mean
///     over frames of the frames' logits)
///   classify(waveform [N]) -> Dict[str, Tensor]: "classifier" [K] (the same as forward), "probabilities" [K] (softmax, or
///     sigmoid when multi-label), "frame_logits" [P, K], "embeddings" [P, E], "scores" [P, 521]
/// Attributes: class_names, sample_rate, multi_label, patch_hop_frames; metadata.json travels in the archive.
torch::jit::Module build_model(const yamnet::LoadedModule& backbone, training::Head head,
                               const std::vector<std::string>& class_names, bool multi_label);

/// What parity is checked on: a waveform's clip logits as the trainer has them.
struct ParityCase {
  std::string clip_id;
  std::vector<float> waveform;       ///< 16 kHz mono
  std::vector<float> trainer_logits; ///< [K]
};

/// Saves `model` with `metadata` (format version, digest of the tensors and creation facts are added) atomically, loads
/// it back from the disk, and compares its forward with the trainer's logits on every case. Throws DataError, leaving no
/// file at `path`, when the largest difference exceeds `tolerance`. Returns that difference.
double export_model(torch::jit::Module model, nlohmann::json metadata, const std::vector<ParityCase>& cases,
                    const std::filesystem::path& path, double tolerance = 1e-4);

}  // namespace soundfold::deploy
