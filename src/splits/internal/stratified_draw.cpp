// SPDX-License-Identifier: Apache-2.0
#include "splits/internal/stratified_draw.h"

#include "dataset/wording.h"
#include "support/errors.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>

namespace soundfold::splits {
namespace {

/// Clips of several classes can make one draw fail where another works; this many are tried.
constexpr int kDraws = 200;

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

struct Plan {
  std::vector<Shares> wanted;                     ///< per class and part, in sources
  std::vector<std::vector<std::size_t>> members;  ///< per class: its groups
  std::vector<std::size_t> order;                 ///< classes, fewest sources first
};

Plan make_plan(const dataset::Dataset& dataset, const std::vector<SourceGroup>& groups,
               const SharesOfClass& shares_of) {
  Plan plan;
  plan.members.resize(dataset.class_names.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const std::size_t k : groups[g].classes) {
      if (k >= plan.members.size()) plan.members.resize(k + 1);  // a source without any label
      plan.members[k].push_back(g);
    }
  }
  for (std::size_t k = 0; k < plan.members.size(); ++k) plan.wanted.push_back(shares_of(k, plan.members[k].size()));
  plan.order.resize(plan.members.size());
  std::iota(plan.order.begin(), plan.order.end(), std::size_t{0});
  std::stable_sort(plan.order.begin(), plan.order.end(),
                   [&plan](std::size_t a, std::size_t b) { return plan.members[a].size() < plan.members[b].size(); });
  return plan;
}

/// The part for a group of a class: first one that needs the class and has none of it, then the one that lacks most.
std::size_t neediest_part(const Shares& wanted, const Shares& given) {
  std::size_t best = 0;
  for (std::size_t s = 1; s < wanted.size(); ++s) {
    const bool starves = wanted[s] > 0 && given[s] == 0;
    const bool best_starves = wanted[best] > 0 && given[best] == 0;
    const bool lacks_more = wanted[s] - given[s] > wanted[best] - given[best];
    if (wanted[s] > 0 && (starves != best_starves ? starves : lacks_more)) best = s;
  }
  return best;
}

/// One draw: the part of each group. Empty when a part is left without a class it needs.
std::vector<std::size_t> draw(const std::vector<SourceGroup>& groups, const Plan& plan, std::mt19937_64& generator) {
  const std::size_t parts = plan.wanted.front().size();
  std::vector<std::size_t> part_of(groups.size(), parts);
  std::vector<Shares> given(plan.wanted.size(), Shares(parts));
  for (const std::size_t k : plan.order) {
    std::vector<std::size_t> members = plan.members[k];
    shuffle(members, generator);
    for (const std::size_t g : members) {
      if (part_of[g] != parts) continue;
      part_of[g] = neediest_part(plan.wanted[k], given[k]);
      for (const std::size_t other : groups[g].classes) ++given[other][part_of[g]];
    }
  }
  for (std::size_t k = 0; k < given.size(); ++k) {
    for (std::size_t s = 0; s < parts; ++s) {
      if (plan.wanted[k][s] > 0 && given[k][s] == 0) return {};
    }
  }
  return part_of;
}

}  // namespace

std::vector<SourceGroup> group_by_source(const dataset::Dataset& dataset) {
  struct Gathered {
    std::vector<std::size_t> clips;
    std::set<std::size_t> classes;
  };
  std::map<std::string, Gathered> by_source;
  for (std::size_t index = 0; index < dataset.clips.size(); ++index) {
    auto& group = by_source[dataset.clips[index].source];
    group.clips.push_back(index);
    for (const std::int64_t label : dataset.clips[index].labels) group.classes.insert(static_cast<std::size_t>(label));
  }
  std::vector<SourceGroup> groups;
  groups.reserve(by_source.size());
  for (auto& entry : by_source) {
    auto& group = entry.second;
    if (group.classes.empty()) group.classes.insert(dataset.class_names.size());
    groups.push_back({std::move(group.clips), {group.classes.begin(), group.classes.end()}});
  }
  return groups;
}

std::vector<std::size_t> stratified_draw(const dataset::Dataset& dataset, const std::vector<SourceGroup>& groups,
                                         const SharesOfClass& shares_of, std::uint64_t seed) {
  const Plan plan = make_plan(dataset, groups, shares_of);
  std::mt19937_64 generator(seed);
  for (int attempt = 0; attempt < kDraws; ++attempt) {
    auto part_of = draw(groups, plan, generator);
    if (!part_of.empty()) return part_of;
  }
  const auto rarest =
      std::find_if(plan.order.begin(), plan.order.end(), [&](std::size_t k) { return k < dataset.class_names.size(); });
  throw DataError(dataset::in_quotes(dataset.name) + ": no random split with every class in every part was found in " +
                  std::to_string(kDraws) +
                  " draws, because source recordings carry several classes; add recordings of the rarest class, " +
                  dataset::in_quotes(dataset.class_names.at(rarest == plan.order.end() ? 0 : *rarest)) +
                  ", or split by fold");
}

}  // namespace soundfold::splits
