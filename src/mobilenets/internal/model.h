// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mobilenets/runner.h"
#include "network/mobilenet.h"
#include "primitives/onednn_api.h"

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// A MobileNet's weights, and its primitives for one length. Maps lie in memory as [frames, bands, channels], so that a
/// convolution of 1 by 1 is a product of matrices. Private to this room.
namespace soundfold::mobilenets {

/// Frames and bands of a map.
struct MapSize {
  std::int64_t frames = 0, bands = 0;
  std::int64_t positions() const { return frames * bands; }
  /// After a convolution with that stride, padded so that stride 1 keeps the size.
  MapSize strided(int stride) const { return {(frames - 1) / stride + 1, (bands - 1) / stride + 1}; }
};

/// A convolution compiled, with its values.
struct Convolution {
  dnnl::primitive primitive;
  dnnl::memory::desc source, output, scratchpad;
  dnnl::memory kernel, bias;
};

struct BlockPlan {
  std::optional<Convolution> expand;
  Convolution depthwise, project;
  std::int64_t positions = 0;  ///< of the block's output
};

/// All for patches of one length.
struct Plan {
  MapSize stem_size;
  Convolution stem, last;
  std::vector<BlockPlan> blocks;
  std::int64_t last_positions = 0;
  std::size_t stream_bytes = 0;  ///< of what blocks add to
  std::size_t wide_bytes = 0;    ///< of maps within blocks, of which there are two at a time
  std::size_t scratchpad_bytes = 0;
};

/// A linear map in plain memory.
struct Linear {
  std::vector<float> kernel, bias;  ///< [out, in], [out]
};

struct Gate {
  Linear squeeze, excite;
};

/// plan() may be called by several threads; the rest is only read.
class Model {
 public:
  explicit Model(const weights::Weights& weights);

  /// Compiled on first use, then kept while it is among the last few used. Call below OneThread: oneDNN remembers the
  /// number of threads.
  std::shared_ptr<const Plan> plan(std::int64_t frames);

  const dnnl::engine& engine() const { return engine_; }
  const network::MobileNet& network() const { return network_; }
  std::int64_t bands() const { return bands_; }
  const std::optional<Gate>& gate(std::size_t block) const { return gates_.at(block); }
  const Linear& hidden() const { return hidden_; }
  const Linear& classifier() const { return classifier_; }

 private:
  struct Kernel {
    dnnl::memory plain, bias;
    std::vector<dnnl::memory> packed;  ///< as plans want it; almost always all want the same
  };

  const dnnl::memory& packed(Kernel& kernel, const dnnl::memory::desc& wanted) const;
  /// rows x in to rows x out.
  Convolution product(const std::string& name, std::int64_t rows, std::optional<dnnl::algorithm> activation,
                      bool added);
  Convolution depthwise(const std::string& name, const MapSize& size, const network::InvertedResidual& block);
  std::shared_ptr<const Plan> compiled(std::int64_t frames);

  dnnl::engine engine_;
  network::MobileNet network_;
  std::int64_t bands_;
  std::map<std::string, Kernel> kernels_;
  std::vector<std::optional<Gate>> gates_;
  Linear hidden_, classifier_;
  std::deque<std::pair<std::int64_t, std::shared_ptr<const Plan>>> plans_;
  std::mutex mutex_;
};

}  // namespace soundfold::mobilenets
