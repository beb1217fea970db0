// SPDX-License-Identifier: Apache-2.0
#include "weights/safetensors.h"

#include "network/description_text.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "tensor_files/safetensors.h"
#include "text/text.h"
#include "weights/importing.h"
#include "weights/network_tensors.h"

#include <fstream>
#include <utility>

namespace soundfold::weights {
namespace fs = std::filesystem;
namespace {

using Json = SafetensorsWriter::Json;

constexpr const char* kFormat = "soundfold yamnet weights";
constexpr const char* kFamilyVersion = "1";   ///< YAMNet's family
constexpr const char* kNetworkVersion = "2";  ///< any other network of layers, described in the texts
constexpr const char* kTransformerVersion = "3";
constexpr const char* kMobileNetVersion = "4";
constexpr std::uintmax_t kMaxSafetensorsBytes = 500'000'000;

std::string version_of(const network::Description& network) {
  if (network.transformer) return kTransformerVersion;
  if (network.mobilenet) return kMobileNetVersion;
  return network::is_of_yamnet_family(network) ? kFamilyVersion : kNetworkVersion;
}

/// float16 would move a transformer's answers more than its published tolerance; what a MobileNet's would do is not
/// known.
TensorType type_of(const network::Description& network) {
  return network.has_layers() ? TensorType::float16 : TensorType::float32;
}

std::string strides_text(const network::Description& network) {
  std::string strides;
  for (const auto& layer : network.layers) strides += (strides.empty() ? "" : " ") + std::to_string(layer.stride);
  return strides;
}

/// Files of YAMNet's family give its strides, those of other networks all that the tensors do not tell.
Json texts_of(const Weights& weights) {
  const bool of_family = network::is_of_yamnet_family(weights.network);
  Json texts{{"format", kFormat}, {"format_version", version_of(weights.network)}};
  add_network_texts(texts, weights.network);
  if (of_family) {
    texts.erase("network");
    texts["strides"] = strides_text(weights.network);
  }
  texts["class_names"] = Json(weights.class_names).dump(-1, ' ', false, Json::error_handler_t::replace);
  texts["source"] = weights.source;
  return texts;
}

network::Description yamnet_with_strides(const SafetensorsReader& file) {
  network::Description network = network::yamnet_description();
  auto& layers = network.layers;
  const std::string& strides = file.text("strides");
  if (strides.size() != 2 * layers.size() - 1) {
    file.fail("strides", "'" + strides + "', expected " + std::to_string(layers.size()) + " numbers");
  }
  int halvings = 0, most_halvings = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const char digit = strides[2 * i];
    const bool allowed = digit == '1' || (digit == '2' && layers[i].kind != network::LayerKind::pointwise);
    if (!allowed || (i > 0 && strides[2 * i - 1] != ' ')) {
      file.fail("strides", "'" + strides + "', expected 1 or 2 for each layer and 1 for pointwise ones");
    }
    most_halvings += layers[i].stride == 2 ? 1 : 0;
    layers[i].stride = digit - '0';
    halvings += digit == '2' ? 1 : 0;
  }
  if (halvings > most_halvings) file.fail("strides", "more than " + std::to_string(most_halvings) + " are 2");
  return network;
}

Weights weights_in(const std::string& bytes, const std::string& name) {
  SafetensorsReader file(tensor_files::source_of(bytes), name);
  file.check_format(kFormat, {kFamilyVersion, kNetworkVersion, kTransformerVersion, kMobileNetVersion});
  auto network = file.text("format_version") == kFamilyVersion ? yamnet_with_strides(file) : network_in(file);
  const std::string& version = file.text("format_version");
  const bool of_layers = version == kFamilyVersion || version == kNetworkVersion;
  if (network.has_layers() ? !of_layers : version != version_of(network)) {
    file.fail("format_version", "not that of such a network");
  }
  const auto type = type_of(network);
  file.check_entries(network_entries(network, type));
  Weights weights = read_network(file, std::move(network), type);
  file.check_end();
  check_network(file, weights.network);
  weights.network.activation = activation_in(file);
  weights.class_names = file.names("class_names", weights.class_count());
  weights.source = file.text("source");
  return weights;
}

}  // namespace

bool is_safetensors(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string start(SafetensorsReader::kLengthBytes + 1, '\0');
  if (!in.read(start.data(), static_cast<std::streamsize>(start.size()))) return false;
  return start.back() == '{' && start.compare(4, 4, std::string(4, '\0')) == 0;
}

std::string safetensors_bytes(const Weights& weights) {
  SafetensorsWriter file(texts_of(weights));
  add_network(file, weights, type_of(weights.network));
  return file.bytes();
}

Weights read_safetensors(const fs::path& path) {
  const std::string bytes = read_file(path, kMaxSafetensorsBytes);
  Weights weights;
  tensor_files::reading_safetensors(path.string(), [&] { weights = weights_in(bytes, path.string()); });
  const std::string kind = type_of(weights.network) == TensorType::float16 ? "float16" : "float32";
  weights.source = path.filename().string() + " (" + kind + " safetensors, sha256 " +
                   hash_bytes(HashKind::sha256, bytes) + "): " + shown(weights.source, kMaxMessageBytes);
  return weights;
}

}  // namespace soundfold::weights
