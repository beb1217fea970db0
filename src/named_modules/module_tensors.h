// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "weights/weights.h"

#include <memory>
#include <string>

/// Networks that are not of layers (network::named_tensors()) as TorchScript modules: where their tensors are kept in
/// one, and how such a module says what it is.
namespace soundfold::named_modules {

/// Where a tensor is kept: the submodule (empty: the network itself) and the name in it.
struct Home {
  std::string block, name;
};

/// "encoder.blocks.0.attn.qkv.weight" is "attn_qkv_weight" of "block0"; other names lose "encoder." and have
/// underscores, such as "block1_depthwise_kernel".
Home home_of(const std::string& tensor);

/// Registers a tensor, as a buffer when its name says that it is a statistic.
void enter(torch::jit::Module& module, const std::string& name, const torch::Tensor& tensor);

/// Enters all tensors of the weights, in submodules where these are registered, the classifier (classifier_kernel and
/// classifier_bias), and the attribute geometry (str, network/description_text.h).
void enter_all(torch::jit::Module& network, const weights::Weights& weights);

/// Whether a module has such a geometry.
bool is_named(const torch::jit::Module& network);

/// What such a module computes, without class names. Throws DataError when it does not say so intelligibly.
network::Description description_of(const torch::jit::Module& network);

/// Its description and values, without class names and source. Throws DataError likewise, and when tensors do not fit
/// the description.
weights::Weights weights_of(const torch::jit::Module& network);

}  // namespace soundfold::named_modules
