// SPDX-License-Identifier: Apache-2.0
#include "features/internal/known_classes.h"

#include "support/errors.h"
#include "text/names.h"
#include "text/text.h"

#include <algorithm>

namespace soundfold::features {
namespace {

constexpr const char* kKey = "head.known_classes: ";

std::size_t index_of(const std::string& name, const std::vector<std::string>& names, const std::string& text,
                     const std::string& whose) {
  if (const auto found = find_name(name, names)) return *found;
  const auto nearest = nearest_name(name, names);
  throw UsageError(kKey + std::string("'") + text + "': '" + name + "' is not one of " + whose +
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

KnownPairs read_known_classes(const std::vector<std::string>& texts, const std::vector<std::string>& own_classes,
                              const std::vector<std::string>& backbone_classes) {
  KnownPairs pairs;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
      throw UsageError(kKey + std::string("'") + text + "' has no '='; write 'own class = class of the backbone'");
    }
    const auto own = index_of(tidy_name(text.substr(0, equals)), own_classes, text, "the classes of the data");
    const auto theirs = index_of(tidy_name(text.substr(equals + 1)), backbone_classes, text, "the backbone's classes");
    std::pair<std::string, std::string> pair(own_classes[own], backbone_classes[theirs]);
    if (std::find(pairs.begin(), pairs.end(), pair) != pairs.end()) {
      throw UsageError(kKey + std::string("'") + text + "' appears twice");
    }
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

heads::KnownClasses known_class_rows(const KnownPairs& pairs, const std::vector<std::string>& own_classes,
                                     const std::vector<std::string>& backbone_classes, const std::vector<float>& kernel,
                                     const std::vector<float>& bias) {
  std::vector<std::vector<std::size_t>> rows(own_classes.size());
  for (const auto& [own, theirs] : pairs) {
    rows[index_of(own, own_classes, own, "the classes of the data")].push_back(
        index_of(theirs, backbone_classes, theirs, "the backbone's classes"));
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

}  // namespace soundfold::features
