// SPDX-License-Identifier: Apache-2.0
#include "splits/source_folds.h"

#include "dataset/wording.h"
#include "splits/internal/stratified_draw.h"
#include "support/errors.h"

namespace soundfold::splits {
namespace {

/// Equal shares; the remainder goes to the folds after those that got the previous class's remainder, so that no fold
/// gets the remainder of every class.
class EvenShares {
 public:
  EvenShares(const dataset::Dataset& dataset, int count) : dataset_(dataset), count_(static_cast<std::size_t>(count)) {}

  Shares operator()(std::size_t k, std::size_t sources) {
    if (k < dataset_.class_names.size() && sources < count_) {
      throw DataError("class " + dataset::in_quotes(dataset_.class_names[k]) + " has " +
                      dataset::counted(sources, "source recording") + ", fewer than the " + std::to_string(count_) +
                      " folds that need one each; lower protocol.fold_count or add recordings");
    }
    Shares shares(count_, static_cast<std::int64_t>(sources / count_));
    for (std::size_t rest = sources % count_; rest > 0; --rest) ++shares[next_++ % count_];
    return shares;
  }

 private:
  const dataset::Dataset& dataset_;
  std::size_t count_;
  std::size_t next_ = 0;
};

/// A class of one source cannot be learned when that one is left out.
void check_class_sources(const dataset::Dataset& dataset, const std::vector<SourceGroup>& groups) {
  std::vector<std::size_t> sources(dataset.class_names.size() + 1), last(sources.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const std::size_t k : groups[g].classes) {
      ++sources[k];
      last[k] = g;
    }
  }
  for (std::size_t k = 0; k < dataset.class_names.size(); ++k) {
    if (sources[k] != 1) continue;
    throw DataError("class " + dataset::in_quotes(dataset.class_names[k]) + " is in one source only, " +
                    dataset::in_quotes(dataset.clips[groups[last[k]].clips.front()].source) +
                    ", and cannot be learned while that is left out; add recordings from another source, or leave the "
                    "class out");
  }
}

/// Gives each group's clips its fold; nothing is left of the folds and splits there were.
void set_folds(dataset::Dataset& dataset, const std::vector<SourceGroup>& groups,
               const std::vector<std::size_t>& fold_of) {
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const std::size_t clip : groups[g].clips) {
      dataset.clips[clip].fold = static_cast<int>(fold_of[g]) + 1;
      dataset.clips[clip].split.reset();
    }
  }
  dataset.folds_are_published = false;
}

}  // namespace

void draw_folds(dataset::Dataset& dataset, int count, std::uint64_t seed) {
  if (dataset.clips.empty()) throw DataError(dataset::in_quotes(dataset.name) + " has no clip to draw folds from");
  const auto groups = group_by_source(dataset);
  set_folds(dataset, groups, stratified_draw(dataset, groups, EvenShares(dataset, count), seed));
}

void fold_per_source(dataset::Dataset& dataset) {
  const auto groups = group_by_source(dataset);
  if (groups.size() < 2) {
    throw DataError(dataset::in_quotes(dataset.name) + " has " + dataset::counted(groups.size(), "source recording") +
                    "; leaving one out needs at least two");
  }
  check_class_sources(dataset, groups);
  std::vector<std::size_t> fold_of(groups.size());
  for (std::size_t g = 0; g < groups.size(); ++g) fold_of[g] = g;
  set_folds(dataset, groups, fold_of);
}

}  // namespace soundfold::splits
