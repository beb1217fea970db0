// SPDX-License-Identifier: Apache-2.0
#include "dataset/classes.h"

#include "dataset/dataset.h"
#include "dataset/wording.h"
#include "support/errors.h"
#include "support/text.h"

#include <algorithm>
#include <set>

namespace soundfold::dataset {
namespace {

constexpr std::size_t kNamesInMessage = 12;

[[noreturn]] void refuse_unknown(const std::string& name, const KnownClasses& known) {
  const std::string nearest = nearest_name(name, known.names);
  std::string message = "data.classes: class " + in_quotes(name) + " is not in " + known.dataset;
  if (!nearest.empty()) message += "; did you mean " + in_quotes(nearest) + "?";
  message += (nearest.empty() ? "; its " : " Its ") + counted(known.names.size(), "class");
  if (known.names.size() <= kNamesInMessage) {
    message += (known.names.size() == 1 ? " is: " : " are: ") + joined(known.names, kNamesInMessage);
  } else {
    message += " are listed in " + known.listed_in;
  }
  throw UsageError(message);
}

}  // namespace

std::vector<std::string> choose_classes(const std::vector<std::string>& chosen, const KnownClasses& known) {
  if (chosen.empty()) return known.names;
  const std::set<std::string> offered(known.names.begin(), known.names.end());
  std::set<std::string> seen;
  for (const auto& name : chosen) {
    if (name.empty()) throw UsageError("data.classes: a class name is empty; remove it");
    if (!seen.insert(name).second) {
      throw UsageError("data.classes: class " + in_quotes(name) + " is given twice; name each class once");
    }
    if (offered.count(name) == 0) refuse_unknown(name, known);
  }
  return chosen;
}

std::unordered_map<std::string, std::int64_t> targets_of(const std::vector<std::string>& class_names) {
  std::unordered_map<std::string, std::int64_t> targets;
  for (const auto& name : class_names) targets.emplace(name, static_cast<std::int64_t>(targets.size()));
  return targets;
}

std::string describe_choice(std::size_t chosen, std::size_t known, std::size_t clips) {
  const std::string which = chosen == known ? (known == 1 ? "its one class" : "all " + counted(known, "class"))
                                            : grouped(chosen) + " of " + counted(known, "class") + " chosen";
  return which + ": " + counted(clips, "clip");
}

}  // namespace soundfold::dataset
