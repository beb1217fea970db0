// SPDX-License-Identifier: Apache-2.0
#include "state_dicts/state_dict.h"

#include "state_dicts/internal/pickle.h"
#include "support/errors.h"
#include "support/files.h"
#include "tensor_files/values.h"
#include "text/text.h"
#include "weights/zip_reader.h"

#include <cstddef>
#include <cstring>
#include <set>
#include <utility>

namespace soundfold::state_dicts {
namespace fs = std::filesystem;
namespace {

using Entries = std::map<std::string, std::string>;

constexpr std::uintmax_t kMaxFileBytes = 500'000'000;
constexpr std::int64_t kMostValues = std::int64_t{1} << 27;
const std::string kPickle = "/data.pkl", kCode = "/constants.pkl", kByteOrder = "/byteorder", kValues = "/data/";

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// The folder in which the archive has everything.
std::string root_of(const Entries& entries, const std::string& file) {
  std::string root;
  for (const auto& [entry, bytes] : entries) {
    if (ends_with(entry, kCode)) throw DataError(file + ": a TorchScript file, not a state dict");
    if (!ends_with(entry, kPickle)) continue;
    if (!root.empty()) throw DataError(file + ": two pickles, '" + shown(root) + "' and '" + shown(entry) + "'");
    root = entry.substr(0, entry.size() - kPickle.size());
  }
  if (root.empty()) throw DataError(file + ": not a state dict of torch.save: the archive has no data.pkl");
  const auto order = entries.find(root + kByteOrder);
  if (order == entries.end() || order->second == "little") return root;
  throw DataError(file + ": its values are not little-endian");
}

/// Whether the values lie one after the other in row-major order; where a size is 1 the stride does not matter.
bool row_by_row(const TensorPlace& place) {
  if (place.strides.size() != place.shape.size()) return false;
  std::int64_t expected = 1;
  for (std::size_t i = place.shape.size(); i > 0; --i) {
    if (place.shape[i - 1] != 1 && place.strides[i - 1] != expected) return false;
    expected *= place.shape[i - 1];
  }
  return true;
}

/// The values of all sizes; nothing above kMostValues.
std::int64_t count_of(const TensorPlace& place, const std::string& where) {
  std::int64_t count = 1;
  for (const auto size : place.shape) {
    if (size < 1 || size > kMostValues / count) {
      throw DataError(where + ": a shape of " + shown(tensor_files::shape_text(place.shape)));
    }
    count *= size;
  }
  return count;
}

template <typename Number>
std::vector<Number> numbers_in(const std::string& bytes, std::int64_t offset, std::int64_t count) {
  std::vector<Number> numbers(static_cast<std::size_t>(count));
  std::memcpy(numbers.data(), bytes.data() + static_cast<std::size_t>(offset) * sizeof(Number),
              numbers.size() * sizeof(Number));
  return numbers;
}

SavedTensor tensor_at(const TensorPlace& place, const std::string& bytes, const std::string& where) {
  const std::int64_t count = count_of(place, where);
  const std::int64_t value_bytes = place.floating ? sizeof(float) : sizeof(std::int64_t);
  if (place.storage_values < 1 || place.storage_values > kMostValues ||
      static_cast<std::int64_t>(bytes.size()) != place.storage_values * value_bytes) {
    throw DataError(where + ": its storage has " + std::to_string(bytes.size()) + " bytes, expected " +
                    std::to_string(place.storage_values) + " values");
  }
  if (!row_by_row(place)) throw DataError(where + ": its values do not lie row by row");
  if (place.offset < 0 || place.offset > place.storage_values - count) {
    throw DataError(where + ": it reaches beyond its storage");
  }
  SavedTensor tensor;
  tensor.shape = place.shape;
  tensor.floating = place.floating;
  if (!place.floating) {
    tensor.whole_numbers = numbers_in<std::int64_t>(bytes, place.offset, count);
    return tensor;
  }
  tensor.values = numbers_in<float>(bytes, place.offset, count);
  tensor_files::check_finite(tensor.values, where);
  return tensor;
}

bool is_wanted(const std::string& entry) {
  return ends_with(entry, kPickle) || ends_with(entry, kCode) || ends_with(entry, kByteOrder) ||
         entry.find(kValues) != std::string::npos;
}

}  // namespace

bool is_state_dict(const fs::path& path) {
  try {
    const std::string bytes = read_file(path, kMaxFileBytes);
    return bytes.compare(0, 2, "PK") == 0 && bytes.find(kPickle) != std::string::npos &&
           bytes.find(kCode) == std::string::npos;
  } catch (const DataError&) {
    return false;
  }
}

StateDict state_dict_of(std::string_view pickle, const std::map<std::string, std::string>& values,
                        const std::string& name) {
  StateDict tensors;
  std::set<std::string_view> storages;  // one tensor each, so that a file never grows in memory
  for (const auto& place : tensors_in_pickle(pickle, name)) {
    const std::string where = name + ": " + shown(std::string(place.name));
    const auto found = values.find(std::string(place.storage));
    if (found == values.end()) throw DataError(where + ": its values are missing in the archive");
    if (!storages.insert(place.storage).second) throw DataError(where + ": it shares its values with another tensor");
    const bool added = tensors.emplace(place.name, tensor_at(place, found->second, where)).second;
    if (!added) throw DataError(where + ": it appears twice");
  }
  return tensors;
}

StateDict read_state_dict(std::string_view bytes, const std::string& name) {
  Entries entries = weights::read_zip(bytes, name, is_wanted, kMaxFileBytes);
  const std::string root = root_of(entries, name), folder = root + kValues;
  std::map<std::string, std::string> values;
  for (auto& [entry, content] : entries) {
    if (entry.rfind(folder, 0) == 0) values[entry.substr(folder.size())] = std::move(content);
  }
  return state_dict_of(entries.at(root + kPickle), values, name);
}

StateDict read_state_dict(const fs::path& path) {
  return read_state_dict(read_file(path, kMaxFileBytes), path.string());
}

}  // namespace soundfold::state_dicts
