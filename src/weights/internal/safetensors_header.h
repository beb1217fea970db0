// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "weights/weights.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace soundfold::weights {

/// The JSON header of a safetensors file of Soundfold's: what the file says of itself and where its tensors lie. Every
/// function throws DataError naming the field at fault.
class SafetensorsHeader {
 public:
  using Json = nlohmann::ordered_json;
  static constexpr const char* kMetadata = "__metadata__";
  static constexpr const char* kFormat = "soundfold yamnet weights";
  static constexpr const char* kVersion = "1";         ///< YAMNet's family
  static constexpr const char* kNetworkVersion = "2";  ///< any other network, described in the metadata
  static constexpr int kMaxSide = 31;                  ///< rows of a kernel
  static constexpr std::size_t kLengthBytes = 8;       ///< of the header's length, before it

  /// Over the header without its digest, as JSON without spaces, and then the tensors' bytes.
  static std::string digest_of(Json header, std::string_view data);

  /// `bytes` are the whole file, which must live longer; `name` stands for it in messages.
  SafetensorsHeader(std::string_view bytes, std::string name);

  /// The tensors' bytes.
  std::string_view data() const { return data_; }
  /// A string of the metadata.
  std::string text(const std::string& key) const;
  /// The file's layers without their channels: YAMNet with the file's strides, or as the metadata describe it.
  network::Description network() const;
  /// That the network, with its channels, is one that can be built.
  void check_network(const network::Description& network) const;
  /// The header describes the network's tensors, each with a type, a shape and a place, and nothing else. To be called
  /// before the functions below.
  void check_names(const std::vector<network::Layer>& layers) const;
  /// A size in a tensor's shape, within what a network may have.
  std::int64_t dimension(const std::string& name, std::size_t position) const;
  /// A tensor's shape as it is written.
  std::vector<std::int64_t> shape(const std::string& name) const;
  /// Where a tensor begins (`which` 0) and ends (1) in data().
  std::uint64_t offset(const std::string& name, std::size_t which) const;
  /// That the digest in the metadata is that of header and data.
  void check_digest() const;
  network::Activation activation() const;
  /// The names in the metadata, which must be `classes`.
  std::vector<std::string> class_names(std::int64_t classes) const;

  /// Throws DataError: the file, `where`, `what`, and what to do.
  [[noreturn]] void fail(const std::string& where, const std::string& what) const;

 private:
  network::Description yamnet_with_strides() const;
  void check_metadata();
  void check_entry(const std::string& name, const Json& entry) const;
  std::size_t count_of_numbers(const std::string& name, const Json& entry, const char* key) const;

  std::string name_;
  Json json_;
  std::string_view data_;
};

}  // namespace soundfold::weights
