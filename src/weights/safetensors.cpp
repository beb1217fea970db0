// SPDX-License-Identifier: Apache-2.0
#include "weights/safetensors.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "text/json_depth.h"
#include "text/text.h"
#include "weights/batch_norm_folding.h"
#include "weights/importing.h"
#include "weights/internal/float16.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <utility>

namespace soundfold::weights {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kMetadata = "__metadata__";
constexpr const char* kFormat = "soundfold yamnet weights";
constexpr const char* kVersion = "1";
constexpr const char* kDigestKind = "sha256:";
constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kHeaderAlignment = 8;
constexpr std::uint64_t kMaxHeaderBytes = 1'000'000;
constexpr std::uintmax_t kMaxSafetensorsBytes = 100'000'000;
constexpr std::int64_t kMaxChannels = 65'536;
constexpr int kMaxHalvings = 5;  ///< a patch of 96 x 64 becomes 3 x 2

using Shape = std::vector<std::int64_t>;

struct Tensor {
  std::string name;
  Shape shape;
  std::vector<float> values;
};

Shape stored_shape(const ConvLayer& layer) {
  switch (layer.kind) {
    case ConvLayer::Kind::full:
      return {layer.out_channels, layer.in_channels, 3, 3};
    case ConvLayer::Kind::depthwise:
      return {layer.out_channels, 1, 3, 3};
    case ConvLayer::Kind::pointwise:
      return {layer.out_channels, layer.in_channels, 1, 1};
  }
  return {};
}

/// Over the header without its digest, as JSON without spaces, and then the tensors' bytes.
std::string digest_of(Json header, std::string_view data) {
  header[kMetadata].erase("digest");
  Hasher hasher(HashKind::sha256);
  hasher.update(header.dump(-1, ' ', false, Json::error_handler_t::replace));
  hasher.update(data);
  return kDigestKind + hasher.hex_digest();
}

// ---- writing ----

std::vector<Tensor> tensors_of(const Weights& weights) {
  std::vector<Tensor> tensors;
  for (const auto& layer : weights.layers) {
    FoldedLayer folded = fold_batch_norm(layer);
    tensors.push_back({layer.name + ".kernel", stored_shape(layer), std::move(folded.kernel)});
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

Json metadata_of(const Weights& weights) {
  std::string strides;
  for (const auto& layer : weights.layers) strides += (strides.empty() ? "" : " ") + std::to_string(layer.stride);
  return {{"format", kFormat},
          {"format_version", kVersion},
          {"activation", activation_name(weights.activation)},
          {"strides", strides},
          {"class_names", Json(weights.class_names).dump(-1, ' ', false, Json::error_handler_t::replace)},
          {"source", weights.source}};
}

std::string little_endian(std::uint64_t number) {
  std::string bytes;
  for (std::size_t i = 0; i < kLengthBytes; ++i) bytes += static_cast<char>((number >> (8 * i)) & 0xFFU);
  return bytes;
}

std::uint64_t from_little_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;) number = number << 8U | static_cast<unsigned char>(bytes[i]);
  return number;
}

// ---- reading ----

/// One file being read. The header's structure is checked as a whole before any of it is used.
class Reader {
 public:
  Reader(const std::string& bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  Weights read() {
    split();
    check_metadata();
    Weights weights;
    weights.layers = layers();
    check_names(weights.layers);
    read_layers(weights);
    read_classifier(weights);
    if (offset_ != data_.size()) {
      fail("tensors", std::to_string(data_.size()) + " bytes, but the header accounts for " + std::to_string(offset_));
    }
    check_digest();
    weights.activation = activation();
    weights.class_names = class_names(weights.class_count());
    weights.source = text("source");
    return weights;
  }

 private:
  [[noreturn]] void fail(const std::string& where, const std::string& what) const {
    throw DataError(name_ + ": " + where + ": " + what +
                    "; the file is damaged or not one of Soundfold's; fetch it again");
  }

  void split() {
    if (bytes_.size() < kLengthBytes)
      fail("length of the header", "the file has only " + std::to_string(bytes_.size()) + " bytes");
    const std::uint64_t length = from_little_endian(bytes_);
    if (length > kMaxHeaderBytes) {
      fail("length of the header",
           std::to_string(length) + " bytes, at most " + std::to_string(kMaxHeaderBytes) + " are allowed");
    }
    if (length > bytes_.size() - kLengthBytes) {
      fail("length of the header", std::to_string(length) + " bytes, but only " +
                                       std::to_string(bytes_.size() - kLengthBytes) + " follow (truncated?)");
    }
    const auto size = static_cast<std::size_t>(length);
    if (nested_deeper_than(std::string_view(bytes_).substr(kLengthBytes, size))) fail("header", "nested too deeply");
    header_ = Json::parse(bytes_.begin() + kLengthBytes,
                          bytes_.begin() + static_cast<std::ptrdiff_t>(kLengthBytes + size), nullptr, false);
    if (!header_.is_object()) fail("header", "not a JSON object");
    data_ = std::string_view(bytes_).substr(kLengthBytes + size);
  }

  void check_metadata() {
    if (!header_.contains(kMetadata) || !header_[kMetadata].is_object()) fail(kMetadata, "missing");
    for (const auto& [key, value] : header_[kMetadata].items()) {
      if (!value.is_string()) fail(std::string(kMetadata) + " " + key, "not a string");
    }
    if (text("format") != kFormat) fail("format", "'" + text("format") + "', expected '" + kFormat + "'");
    if (text("format_version") != kVersion) {
      throw DataError(name_ + ": format_version '" + text("format_version") + "', this program knows " + kVersion +
                      "; use a newer Soundfold");
    }
  }

  std::string text(const std::string& key) const {
    const auto& metadata = header_.at(kMetadata);
    if (!metadata.contains(key)) fail(std::string(kMetadata) + " " + key, "missing");
    return metadata.at(key).get<std::string>();
  }

  /// YAMNet's layers with the file's strides, and no channels yet.
  std::vector<ConvLayer> layers() const {
    std::vector<ConvLayer> layers = yamnet_layers();
    const std::string strides = text("strides");
    if (strides.size() != 2 * layers.size() - 1) {
      fail("strides", "'" + strides + "', expected " + std::to_string(layers.size()) + " numbers");
    }
    int halvings = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const char digit = strides[2 * i];
      const bool allowed = digit == '1' || (digit == '2' && layers[i].kind != ConvLayer::Kind::pointwise);
      if (!allowed || (i > 0 && strides[2 * i - 1] != ' ')) {
        fail("strides", "'" + strides + "', expected 1 or 2 for each layer and 1 for pointwise ones");
      }
      layers[i].stride = digit - '0';
      halvings += digit == '2' ? 1 : 0;
    }
    if (halvings > kMaxHalvings) fail("strides", "more than " + std::to_string(kMaxHalvings) + " are 2");
    return layers;
  }

  /// The header describes the network's tensors, each with a type, a shape and a place, and nothing else.
  void check_names(const std::vector<ConvLayer>& layers) const {
    std::vector<std::string> names{kMetadata, "classifier.kernel", "classifier.bias"};
    for (const auto& layer : layers) {
      names.push_back(layer.name + ".kernel");
      names.push_back(layer.name + ".bias");
    }
    for (const auto& [key, value] : header_.items()) {
      if (std::find(names.begin(), names.end(), key) == names.end()) fail(key, "no tensor of this network");
      if (key != kMetadata) check_entry(key, value);
    }
    for (const auto& name : names) {
      if (!header_.contains(name)) fail(name, "missing");
    }
  }

  void check_entry(const std::string& name, const Json& entry) const {
    if (!entry.is_object() || entry.size() != 3) fail(name, "expected dtype, shape and data_offsets");
    const auto type = entry.find("dtype");
    if (type == entry.end() || !type->is_string() || type->get_ref<const std::string&>() != "F16") {
      fail(name + " dtype", "not F16");
    }
    if (count_of_numbers(name, entry, "shape") > 4) fail(name + " shape", "more than four dimensions");
    if (count_of_numbers(name, entry, "data_offsets") != 2) fail(name + " data_offsets", "not two numbers");
  }

  std::size_t count_of_numbers(const std::string& name, const Json& entry, const char* key) const {
    const auto list = entry.find(key);
    if (list == entry.end() || !list->is_array()) fail(name + " " + key, "not a list of numbers");
    for (const auto& number : *list) {
      if (!number.is_number_unsigned()) fail(name + " " + key, "not a list of whole numbers from 0 up");
    }
    return list->size();
  }

  std::int64_t dimension(const std::string& name, std::size_t position) const {
    const auto& shape = header_.at(name).at("shape");
    const std::uint64_t size = position < shape.size() ? shape.at(position).get<std::uint64_t>() : 0;
    if (size < 1 || size > static_cast<std::uint64_t>(kMaxChannels)) {
      fail(name + " shape", std::to_string(size) + " channels, allowed are 1 to " + std::to_string(kMaxChannels));
    }
    return static_cast<std::int64_t>(size);
  }

  /// The values of the next tensor, which must have exactly `shape` and lie right behind the one before.
  std::vector<float> values(const std::string& name, const Shape& shape) {
    const auto& entry = header_.at(name);
    std::uint64_t count = 1;
    for (const auto size : shape) count *= static_cast<std::uint64_t>(size);  // at most 2^16 * 2^16 * 9
    Shape given;
    for (const auto& size : entry.at("shape")) given.push_back(static_cast<std::int64_t>(size.get<std::uint64_t>()));
    if (given != shape) fail(name + " shape", shape_text(given) + ", expected " + shape_text(shape));
    const auto begin = entry.at("data_offsets").at(0).get<std::uint64_t>();
    const auto end = entry.at("data_offsets").at(1).get<std::uint64_t>();
    if (begin != offset_ || end < begin || end - begin != 2 * count) {
      fail(name + " data_offsets", std::to_string(begin) + " to " + std::to_string(end) + ", expected " +
                                       std::to_string(offset_) + " to " + std::to_string(offset_ + 2 * count));
    }
    if (end > data_.size()) {
      fail(name, "ends at byte " + std::to_string(end) + " of " + std::to_string(data_.size()) + " (truncated?)");
    }
    std::vector<float> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto at = [&](std::size_t n) { return static_cast<unsigned char>(data_[offset_ + 2 * i + n]); };
      values[i] = float16_value(static_cast<std::uint16_t>(at(0) | (at(1) << 8)));
    }
    check_finite(values, name_ + ": " + name);
    offset_ = static_cast<std::size_t>(end);
    return values;
  }

  void read_layers(Weights& weights) {
    std::int64_t channels = 1;
    for (auto& layer : weights.layers) {
      layer.in_channels = channels;
      layer.out_channels = dimension(layer.name + ".kernel", 0);
      if (layer.kind == ConvLayer::Kind::depthwise && layer.out_channels != channels) {
        fail(layer.name + ".kernel shape",
             std::to_string(layer.out_channels) + " channels, but " + std::to_string(channels) + " come in");
      }
      layer.kernel = values(layer.name + ".kernel", stored_shape(layer));
      layer.beta = values(layer.name + ".bias", {layer.out_channels});
      layer.mean.assign(layer.beta.size(), 0.0F);
      layer.variance.assign(layer.beta.size(), kFoldedVariance);
      channels = layer.out_channels;
    }
  }

  void read_classifier(Weights& weights) {
    const std::int64_t classes = dimension("classifier.kernel", 0);
    weights.classifier_kernel = values("classifier.kernel", {classes, weights.embedding_size()});
    weights.classifier_bias = values("classifier.bias", {classes});
  }

  void check_digest() const {
    const std::string digest = digest_of(header_, data_);
    if (digest != text("digest")) fail("digest", "'" + text("digest") + "', but the content has " + digest);
  }

  Activation activation() const {
    const std::string name = text("activation");
    if (name == "relu") return Activation::relu;
    if (name != "relu6") fail("activation", "'" + name + "', expected relu or relu6");
    return Activation::relu6;
  }

  std::vector<std::string> class_names(std::int64_t classes) const {
    const Json list = Json::parse(text("class_names"), nullptr, false);
    if (!list.is_array() || static_cast<std::int64_t>(list.size()) != classes) {
      fail("class_names", "not a list of " + std::to_string(classes) + " names");
    }
    std::vector<std::string> names;
    for (const auto& name : list) {
      if (!name.is_string() || name.get_ref<const std::string&>().empty())
        fail("class_names", "an entry is not a string");
      names.push_back(name.get<std::string>());
    }
    return names;
  }

  const std::string& bytes_;
  std::string name_;
  Json header_;
  std::string_view data_;
  std::size_t offset_ = 0;  ///< of the next tensor in data_
};

}  // namespace

bool is_safetensors(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string start(kLengthBytes + 1, '\0');
  if (!in.read(start.data(), static_cast<std::streamsize>(start.size()))) return false;
  return start.back() == '{' && start.compare(4, 4, std::string(4, '\0')) == 0;
}

std::string safetensors_bytes(const Weights& weights) {
  Json header = Json::object();
  header[kMetadata] = metadata_of(weights);
  std::string data;
  for (const auto& tensor : tensors_of(weights)) {
    const std::size_t begin = data.size();
    append_float16(data, tensor);
    header[tensor.name] = {{"dtype", "F16"}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  header[kMetadata]["digest"] = digest_of(header, data);
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.append((kHeaderAlignment - text.size() % kHeaderAlignment) % kHeaderAlignment, ' ');
  return little_endian(text.size()) + text + data;
}

Weights read_safetensors(const fs::path& path) {
  const std::string bytes = read_file(path, kMaxSafetensorsBytes);
  Weights weights;
  try {
    weights = Reader(bytes, path.string()).read();
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
