// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/weights.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::weights::testing {

/// A network of YAMNet's shape with seeded random values. `width_divisor` divides all channel counts (1: YAMNet's own
/// widths); activations stay in a useful range. Class names are "class 0", "class 1", ...
Weights random_weights(int width_divisor, std::int64_t classes, unsigned seed, network::Activation activation);

/// The same for any network, with that activation and that many classes.
Weights random_weights(network::Description network, std::int64_t classes, unsigned seed,
                       network::Activation activation);

/// YAMNet with 3, 5, 10, 20, 40 and 79 channels: no multiple of anything that processors like.
network::Description odd_network();

/// A network that is YAMNet in nothing but its kinds of layers: 32 kHz, 128 bands, patches of 48 frames 24 apart;
/// kernels of 3 and 5, two full convolutions among four blocks; an embedding of 7 values.
network::Description other_geometry();

/// Random int8 arithmetic for `weights` that a network can run with: activations with zero point -128 and scales that
/// keep them in range, some above 6/255 and some below.
Quantization working_quantization(const Weights& weights, unsigned seed);

/// Random int8 arithmetic for `weights`, of the right sizes (the values mean nothing).
Quantization random_quantization(const Weights& weights, unsigned seed);

/// `count` samples, uniform in [-1, 1].
std::vector<float> random_waveform(std::int64_t count, unsigned seed);

/// A class map with the 521 names "class 0" ... and the columns of yamnet_class_map.csv.
std::string class_map_text(int classes = network::kYamnetClasses);

}  // namespace soundfold::weights::testing
