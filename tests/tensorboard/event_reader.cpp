// SPDX-License-Identifier: Apache-2.0
#include "tensorboard/event_reader.h"

#include "support/files.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace soundfold::testing {
namespace {

std::uint64_t little_endian(const std::string& bytes, std::size_t at, std::size_t count) {
  if (at + count > bytes.size()) throw std::runtime_error("a number is cut off");
  std::uint64_t number = 0;
  for (std::size_t i = count; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

std::uint64_t varint(const std::string& bytes, std::size_t& at) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.at(at++));
    number |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) return number;
  }
  throw std::runtime_error("a varint is too long");
}

void check_crc(const std::string& data, std::uint64_t masked) {
  const auto crc = slow_crc32c(data);
  const std::uint32_t expected = ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
  if (masked != expected) throw std::runtime_error("a checksum is wrong");
}

void add_value(const std::string& value, std::int64_t step, Events& events) {
  const auto tag = field_at(value, {1}).bytes;
  for (const auto& field : fields_of(value)) {
    if (field.number == 2) events.scalars[tag][step] = field.as_float();
    if (field.number == 4) events.images[tag] = field_at(value, {4, 4}).bytes;
    if (field.number != 9) continue;
    const auto plugin = field_at(value, {9, 1, 1}).bytes;
    if (plugin == "text") {
      events.texts[tag] = field_at(value, {8, 8}).bytes;
    } else {
      events.plugins[tag] = field_at(value, {9, 1, 2}).bytes;
    }
  }
}

void add_event(const std::string& event, Events& events) {
  std::int64_t step = 0;
  for (const auto& field : fields_of(event)) {
    if (field.number == 2) step = static_cast<std::int64_t>(field.bits);
    if (field.number == 7) events.session_starts.push_back(step);
    if (field.number != 5) continue;
    for (const auto& value : fields_of(field.bytes)) add_value(value.bytes, step, events);
  }
}

}  // namespace

double Field::as_double() const {
  double value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

float Field::as_float() const {
  const auto low = static_cast<std::uint32_t>(bits);
  float value = 0;
  std::memcpy(&value, &low, sizeof value);
  return value;
}

std::vector<Field> fields_of(const std::string& message) {
  std::vector<Field> fields;
  for (std::size_t at = 0; at < message.size();) {
    const auto key = varint(message, at);
    Field field{static_cast<unsigned>(key >> 3), static_cast<unsigned>(key & 7), 0, {}};
    if (field.wire_type == 0) {
      field.bits = varint(message, at);
    } else if (field.wire_type == 1 || field.wire_type == 5) {
      const std::size_t size = field.wire_type == 1 ? 8 : 4;
      field.bits = little_endian(message, at, size);
      at += size;
    } else if (field.wire_type == 2) {
      const auto size = varint(message, at);
      if (at + size > message.size()) throw std::runtime_error("a field is cut off");
      field.bytes = message.substr(at, size);
      at += size;
    } else {
      throw std::runtime_error("a field of an unknown kind");
    }
    fields.push_back(field);
  }
  return fields;
}

Field field_at(const std::string& message, const std::vector<unsigned>& numbers) {
  Field found;
  found.bytes = message;
  for (const auto number : numbers) {
    const auto fields = fields_of(found.bytes);
    const auto at = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.number == number; });
    if (at == fields.end()) throw std::runtime_error("no field " + std::to_string(number));
    found = *at;
  }
  return found;
}

std::vector<std::string> records_of(const std::string& file) {
  std::vector<std::string> records;
  for (std::size_t at = 0; at < file.size();) {
    const auto size = little_endian(file, at, 8);
    check_crc(file.substr(at, 8), little_endian(file, at + 8, 4));
    if (at + 16 + size > file.size()) throw std::runtime_error("a record is cut off");
    records.push_back(file.substr(at + 12, size));
    check_crc(records.back(), little_endian(file, at + 12 + size, 4));
    at += 16 + size;
  }
  return records;
}

std::uint32_t slow_crc32c(const std::string& bytes) {
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82F63B78U : 0);
  }
  return ~crc;
}

Events events_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().find("tfevents") != std::string::npos) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Events events;
  events.files = files.size();
  for (const auto& file : files) {
    const auto records = records_of(read_file(file));
    if (records.empty() || field_at(records.front(), {3}).bytes != "brain.Event:2") {
      throw std::runtime_error("the first event gives no version");
    }
    for (const auto& event : records) add_event(event, events);
  }
  return events;
}

}  // namespace soundfold::testing
