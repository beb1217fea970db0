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
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The safetensors format: 8 bytes with the length of the header, a JSON header that says where each tensor lies and
/// has texts under `__metadata__`, then the tensors. Of Soundfold's files the texts have a digest over the rest.
namespace soundfold::tensor_files {

/// Types of tensors; little-endian.
enum class TensorType { float16, float32, bytes, int64 };

/// As the header names them, for text/choice.h.
constexpr ChoiceNames<TensorType> choice_names_of(TensorType) {
  return {{"F16", "F32", "U8", "I64"}};
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

  /// Where the bytes come from, one after the other; each is read once, so that a large file is never in memory twice.
  struct Source {
    std::uint64_t size = 0;                                 ///< of the whole file
    std::function<bool(char* to, std::size_t count)> read;  ///< the next bytes; false when there are fewer
  };

  /// Reads the header, which has at most `max_header_bytes`, from the beginning of `source`, and takes it apart. `name`
  /// stands for the file in messages; the file's digest is of the kind `digest`. No kind: a file of somebody else's,
  /// which needs neither digest nor texts.
  SafetensorsReader(Source source, std::string name, std::optional<HashKind> digest = HashKind::sha256,
                    std::uint64_t max_header_bytes = kMaxHeaderBytes);

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
  /// The names of all tensors in the order in which they lie in the file.
  std::vector<std::string> names_by_place() const;
  /// A size in a tensor's shape, which has at least 1 and at most `most`.
  std::int64_t dimension(const std::string& name, std::size_t position, std::int64_t most) const;
  /// The only size of a tensor's shape; 0 when it has more.
  std::uint64_t length(const std::string& name) const;

  /// The values of the next tensor, which must have exactly `sizes` and lie right behind the one before. They are
  /// finite.
  std::vector<float> values(const std::string& name, const TensorSizes& sizes, TensorType type);
  /// The same of bytes, within the file.
  std::string bytes(const std::string& name, std::size_t count);

  /// The next tensor, which is one whole number of int64.
  std::int64_t whole_number(const std::string& name);

  /// That no byte is left behind the tensors read, and that the digest in the texts, if there is to be one, is that of
  /// header and tensors.
  void check_end();

  [[noreturn]] void fail(const std::string& where, const std::string& what) const;

 private:
  void check_texts() const;
  void check_entry(const Entry& entry) const;
  std::size_t count_of_numbers(const std::string& name, const Json& entry, const char* key) const;
  std::string read_header(std::uint64_t max_header_bytes);
  /// The bytes of the next tensor, which are still to be read.
  std::size_t check_place(const std::string& name, const TensorSizes& sizes, TensorType type);
  void read_tensor(const std::string& name, char* to, std::size_t count);

  Source source_;
  std::string name_;
  std::optional<HashKind> digest_;
  Json json_;
  std::optional<Hasher> hasher_;
  std::uint64_t data_size_ = 0;  ///< of all tensors
  std::uint64_t offset_ = 0;     ///< of the next tensor
};

/// A file in memory, which must live longer.
SafetensorsReader::Source source_of(std::string_view bytes);

/// A file on the disk. Throws DataError when it is missing, no regular file or larger than `max_bytes`.
SafetensorsReader::Source source_of_file(const std::filesystem::path& path, std::uintmax_t max_bytes);

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
