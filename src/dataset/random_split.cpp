// SPDX-License-Identifier: Apache-2.0
#include "dataset/split_checks.h"
#include "dataset/wording.h"
#include "support/errors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <sstream>

namespace soundfold::dataset {
namespace {

using Counts = std::array<std::int64_t, 3>;  // per split, in the order of kSplits

/// Clips of several classes can make one draw fail where another works; this many are tried.
constexpr int kDraws = 200;

/// The clips of one source: the unit that is never torn apart.
struct Group {
  std::vector<std::size_t> clips;
  std::set<std::size_t> classes;
};

/// Groups by source name, so that neither the clips' order nor the platform matters.
std::vector<Group> group_by_source(const Dataset& dataset) {
  std::map<std::string, Group> by_source;
  for (std::size_t index = 0; index < dataset.clips.size(); ++index) {
    Group& group = by_source[dataset.clips[index].source];
    group.clips.push_back(index);
    for (const std::int64_t label : dataset.clips[index].labels) group.classes.insert(static_cast<std::size_t>(label));
  }
  std::vector<Group> groups;
  groups.reserve(by_source.size());
  for (auto& entry : by_source) groups.push_back(std::move(entry.second));
  return groups;
}

/// A number below `limit`, each equally likely. The standard's own distributions differ between libraries.
std::size_t draw_below(std::size_t limit, std::mt19937_64& generator) {
  const std::uint64_t range = limit;
  const std::uint64_t unusable = (std::mt19937_64::max() % range + 1) % range;  // 2^64 mod range
  std::uint64_t drawn = generator();
  while (drawn > std::mt19937_64::max() - unusable) drawn = generator();
  return static_cast<std::size_t>(drawn % range);
}

/// Fisher-Yates.
void shuffle(std::vector<std::size_t>& items, std::mt19937_64& generator) {
  for (std::size_t left = items.size(); left > 1; --left)
    std::swap(items[left - 1], items[draw_below(left, generator)]);
}

/// How many of a class's `sources` each split gets: the fraction, rounded, at least one where wanted and for training.
Counts quotas(std::size_t sources, double validation_fraction, double test_fraction, const std::string& class_name) {
  const std::array<double, 3> fractions = {1 - validation_fraction - test_fraction, validation_fraction, test_fraction};
  Counts quota{};
  std::size_t wanted = 1;
  for (std::size_t s = 1; s < quota.size(); ++s) {
    if (fractions[s] <= 0) continue;
    ++wanted;
    quota[s] = std::max<std::int64_t>(1, std::llround(fractions[s] * static_cast<double>(sources)));
  }
  if (sources < wanted) {
    throw DataError("class " + in_quotes(class_name) + " has " + counted(sources, "source recording") +
                    ", fewer than the " + std::to_string(wanted) +
                    " splits that need one each; add recordings or leave a split out");
  }
  const auto total = static_cast<std::int64_t>(sources);
  while (quota[1] + quota[2] > total - 1) --*std::max_element(quota.begin() + 1, quota.end());
  quota[0] = total - quota[1] - quota[2];
  return quota;
}

struct Plan {
  std::vector<Counts> wanted;                     ///< per class and split, in sources
  std::vector<std::vector<std::size_t>> members;  ///< per class: its groups
  std::vector<std::size_t> order;                 ///< classes, fewest sources first
};

Plan make_plan(const Dataset& dataset, const std::vector<Group>& groups, double validation_fraction,
               double test_fraction) {
  Plan plan;
  plan.members.resize(dataset.class_names.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const std::size_t k : groups[g].classes) plan.members.at(k).push_back(g);
  }
  for (std::size_t k = 0; k < plan.members.size(); ++k) {
    plan.wanted.push_back(quotas(plan.members[k].size(), validation_fraction, test_fraction, dataset.class_names[k]));
  }
  plan.order.resize(plan.members.size());
  std::iota(plan.order.begin(), plan.order.end(), std::size_t{0});
  std::stable_sort(plan.order.begin(), plan.order.end(),
                   [&plan](std::size_t a, std::size_t b) { return plan.members[a].size() < plan.members[b].size(); });
  return plan;
}

/// The split for a group of class `k`: first one that wants the class and has none of it, then the one that lacks most.
std::size_t neediest_split(const Counts& wanted, const Counts& given) {
  std::size_t best = 0;
  for (std::size_t s = 1; s < wanted.size(); ++s) {
    const bool starves = wanted[s] > 0 && given[s] == 0;
    const bool best_starves = wanted[best] > 0 && given[best] == 0;
    const bool lacks_more = wanted[s] - given[s] > wanted[best] - given[best];
    if (wanted[s] > 0 && (starves != best_starves ? starves : lacks_more)) best = s;
  }
  return best;
}

/// One draw: the split of each group. Empty when a split is left without a class it wants.
std::vector<std::size_t> draw(const std::vector<Group>& groups, const Plan& plan, std::mt19937_64& generator) {
  constexpr std::size_t kUnassigned = kSplits.size();
  std::vector<std::size_t> split_of(groups.size(), kUnassigned);
  std::vector<Counts> given(plan.wanted.size(), Counts{});
  for (const std::size_t k : plan.order) {
    std::vector<std::size_t> members = plan.members[k];
    shuffle(members, generator);
    for (const std::size_t g : members) {
      if (split_of[g] != kUnassigned) continue;
      split_of[g] = neediest_split(plan.wanted[k], given[k]);
      for (const std::size_t other : groups[g].classes) ++given[other][split_of[g]];
    }
  }
  for (std::size_t k = 0; k < given.size(); ++k) {
    for (std::size_t s = 0; s < kSplits.size(); ++s) {
      if (plan.wanted[k][s] > 0 && given[k][s] == 0) return {};
    }
  }
  return split_of;
}

std::vector<std::size_t> draw_until_complete(const Dataset& dataset, const std::vector<Group>& groups, const Plan& plan,
                                             std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  for (int attempt = 0; attempt < kDraws; ++attempt) {
    auto split_of = draw(groups, plan, generator);
    if (!split_of.empty()) return split_of;
  }
  throw DataError(in_quotes(dataset.name) + ": no random split with every class in every split was found in " +
                  std::to_string(kDraws) +
                  " draws, because source recordings carry several classes; add recordings of " + "the rarest class, " +
                  in_quotes(dataset.class_names[plan.order.front()]) + ", or split by fold");
}

void check_fractions(double validation_fraction, double test_fraction) {
  const bool fine = validation_fraction >= 0 && test_fraction >= 0 && validation_fraction + test_fraction < 1;
  if (fine) return;  // not so for NaN
  std::ostringstream message;
  message << "the validation fraction " << validation_fraction << " and the test fraction " << test_fraction
          << " must each be 0 or more and together below 1, so that training gets a share";
  throw UsageError(message.str());
}

}  // namespace

Splits split_at_random(const Dataset& dataset, double validation_fraction, double test_fraction, std::uint64_t seed) {
  check_fractions(validation_fraction, test_fraction);
  if (dataset.clips.empty()) throw DataError(in_quotes(dataset.name) + " has no clip to split");
  const std::vector<Group> groups = group_by_source(dataset);
  const Plan plan = make_plan(dataset, groups, validation_fraction, test_fraction);
  const std::vector<std::size_t> split_of = draw_until_complete(dataset, groups, plan, seed);

  Splits splits;
  const std::array<std::vector<std::size_t>*, 3> lists = {&splits.train, &splits.validation, &splits.test};
  Counts sources{};
  for (std::size_t g = 0; g < groups.size(); ++g) {
    auto& list = *lists[split_of[g]];
    list.insert(list.end(), groups[g].clips.begin(), groups[g].clips.end());
    ++sources[split_of[g]];
  }
  splits.description = "random with seed " + std::to_string(seed);
  for (std::size_t s = 0; s < lists.size(); ++s) {
    std::sort(lists[s]->begin(), lists[s]->end());
    if (lists[s]->empty()) continue;
    splits.description += std::string(s == 0 ? ": " : ", ") + split_name(kSplits[s]) + " " +
                          counted(lists[s]->size(), "clip") + " of " +
                          counted(static_cast<std::size_t>(sources[s]), "source");
  }
  check_splits(dataset, splits);
  return splits;
}

}  // namespace soundfold::dataset
