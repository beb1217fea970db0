#include "yamnet/onednn_edges.h"

#include "frontend/recipe.h"
#include "yamnet/int8_arithmetic.h"
#include "yamnet/layer1_windows.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace soundfold::yamnet::onednn {
namespace {

/// The upper half of the float, rounded to nearest, ties to even. NaN stays NaN.
std::uint16_t to_bfloat16(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  const std::uint32_t rounded = bits + 0x7FFFU + ((bits >> 16U) & 1U);
  return static_cast<std::uint16_t>((value != value ? bits | 0x400000U : rounded) >> 16U);
}

/// Converts patches row by row with `convert(row, padded row)` and writes their windows.
template <typename Value, typename Convert>
void write_all_windows(const float* patches, std::int64_t count, Layer1Windows<Value>& windows, void* source,
                       Convert convert) {
  auto* written = static_cast<Value*>(source);
  for (std::int64_t p = 0; p < count; ++p) {
    for (std::int64_t r = 0; r < frontend::kPatchFrames; ++r, patches += frontend::kMelBands) {
      convert(patches, windows.row(r));
    }
    written = windows.write(written);
  }
}

/// float32, and bfloat16 (`Value` is then its bits): the last convolution and the classifier give float32 in both.
template <typename Value>
class FloatEdges final : public Edges {
 public:
  explicit FloatEdges(const EdgeSettings& settings) : settings_(settings), windows_(settings.layer1_stride, Value{0}) {}

  void write_windows(const float* patches, std::int64_t count, void* source) override {
    write_all_windows(patches, count, windows_, source, [](const float* from, Value* to) {
      if constexpr (std::is_same_v<Value, float>) {
        std::copy_n(from, frontend::kMelBands, to);
      } else {
        std::transform(from, from + frontend::kMelBands, to, to_bfloat16);
      }
    });
  }

  void take_means(const void* output, std::int64_t count, float* embeddings, void* classifier_source) const override {
    const auto* values = static_cast<const float*>(output);
    const std::int64_t size = settings_.embedding_size;
    const float share = 1.0F / static_cast<float>(settings_.positions);
    for (std::int64_t p = 0; p < count; ++p) {
      float* mean = embeddings + p * size;
      std::fill_n(mean, size, 0.0F);
      for (std::int64_t position = 0; position < settings_.positions; ++position, values += size) {
        for (std::int64_t c = 0; c < size; ++c) mean[c] += values[c];
      }
      for (std::int64_t c = 0; c < size; ++c) mean[c] *= share;
    }
    std::copy_n(embeddings, count * size, static_cast<float*>(classifier_source));
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
        windows_(settings.layer1_stride, static_cast<std::uint8_t>(settings.input_zero_point + kUint8Shift)) {}

  void write_windows(const float* patches, std::int64_t count, void* source) override {
    write_all_windows(patches, count, windows_, source, [&](const float* from, std::uint8_t* to) {
      quantize(from, frontend::kMelBands, settings_.input_scale, settings_.input_zero_point, to);
    });
  }

  void take_means(const void* output, std::int64_t count, float* embeddings, void* classifier_source) const override {
    const auto* values = static_cast<const std::uint8_t*>(output);
    auto* means = static_cast<std::uint8_t*>(classifier_source);
    const std::int64_t size = settings_.embedding_size;
    for (std::int64_t p = 0; p < count; ++p) {
      quantized_mean(values + p * settings_.positions * size, settings_.positions, size, settings_.mean_factor,
                     settings_.mean_zero_point, means + p * size);
    }
    dequantize(means, count * size, settings_.mean_scale, settings_.mean_zero_point, embeddings);
  }

  void take_scores(const void* output, std::int64_t count, float* scores) const override {
    const auto* logits = static_cast<const std::uint8_t*>(output);
    for (std::int64_t i = 0; i < count * settings_.class_count; ++i) scores[i] = settings_.sigmoid[logits[i]];
  }

 private:
  EdgeSettings settings_;
  Layer1Windows<std::uint8_t> windows_;
};

}  // namespace

EdgeSettings edge_settings(const Weights& weights, Precision precision, const std::vector<Convolution>& convolutions) {
  const Convolution& last = convolutions[convolutions.size() - 2];
  EdgeSettings settings;
  settings.precision = precision;
  settings.layer1_stride = weights.layers.front().stride;
  settings.positions = last.out_rows * last.out_columns;
  settings.embedding_size = weights.embedding_size();
  settings.class_count = weights.class_count();
  if (precision != Precision::int8) return settings;
  const Quantization& quantization = *weights.quantization;
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

}  // namespace soundfold::yamnet::onednn
