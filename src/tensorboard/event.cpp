// SPDX-License-Identifier: Apache-2.0
#include "tensorboard/event.h"

#include <isa-l/crc.h>
#include <protozero/pbf_writer.hpp>

#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>

namespace soundfold::tensorboard {
namespace {

using Message = protozero::pbf_writer;

constexpr const char* kHyperparameterPlugin = "hparams";

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// SummaryMetadata.plugin_data: which part of TensorBoard shows the value.
void add_plugin(Message& value, const std::string& name, const std::string& content = "") {
  Message metadata(value, 9), data(metadata, 1);
  data.add_string(1, name);
  if (!content.empty()) data.add_bytes(2, content);
}

/// The numbers of TensorProto.dtype.
enum DataType { kFloatType = 1, kStringType = 7 };

/// TensorProto's type and its shape of one dimension.
void add_type(Message& tensor, DataType type, std::int64_t size) {
  tensor.add_enum(1, type);
  Message shape(tensor, 2), dimension(shape, 2);
  dimension.add_int64(1, size);
}

/// A value of the plugin for hyperparameters, whose content is in its metadata.
std::string session_value(const std::string& tag, const std::string& content) {
  std::string bytes;
  Message value(bytes);
  value.add_string(1, tag);
  {
    Message tensor(value, 8);
    add_type(tensor, kFloatType, 0);
  }
  add_plugin(value, kHyperparameterPlugin, content);
  return bytes;
}

std::optional<double> number_in(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

/// google.protobuf.Value.
void add_setting(Message& value, const std::string& text) {
  if (const auto number = number_in(text)) {
    value.add_double(2, *number);
  } else if (text == "true" || text == "false") {
    value.add_bool(4, text == "true");
  } else {
    value.add_string(3, text);
  }
}

std::string little_endian(std::uint64_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i) & 0xff);
  return text;
}

}  // namespace

Event::Event(std::int64_t step) {
  Message event(bytes_);
  event.add_double(1, seconds_now());
  event.add_int64(2, step);
}

Event Event::file_version() {
  Event event;
  Message message(event.bytes_);
  message.add_double(1, seconds_now());
  message.add_string(3, "brain.Event:2");
  return event;
}

Event& Event::session_start() {
  constexpr int kStart = 1;
  Message event(bytes_), log(event, 7);
  log.add_enum(1, kStart);
  return *this;
}

void Event::add_value(const std::string& value) {
  // A message that appears twice is the two joined, so every value may come in a Summary of its own.
  Message event(bytes_), summary(event, 5);
  summary.add_message(1, value);
}

Event& Event::scalar(const std::string& tag, double value) {
  if (!std::isfinite(value)) return *this;
  std::string bytes;
  Message message(bytes);
  message.add_string(1, tag);
  message.add_float(2, static_cast<float>(value));
  add_value(bytes);
  return *this;
}

Event& Event::text(const std::string& tag, const std::string& markdown) {
  std::string bytes;
  Message value(bytes);
  value.add_string(1, tag);
  {
    Message tensor(value, 8);
    add_type(tensor, kStringType, 1);
    tensor.add_bytes(8, markdown);
  }
  add_plugin(value, "text");
  add_value(bytes);
  return *this;
}

Event& Event::image(const std::string& tag, const std::string& png, int width, int height) {
  constexpr int kRgb = 3;
  std::string bytes;
  Message value(bytes);
  value.add_string(1, tag);
  {
    Message image(value, 4);
    image.add_int32(1, height);
    image.add_int32(2, width);
    image.add_int32(3, kRgb);
    image.add_bytes(4, png);
  }
  add_value(bytes);
  return *this;
}

Event& Event::hyperparameters(const std::vector<std::pair<std::string, std::string>>& settings) {
  std::string content;
  {
    Message data(content), start(data, 3);
    for (const auto& [name, text] : settings) {
      Message entry(start, 1);
      entry.add_string(1, name);
      Message value(entry, 2);
      add_setting(value, text);
    }
    start.add_double(5, seconds_now());
  }
  add_value(session_value("_hparams_/session_start_info", content));
  return *this;
}

Event& Event::session_end(bool success) {
  constexpr int kSuccess = 1, kFailure = 2;
  std::string content;
  {
    Message data(content), end(data, 4);
    end.add_enum(1, success ? kSuccess : kFailure);
    end.add_double(2, seconds_now());
  }
  add_value(session_value("_hparams_/session_end_info", content));
  return *this;
}

std::uint32_t masked_crc32c(const std::string& bytes) {
  // ISA-L takes and gives the register as it is, without the inversions at begin and end; it only reads the bytes.
  auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
  const std::uint32_t crc = ~crc32_iscsi(data, static_cast<int>(bytes.size()), ~0U);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

std::string record(const std::string& data) {
  const auto length = little_endian(data.size(), 8);
  return length + little_endian(masked_crc32c(length), 4) + data + little_endian(masked_crc32c(data), 4);
}

}  // namespace soundfold::tensorboard
