// SPDX-License-Identifier: Apache-2.0
#include "training/checkpoint.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "text/json_depth.h"

#include <nlohmann/json.hpp>

#include <cstring>

namespace soundfold::training {
namespace {

constexpr std::string_view kMagic = "SFCHECK1";
constexpr std::size_t kDigestLength = 32;
constexpr const char* kWhatToDo = "; training cannot be resumed from it: delete it and start the training again";

const std::pair<const char*, torch::ScalarType> kTypes[] = {
    {"float32", torch::kFloat32}, {"float64", torch::kFloat64}, {"int64", torch::kInt64}};

std::string type_text(torch::ScalarType type) {
  for (const auto& [name, candidate] : kTypes) {
    if (candidate == type) return name;
  }
  throw DataError("a checkpoint cannot hold tensors of type " + std::string(torch::toString(type)));
}

torch::ScalarType type_of(const std::string& name) {
  for (const auto& [candidate, type] : kTypes) {
    if (candidate == name) return type;
  }
  throw DataError("unknown tensor type '" + name + "'");
}

std::string header_of(const Checkpoint& checkpoint) {
  auto tensors = nlohmann::json::array();
  for (const auto& [name, tensor] : checkpoint.tensors) {
    tensors.push_back({{"name", name}, {"type", type_text(tensor.scalar_type())}, {"shape", tensor.sizes().vec()}});
  }
  return nlohmann::json{{"belongs_to", checkpoint.fingerprint}, {"tensors", tensors}}.dump();
}

/// Takes pieces off the front of bytes whose digest has been checked.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  std::string_view take(std::size_t count) {
    if (count > rest_.size()) throw DataError("shorter than its header says");
    const auto piece = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return piece;
  }
  std::uint64_t take_number() {
    std::uint64_t number = 0;
    std::memcpy(&number, take(sizeof number).data(), sizeof number);
    return number;
  }
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

Checkpoint parse_content(std::string_view content) {
  Reader reader(content);
  reader.take(kMagic.size());
  const auto text = reader.take(reader.take_number());
  if (nested_deeper_than(text)) throw DataError("its header is nested too deeply");
  const auto header = nlohmann::json::parse(text);
  Checkpoint checkpoint;
  checkpoint.fingerprint = header.at("belongs_to").get<Fingerprint>();
  for (const auto& entry : header.at("tensors")) {
    auto tensor = torch::empty(entry.at("shape").get<std::vector<std::int64_t>>(), type_of(entry.at("type")));
    std::memcpy(tensor.data_ptr(), reader.take(tensor.nbytes()).data(), tensor.nbytes());
    checkpoint.tensors.emplace_back(entry.at("name").get<std::string>(), tensor);
  }
  if (!reader.empty()) throw DataError("longer than its header says");
  return checkpoint;
}

}  // namespace

const torch::Tensor& Checkpoint::tensor(const std::string& name) const {
  for (const auto& [candidate, tensor] : tensors) {
    if (candidate == name) return tensor;
  }
  throw DataError("the checkpoint has no '" + name + "'");
}

heads::NamedTensors Checkpoint::group(const std::string& prefix) const {
  heads::NamedTensors found;
  for (const auto& [name, tensor] : tensors) {
    if (name.compare(0, prefix.size(), prefix) == 0) found.emplace_back(name.substr(prefix.size()), tensor);
  }
  return found;
}

void Checkpoint::add_group(const std::string& prefix, const heads::NamedTensors& group) {
  for (const auto& [name, tensor] : group) {
    tensors.emplace_back(prefix + name, tensor.detach().to(torch::kCPU).contiguous());
  }
}

std::string checkpoint_bytes(const Checkpoint& checkpoint) {
  const auto header = header_of(checkpoint);
  const std::uint64_t header_length = header.size();
  std::size_t length = kMagic.size() + sizeof header_length + header.size() + kDigestLength;
  for (const auto& [name, tensor] : checkpoint.tensors) length += tensor.nbytes();
  std::string bytes;
  bytes.reserve(length);
  bytes += kMagic;
  bytes.append(reinterpret_cast<const char*>(&header_length), sizeof header_length);
  bytes += header;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    bytes.append(static_cast<const char*>(tensor.data_ptr()), tensor.nbytes());
  }
  bytes += hash_bytes(HashKind::xxh3_128, bytes);
  return bytes;
}

Checkpoint parse_checkpoint(std::string_view bytes, const std::string& name) {
  if (bytes.size() < kMagic.size() + kDigestLength || bytes.substr(0, kMagic.size()) != kMagic) {
    throw DataError(name + ": not a checkpoint of this version of Soundfold" + kWhatToDo);
  }
  const auto content = bytes.substr(0, bytes.size() - kDigestLength);
  if (hash_bytes(HashKind::xxh3_128, content) != bytes.substr(content.size())) {
    throw DataError(name + ": the checkpoint is damaged or truncated (its digest does not fit)" + kWhatToDo);
  }
  try {
    return parse_content(content);
  } catch (const std::exception& error) {
    throw DataError(name + ": the checkpoint cannot be read: " + error.what() + kWhatToDo);
  }
}

void save_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint) {
  write_file_atomically(file, checkpoint_bytes(checkpoint));
}

Checkpoint load_checkpoint(const std::filesystem::path& file) {
  return parse_checkpoint(read_file(file), file.string());
}

std::optional<Checkpoint> find_checkpoint(const std::filesystem::path& file, ranks::Group* group) {
  const bool exists = ranks::is_first(group) && std::filesystem::exists(file);
  if (group == nullptr) return exists ? std::optional(load_checkpoint(file)) : std::nullopt;
  // An empty file is a damaged checkpoint, not none: the first byte says that there is a file.
  const auto sent = group->broadcast(exists ? "f" + read_file(file) : "");
  if (sent.empty()) return std::nullopt;
  return parse_checkpoint(std::string_view(sent).substr(1), file.string());
}

}  // namespace soundfold::training
