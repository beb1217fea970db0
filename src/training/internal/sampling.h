// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"

namespace soundfold::training {

/// An epoch in which all classes that occur are equally frequent: as many sample numbers as there are samples, [N]
/// int64, in an order drawn by `generator`. Each of the K classes in `targets` ([N] int64, on the CPU) gets N / K of
/// them, N mod K drawn classes one more. Of a class of n samples that is to have q, each appears q / n times, and
/// q mod n drawn ones once more: a small class is repeated, of a large one another part is taken in each epoch.
torch::Tensor balanced_order(const torch::Tensor& targets, at::Generator& generator);

}  // namespace soundfold::training
