// SPDX-License-Identifier: Apache-2.0
#include "runtime/appended_classes.h"

#include "support/errors.h"
#include "text/names.h"

#include <set>
#include <utility>

namespace soundfold::runtime {
namespace {

constexpr const char* kBackbone = "backbone";
constexpr const char* kPrefix = "backbone: ";

}  // namespace

bool appends_backbone(const nlohmann::json& metadata) {
  const auto found = metadata.find(kAppendKey);
  return found != metadata.end() && *found == kBackbone;
}

void refuse_appended(const nlohmann::json& metadata, const std::string& format) {
  if (!appends_backbone(metadata)) return;
  throw UsageError(format + " gives a model's own classes only, and this model answers its backbone's too; train it " +
                   "with head.append: none for " + format);
}

std::vector<std::string> with_backbone_classes(std::vector<std::string> own, const std::vector<std::string>& backbone) {
  std::set<std::string> taken;
  for (const auto& name : own) taken.insert(name_key(name));
  for (auto name : backbone) {
    while (!taken.insert(name_key(name)).second) name = kPrefix + name;
    own.push_back(std::move(name));
  }
  return own;
}

}  // namespace soundfold::runtime
