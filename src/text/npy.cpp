// SPDX-License-Identifier: Apache-2.0
#include "text/npy.h"

#include "support/errors.h"
#include "support/files.h"

#include <cstring>
#include <regex>

namespace soundfold {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

std::int64_t element_count(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const auto size : shape) count *= size;
  return count;
}

std::vector<std::int64_t> parse_shape(const std::string& header, const std::filesystem::path& path) {
  std::smatch match;
  if (!std::regex_search(header, match, std::regex(R"('shape':\s*\(([0-9, ]*)\))"))) {
    throw DataError(path.string() + ": no shape in the .npy header");
  }
  std::vector<std::int64_t> shape;
  const std::string sizes = match[1];
  const std::regex number("[0-9]{1,15}");
  for (std::sregex_iterator at(sizes.begin(), sizes.end(), number), end; at != end; ++at)
    shape.push_back(std::stoll(at->str()));
  return shape;
}

}  // namespace

NpyArray read_npy(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  if (bytes.size() < 12 || bytes.compare(0, kMagic.size(), kMagic) != 0)
    throw DataError(path.string() + ": not an .npy file");
  const bool wide = bytes[6] >= 2;
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
  std::size_t header_size = byte(8) | byte(9) << 8;
  if (wide) header_size |= byte(10) << 16 | byte(11) << 24;
  const std::size_t header_at = wide ? 12 : 10;
  if (header_at + header_size > bytes.size()) throw DataError(path.string() + ": the .npy header is truncated");
  const std::string header = bytes.substr(header_at, header_size);
  if (header.find("'<f4'") == std::string::npos || header.find("'fortran_order': False") == std::string::npos) {
    throw DataError(path.string() + ": only float32 arrays in C order are read");
  }
  NpyArray array;
  array.shape = parse_shape(header, path);
  const std::size_t available = (bytes.size() - header_at - header_size) / sizeof(float);
  std::size_t count = 1;
  for (const auto size : array.shape) {
    if (size != 0 && count > available / static_cast<std::size_t>(size))
      throw DataError(path.string() + ": shorter than its shape says");
    count *= static_cast<std::size_t>(size);
  }
  if (count != available) throw DataError(path.string() + ": longer than its shape says");
  array.values.resize(count);
  if (count > 0) std::memcpy(array.values.data(), bytes.data() + header_at + header_size, count * sizeof(float));
  return array;
}

std::string npy_bytes(const std::vector<std::int64_t>& shape, const float* values) {
  std::string sizes;
  for (const auto size : shape) sizes += std::to_string(size) + ", ";
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + sizes + "), }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += '\x01';
  bytes += '\x00';
  bytes += static_cast<char>(header.size() & 255);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values), static_cast<std::size_t>(element_count(shape)) * sizeof(float));
  return bytes;
}

void write_npy(const std::filesystem::path& path, const std::vector<std::int64_t>& shape, const float* values) {
  write_file_atomically(path, npy_bytes(shape, values));
}

}  // namespace soundfold
