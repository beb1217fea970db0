// SPDX-License-Identifier: Apache-2.0
#include "support/errors.h"
#include "support/files.h"
#include "tensor_files/safetensors.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <system_error>

namespace soundfold::tensor_files {

SafetensorsReader::Source source_of(std::string_view bytes) {
  const auto read = [bytes](char* to, std::size_t count) mutable {
    if (count > bytes.size()) return false;
    bytes.copy(to, count);
    bytes.remove_prefix(count);
    return true;
  };
  return {bytes.size(), read};
}

SafetensorsReader::Source source_of_file(const std::filesystem::path& path, std::uintmax_t max_bytes) {
  std::error_code problem;
  if (!std::filesystem::is_regular_file(path, problem)) {
    throw DataError(path.string() + ": " + (std::filesystem::exists(path) ? "not a regular file" : "no such file"));
  }
  const auto size = std::filesystem::file_size(path, problem);
  if (!problem && size > max_bytes) {
    throw DataError(path.string() + ": larger than " + human_size(max_bytes) +
                    ", the most that such a file may have; give another file");
  }
  const auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
  if (problem || !file->is_open()) throw DataError("cannot read " + path.string() + ": " + std::strerror(errno));
  return {size, [file](char* to, std::size_t count) {
            return static_cast<bool>(file->read(to, static_cast<std::streamsize>(count)));
          }};
}

}  // namespace soundfold::tensor_files
