// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "testing/generated_weights.h"

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// State dicts as torch.save writes them, and EfficientAT's weights in one.
namespace soundfold::testing {

/// Numbers as little-endian bytes.
inline std::string bytes_of(std::uint64_t number, std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>((number >> (8 * i)) & 0xFFU);
  return bytes;
}

inline std::uint32_t crc32_of(const std::string& bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

/// An archive whose entries are not compressed, as torch.save makes it (PKWARE's APPNOTE, 4.3).
inline std::string stored_zip(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string locals, directory;
  for (const auto& [name, content] : entries) {
    const std::string sizes = bytes_of(content.size(), 4) + bytes_of(content.size(), 4) + bytes_of(name.size(), 2);
    const std::string common = bytes_of(20, 2) + std::string(8, '\0') + bytes_of(crc32_of(content), 4) + sizes;
    directory += "PK\x01\x02" + bytes_of(20, 2) + common + std::string(12, '\0') + bytes_of(locals.size(), 4) + name;
    locals += "PK\x03\x04" + common + std::string(2, '\0') + name + content;
  }
  return locals + directory + "PK\x05\x06" + std::string(4, '\0') + bytes_of(entries.size(), 2) +
         bytes_of(entries.size(), 2) + bytes_of(directory.size(), 4) + bytes_of(locals.size(), 4) + bytes_of(0, 2);
}

/// A tensor as it is saved.
struct TensorFile {
  std::string name;
  std::vector<std::int64_t> shape;
  bool floating = true;
  std::string bytes;
};

inline std::string pickled_text(const std::string& text) {
  return "X" + bytes_of(text.size(), 4) + text;
}

inline std::string pickled_number(std::int64_t number) {
  return "J" + bytes_of(static_cast<std::uint64_t>(number), 4);
}

inline std::string pickled_tuple(const std::vector<std::int64_t>& numbers) {
  std::string text = "(";
  for (const auto number : numbers) text += pickled_number(number);
  return text + "t";
}

/// The call that makes a tensor of the entry data/`key`.
inline std::string pickled_tensor(const TensorFile& tensor, const std::string& key) {
  std::vector<std::int64_t> strides(tensor.shape.size(), 1);
  for (std::size_t i = strides.size(); i > 1; --i) strides[i - 2] = strides[i - 1] * tensor.shape[i - 1];
  const auto values = static_cast<std::int64_t>(tensor.bytes.size() / (tensor.floating ? 4 : 8));
  const std::string type = tensor.floating ? "FloatStorage" : "LongStorage";
  const std::string id = "(" + pickled_text("storage") + "ctorch\n" + type + "\n" + pickled_text(key) +
                         pickled_text("cpu") + pickled_number(values) + "tQ";
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + id + "K" + std::string(1, '\0') + pickled_tuple(tensor.shape) +
         pickled_tuple(strides) + "\x89" + "ccollections\nOrderedDict\n)RtR";
}

inline const std::string kPickledDict =
    "\x80\x02"
    "ccollections\nOrderedDict\n)R";

inline std::string pickled_state_dict(const std::vector<TensorFile>& tensors) {
  std::string items;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    items += pickled_text(tensors[i].name) + pickled_tensor(tensors[i], std::to_string(i));
  }
  return kPickledDict + "(" + items + "u}" + pickled_text("_metadata") + "}sb.";
}

/// The archive with another pickle.
inline std::string state_dict_with(const std::string& pickle, const std::vector<TensorFile>& tensors) {
  std::vector<std::pair<std::string, std::string>> entries{{"made/data.pkl", pickle}};
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    entries.emplace_back("made/data/" + std::to_string(i), tensors[i].bytes);
  }
  entries.emplace_back("made/version", "3\n");
  return stored_zip(entries);
}

inline std::string state_dict_bytes(const std::vector<TensorFile>& tensors) {
  return state_dict_with(pickled_state_dict(tensors), tensors);
}

inline TensorFile float_tensor(const std::string& name, const std::vector<std::int64_t>& shape,
                               const std::vector<float>& values) {
  return {name, shape, true, std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float))};
}

/// Values by the formula of tests/efficientat/reference.py.
inline std::vector<float> efficientat_values(const network::NamedShape& tensor) {
  const auto ends_with = [&](const std::string& end) {
    return tensor.name.size() >= end.size() &&
           tensor.name.compare(tensor.name.size() - end.size(), end.size(), end) == 0;
  };
  double scale = 1;
  for (double inputs = 3; inputs < static_cast<double>(tensor.size()) / static_cast<double>(tensor.shape[0]);
       inputs *= 4) {
    scale /= 2;
  }
  const std::uint64_t key = name_key(tensor.name);
  std::vector<float> values;
  for (std::int64_t i = 0; i < tensor.size(); ++i) {
    const double v = generated_value(key, static_cast<std::uint64_t>(i));
    double value = tensor.shape.size() == 1 ? 1 + v / 4 : v * scale;
    if (ends_with("running_mean") || ends_with(".bias")) value = v / 8;
    if (ends_with("running_var")) value = (1 + v / 2) / 3;
    values.push_back(static_cast<float>(value));
  }
  return values;
}

/// What EfficientAT's files have of a network, in their order.
inline std::vector<TensorFile> efficientat_tensors(const network::MobileNet& network, std::int64_t classes) {
  std::vector<TensorFile> all;
  const auto add = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
    all.push_back(float_tensor(name, shape, efficientat_values({name, shape})));
  };
  const auto convolution = [&](const std::string& name, const std::vector<std::int64_t>& kernel) {
    add(name + ".0.weight", kernel);
    for (const char* part : {"weight", "bias", "running_mean", "running_var"}) add(name + ".1." + part, {kernel[0]});
    all.push_back({name + ".1.num_batches_tracked", {}, false, bytes_of(7, 8)});
  };
  const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
    add(name + ".weight", {out, in});
    add(name + ".bias", {out});
  };
  convolution("features.0", {network.stem_channels, 1, 3, 3});
  for (std::size_t i = 0; i < network.blocks.size(); ++i) {
    const auto& block = network.blocks[i];
    const std::int64_t expanded = block.expanded_channels, squeezed = block.squeeze_channels;
    int part = 0;
    const auto name = [&] { return "features." + std::to_string(i + 1) + ".block." + std::to_string(part++); };
    if (network.expands(i)) convolution(name(), {expanded, network.in_channels(i), 1, 1});
    convolution(name(), {expanded, 1, block.side, block.side});
    if (squeezed > 0) {
      const std::string gate = name() + ".conc_se_layers.0.fc";
      linear(gate + "1", squeezed, expanded);
      linear(gate + "2", expanded, squeezed);
    }
    convolution(name(), {block.out_channels, expanded, 1, 1});
  }
  const auto count = network.blocks.size();
  convolution("features." + std::to_string(count + 1), {network.last_channels, network.in_channels(count), 1, 1});
  linear("classifier.2", network.hidden_size, network.last_channels);
  linear("classifier.5", classes, network.hidden_size);
  return all;
}

/// A MobileNet of 4 blocks: without expansion, with stride 2, with squeeze, with both activations and an input added.
inline network::Description small_efficientat() {
  network::Description network = network::efficientat_description(1);
  auto& mobilenet = *network.mobilenet;
  mobilenet.stem_channels = 8;
  mobilenet.blocks = {
      {3, 1, 8, 8, 0, false}, {3, 2, 16, 8, 0, false}, {5, 2, 24, 16, 8, false}, {5, 1, 32, 16, 8, true}};
  mobilenet.last_channels = 48;
  mobilenet.hidden_size = 16;
  network.class_count = 5;
  return network;
}

}  // namespace soundfold::testing
