// SPDX-License-Identifier: Apache-2.0
#include "transformers/tensors.h"

#include "support/errors.h"

#include <string>
#include <vector>

namespace soundfold::transformers {
namespace {

void check_size(const std::string& name, const std::vector<float>& values, std::int64_t expected) {
  if (static_cast<std::int64_t>(values.size()) == expected) return;
  throw UsageError("weights: " + name + " has " + std::to_string(values.size()) + " values, not " +
                   std::to_string(expected));
}

}  // namespace

void check_tensors(const weights::Weights& weights) {
  const auto& network = weights.network;
  if (!network.transformer) throw UsageError("weights: these are no transformer's");
  for (const auto& expected : network::transformer_tensors(*network.transformer, network.input.mel_bands)) {
    const auto found = weights.tensors.find(expected.name);
    if (found == weights.tensors.end()) throw UsageError("weights: no tensor " + expected.name);
    check_size(expected.name, found->second, expected.size());
  }
  check_size("the classifier's kernel", weights.classifier_kernel, network.class_count * network.embedding_size());
  check_size("the classifier's bias", weights.classifier_bias, network.class_count);
}

}  // namespace soundfold::transformers
