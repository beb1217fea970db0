// SPDX-License-Identifier: Apache-2.0
#include "features/internal/known_classes.h"

#include "support/errors.h"
#include "text/names.h"
#include "text/text.h"

#include <algorithm>

namespace soundfold::features {
namespace {

const std::string kKey = "head.known_classes: ";

std::size_t index_of(const std::string& name, const std::vector<std::string>& names, const std::string& whose) {
  if (const auto found = find_name(name, names)) return *found;
  const auto nearest = nearest_name(name, names);
  throw UsageError(kKey + "'" + name + "' is not one of " + whose +
                   (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
}

/// The mean of some rows of `values`, rows of `size` values.
void append_mean(std::vector<float>& means, const std::vector<float>& values, std::size_t size,
                 const std::vector<std::size_t>& rows) {
  for (std::size_t i = 0; i < size; ++i) {
    double sum = 0;
    for (const auto row : rows) sum += values[row * size + i];
    means.push_back(rows.empty() ? 0.0F : static_cast<float>(sum / static_cast<double>(rows.size())));
  }
}

}  // namespace

KnownPairs known_pairs(const config::NameLists& known, const std::vector<std::string>& own_classes,
                       const std::vector<std::string>& backbone_classes) {
  KnownPairs pairs;
  for (const auto& [own, names] : known) {
    const auto& own_name = own_classes[index_of(tidy_name(own), own_classes, "the classes of the data")];
    for (const auto& name : names) {
      const auto theirs = index_of(tidy_name(name), backbone_classes, "the backbone's classes");
      std::pair<std::string, std::string> pair(own_name, backbone_classes[theirs]);
      if (std::find(pairs.begin(), pairs.end(), pair) != pairs.end()) {
        throw UsageError(kKey + own + ": '" + name + "' appears twice");
      }
      pairs.push_back(std::move(pair));
    }
  }
  return pairs;
}

heads::KnownClasses known_class_rows(const KnownPairs& pairs, const std::vector<std::string>& own_classes,
                                     const std::vector<std::string>& backbone_classes, const std::vector<float>& kernel,
                                     const std::vector<float>& bias) {
  std::vector<std::vector<std::size_t>> rows(own_classes.size());
  for (const auto& [own, theirs] : pairs) {
    rows[index_of(own, own_classes, "the classes of the data")].push_back(
        index_of(theirs, backbone_classes, "the backbone's classes"));
  }
  std::vector<float> kernels, biases, mapped;
  const auto size = kernel.size() / bias.size();
  for (const auto& of_class : rows) {
    mapped.push_back(of_class.empty() ? 0.0F : 1.0F);
    append_mean(kernels, kernel, size, of_class);
    append_mean(biases, bias, 1, of_class);
  }
  heads::KnownClasses known;
  known.bias = torch::tensor(biases);
  known.kernel = torch::tensor(kernels).view({known.bias.size(0), -1});
  known.mapped = torch::tensor(mapped);
  return known;
}

heads::KnownClasses with_norm_folded(heads::KnownClasses known, const weights::Weights& weights) {
  if (!weights.network.transformer) return known;
  const auto vector = [&](const char* name) { return torch::tensor(weights.tensors.at(name)).to(torch::kFloat64); };
  const auto kernel = known.kernel.to(torch::kFloat64);
  known.bias = (known.bias + torch::mv(kernel, vector("outputlayer.0.bias"))).to(torch::kFloat32);
  known.kernel = (kernel * vector("outputlayer.0.weight")).to(torch::kFloat32);
  known.norm_epsilon = weights.network.transformer->head_norm_epsilon;
  return known;
}

}  // namespace soundfold::features
