// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "heads/head.h"

#include <string>

/// The trained head as TorchScript. Private to this room.
namespace soundfold::deploy {

/// TorchScript source of a head's methods; dropout is left out, for it does nothing after training. P windows, D
/// values.
///   forward(windows [P, D]) -> (clip logits [K], window logits [P, K])
/// and for clips whose windows come in blocks
///   window_logits(windows [P, D]) -> [P, K]
///   pool(windows [P, D], their window logits [P, K], state) -> state   of the blocks so far; empty before the first
///   finish(state) -> clip logits [K]
std::string head_source(const heads::HeadSpec& spec);

/// "linear0_weight" for "linear0.weight".
std::string attribute_name(std::string name);

/// A module with that source and copies of the head's tensors under the head's own names, '.' written as '_'
/// (linear0_weight, norm0_bias, attention_weight, input_mean, ...; see heads/head.h).
torch::jit::Module head_module(heads::Head head);

}  // namespace soundfold::deploy
