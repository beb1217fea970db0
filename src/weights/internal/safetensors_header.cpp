// SPDX-License-Identifier: Apache-2.0
#include "weights/internal/safetensors_header.h"

#include "network/description_text.h"
#include "support/errors.h"
#include "support/hashing.h"
#include "text/json_depth.h"

#include <algorithm>
#include <utility>

namespace soundfold::weights {
namespace {

constexpr std::uint64_t kMaxHeaderBytes = 1'000'000;
constexpr std::int64_t kMaxChannels = 65'536;

std::uint64_t from_little_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = SafetensorsHeader::kLengthBytes; i-- > 0;)
    number = number << 8U | static_cast<unsigned char>(bytes[i]);
  return number;
}

}  // namespace

std::string SafetensorsHeader::digest_of(Json header, std::string_view data) {
  header[kMetadata].erase("digest");
  Hasher hasher(HashKind::sha256);
  hasher.update(header.dump(-1, ' ', false, Json::error_handler_t::replace));
  hasher.update(data);
  return "sha256:" + hasher.hex_digest();
}

SafetensorsHeader::SafetensorsHeader(std::string_view bytes, std::string name) : name_(std::move(name)) {
  if (bytes.size() < kLengthBytes)
    fail("length of the header", "the file has only " + std::to_string(bytes.size()) + " bytes");
  const std::uint64_t length = from_little_endian(bytes);
  if (length > kMaxHeaderBytes) {
    fail("length of the header",
         std::to_string(length) + " bytes, at most " + std::to_string(kMaxHeaderBytes) + " are allowed");
  }
  if (length > bytes.size() - kLengthBytes) {
    fail("length of the header", std::to_string(length) + " bytes, but only " +
                                     std::to_string(bytes.size() - kLengthBytes) + " follow (truncated?)");
  }
  const auto size = static_cast<std::size_t>(length);
  if (nested_deeper_than(bytes.substr(kLengthBytes, size))) fail("header", "nested too deeply");
  json_ = Json::parse(bytes.begin() + kLengthBytes, bytes.begin() + static_cast<std::ptrdiff_t>(kLengthBytes + size),
                      nullptr, false);
  if (!json_.is_object()) fail("header", "not a JSON object");
  data_ = bytes.substr(kLengthBytes + size);
  check_metadata();
}

void SafetensorsHeader::fail(const std::string& where, const std::string& what) const {
  throw DataError(name_ + ": " + where + ": " + what +
                  "; the file is damaged or not one of Soundfold's; fetch it again");
}

void SafetensorsHeader::check_metadata() {
  if (!json_.contains(kMetadata) || !json_[kMetadata].is_object()) fail(kMetadata, "missing");
  for (const auto& [key, value] : json_[kMetadata].items()) {
    if (!value.is_string()) fail(std::string(kMetadata) + " " + key, "not a string");
  }
  if (text("format") != kFormat) fail("format", "'" + text("format") + "', expected '" + kFormat + "'");
  if (text("format_version") != kVersion && text("format_version") != kNetworkVersion) {
    throw DataError(name_ + ": format_version '" + text("format_version") + "', this program knows " + kVersion +
                    " and " + kNetworkVersion + "; use a newer Soundfold");
  }
}

std::string SafetensorsHeader::text(const std::string& key) const {
  const auto& metadata = json_.at(kMetadata);
  if (!metadata.contains(key)) fail(std::string(kMetadata) + " " + key, "missing");
  return metadata.at(key).get<std::string>();
}

network::Description SafetensorsHeader::network() const {
  if (text("format_version") == kVersion) return yamnet_with_strides();
  const std::string description = text("network");
  try {
    auto network = network::described(description);
    const auto too_large = [](const network::Layer& layer) { return layer.side < 1 || layer.side > kMaxSide; };
    if (std::any_of(network.layers.begin(), network.layers.end(), too_large)) {
      throw DataError("a kernel's side is not in 1 to " + std::to_string(kMaxSide));
    }
    return network;
  } catch (const DataError& error) {
    fail("network", error.what());
  }
}

void SafetensorsHeader::check_network(const network::Description& network) const {
  try {
    network::check(network);
  } catch (const UsageError& error) {
    fail("network", error.what());
  }
}

network::Description SafetensorsHeader::yamnet_with_strides() const {
  network::Description network = network::yamnet_description();
  auto& layers = network.layers;
  const std::string strides = text("strides");
  if (strides.size() != 2 * layers.size() - 1) {
    fail("strides", "'" + strides + "', expected " + std::to_string(layers.size()) + " numbers");
  }
  int halvings = 0, most_halvings = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const char digit = strides[2 * i];
    const bool allowed = digit == '1' || (digit == '2' && layers[i].kind != network::LayerKind::pointwise);
    if (!allowed || (i > 0 && strides[2 * i - 1] != ' ')) {
      fail("strides", "'" + strides + "', expected 1 or 2 for each layer and 1 for pointwise ones");
    }
    most_halvings += layers[i].stride == 2 ? 1 : 0;
    layers[i].stride = digit - '0';
    halvings += digit == '2' ? 1 : 0;
  }
  if (halvings > most_halvings) fail("strides", "more than " + std::to_string(most_halvings) + " are 2");
  return network;
}

void SafetensorsHeader::check_names(const std::vector<network::Layer>& layers) const {
  std::vector<std::string> names{kMetadata, "classifier.kernel", "classifier.bias"};
  for (const auto& layer : layers) {
    names.push_back(layer.name + ".kernel");
    names.push_back(layer.name + ".bias");
  }
  for (const auto& [key, value] : json_.items()) {
    if (std::find(names.begin(), names.end(), key) == names.end()) fail(key, "no tensor of this network");
    if (key != kMetadata) check_entry(key, value);
  }
  for (const auto& name : names) {
    if (!json_.contains(name)) fail(name, "missing");
  }
}

void SafetensorsHeader::check_entry(const std::string& name, const Json& entry) const {
  if (!entry.is_object() || entry.size() != 3) fail(name, "expected dtype, shape and data_offsets");
  const auto type = entry.find("dtype");
  if (type == entry.end() || !type->is_string() || type->get_ref<const std::string&>() != "F16") {
    fail(name + " dtype", "not F16");
  }
  if (count_of_numbers(name, entry, "shape") > 4) fail(name + " shape", "more than four dimensions");
  if (count_of_numbers(name, entry, "data_offsets") != 2) fail(name + " data_offsets", "not two numbers");
}

std::size_t SafetensorsHeader::count_of_numbers(const std::string& name, const Json& entry, const char* key) const {
  const auto list = entry.find(key);
  if (list == entry.end() || !list->is_array()) fail(name + " " + key, "not a list of numbers");
  for (const auto& number : *list) {
    if (!number.is_number_unsigned()) fail(name + " " + key, "not a list of whole numbers from 0 up");
  }
  return list->size();
}

std::int64_t SafetensorsHeader::dimension(const std::string& name, std::size_t position) const {
  const auto& shape = json_.at(name).at("shape");
  const std::uint64_t size = position < shape.size() ? shape.at(position).get<std::uint64_t>() : 0;
  if (size < 1 || size > static_cast<std::uint64_t>(kMaxChannels)) {
    fail(name + " shape", std::to_string(size) + " channels, allowed are 1 to " + std::to_string(kMaxChannels));
  }
  return static_cast<std::int64_t>(size);
}

std::vector<std::int64_t> SafetensorsHeader::shape(const std::string& name) const {
  std::vector<std::int64_t> shape;
  for (const auto& size : json_.at(name).at("shape")) {
    shape.push_back(static_cast<std::int64_t>(size.get<std::uint64_t>()));
  }
  return shape;
}

std::uint64_t SafetensorsHeader::offset(const std::string& name, std::size_t which) const {
  return json_.at(name).at("data_offsets").at(which).get<std::uint64_t>();
}

void SafetensorsHeader::check_digest() const {
  const std::string digest = digest_of(json_, data_);
  if (digest != text("digest")) fail("digest", "'" + text("digest") + "', but the content has " + digest);
}

network::Activation SafetensorsHeader::activation() const {
  const std::string name = text("activation");
  const auto activation = network::activation_from_name(name);
  if (!activation) fail("activation", "'" + name + "', expected relu or relu6");
  return *activation;
}

std::vector<std::string> SafetensorsHeader::class_names(std::int64_t classes) const {
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

}  // namespace soundfold::weights
