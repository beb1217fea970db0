// SPDX-License-Identifier: Apache-2.0
#include "splits/rounds.h"

#include "splits/fold_split.h"
#include "splits/source_folds.h"
#include "splits/split_checks.h"
#include "support/errors.h"
#include "text/csv.h"

#include <algorithm>
#include <set>

namespace soundfold::splits {
namespace {

using config::FoldSource;
using config::ValidationFold;

/// "1-5", "1, 4".
std::string numbers_text(const std::vector<std::int64_t>& numbers) {
  bool run = numbers.size() > 1;
  for (std::size_t i = 1; i < numbers.size(); ++i) run = run && numbers[i] == numbers[i - 1] + 1;
  if (run) return std::to_string(numbers.front()) + (numbers.size() == 2 ? ", " : "-") + std::to_string(numbers.back());
  std::string text;
  for (const auto number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return text;
}

std::vector<std::int64_t> seeds_of(const config::Protocol& protocol, std::int64_t first_seed) {
  std::vector<std::int64_t> seeds;
  seeds.reserve(static_cast<std::size_t>(protocol.repeats));
  for (std::int64_t i = 0; i < protocol.repeats; ++i) seeds.push_back(first_seed + i);
  return seeds;
}

std::string validation_text(const config::Protocol& protocol, const std::vector<int>& folds) {
  if (protocol.validation == ValidationFold::none) return "no validation";
  const bool before = protocol.validation == ValidationFold::previous;
  for (std::size_t i = 1; i < folds.size(); ++i) {
    if (folds[i] == folds[i - 1] + 1) continue;
    return std::string("validation = the fold ") + (before ? "before" : "after") + " the test fold";
  }
  return std::string("validation = test fold ") + (before ? "- 1" : "+ 1");
}

}  // namespace

std::string Round::name() const {
  return "seed" + std::to_string(seed) + "_fold" + std::to_string(test);
}

std::string Round::description() const {
  return "seed " + std::to_string(seed) + ", test fold " + std::to_string(test);
}

void make_folds(const config::Protocol& protocol, std::int64_t seed, dataset::Dataset& data) {
  if (protocol.folds_from == FoldSource::sources) {
    draw_folds(data, static_cast<int>(protocol.fold_count), static_cast<std::uint64_t>(seed));
  } else if (protocol.folds_from == FoldSource::each_source) {
    fold_per_source(data);
  }
}

std::vector<int> protocol_folds(const config::Protocol& protocol, const dataset::Dataset& data) {
  if (!protocol.folds.empty()) return {protocol.folds.begin(), protocol.folds.end()};
  auto folds = data.folds();
  if (folds.empty()) {
    throw UsageError(
        "protocol.type: cross_validation needs folds and '" + data.name +
        "' has none; draw some with protocol.folds_from: sources, or list the clips in a CSV with a column "
        "'fold' (data.layout: csv)");
  }
  return folds;
}

std::vector<Round> make_rounds(const config::Protocol& protocol, const std::vector<int>& folds,
                               std::int64_t first_seed) {
  const bool validates = protocol.validation != ValidationFold::none;
  const std::size_t needed = validates ? 3 : 2;
  if (folds.size() < needed) {
    throw UsageError("cross-validation needs at least " + std::to_string(needed) + " folds" +
                     (validates ? " when it validates (test, validation, train)" : "") + "; there are " +
                     std::to_string(folds.size()) + "; give more with protocol.folds or protocol.fold_count" +
                     (validates ? ", or protocol.validation: none" : ""));
  }
  std::vector<Round> rounds;
  for (const auto seed : seeds_of(protocol, first_seed)) {
    for (std::size_t k = 0; k < folds.size(); ++k) {
      Round round;
      round.seed = seed;
      round.test = folds[k];
      if (protocol.validation == ValidationFold::previous)
        round.validation = folds[(k + folds.size() - 1) % folds.size()];
      if (protocol.validation == ValidationFold::next) round.validation = folds[(k + 1) % folds.size()];
      for (const int fold : folds) {
        if (fold != round.test && fold != round.validation) round.train.push_back(fold);
      }
      rounds.push_back(std::move(round));
    }
  }
  return rounds;
}

std::string protocol_text(const config::Protocol& protocol, const std::vector<int>& folds, std::int64_t first_seed) {
  const auto seeds = seeds_of(protocol, first_seed);
  const auto count = std::to_string(folds.size());
  std::string text;
  if (protocol.folds_from == FoldSource::each_source) {
    text = "cross-validation over " + count + " sources, each left out in turn";
  } else {
    text = count + "-fold cross-validation over folds " + numbers_text({folds.begin(), folds.end()});
    if (protocol.folds_from == FoldSource::sources) text += " drawn by source with seed " + std::to_string(first_seed);
  }
  return text + ", " + validation_text(protocol, folds) + (seeds.size() == 1 ? ", seed " : ", seeds ") +
         numbers_text(seeds);
}

Splits round_splits(const Round& round, const dataset::Dataset& data, const std::vector<std::size_t>& used) {
  Splits splits;
  for (const auto clip : used) {
    const int fold = data.clips[clip].fold;
    if (fold == round.test) {
      splits.test.push_back(clip);
    } else if (fold == round.validation) {
      splits.validation.push_back(clip);
    } else if (std::find(round.train.begin(), round.train.end(), fold) != round.train.end()) {
      splits.train.push_back(clip);
    }
  }
  return splits;
}

void check_rounds(const config::Protocol& protocol, const std::vector<Round>& rounds, const dataset::Dataset& data,
                  const std::vector<std::size_t>& used) {
  const bool classes_in_all = protocol.folds_from != FoldSource::each_source;
  std::set<std::string> shared;
  for (const auto& round : rounds) {
    if (round.seed != rounds.front().seed) break;  // the folds are the same for every seed
    const auto splits = round_splits(round, data, used);
    check_splits(data, splits, {/*warn_shared=*/false, classes_in_all});
    check_negatives(data, splits);
    if (!data.folds_are_published) continue;
    const auto sources = shared_sources(data, splits);
    shared.insert(sources.begin(), sources.end());
  }
  if (!shared.empty()) warn_shared_sources(data, {shared.begin(), shared.end()});
}

std::string clip_folds_csv(const dataset::Dataset& data, const std::vector<std::size_t>& used) {
  std::string csv = "path,fold,source\n";
  for (const auto index : used) {
    const auto& clip = data.clips[index];
    csv += csv_field(clip.id) + "," + std::to_string(clip.fold) + "," + csv_field(clip.source) + "\n";
  }
  return csv;
}

std::string source_of_fold(const dataset::Dataset& data, int fold) {
  const auto found =
      std::find_if(data.clips.begin(), data.clips.end(), [fold](const auto& clip) { return clip.fold == fold; });
  return found == data.clips.end() ? "" : found->source;
}

}  // namespace soundfold::splits
