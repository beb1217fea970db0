// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/internal/onednn_convolutions.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

/// What all runners of one network share: kernels packed as oneDNN likes them, and compiled primitives. Private to this
/// room.
namespace soundfold::engines::onednn {

/// One convolution compiled for one number of patches.
struct Step {
  dnnl::convolution_forward primitive;
  dnnl::memory::desc source, output, scratchpad;
  Arguments constants;         ///< kernel, bias and factors; shared and only read
  std::string implementation;  ///< as oneDNN names it
};

/// The whole network compiled for one number of patches.
using Plan = std::vector<Step>;

/// Calls from several threads are safe. Call below OneThread (primitives/memory.h): oneDNN remembers the number of
/// threads.
class Network {
 public:
  explicit Network(std::vector<Convolution> convolutions);

  const std::vector<Convolution>& convolutions() const { return convolutions_; }
  /// Compiled on first use, then kept.
  const Plan& plan(std::int64_t patch_count);
  const dnnl::engine& engine() const { return engine_; }

 private:
  Step compile(std::size_t index, std::int64_t patch_count);
  const dnnl::memory& packed_kernel(std::size_t index, const dnnl::memory::desc& wanted);

  std::vector<Convolution> convolutions_;
  dnnl::engine engine_;
  std::vector<dnnl::memory> biases_;
  /// By convolution. Almost always one each; another number of patches may prefer another layout.
  std::vector<std::vector<dnnl::memory>> kernels_;
  std::map<std::int64_t, Plan> plans_;
  std::mutex mutex_;
};

}  // namespace soundfold::engines::onednn
