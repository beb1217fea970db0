// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network/description.h"
#include "weights/weights.h"

#include <filesystem>
#include <string>
#include <vector>

/// EfficientAT's MobileNets as their author publishes them: a state dict of torch.save.
namespace soundfold::efficientat {

/// Of all its batch norms.
inline constexpr double kBatchNormEpsilon = 1e-3;

/// Reads mnXX_as_mAP_YYY.pt of a published width; which follows from its tensors. `class_names` are those of its
/// outputs, in order. Names, types and shapes are exactly those of the published files, values are finite and variances
/// not below 0. Batch norms are folded into kernels in float64, and kernels turned from bands by frames to frames by
/// bands. Throws DataError naming the tensor at fault, or a file whose name says that its input is another (other hops
/// or mel bands have the same tensors), or that it was not trained on sounds.
weights::Weights read_efficientat(const std::filesystem::path& path, std::vector<std::string> class_names);

/// The same of the MobileNet of `network`, given without classes.
weights::Weights read_efficientat(const std::filesystem::path& path, network::Description network,
                                  std::vector<std::string> class_names);

}  // namespace soundfold::efficientat
