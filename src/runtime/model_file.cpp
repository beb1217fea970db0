// SPDX-License-Identifier: Apache-2.0
#include "runtime/model_file.h"

#include "runtime/internal/model_texts.h"
#include "support/errors.h"
#include "tensor_files/safetensors.h"
#include "weights/network_tensors.h"
#include "weights/quantization.h"
#include "weights/safetensors.h"

#include <algorithm>
#include <utility>

namespace soundfold::runtime {
namespace {

using tensor_files::SafetensorsReader;
using tensor_files::SafetensorsWriter;
using tensor_files::TensorType;

constexpr const char* kBackbonePrefix = "backbone.";
constexpr const char* kHeadPrefix = "head.";
constexpr const char* kInt8Tensor = "backbone.int8";
constexpr std::uintmax_t kMaxModelBytes = 1'000'000'000;
constexpr std::uint64_t kMaxHeaderBytes = 16'000'000;
constexpr HashKind kDigest = HashKind::xxh3_128;  // finds damage, and takes no time

TensorType tensor_type(WeightFormat format) {
  return format == WeightFormat::float16 ? TensorType::float16 : TensorType::float32;
}

void refuse(const std::string& what) {
  throw UsageError("model file: " + what);
}

std::int64_t values_in(const std::vector<std::int64_t>& sizes) {
  std::int64_t count = 1;
  for (const auto size : sizes) count *= size;
  return count;
}

/// The sizes of the head's tensors, of its input, of the class names and of the thresholds.
void check_fit(const ModelFile& model) {
  const auto& spec = model.head.spec;
  head_spec::check(spec);
  const auto shapes = head_spec::tensor_shapes(spec);
  if (shapes.size() != model.head.tensors.size()) refuse("the head has other tensors than its form");
  for (const auto& [name, sizes] : shapes) {
    const auto found = model.head.tensors.find(name);
    const bool fits = found != model.head.tensors.end() && found->second.sizes == sizes &&
                      static_cast<std::int64_t>(found->second.values.size()) == values_in(sizes);
    if (!fits) refuse("the head's " + name + " does not fit its form");
  }
  if (const auto problem = misfit(model); !problem.empty()) refuse(problem);
}

HeadValues read_head(SafetensorsReader& file, head_spec::HeadSpec spec) {
  HeadValues head;
  for (auto& [name, sizes] : head_spec::tensor_shapes(spec)) {
    auto values = file.values(kHeadPrefix + name, sizes, TensorType::float32);
    head.tensors[name] = {std::move(sizes), std::move(values)};
  }
  head.spec = std::move(spec);
  return head;
}

std::vector<SafetensorsReader::Entry> entries_of(const ModelFile& model, TensorType type) {
  std::vector<SafetensorsReader::Entry> entries;
  for (const auto& tensor : head_spec::tensor_shapes(model.head.spec)) {
    entries.push_back({kHeadPrefix + tensor.name, TensorType::float32});
  }
  const auto network = weights::network_entries(model.backbone.network, type, kBackbonePrefix);
  entries.insert(entries.end(), network.begin(), network.end());
  if (model.backbone.quantization) entries.push_back({kInt8Tensor, TensorType::bytes});
  return entries;
}

void read_tensors(SafetensorsReader& file, const std::string& name, ModelFile& model) {
  const auto type = tensor_type(model.weight_format);
  file.check_entries(entries_of(model, type));
  model.head = read_head(file, std::move(model.head.spec));
  auto quantization = std::move(model.backbone.quantization);
  model.backbone = weights::read_network(file, std::move(model.backbone.network), type, kBackbonePrefix);
  if (quantization) {
    const auto bytes = file.bytes(kInt8Tensor, static_cast<std::size_t>(file.length(kInt8Tensor)));
    weights::fill_quantization(*quantization, bytes, model.backbone, name);
    weights::check_quantization(*quantization, name);
    model.backbone.quantization = std::move(quantization);
  }
  file.check_end();
  weights::check_network(file, model.backbone.network);
  model.backbone.network.activation = weights::activation_in(file);
}

ModelFile read_model(SafetensorsReader::Source source, const std::string& name) {
  ModelFile model;
  tensor_files::reading_safetensors(name, [&] {
    SafetensorsReader file(std::move(source), name, kDigest, kMaxHeaderBytes);
    read_texts(file, model);
    read_tensors(file, name, model);
    model.backbone.class_names = file.names("backbone_class_names", model.backbone.class_count());
    model.backbone.source = file.text("backbone_source");
    if (const auto problem = misfit(model); !problem.empty()) file.fail("tensors", problem);
  });
  return model;
}

}  // namespace

std::string model_file_bytes(const ModelFile& model) {
  check_fit(model);
  const auto type = tensor_type(model.weight_format);
  SafetensorsWriter file(texts_of(model), kDigest);
  for (const auto& [name, sizes] : head_spec::tensor_shapes(model.head.spec)) {
    file.add(kHeadPrefix + name, sizes, model.head.values(name), TensorType::float32);
  }
  weights::add_network(file, model.backbone, type, kBackbonePrefix);
  if (model.backbone.quantization) file.add(kInt8Tensor, weights::quantization_bytes(*model.backbone.quantization));
  return file.bytes();
}

bool is_model_file(const std::filesystem::path& path) {
  return weights::is_safetensors(path);
}

ModelFile read_model_bytes(const std::string& bytes, const std::string& name) {
  return read_model(tensor_files::source_of(bytes), name);
}

ModelFile read_model_file(const std::filesystem::path& path) {
  return read_model(tensor_files::source_of_file(path, kMaxModelBytes), path.string());
}

}  // namespace soundfold::runtime
