// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tensor_files/safetensors.h"
#include "weights/weights.h"

#include <string>
#include <vector>

/// A network in a safetensors file: `<prefix><layer>.kernel` and `.bias` of each layer, with batch norms folded, or
/// `<prefix>` and the names of network::named_tensors(), then `<prefix>classifier.kernel` and `.bias`. Readers
/// throw DataError naming the text or tensor at fault.
namespace soundfold::weights {

using tensor_files::SafetensorsReader;
using tensor_files::SafetensorsWriter;
using tensor_files::TensorType;

/// The texts "activation" and "network": all that tensors do not tell (network/description_text.h).
void add_network_texts(SafetensorsWriter::Json& texts, const network::Description& network);

/// Appends the tensors.
void add_network(SafetensorsWriter& file, const Weights& weights, TensorType type, const std::string& prefix = "");

/// The network of the text "network", without channels and classes. A kernel has at most 31 rows.
network::Description network_in(const SafetensorsReader& file);

/// The text "activation".
network::Activation activation_in(const SafetensorsReader& file);

/// What the file must have of `network`.
std::vector<SafetensorsReader::Entry> network_entries(const network::Description& network, TensorType type,
                                                      const std::string& prefix = "");

/// The tensors of `network`, given without channels and classes: these are read from the shapes. Batch norms come back
/// as doing nothing but adding the bias. The entries have been checked.
Weights read_network(SafetensorsReader& file, network::Description network, TensorType type,
                     const std::string& prefix = "");

/// That weights of a network that is not of layers have every tensor of its size, the classifier's included. Throws
/// UsageError ("weights: ...") naming the tensor.
void check_tensors(const Weights& weights);

/// That the network, with its channels, is one that can be built.
void check_network(const SafetensorsReader& file, const network::Description& network);

}  // namespace soundfold::weights
