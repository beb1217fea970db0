// SPDX-License-Identifier: Apache-2.0
#include "tensor_files/safetensors.h"

#include "support/errors.h"
#include "tensor_files/float16.h"
#include "tensor_files/values.h"
#include "text/json_depth.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace soundfold::tensor_files {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHeaderAlignment = 8;

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const char* prefix_of(HashKind kind) {
  return kind == HashKind::sha256 ? "sha256:" : "xxh3_128:";
}

/// What a digest begins with: the header without its digest, as JSON without spaces. The tensors' bytes follow.
Hasher hasher_of(Json header, HashKind kind) {
  header[SafetensorsReader::kTexts].erase("digest");
  Hasher hasher(kind);
  hasher.update(dumped(header));
  return hasher;
}

std::string little_endian(std::uint64_t number) {
  std::string bytes;
  for (std::size_t i = 0; i < SafetensorsReader::kLengthBytes; ++i)
    bytes += static_cast<char>((number >> (8 * i)) & 0xFFU);
  return bytes;
}

std::uint64_t from_little_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = SafetensorsReader::kLengthBytes; i-- > 0;)
    number = number << 8U | static_cast<unsigned char>(bytes[i]);
  return number;
}

std::size_t bytes_of(TensorType type) {
  constexpr std::size_t kBytes[] = {2, 4, 1, 8};
  return kBytes[static_cast<std::size_t>(type)];
}

void append_float16(std::string& data, const std::vector<float>& values) {
  for (const float value : values) {
    const std::uint16_t bits = float16_bits(value);
    data += static_cast<char>(bits & 0xFFU);
    data += static_cast<char>(bits >> 8U);
  }
}

float float16_at(std::string_view bytes, std::size_t place) {
  const auto at = [&](std::size_t n) { return static_cast<unsigned char>(bytes[2 * place + n]); };
  return float16_value(static_cast<std::uint16_t>(at(0) | (at(1) << 8)));
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(Json texts, HashKind digest) : digest_(digest) {
  header_[SafetensorsReader::kTexts] = std::move(texts);
}

void SafetensorsWriter::add(const std::string& name, const TensorSizes& sizes, const std::vector<float>& values,
                            TensorType type) {
  const float largest = type == TensorType::float16 ? kLargestFloat16 : std::numeric_limits<float>::max();
  const auto bad = std::find_if(values.begin(), values.end(), [&](float x) { return !(std::abs(x) <= largest); });
  if (bad != values.end()) {
    throw DataError(name + ": the value " + std::to_string(*bad) + " does not fit into " +
                    (type == TensorType::float16 ? "float16 (largest " + std::to_string(largest) + ")" : "float32"));
  }
  const std::size_t begin = data_.size();
  if (type == TensorType::float16) {
    append_float16(data_, values);
  } else {
    data_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  }
  enter(name, type, sizes, begin);
}

void SafetensorsWriter::add(const std::string& name, std::string_view bytes) {
  const std::size_t begin = data_.size();
  data_ += bytes;
  enter(name, TensorType::bytes, {static_cast<std::int64_t>(bytes.size())}, begin);
}

void SafetensorsWriter::enter(const std::string& name, TensorType type, const TensorSizes& sizes, std::size_t begin) {
  header_[name] = {{"dtype", name_of(type)}, {"shape", sizes}, {"data_offsets", {begin, data_.size()}}};
}

std::string SafetensorsWriter::bytes() const {
  Json header = header_;
  Hasher hasher = hasher_of(header_, digest_);
  hasher.update(data_);
  header[SafetensorsReader::kTexts]["digest"] = prefix_of(digest_) + hasher.hex_digest();
  std::string text = dumped(header);
  text.append((kHeaderAlignment - text.size() % kHeaderAlignment) % kHeaderAlignment, ' ');
  return little_endian(text.size()) + text + data_;
}

SafetensorsReader::SafetensorsReader(Source source, std::string name, std::optional<HashKind> digest,
                                     std::uint64_t max_header_bytes)
    : source_(std::move(source)), name_(std::move(name)), digest_(digest) {
  const std::string text = read_header(max_header_bytes);
  if (nested_deeper_than(text)) fail("header", "nested too deeply");
  json_ = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json_.is_object()) fail("header", "not a JSON object");
  if (!digest_) return;
  check_texts();
  hasher_ = hasher_of(json_, *digest_);
}

std::string SafetensorsReader::read_header(std::uint64_t max_header_bytes) {
  if (source_.size < kLengthBytes)
    fail("length of the header", "truncated: the file has only " + std::to_string(source_.size) + " bytes");
  std::string bytes(kLengthBytes, '\0');
  if (!source_.read(bytes.data(), bytes.size())) fail("length of the header", "cannot be read");
  const std::uint64_t length = from_little_endian(bytes);
  if (length > max_header_bytes) {
    fail("length of the header",
         std::to_string(length) + " bytes, at most " + std::to_string(max_header_bytes) + " are allowed");
  }
  if (length > source_.size - kLengthBytes) {
    fail("length of the header", std::to_string(length) + " bytes, but only " +
                                     std::to_string(source_.size - kLengthBytes) + " follow (truncated?)");
  }
  std::string text(static_cast<std::size_t>(length), '\0');
  if (!source_.read(text.data(), text.size())) fail("header", "cannot be read");
  data_size_ = source_.size - kLengthBytes - length;
  return text;
}

void SafetensorsReader::fail(const std::string& where, const std::string& what) const {
  throw DataError(name_ + ": " + where + ": " + what +
                  (digest_ ? "; the file is damaged or not one of Soundfold's; fetch it again"
                           : "; the file is damaged, or another network's; fetch it again"));
}

std::size_t SafetensorsReader::check_place(const std::string& name, const TensorSizes& sizes, TensorType type) {
  TensorSizes given;
  for (const auto& size : json_.at(name).at("shape")) {
    given.push_back(static_cast<std::int64_t>(size.get<std::uint64_t>()));
  }
  if (given != sizes) fail(name + " shape", shape_text(given) + ", expected " + shape_text(sizes));
  std::uint64_t count = bytes_of(type);
  for (const auto size : sizes) {
    if (size != 0 && count > std::numeric_limits<std::uint64_t>::max() / 4 / static_cast<std::uint64_t>(size)) {
      fail(name + " shape", "too large");
    }
    count *= static_cast<std::uint64_t>(size);
  }
  const auto& offsets = json_.at(name).at("data_offsets");
  const auto begin = offsets.at(0).get<std::uint64_t>(), end = offsets.at(1).get<std::uint64_t>();
  if (begin != offset_ || end < begin || end - begin != count) {
    fail(name + " data_offsets", std::to_string(begin) + " to " + std::to_string(end) + ", expected " +
                                     std::to_string(offset_) + " to " + std::to_string(offset_ + count));
  }
  if (end > data_size_) {
    fail(name, "ends at byte " + std::to_string(end) + " of " + std::to_string(data_size_) + " (truncated?)");
  }
  offset_ = end;
  return static_cast<std::size_t>(count);
}

void SafetensorsReader::read_tensor(const std::string& name, char* to, std::size_t count) {
  if (!source_.read(to, count)) fail(name, "cannot be read (truncated?)");
  if (hasher_) hasher_->update(to, count);
}

std::vector<float> SafetensorsReader::values(const std::string& name, const TensorSizes& sizes, TensorType type) {
  const std::size_t count = check_place(name, sizes, type);
  std::vector<float> values(count / bytes_of(type));
  if (type == TensorType::float16) {
    std::string halves(count, '\0');
    read_tensor(name, halves.data(), count);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = float16_at(halves, i);
  } else {
    read_tensor(name, reinterpret_cast<char*>(values.data()), count);
  }
  check_finite(values, name_ + ": " + name);
  return values;
}

std::string SafetensorsReader::bytes(const std::string& name, std::size_t count) {
  std::string bytes(check_place(name, {static_cast<std::int64_t>(count)}, TensorType::bytes), '\0');
  read_tensor(name, bytes.data(), bytes.size());
  return bytes;
}

std::int64_t SafetensorsReader::whole_number(const std::string& name) {
  std::int64_t number = 0;
  read_tensor(name, reinterpret_cast<char*>(&number), check_place(name, {}, TensorType::int64));
  return number;
}

void SafetensorsReader::check_end() {
  if (offset_ != data_size_) {
    fail("tensors", std::to_string(data_size_) + " bytes, but the header accounts for " + std::to_string(offset_));
  }
  if (!hasher_) return;
  const std::string found = prefix_of(*digest_) + hasher_->hex_digest();
  if (found != text("digest")) fail("digest", "'" + text("digest") + "', but the content has " + found);
}

}  // namespace soundfold::tensor_files
