// SPDX-License-Identifier: Apache-2.0
#include "ced/published_file.h"

#include "support/errors.h"
#include "tensor_files/safetensors.h"
#include "weights/importing.h"
#include "weights/safetensors.h"

#include <algorithm>
#include <fstream>
#include <utility>

namespace soundfold::ced {
namespace fs = std::filesystem;
namespace {

using tensor_files::SafetensorsReader;
using tensor_files::TensorType;

constexpr std::uintmax_t kMaxCedBytes = 1'000'000'000;  ///< the largest published has 343 MB
constexpr std::int64_t kMostClasses = 65'536;
/// Which is nowhere in Soundfold's own files: of these the classifier has another name.
constexpr const char* kClassifier = "outputlayer.1";
/// Batches seen in training, which nothing reads.
constexpr const char* kCounter = "encoder.init_bn.num_batches_tracked";
constexpr const char* kVariances = "encoder.init_bn.running_var";

SafetensorsReader open_ced(const fs::path& path) {
  return {tensor_files::source_of_file(path, kMaxCedBytes), path.string(), std::nullopt};
}

std::vector<SafetensorsReader::Entry> ced_entries(const network::Description& network) {
  std::vector<SafetensorsReader::Entry> entries{{kCounter, TensorType::int64}};
  for (const auto& tensor : network::transformer_tensors(*network.transformer, network.input.mel_bands)) {
    entries.push_back({tensor.name, TensorType::float32});
  }
  for (const char* part : {".weight", ".bias"}) {
    entries.push_back({std::string(kClassifier) + part, TensorType::float32});
  }
  return entries;
}

/// The values of every tensor, in the order of the file.
void read_values(SafetensorsReader& file, weights::Weights& weights) {
  const std::string kernel = std::string(kClassifier) + ".weight", bias = std::string(kClassifier) + ".bias";
  weights.network.class_count = file.dimension(kernel, 0, kMostClasses);
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (auto& tensor : network::transformer_tensors(*weights.network.transformer, weights.network.input.mel_bands)) {
    shapes[tensor.name] = std::move(tensor.shape);
  }
  shapes[kernel] = {weights.class_count(), weights.embedding_size()};
  shapes[bias] = {weights.class_count()};
  for (const auto& name : file.names_by_place()) {
    if (name == kCounter) {
      file.whole_number(name);
    } else {
      weights.tensors[name] = file.values(name, shapes.at(name), TensorType::float32);
    }
  }
  file.check_end();
  weights.classifier_kernel = std::move(weights.tensors.extract(kernel).mapped());
  weights.classifier_bias = std::move(weights.tensors.extract(bias).mapped());
}

weights::Weights weights_in(const fs::path& path, network::Description network, std::vector<std::string> class_names) {
  network::check(network);
  auto file = open_ced(path);
  file.check_entries(ced_entries(network));
  weights::Weights weights;
  weights.network = std::move(network);
  read_values(file, weights);
  const auto& variances = weights.tensors.at(kVariances);
  if (*std::min_element(variances.begin(), variances.end()) <= 0) file.fail(kVariances, "a value is not above 0");
  if (class_names.size() != static_cast<std::size_t>(weights.class_count())) {
    throw DataError(path.string() + ": " + std::to_string(weights.class_count()) + " classes, but " +
                    std::to_string(class_names.size()) + " names were given for them");
  }
  weights.class_names = std::move(class_names);
  return weights;
}

/// The size with that embedding.
network::Description description_in(const fs::path& path) {
  const auto file = open_ced(path);
  const std::string norm = "encoder.norm.weight";
  for (const auto& published : kPublishedCed) {
    const auto network = network::ced_description(published.size);
    file.check_entries(ced_entries(network));  // the same of all sizes
    if (file.length(norm) == static_cast<std::uint64_t>(network.embedding_size())) return network;
  }
  file.fail(norm + " shape", "not one of [192], [256], [384] and [768]");
}

}  // namespace

std::optional<network::CedSize> published_ced(const std::string& source) {
  for (const auto& published : kPublishedCed) {
    if (source.find(std::string("sha256 ") + published.sha256) != std::string::npos) return published.size;
  }
  return std::nullopt;
}

bool is_ced(const fs::path& path) {
  if (!weights::is_safetensors(path)) return false;
  std::ifstream in(path, std::ios::binary);
  std::string start(SafetensorsReader::kLengthBytes + SafetensorsReader::kMaxHeaderBytes, '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(in.gcount()));
  return start.find("\"encoder.init_bn.") != std::string::npos && start.find("\"soundfold") == std::string::npos;
}

weights::Weights read_ced(const fs::path& path, network::Description network, std::vector<std::string> class_names) {
  weights::Weights weights;
  tensor_files::reading_safetensors(path.string(),
                                    [&] { weights = weights_in(path, std::move(network), std::move(class_names)); });
  weights.source = weights::describe_source(path, "CED, safetensors");
  return weights;
}

weights::Weights read_ced(const fs::path& path, std::vector<std::string> class_names) {
  network::Description network;
  tensor_files::reading_safetensors(path.string(), [&] { network = description_in(path); });
  return read_ced(path, std::move(network), std::move(class_names));
}

}  // namespace soundfold::ced
