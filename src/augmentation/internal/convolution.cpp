// SPDX-License-Identifier: Apache-2.0
#include "augmentation/internal/convolution.h"

#include <kiss_fftr.h>

#include <algorithm>
#include <memory>

namespace soundfold::augmentation {
namespace {

constexpr std::size_t kLeastBlock = 16384;  ///< shorter responses gain nothing from shorter blocks

using Plan = std::unique_ptr<kiss_fftr_state, void (*)(void*)>;

Plan plan_of(int size, bool inverse) {
  return {kiss_fftr_alloc(size, inverse ? 1 : 0, nullptr, nullptr), kiss_fftr_free};
}

}  // namespace

std::vector<float> convolved(const std::vector<float>& x, const std::vector<float>& h) {
  const int size = kiss_fftr_next_fast_size_real(static_cast<int>(2 * std::max(kLeastBlock, h.size())));
  const auto width = static_cast<std::size_t>(size), step = width - h.size() + 1;
  const auto forward = plan_of(size, false), backward = plan_of(size, true);
  std::vector<kiss_fft_cpx> of_h(width / 2 + 1), bins(width / 2 + 1);
  std::vector<float> block(width, 0.0F), y(x.size(), 0.0F);
  std::copy(h.begin(), h.end(), block.begin());
  kiss_fftr(forward.get(), block.data(), of_h.data());
  for (std::size_t start = 0; start < x.size(); start += step) {
    std::fill(block.begin(), block.end(), 0.0F);
    std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(start), std::min(step, x.size() - start), block.begin());
    kiss_fftr(forward.get(), block.data(), bins.data());
    for (std::size_t i = 0; i < bins.size(); ++i) {
      const auto a = bins[i], b = of_h[i];
      bins[i] = {a.r * b.r - a.i * b.i, a.r * b.i + a.i * b.r};
    }
    kiss_fftri(backward.get(), bins.data(), block.data());
    const auto count = std::min(width, x.size() - start);
    for (std::size_t i = 0; i < count; ++i) y[start + i] += block[i] / static_cast<float>(size);
  }
  return y;
}

}  // namespace soundfold::augmentation
