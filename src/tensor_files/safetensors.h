// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/errors.h"
#include "support/hashing.h"
#include "tensor_files/values.h"
#include "text/choice.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The safetensors format: 8 bytes with the length of the header, a JSON header that says where each tensor lies and
/// has texts under `__metadata__`, then the tensors. Of Soundfold's files the texts have a digest over the rest.
namespace soundfold::tensor_files {

/// Types of tensors; little-endian.
enum class TensorType { float16, float32, bytes };

/// As the header names them, for text/choice.h.
constexpr ChoiceNames<TensorType> choice_names_of(TensorType) {
  return {{"F16", "F32", "U8"}};
}

using TensorSizes = std::vector<std::int64_t>;

/// A file being made: texts, then tensors in order.
class SafetensorsWriter {
 public:
  using Json = nlohmann::ordered_json;
  /// `texts` is an object of strings, to which the digest is added: of this kind, named before it.
  explicit SafetensorsWriter(Json texts, HashKind digest = HashKind::sha256);

  /// Appends float32 values as `type`, which is no bytes. Throws DataError naming the tensor for values that are not
  /// finite or beyond the type's range.
  void add(const std::string& name, const TensorSizes& sizes, const std::vector<float>& values, TensorType type);
  /// Appends bytes as they are.
  void add(const std::string& name, std::string_view bytes);

  /// The whole file; equal content gives equal bytes.
  std::string bytes() const;

 private:
  void enter(const std::string& name, TensorType type, const TensorSizes& sizes, std::size_t begin);

  Json header_;
  std::string data_;
  HashKind digest_;
};

/// A file being read. Every function throws DataError: the file, the field at fault, and what to do.
class SafetensorsReader {
 public:
  using Json = nlohmann::ordered_json;
  static constexpr const char* kTexts = "__metadata__";
  static constexpr std::size_t kLengthBytes = 8;  ///< of the header's length, before it
  static constexpr std::uint64_t kMaxHeaderBytes = 1'000'000;

  /// `bytes` are the whole file, which must live longer; `name` stands for it in messages. Takes the header apart,
  /// which has at most `max_header_bytes`.
  SafetensorsReader(std::string_view bytes, std::string name, std::uint64_t max_header_bytes = kMaxHeaderBytes);

  /// That the text "format" is this one, and "format_version" one of those.
  void check_format(const std::string& format, const std::vector<std::string>& versions) const;

  bool has_text(const std::string& key) const;
  const std::string& text(const std::string& key) const;
  /// A text that is a JSON list of `count` names, none of them empty.
  std::vector<std::string> names(const std::string& key, std::int64_t count) const;

  /// A tensor that a file is to have.
  struct Entry {
    std::string name;
    TensorType type;
  };
  /// The header describes these tensors, each with its type, a shape and a place, and nothing else. To be called before
  /// the functions below.
  void check_entries(const std::vector<Entry>& entries) const;
  /// A size in a tensor's shape, which has at least 1 and at most `most`.
  std::int64_t dimension(const std::string& name, std::size_t position, std::int64_t most) const;
  /// The only size of a tensor's shape; 0 when it has more.
  std::uint64_t length(const std::string& name) const;

  /// The values of the next tensor, which must have exactly `sizes` and lie right behind the one before. They are
  /// finite.
  std::vector<float> values(const std::string& name, const TensorSizes& sizes, TensorType type);
  /// The same of bytes, within the file.
  std::string_view bytes(const std::string& name, std::size_t count);

  /// That no byte is left behind the tensors read, and that the digest in the texts is that of header and tensors.
  void check_end(HashKind digest = HashKind::sha256) const;

  [[noreturn]] void fail(const std::string& where, const std::string& what) const;

 private:
  void check_texts() const;
  void check_entry(const Entry& entry) const;
  std::size_t count_of_numbers(const std::string& name, const Json& entry, const char* key) const;
  std::string_view take(const std::string& name, const TensorSizes& sizes, TensorType type);

  std::string name_;
  Json json_;
  std::string_view data_;
  std::size_t offset_ = 0;  ///< of the next tensor in data_
};

/// Runs `body`, which reads the file `name`: what it throws about the file is a DataError of one line of bounded
/// length.
template <typename Body>
void reading_safetensors(const std::string& name, Body body) {
  try {
    body();
  } catch (const DataError& error) {
    throw DataError(shown(error.what(), kMaxMessageBytes));
  } catch (const SafetensorsReader::Json::exception& error) {
    throw DataError(name + ": header: " + shown(error.what(), kMaxMessageBytes) +
                    "; the file is damaged; fetch it again");
  }
}

}  // namespace soundfold::tensor_files
