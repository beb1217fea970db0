// SPDX-License-Identifier: Apache-2.0
#include "dataset/internal/classes.h"

#include "dataset/wording.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/names.h"
#include "text/text.h"

#include <algorithm>
#include <numeric>
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

/// The class of the data set that `name` means.
const std::string& known_class(const std::string& name, const KnownClasses& known) {
  if (tidy_name(name).empty()) throw UsageError("data.classes: a class name is empty; remove it");
  const auto found = find_name(name, known.names);
  if (!found) refuse_unknown(name, known);
  const std::string& own = known.names[*found];
  if (own != name) {
    logger().info("data.classes: {} is taken as {}, as {} writes it", in_quotes(name), in_quotes(own), known.dataset);
  }
  return own;
}

void check_other_class(const DataOptions& options, const std::vector<std::string>& chosen, const KnownClasses& known) {
  const std::string key = "data.other_class: " + in_quotes(options.other_class);
  if (tidy_name(options.other_class).empty()) throw UsageError("data.other_class: the name is empty");
  if (find_name(options.other_class, chosen)) {
    throw UsageError(key + " is in data.classes too; give the class of all others a name of its own");
  }
  if (chosen.size() == known.names.size()) {
    throw UsageError(key + " has nothing to gather: data.classes names every class of " + known.dataset);
  }
}

}  // namespace

std::string ClassNames::add(const std::string& name, const std::string& where) {
  std::string tidy;
  try {
    tidy = tidy_name(name);
  } catch (const DataError& error) {
    throw DataError(where + ": " + error.what() +
                    "; convert the list (iconv -f LATIN1 -t UTF-8 OLD.csv > NEW.csv), or rename the folder");
  }
  if (tidy.empty()) throw DataError(where + ": the class name is empty");
  const auto [at, is_new] = by_key_.emplace(name_key(tidy), Seen{name, tidy, where});
  Seen& seen = at->second;
  if (is_new || seen.written == name) return tidy;
  if (seen.tidy != tidy) {
    throw DataError(where + ": the class names " + in_quotes(seen.tidy) + " (" + seen.where + ") and " +
                    in_quotes(tidy) + " differ only in case; write one of them everywhere");
  }
  if (!seen.reported) {
    logger().warn(
        "{} and {}: class {} is written in two ways, which differ in white space or Unicode form; taken as one",
        seen.where, where, in_quotes(tidy));
  }
  seen.reported = true;
  return tidy;
}

std::vector<std::string> choose_classes(const std::vector<std::string>& chosen, const KnownClasses& known) {
  if (chosen.empty()) return known.names;
  std::vector<std::string> names;
  for (const auto& name : chosen) {
    const std::string& own = known_class(name, known);
    if (std::find(names.begin(), names.end(), own) != names.end()) {
      throw UsageError("data.classes: class " + in_quotes(own) + " is given twice; name each class once");
    }
    names.push_back(own);
  }
  return names;
}

ClassChoice make_choice(const DataOptions& options, const KnownClasses& known) {
  ClassChoice choice;
  choice.names = choose_classes(options.classes, known);
  choice.target_of = targets_of(choice.names);
  choice.known = known.names.size();
  if (options.other_class.empty()) return choice;
  check_other_class(options, choice.names, known);
  choice.other_class = tidy_name(options.other_class);
  choice.gathered = known.names.size() - choice.names.size();
  const auto target = static_cast<std::int64_t>(choice.names.size());
  for (const auto& name : known.names) choice.target_of.emplace(name, target);
  choice.names.push_back(choice.other_class);
  return choice;
}

std::unordered_map<std::string, std::int64_t> targets_of(const std::vector<std::string>& class_names) {
  std::unordered_map<std::string, std::int64_t> targets;
  for (const auto& name : class_names) targets.emplace(name, static_cast<std::int64_t>(targets.size()));
  return targets;
}

std::string describe_choice(const ClassChoice& choice, const Dataset& dataset) {
  const std::size_t chosen = choice.names.size() - (choice.gathered > 0 ? 1 : 0);
  std::string text = chosen == choice.known ? counted(choice.known, "class")
                                            : grouped(chosen) + " of " + counted(choice.known, "class") + " chosen";
  if (choice.gathered > 0) {
    text += ", " + grouped(choice.gathered) + " gathered as " + in_quotes(choice.other_class);
  }
  return text + ", " + counted(dataset.clips.size(), "clip") + ": " + class_counts_text(dataset);
}

}  // namespace soundfold::dataset
