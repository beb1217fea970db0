// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transformers/internal/plan.h"
#include "transformers/internal/recent.h"
#include "transformers/runner.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

/// A transformer's weights. Private to this room.
namespace soundfold::transformers {

/// out = in * kernel + bias. The kernel [in, out] is packed as each plan wants it; almost always all want the same.
class Linear {
 public:
  /// `kernel` is [out, in], row-major, as weights come; an empty bias is none.
  Linear(std::vector<float> kernel, std::vector<float> bias, const dnnl::engine& engine);
  Linear() = default;

  const dnnl::memory& packed(const dnnl::memory::desc& wanted, const dnnl::engine& engine);
  const dnnl::memory& bias() const { return bias_; }  ///< [1, out]

 private:
  std::vector<float> kernel_;
  dnnl::memory bias_;
  std::vector<dnnl::memory> packed_;
};

struct Norm {
  dnnl::memory scale, shift;  ///< [D]
};

struct Block {
  Norm norm1, norm2;
  Linear qkv, proj, fc1, fc2;  ///< q is already scaled by 1 / sqrt(head_size)
};

/// The normalisation of bands: (x - mean) * factor + bias.
struct BandNorm {
  std::vector<float> mean, factor, bias;  ///< [bands]
};

/// The classifier and the norm before it.
struct Head {
  std::vector<float> scale, shift;  ///< [D]
  std::vector<float> kernel, bias;  ///< [classes, D], [classes]
};

/// Calls of plan() from several threads are safe; the rest is only read.
class Model {
 public:
  Model(const weights::Weights& weights, Arithmetic arithmetic);

  /// Compiled on first use, then kept while it is recent. Call below OneThread: oneDNN remembers the number of threads.
  std::shared_ptr<const Plan> plan(const Shape& shape);

  const dnnl::engine& engine() const { return engine_; }
  const Geometry& geometry() const { return geometry_; }
  const BandNorm& bands() const { return bands_; }
  /// [rows, max_columns, D]: what is added to each token, the bias of its linear map included.
  const std::vector<float>& positions() const { return positions_; }
  const Block& block(std::size_t i) const { return blocks_.at(i); }
  const Norm& final_norm() const { return final_norm_; }
  const Head& head() const { return head_; }

 private:
  dnnl::engine engine_;
  Geometry geometry_;
  BandNorm bands_;
  std::vector<float> positions_;
  Linear tokens_;
  std::vector<Block> blocks_;
  Norm final_norm_;
  Head head_;
  Recent<Shape, std::shared_ptr<const Plan>> plans_;
  std::mutex mutex_;
};

}  // namespace soundfold::transformers
