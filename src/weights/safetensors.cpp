// SPDX-License-Identifier: Apache-2.0
#include "weights/safetensors.h"

#include "network/description_text.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "text/text.h"
#include "weights/importing.h"
#include "weights/internal/float16.h"
#include "weights/internal/safetensors_header.h"

#include <cmath>
#include <fstream>
#include <utility>

namespace soundfold::weights {
namespace fs = std::filesystem;
namespace {

using Json = SafetensorsHeader::Json;
using Shape = std::vector<std::int64_t>;

constexpr std::size_t kHeaderAlignment = 8;
constexpr std::uintmax_t kMaxSafetensorsBytes = 100'000'000;

struct Tensor {
  std::string name;
  Shape shape;
  std::vector<float> values;
};

std::vector<Tensor> tensors_of(const Weights& weights) {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    const network::Layer& layer = weights.network.layers.at(i);
    network::FoldedLayer folded = weights.folded(i);
    tensors.push_back({layer.name + ".kernel", layer.kernel_shape(), std::move(folded.kernel)});
    tensors.push_back({layer.name + ".bias", {layer.out_channels}, std::move(folded.bias)});
  }
  const Shape shape{weights.class_count(), weights.embedding_size()};
  tensors.push_back({"classifier.kernel", shape, weights.classifier_kernel});
  tensors.push_back({"classifier.bias", {weights.class_count()}, weights.classifier_bias});
  return tensors;
}

void append_float16(std::string& bytes, const Tensor& tensor) {
  for (const float value : tensor.values) {
    if (!(std::abs(value) <= kLargestFloat16)) {
      throw DataError(tensor.name + ": the value " + std::to_string(value) + " does not fit into float16 (largest " +
                      std::to_string(kLargestFloat16) + ")");
    }
    const std::uint16_t bits = float16_bits(value);
    bytes += static_cast<char>(bits & 0xFFU);
    bytes += static_cast<char>(bits >> 8U);
  }
}

std::string strides_text(const network::Description& network) {
  std::string strides;
  for (const auto& layer : network.layers) strides += (strides.empty() ? "" : " ") + std::to_string(layer.stride);
  return strides;
}

/// Files of YAMNet's family give its strides, those of other networks all that the tensors do not tell.
Json metadata_of(const Weights& weights) {
  const bool of_family = network::is_of_yamnet_family(weights.network);
  Json metadata{{"format", SafetensorsHeader::kFormat},
                {"format_version", of_family ? SafetensorsHeader::kVersion : SafetensorsHeader::kNetworkVersion},
                {"activation", network::activation_name(weights.network.activation)}};
  if (of_family) {
    metadata["strides"] = strides_text(weights.network);
  } else {
    metadata["network"] = network::geometry_text(weights.network);
  }
  metadata["class_names"] = Json(weights.class_names).dump(-1, ' ', false, Json::error_handler_t::replace);
  metadata["source"] = weights.source;
  return metadata;
}

std::string little_endian(std::uint64_t number) {
  std::string bytes;
  for (std::size_t i = 0; i < SafetensorsHeader::kLengthBytes; ++i)
    bytes += static_cast<char>((number >> (8 * i)) & 0xFFU);
  return bytes;
}

/// One file being read: its tensors, in order.
class TensorReader {
 public:
  TensorReader(std::string_view bytes, const std::string& name) : header_(bytes, name), name_(name) {}

  Weights read() {
    Weights weights;
    weights.network = header_.network();
    header_.check_names(weights.network.layers);
    read_layers(weights);
    read_classifier(weights);
    const std::size_t bytes = header_.data().size();
    if (offset_ != bytes) {
      header_.fail("tensors", std::to_string(bytes) + " bytes, but the header accounts for " + std::to_string(offset_));
    }
    header_.check_digest();
    header_.check_network(weights.network);
    weights.network.activation = header_.activation();
    weights.class_names = header_.class_names(weights.class_count());
    weights.source = header_.text("source");
    return weights;
  }

 private:
  /// The values of the next tensor, which must have exactly `shape` and lie right behind the one before.
  std::vector<float> values(const std::string& name, const Shape& shape) {
    const std::string_view data = header_.data();
    std::uint64_t count = 1;
    for (const auto size : shape) count *= static_cast<std::uint64_t>(size);  // at most 2^16 * 2^16 * kMaxSide^2
    const Shape given = header_.shape(name);
    if (given != shape) header_.fail(name + " shape", shape_text(given) + ", expected " + shape_text(shape));
    const std::uint64_t begin = header_.offset(name, 0), end = header_.offset(name, 1);
    if (begin != offset_ || end < begin || end - begin != 2 * count) {
      header_.fail(name + " data_offsets", std::to_string(begin) + " to " + std::to_string(end) + ", expected " +
                                               std::to_string(offset_) + " to " + std::to_string(offset_ + 2 * count));
    }
    if (end > data.size()) {
      header_.fail(name,
                   "ends at byte " + std::to_string(end) + " of " + std::to_string(data.size()) + " (truncated?)");
    }
    std::vector<float> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto at = [&](std::size_t n) { return static_cast<unsigned char>(data[offset_ + 2 * i + n]); };
      values[i] = float16_value(static_cast<std::uint16_t>(at(0) | (at(1) << 8)));
    }
    check_finite(values, name_ + ": " + name);
    offset_ = static_cast<std::size_t>(end);
    return values;
  }

  void read_layers(Weights& weights) {
    std::int64_t channels = 1;
    for (auto& layer : weights.network.layers) {
      layer.in_channels = channels;
      layer.out_channels = header_.dimension(layer.name + ".kernel", 0);
      if (layer.kind == network::LayerKind::depthwise && layer.out_channels != channels) {
        header_.fail(layer.name + ".kernel shape",
                     std::to_string(layer.out_channels) + " channels, but " + std::to_string(channels) + " come in");
      }
      network::FoldedLayer folded;
      folded.kernel = values(layer.name + ".kernel", layer.kernel_shape());
      folded.bias = values(layer.name + ".bias", {layer.out_channels});
      weights.layers.push_back(network::with_plain_batch_norm(std::move(folded), weights.network.batch_norm_epsilon));
      channels = layer.out_channels;
    }
  }

  void read_classifier(Weights& weights) {
    weights.network.class_count = header_.dimension("classifier.kernel", 0);
    weights.classifier_kernel = values("classifier.kernel", {weights.class_count(), weights.embedding_size()});
    weights.classifier_bias = values("classifier.bias", {weights.class_count()});
  }

  SafetensorsHeader header_;
  std::string name_;
  std::size_t offset_ = 0;  ///< of the next tensor in the data
};

}  // namespace

bool is_safetensors(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string start(SafetensorsHeader::kLengthBytes + 1, '\0');
  if (!in.read(start.data(), static_cast<std::streamsize>(start.size()))) return false;
  return start.back() == '{' && start.compare(4, 4, std::string(4, '\0')) == 0;
}

std::string safetensors_bytes(const Weights& weights) {
  Json header = Json::object();
  header[SafetensorsHeader::kMetadata] = metadata_of(weights);
  std::string data;
  for (const auto& tensor : tensors_of(weights)) {
    const std::size_t begin = data.size();
    append_float16(data, tensor);
    header[tensor.name] = {{"dtype", "F16"}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  header[SafetensorsHeader::kMetadata]["digest"] = SafetensorsHeader::digest_of(header, data);
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.append((kHeaderAlignment - text.size() % kHeaderAlignment) % kHeaderAlignment, ' ');
  return little_endian(text.size()) + text + data;
}

Weights read_safetensors(const fs::path& path) {
  const std::string bytes = read_file(path, kMaxSafetensorsBytes);
  Weights weights;
  try {
    weights = TensorReader(bytes, path.string()).read();
  } catch (const DataError& error) {
    throw DataError(shown(error.what(), kMaxMessageBytes));
  } catch (const Json::exception& error) {
    throw DataError(path.string() + ": header: " + shown(error.what(), kMaxMessageBytes) +
                    "; the file is damaged; fetch it again");
  }
  weights.source = path.filename().string() + " (float16 safetensors, sha256 " + hash_bytes(HashKind::sha256, bytes) +
                   "): " + shown(weights.source, kMaxMessageBytes);
  return weights;
}

}  // namespace soundfold::weights
