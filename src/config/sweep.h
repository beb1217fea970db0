// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/choices.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::config {

struct Experiment;

/// One swept key: a list of values, or (random only) a range.
struct SweepKey {
  std::string key;                  ///< of an option, e.g. "head.dropout"
  std::vector<std::string> values;  ///< YAML flow texts; empty: a range
  double low = 0, high = 0;         ///< both ends included
  bool log = false;                 ///< draw uniformly in the logarithm
  std::string where;                ///< file and line, for messages
};

/// The map `sweep:` of an experiment: which settings to try and by what to rank them.
struct Sweep {
  Metric metric = Metric::validation_clip_accuracy;
  std::int64_t samples = 0;      ///< random draws for each point of the grid; 0 without `random`
  std::int64_t seed = 1;         ///< of the draws
  std::vector<SweepKey> values;  ///< the grid: every combination
  std::vector<SweepKey> random;
  bool empty() const { return values.empty() && random.empty(); }
};

/// One setting of a sweep.
struct SweepMember {
  std::vector<std::string> settings;  ///< YAML flow texts, in the order of sweep_keys()
};

/// The swept keys: those of the grid, then those drawn at random.
std::vector<std::string> sweep_keys(const Sweep& sweep);

/// All members: grid points in order (the last key fastest), each with `samples` draws; the same on every platform.
/// A member equal to an earlier one is left out.
std::vector<SweepMember> sweep_members(const Experiment& experiment);

/// The experiment of a member: checked, without a sweep of its own.
Experiment member_experiment(const Experiment& experiment, const SweepMember& member);

/// The keys of the map `sweep:`, which is no option: "metric", "samples", "seed", "values", "random".
const std::vector<std::string>& sweep_map_keys();

/// True when larger values of the sweep's metric are better.
bool larger_is_better(const Sweep& sweep);

/// The map as YAML text, for the end of a configuration; empty for an empty sweep.
std::string to_yaml(const Sweep& sweep);

}  // namespace soundfold::config
