// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/compute_type.h"
#include "primitives/onednn_api.h"
#include "weights/weights.h"

#include <cstdint>
#include <string>
#include <vector>

/// The network as convolutions ready for oneDNN, in one precision. Private to this room.
namespace soundfold::engines::onednn {

using primitives::Arguments;
using primitives::Eltwise;

/// One convolution. Activations lie channels last ([patch, row, column, channel]), so a pointwise convolution over a
/// whole batch is one matrix product. layer1 (on its windows) and the classifier (on the means) are pointwise too.
struct Convolution {
  std::string name;
  bool depthwise = false;
  int side = 1;  ///< of the kernel
  int stride = 1;
  int padding_before = 0, padding_after = 0;  ///< of rows and of columns
  std::int64_t in_channels = 0, out_channels = 0;
  std::int64_t in_rows = 0, in_columns = 0, out_rows = 0, out_columns = 0;
  dnnl::memory::data_type source = dnnl::memory::data_type::f32;  ///< u8 for int8: see int8_arithmetic.h
  dnnl::memory::data_type output = dnnl::memory::data_type::f32;
  std::vector<float> float_kernel;       ///< [out, in, side, side], depthwise [channels, side, side]; empty for int8
  std::vector<std::int8_t> int8_kernel;  ///< the same for int8
  std::vector<float> bias;
  std::vector<float> channel_factors;  ///< int8 only, see primitives/onednn_api.h
  std::optional<Eltwise> eltwise;

  std::int64_t in_values() const { return in_rows * in_columns * in_channels; }      ///< of one patch
  std::int64_t out_values() const { return out_rows * out_columns * out_channels; }  ///< of one patch
};

/// Batch norms folded; the classifier, last, ends in the sigmoid. bfloat16 keeps the last convolution's output and the
/// classifier in float32: they cost nothing and the embedding is their mean.
std::vector<Convolution> float_convolutions(const weights::Weights& weights, Precision precision);

/// The file's own integer arithmetic; the classifier's output is the quantised logits. Throws UsageError for weights
/// without int8 arithmetic, DataError for one that this engine cannot follow (an activation whose zero point is not
/// -128).
std::vector<Convolution> int8_convolutions(const weights::Weights& weights);

}  // namespace soundfold::engines::onednn
