// SPDX-License-Identifier: Apache-2.0
#include "ced/published_file.h"
#include "memory_file.h"
#include "packing.h"
#include "promise.h"
#include "runtime/model_file.h"
#include "state_dicts/state_dict.h"
#include "targets.h"
#include "weights/safetensors.h"
#include "weights/weights.h"
#include "weights/zip_reader.h"

#include <hdf5.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace soundfold::fuzz {
namespace {

constexpr std::size_t kMostFileBytes = 20'000'000;  // YAMNet's own are 4 and 15 MB
constexpr std::size_t kMostEntryBytes = 1'000'000;

std::string_view text(const std::uint8_t* bytes, std::size_t count) {
  return {reinterpret_cast<const char*>(bytes), count};
}

std::string class_map_text() {
  std::string lines = "index,mid,display_name\n";
  for (int i = 0; i < network::kYamnetClasses; ++i) lines += std::to_string(i) + ",m,class\n";
  return lines;
}

void check_weights(const weights::Weights& weights) {
  require(weights.layers.size() == 27 && weights.class_names.size() == network::kYamnetClasses, "not a whole network");
  require(weights.parameter_count() == 3'751'369, "not as many values as YAMNet has");
  require(!weights.quantization || weights.quantization->layers.size() == 27, "not as many quantised layers");
}

}  // namespace

void try_tflite(const std::uint8_t* bytes, std::size_t count) {
  static const MemoryFile file;
  file.write(unpacked(text(bytes, count), kMostFileBytes));
  accepted([] { check_weights(weights::read_weights(file.path(), {}, {})); });
}

void try_keras_h5(const std::uint8_t* bytes, std::size_t count) {
  static const MemoryFile file;
  static const MemoryFile class_map;
  class_map.write(class_map_text());
  file.write(unpacked(text(bytes, count), kMostFileBytes));
  accepted([] { check_weights(weights::read_weights(file.path(), class_map.path(), {})); }, true);
  require(H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL) == 0, "an HDF5 handle that is still open");
}

/// Layers and channels are free in these files.
void try_safetensors(const std::uint8_t* bytes, std::size_t count) {
  static const MemoryFile file;
  file.write(unpacked(text(bytes, count), kMostFileBytes));
  accepted([] {
    const weights::Weights weights = weights::read_safetensors(file.path());
    network::check(weights.network);
    require(weights.layers.size() == weights.network.layers.size(), "not a whole network");
    require(weights.class_names.size() == static_cast<std::size_t>(weights.class_count()), "not a name for each class");
  });
}

/// As a small network's file and, if it is one, as that of a published size.
void try_ced(const std::uint8_t* bytes, std::size_t count) {
  static const MemoryFile file;
  file.write(unpacked(text(bytes, count), kMostFileBytes));
  accepted([] {
    auto network = network::ced_description(network::CedSize::tiny);
    network.transformer->embedding_size = network.transformer->mlp_size = 48;
    network.transformer->depth = 1;
    const auto weights = ced::read_ced(file.path(), network, {"one", "two"});
    require(weights.tensors.size() == 24 && weights.classifier_kernel.size() == 96, "not a whole network");
  });
  if (!ced::is_ced(file.path())) return;
  accepted([] { ced::read_ced(file.path(), std::vector<std::string>(network::kCedClasses, "class")); });
}

/// As an archive, and as the pickle of one whose values are these: the checksums of an archive stop most changes.
void try_state_dict(const std::uint8_t* bytes, std::size_t count) {
  const auto check = [](const state_dicts::StateDict& tensors) {
    for (const auto& [name, tensor] : tensors) {
      std::size_t values = 1;
      for (const auto size : tensor.shape) values *= static_cast<std::size_t>(size);
      require((tensor.floating ? tensor.values.size() : tensor.whole_numbers.size()) == values,
              "a tensor of another size");
    }
  };
  accepted([&] { check(state_dicts::read_state_dict(text(bytes, count), "input.pt")); });
  const std::map<std::string, std::string> values{{"0", std::string(24, '\1')}, {"1", std::string(8, '\2')}};
  accepted([&] { check(state_dicts::state_dict_of(text(bytes, count), values, "input.pt")); }, true);
}

/// Accepted models can be written again.
void try_model(const std::uint8_t* bytes, std::size_t count) {
  const std::string file = unpacked(text(bytes, count), kMostFileBytes);
  accepted([&] {
    const auto model = runtime::read_model_bytes(file, "model.safetensors");
    network::check(model.backbone.network);
    require(!runtime::model_file_bytes(model).empty(), "a model that cannot be written");
  });
}

void try_zip(const std::uint8_t* bytes, std::size_t count) {
  accepted([&] {
    const auto odd = [](const std::string& entry) { return entry.size() % 2 == 1; };
    const auto entries = weights::read_zip(text(bytes, count), "input.zip", odd, kMostEntryBytes);
    for (const auto& [name, content] : entries) {
      require(odd(name) && content.size() <= kMostEntryBytes, "an entry that was not wanted, or is too large");
    }
  });
}

}  // namespace soundfold::fuzz
