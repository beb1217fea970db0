// SPDX-License-Identifier: Apache-2.0
#include "engines/internal/onednn_edges.h"

#include "engines/internal/int8_arithmetic.h"
#include "engines/internal/layer1_windows.h"
#include "support/errors.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

namespace soundfold::engines::onednn {
namespace {

/// The upper half of the float, rounded to nearest, ties to even. NaN stays NaN.
std::uint16_t to_bfloat16(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  const std::uint32_t rounded = bits + 0x7FFFU + ((bits >> 16U) & 1U);
  return static_cast<std::uint16_t>((value != value ? bits | 0x400000U : rounded) >> 16U);
}

float from_bfloat16(std::uint16_t bits) {
  const std::uint32_t wide = std::uint32_t{bits} << 16U;
  float value = 0;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

/// Mean and maximum of every channel of one patch's map [positions, channels], with `real` making floats of its values.
template <typename Value, typename Real>
void mean_and_maximum(const Value* map, const Tap& tap, Real real, float* means) {
  float* maxima = means + tap.channels;
  std::transform(map, map + tap.channels, means, real);
  std::copy_n(means, tap.channels, maxima);
  for (std::int64_t p = 1; p < tap.positions; ++p) {
    const Value* row = map + p * tap.channels;
    for (std::int64_t c = 0; c < tap.channels; ++c) {
      const float value = real(row[c]);
      means[c] += value;
      maxima[c] = std::max(maxima[c], value);
    }
  }
  const float share = 1.0F / static_cast<float>(tap.positions);
  for (std::int64_t c = 0; c < tap.channels; ++c) means[c] *= share;
}

/// Converts patches row by row with `convert(row, padded row)` and writes their windows.
template <typename Value, typename Convert>
void write_all_windows(const float* patches, std::int64_t count, Layer1Windows<Value>& windows, void* source,
                       Convert convert) {
  auto* written = static_cast<Value*>(source);
  for (std::int64_t p = 0; p < count; ++p) {
    for (std::int64_t r = 0; r < windows.rows(); ++r, patches += windows.columns()) {
      convert(patches, windows.row(r));
    }
    written = windows.write(written);
  }
}

/// float32, and bfloat16 (`Value` is then its bits): the last convolution and the classifier give float32 in both.
template <typename Value>
class FloatEdges final : public Edges {
 public:
  explicit FloatEdges(const EdgeSettings& settings)
      : settings_(settings), windows_(settings.layer1, settings.patch, Value{0}) {}

  void write_windows(const float* patches, std::int64_t count, void* source) override {
    const std::int64_t columns = windows_.columns();
    write_all_windows(patches, count, windows_, source, [&](const float* from, Value* to) {
      if constexpr (std::is_same_v<Value, float>) {
        std::copy_n(from, columns, to);
      } else {
        std::transform(from, from + columns, to, to_bfloat16);
      }
    });
  }

  void take_means(const void* output, std::int64_t count, float* rows, void* classifier_source) const override {
    const auto* values = static_cast<const float*>(output);
    auto* mean = static_cast<float*>(classifier_source);
    const std::int64_t size = settings_.embedding_size;
    const float share = 1.0F / static_cast<float>(settings_.positions);
    for (std::int64_t p = 0; p < count; ++p, mean += size) {
      std::fill_n(mean, size, 0.0F);
      for (std::int64_t position = 0; position < settings_.positions; ++position, values += size) {
        for (std::int64_t c = 0; c < size; ++c) mean[c] += values[c];
      }
      for (std::int64_t c = 0; c < size; ++c) mean[c] *= share;
      std::copy_n(mean, size, rows + p * settings_.row_size);
    }
  }

  void take_scores(const void* output, std::int64_t count, float* scores) const override {
    std::copy_n(static_cast<const float*>(output), count * settings_.class_count, scores);
  }

 private:
  EdgeSettings settings_;
  Layer1Windows<Value> windows_;
};

class Int8Edges final : public Edges {
 public:
  explicit Int8Edges(const EdgeSettings& settings)
      : settings_(settings),
        windows_(settings.layer1, settings.patch, static_cast<std::uint8_t>(settings.input_zero_point + kUint8Shift)) {}

  void write_windows(const float* patches, std::int64_t count, void* source) override {
    write_all_windows(patches, count, windows_, source, [&](const float* from, std::uint8_t* to) {
      quantize(from, windows_.columns(), settings_.input_scale, settings_.input_zero_point, to);
    });
  }

  void take_means(const void* output, std::int64_t count, float* rows, void* classifier_source) const override {
    const auto* values = static_cast<const std::uint8_t*>(output);
    auto* mean = static_cast<std::uint8_t*>(classifier_source);
    const std::int64_t size = settings_.embedding_size;
    for (std::int64_t p = 0; p < count; ++p, mean += size, values += settings_.positions * size) {
      quantized_mean(values, settings_.positions, size, settings_.mean_factor, settings_.mean_zero_point, mean);
      dequantize(mean, size, settings_.mean_scale, settings_.mean_zero_point, rows + p * settings_.row_size);
    }
  }

  void take_scores(const void* output, std::int64_t count, float* scores) const override {
    const auto* logits = static_cast<const std::uint8_t*>(output);
    for (std::int64_t i = 0; i < count * settings_.class_count; ++i) scores[i] = settings_.sigmoid[logits[i]];
  }

 private:
  EdgeSettings settings_;
  Layer1Windows<std::uint8_t> windows_;
};

/// The output of a block's last layer. Moves `row_size` past the tap's values.
Tap tap_of(std::int64_t block, const weights::Weights& weights, Precision precision,
           const std::vector<Convolution>& convolutions, std::int64_t& row_size) {
  const auto blocks = network::blocks(weights.network);
  const auto last = static_cast<std::int64_t>(blocks.size()) - 1;
  if (block < 1 || block > last) {
    throw UsageError("backbone.taps: " + std::to_string(block) + ": blocks from 1 to " + std::to_string(last));
  }
  Tap tap;
  tap.convolution = blocks[static_cast<std::size_t>(block - 1)].last_layer();
  const Convolution& made = convolutions[tap.convolution];
  tap.type = made.output;
  tap.positions = made.out_rows * made.out_columns;
  tap.channels = made.out_channels;
  if (precision == Precision::int8) tap.scale = weights.quantization->layers[tap.convolution].output_scale;
  tap.offset = std::exchange(row_size, row_size + 2 * tap.channels);
  return tap;
}

}  // namespace

void take_tap(const Tap& tap, const void* map, std::int64_t count, std::int64_t row_size, float* rows) {
  using Type = dnnl::memory::data_type;
  const std::int64_t values = tap.positions * tap.channels;
  for (std::int64_t p = 0; p < count; ++p) {
    float* means = rows + p * row_size + tap.offset;
    if (tap.type == Type::u8) {
      const auto real = [&](std::uint8_t value) { return tap.scale * static_cast<float>(value); };
      mean_and_maximum(static_cast<const std::uint8_t*>(map) + p * values, tap, real, means);
    } else if (tap.type == Type::bf16) {
      mean_and_maximum(static_cast<const std::uint16_t*>(map) + p * values, tap, from_bfloat16, means);
    } else {
      const auto same = [](float value) { return value; };
      mean_and_maximum(static_cast<const float*>(map) + p * values, tap, same, means);
    }
  }
}

EdgeSettings edge_settings(const weights::Weights& weights, Precision precision,
                           const std::vector<Convolution>& convolutions, const std::vector<std::int64_t>& taps) {
  const Convolution& last = convolutions[convolutions.size() - 2];
  EdgeSettings settings;
  settings.precision = precision;
  settings.layer1 = weights.network.layers.front();
  settings.patch = network::maps(weights.network).front();
  settings.positions = last.out_rows * last.out_columns;
  settings.embedding_size = weights.embedding_size();
  settings.row_size = settings.embedding_size;
  settings.class_count = weights.class_count();
  for (const auto block : taps)
    settings.taps.push_back(tap_of(block, weights, precision, convolutions, settings.row_size));
  if (precision != Precision::int8) return settings;
  const weights::Quantization& quantization = *weights.quantization;
  settings.input_scale = quantization.input_scale;
  settings.input_zero_point = quantization.input_zero_point;
  settings.mean_factor =
      static_cast<float>(quantization.layers.back().output_scale /
                         (double{quantization.mean_scale} * static_cast<double>(settings.positions)));
  settings.mean_scale = quantization.mean_scale;
  settings.mean_zero_point = quantization.mean_zero_point;
  settings.sigmoid = sigmoid_table(quantization.classifier.output_scale, quantization.classifier.output_zero_point);
  return settings;
}

std::unique_ptr<Edges> make_edges(const EdgeSettings& settings) {
  if (settings.precision == Precision::int8) return std::make_unique<Int8Edges>(settings);
  if (settings.precision == Precision::bfloat16) return std::make_unique<FloatEdges<std::uint16_t>>(settings);
  return std::make_unique<FloatEdges<float>>(settings);
}

}  // namespace soundfold::engines::onednn
