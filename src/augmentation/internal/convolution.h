// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

/// Private to augmentation/.
namespace soundfold::augmentation {

/// The first x.size() samples of the convolution of x and h: y[n] = sum over k of h[k] x[n - k], computed block by
/// block (overlap-add) with KISS FFT. Neither may be empty.
std::vector<float> convolved(const std::vector<float>& x, const std::vector<float>& h);

}  // namespace soundfold::augmentation
