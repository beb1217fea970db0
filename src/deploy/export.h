// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/silence_gate.h"
#include "training/head.h"
#include "yamnet/module.h"

#include <nlohmann/json.hpp>
#include <torch/script.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::deploy {

/// Format of the exported file; a reader refuses newer ones.
inline constexpr int kModelFormatVersion = 1;

/// Builds the one-file model as unfrozen TorchScript, on the CPU. K classes, P patches, E embedding values, S scores.
///   forward(waveform [N] or [B, N] float32 at 16 kHz) -> logits [K] or [B, K]: a clip's logits (frame pooling: the
///   mean
///     over frames of the frames' logits)
///   classify(waveform [N]) -> Dict[str, Tensor]: "classifier" [K] (the same as forward), "probabilities" [K] (softmax,
///   or
///     sigmoid when multi-label), "frame_logits" [P, K], "embeddings" [P, E], "scores" [P, S], "frame_levels" [P]
///     (dBFS), and by `gate` "frame_silent" [P] and "silent" [] (all of them), both bool
///   accumulate(state, waveform [N]) -> (state, frame_logits [P, K], scores [P, S]) and finish(state) -> logits [K]:
///   the
///     same in blocks that begin where a patch begins (frontend/patch_blocks.h); state is an empty list at first
/// Any length from one sample up; memory beside the waveform and the result stays flat.
/// Attributes: class_names, sample_rate, multi_label, patch_hop_frames, weights_digest (the backbone's), head_spec (as
/// JSON text), silence_gate (bool), silence_dbfs, silence_score, silence_class (a column of the scores, or -1);
/// metadata.json travels in the archive. Neither `backbone` nor `head` is changed or shared.
/// Throws UsageError when the head does not fit the backbone or the class names.
torch::jit::Module build_model(const yamnet::LoadedModule& backbone, training::Head head,
                               const std::vector<std::string>& class_names, bool multi_label,
                               const std::optional<evaluation::SilenceGate>& gate = evaluation::SilenceGate());

/// The column of `backbone`'s scores whose class is called Silence; -1 when it has none.
std::int64_t silence_class_of(const torch::jit::Module& backbone);

/// What parity is checked on: a waveform's clip logits as the trainer has them.
struct ParityCase {
  std::string clip_id;
  std::vector<float> waveform;        ///< 16 kHz mono
  std::vector<float> trainer_logits;  ///< [K]
};

/// Saves `model` with `metadata` (a JSON object; kind, format_version, created_by, libtorch, class_names, sample_rate,
/// multi_label, patch_hop_frames, head, weights_digest and tensors_digest are added, so they must not be in it), loads
/// it back from the disk, and compares its forward with the trainer's logits on every case. Only then does the file get
/// its name; `<path>.sha256` in sha256sum's format is written beside it. Equal models give equal bytes. Throws
/// DataError when the largest difference exceeds `tolerance` (or is no number), UsageError when there are no cases or
/// `metadata` holds one of our keys; a failed export leaves nothing new on the disk. Returns the largest difference.
double export_model(torch::jit::Module model, nlohmann::json metadata, const std::vector<ParityCase>& cases,
                    const std::filesystem::path& path, double tolerance = 1e-4);

}  // namespace soundfold::deploy
