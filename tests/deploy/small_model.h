// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deploy/export.h"
#include "device/torch.h"
#include "heads/feature_set.h"
#include "heads/prediction.h"
#include "training/trainer.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Made-up models that are small enough to be exported dozens of times in a second.
namespace soundfold::testing {

/// Classes of three.
inline const std::vector<std::string> kNames = {"dog", "cat", "rain"};

/// The network of finetuning/tiny_network.h, with 8 embedding values and 5 scores, as a module.
yamnet::LoadedModule small_backbone(int patch_hop_frames = 48);

/// What the front part of a head needs to fit `backbone`.
heads::HeadSpec small_spec(const yamnet::LoadedModule& backbone, const std::string& input, const std::string& pooling,
                           std::int64_t class_count = 3);

/// Calls `check` with a spec for each input, pooling and normalisation, which is named when something in it fails. The
/// head has two hidden layers with tanh, as random ones with ReLU may be dead, and dropout; it standardises its input
/// unless it has no normalisation.
void for_every_head(const yamnet::LoadedModule& backbone,
                    const std::function<void(const heads::HeadSpec& spec)>& check);

/// A head in eval mode whose every tensor (weights, norms, running statistics, standardisation) is random.
heads::Head random_head(const heads::HeadSpec& spec);

/// Noise whose loudness and colour change every 1.25 s, in -1 to 1.
std::vector<float> made_up_waveform(std::int64_t samples, unsigned seed = 1);

/// The most probable class, with this silence gate or none.
evaluation::DecisionRule rule_with(const std::optional<evaluation::SilenceGate>& gate);

/// The trainer's logits of each waveform, from the backbone's outputs.
heads::Predictions trainer_logits(const yamnet::LoadedModule& backbone, heads::Head head,
                                  const std::vector<std::vector<float>>& waveforms);

/// The trainer's clip logits of one waveform as export_model wants them.
deploy::ParityCase parity_case(const yamnet::LoadedModule& backbone, heads::Head head,
                               const std::vector<float>& waveform);

torch::Tensor as_tensor(const std::vector<float>& values);
double largest_difference(const torch::Tensor& a, const torch::Tensor& b);

}  // namespace soundfold::testing
