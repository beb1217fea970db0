// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Event files as TensorBoard reads them: protobuf messages in checksummed records.
namespace soundfold::tensorboard {

/// What TensorBoard is given for one step, as the protobuf message `Event` (tensorboard/compat/proto/event.proto and
/// summary.proto; only their field numbers are used). Tags of the form "group/name" are shown by group. Texts and tags
/// must be UTF-8.
class Event {
 public:
  /// `step` is TensorBoard's horizontal axis, an epoch here; the time is now.
  explicit Event(std::int64_t step);

  /// The first event of a file, which says how it is to be read.
  static Event file_version();

  /// Values of this step and later ones that an earlier file of the folder holds are outdated: a training was resumed.
  Event& session_start();

  /// Kept as float32. What is not finite is left out.
  Event& scalar(const std::string& tag, double value);

  /// Shown as Markdown.
  Event& text(const std::string& tag, const std::string& markdown);

  /// A PNG, with its size in pixels.
  Event& image(const std::string& tag, const std::string& png, int width, int height);

  /// The settings of one run among several, for TensorBoard's table of hyperparameters; scalars of the same folder are
  /// its metrics. A value is a number or true/false when it reads as such, else a string.
  Event& hyperparameters(const std::vector<std::pair<std::string, std::string>>& settings);

  /// Ends what hyperparameters() began.
  Event& session_end(bool success);

  /// The encoded message.
  const std::string& bytes() const { return bytes_; }

 private:
  Event() = default;
  void add_value(const std::string& value);

  std::string bytes_;
};

/// A record of an event file (TFRecord): length of `data` as uint64, its masked CRC-32C, `data`, its masked CRC-32C,
/// all little-endian.
std::string record(const std::string& data);

/// CRC-32C (Castagnoli) of the bytes, rotated right by 15 bits and raised by 0xa282ead8, as TFRecord has it.
std::uint32_t masked_crc32c(const std::string& bytes);

}  // namespace soundfold::tensorboard
