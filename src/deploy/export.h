// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "evaluation/calibration.h"
#include "heads/head.h"
#include "weights/weights.h"
#include "yamnet/module.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::deploy {

/// Format of the exported file; a reader refuses newer ones. Version 1 has no decision in the graph: its probabilities
/// are before the temperature, and frame_logits, frame_levels and frame_silent are the names of what windows give.
inline constexpr int kModelFormatVersion = 2;

/// The most probable class, with the default silence gate.
evaluation::DecisionRule default_rule();

/// Builds the one-file model as unfrozen TorchScript, on the CPU. K classes, P patches, E embedding values, S scores.
///   forward(waveform [N] or [B, N] float32 at sample_rate, lengths [B] = None) -> logits [K] or [B, K]: a clip's
///   logits
///     (window pooling: the mean over windows of their logits); with lengths (whole numbers of samples) row b is its
///     first lengths[b] samples, as if it were alone
///   classify(waveform [N]) -> Dict[str, Tensor]: "classifier" [K] (the same as forward), by `rule` "probabilities" [K]
///     and "labels" [0 to K] (int64: the classes answered, most probable first), "window_logits" [P, K], "embeddings"
///     [P, E], "scores" [P, S], "window_levels" [P] (dBFS), "window_silent" [P] and "silent" [] (all of them), both
///     bool
///   classify_at(waveform [N] or [C, N], rate) -> the same of sound of another rate, C channels mixed by their mean
///   accumulate(state, waveform [N]) -> (state, window_logits [P, K], scores [P, S]) and finish(state) -> logits [K]:
///     the same in blocks that begin where a patch begins (frontend/patch_blocks.h); state is an empty list at first
///   labels() -> class_names and rate() -> sample_rate, for bindings that read no attributes
/// Any length from one sample up; memory beside the waveform and the result stays flat. They refuse samples that are
/// not finite or beyond 100, rows of a batch shorter than one frame, rates outside 1,000 to 768,000 Hz or without a
/// short ratio to sample_rate, and to compute with weights that are not float32.
/// torch::jit::freeze() and optimize_for_inference() may be applied, with LibTorch's graph optimiser on or off.
/// Attributes: class_names, sample_rate, multi_label, patch_hop_frames, weights_digest (the backbone's), head_spec (as
/// JSON text), temperature, thresholds (a list, empty: none), negative_class (-1: none), silence_gate (bool),
/// silence_dbfs, silence_score, silence_class (a column of the scores, or -1); metadata.json travels in the archive.
/// Neither `backbone` nor `head` is changed or shared.
/// Throws UsageError when the head does not fit the backbone or the class names, or the rule the classes.
torch::jit::Module build_model(const yamnet::LoadedModule& backbone, heads::Head head,
                               const std::vector<std::string>& class_names, bool multi_label,
                               const evaluation::DecisionRule& rule = default_rule());

/// The column of `backbone`'s scores whose class is called Silence; -1 when it has none.
std::int64_t silence_class_of(const torch::jit::Module& backbone);

/// A sound that an export is checked with: a waveform and the clip logits that the trainer has for it.
struct ParityCase {
  std::string clip_id;
  std::vector<float> waveform;        ///< mono, at the rate that the backbone takes
  std::vector<float> trainer_logits;  ///< [K]
};

/// What an export may differ by, as the largest difference of a logit.
struct ExportLimits {
  /// From the trained head on the exported network's own features: like with like, so only rounding is left.
  double head = 1e-4;
  /// From the trainer's logits, whose features another engine computed. Infinity where that was done in another
  /// precision: the difference is then reported and refuses nothing.
  double trainer = 1e-4;
};

/// What became of an export.
struct ExportCheck {
  bool verified = false;
  std::filesystem::path file;     ///< `path`, or when not verified unverified_path(path)
  double head_difference = 0;     ///< largest over the cases; NaN when a logit is not a number
  double trainer_difference = 0;  ///< likewise
  std::string problem;            ///< one line when not verified; otherwise empty

  std::filesystem::path plain_file;  ///< the same model for the runtime (plain_model.h); empty: there is none
  double plain_difference = 0;       ///< its largest difference from the file above
  std::string plain_problem;         ///< of a verified export: why there is none, in one line; otherwise empty
};

/// "model.unverified.pt" for "model.pt".
std::filesystem::path unverified_path(const std::filesystem::path& path);

/// Saves `model` (built from `head`) with `metadata` (a JSON object; kind, format_version, created_by, libtorch,
/// class_names, sample_rate, multi_label, patch_hop_frames, head, decision, weights_digest, tensors_digest and
/// verification are added, so they must not be in it), loads it back from the disk, and compares its forward with the
/// trained head on the features that the file itself computes, and with the trainer's logits, on every case. Only then
/// does the file get its name; `<path>.sha256` in sha256sum's format is written beside it. Equal models give equal
/// bytes. When a limit is exceeded the file is written as unverified_path(path) instead, with what was found under
/// "verification" in its metadata: a finished training is not lost. A verified model is written a second time beside
/// it, for the runtime without LibTorch (plain_model.h); `quantization` is the int8 arithmetic of the backbone's
/// weights. Throws UsageError when there are no cases or `metadata` holds one of our keys, DataError when the disk does
/// not take the file; such an export leaves nothing new.
ExportCheck export_model(const torch::jit::Module& model, heads::Head head, nlohmann::json metadata,
                         const std::vector<ParityCase>& cases, const std::filesystem::path& path,
                         const ExportLimits& limits = {},
                         std::optional<weights::Quantization> quantization = std::nullopt);

/// The clip logits [K] that a model of build_model gives for a 16 kHz mono waveform. Several threads may call it.
/// Throws DataError ("<name>: ...") when the model refuses the waveform.
std::vector<float> exported_logits(torch::jit::Module model, const std::string& name,
                                   const std::vector<float>& waveform);

/// The backbone's scores [S] of the waveform, their means over its windows. As exported_logits.
std::vector<float> exported_scores(torch::jit::Module model, const std::string& name,
                                   const std::vector<float>& waveform);

}  // namespace soundfold::deploy
