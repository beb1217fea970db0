// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network/description.h"

#include <string>

/// A description as JSON text, for files of weights. What tensors tell (channels, classes) and what files have always
/// said by themselves (the activation) is not in it.
namespace soundfold::network {

/// Epsilon and input. Empty for YAMNet's own.
std::string recipe_text(const Description& network);

/// Sets epsilon and input from such a text. Throws DataError for a text that is none, or numbers that no network has.
void set_recipe(Description& network, const std::string& text);

/// Whether the network is YAMNet but for widths, strides and activation.
bool is_of_yamnet_family(const Description& network);

/// Layers (name, kind, side of the kernel, stride) or the numbers of the transformer or MobileNet, epsilon
/// and input.
std::string geometry_text(const Description& network);

/// The description of such a text, without channels and classes. Throws DataError for a text that is none.
Description described(const std::string& text);

}  // namespace soundfold::network
