// SPDX-License-Identifier: Apache-2.0
#include "config/sweep.h"

#include "config/check.h"
#include "config/options.h"
#include "settings/assign.h"
#include "support/errors.h"
#include "support/random.h"
#include "text/text.h"
#include "yaml/yaml_value.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <set>

namespace soundfold::config {
namespace {

constexpr std::size_t kMaxMembers = 10000;
constexpr int kDigits = 4;  // of a drawn number: enough for a search, and readable

std::string draw(const SweepKey& key, bool whole, std::mt19937_64& generator) {
  const double u = unit_interval(generator());
  if (!key.values.empty()) {
    return key.values[static_cast<std::size_t>(u * static_cast<double>(key.values.size()))];
  }
  if (whole && !key.log) {
    return yaml_text(static_cast<std::int64_t>(key.low + std::floor(u * (key.high - key.low + 1))));
  }
  double value = key.log ? key.low * std::exp(u * std::log(key.high / key.low)) : key.low + u * (key.high - key.low);
  if (whole) return yaml_text(static_cast<std::int64_t>(std::llround(value)));
  char text[64];
  std::snprintf(text, sizeof text, "%.*g", kDigits, value);
  value = std::min(std::max(std::stod(text), key.low), key.high);
  return yaml_text(value);
}

/// The values of grid point `number`, the last key fastest.
std::vector<std::string> grid_point(const std::vector<SweepKey>& keys, std::size_t number) {
  std::vector<std::string> settings(keys.size());
  for (std::size_t i = keys.size(); i-- > 0;) {
    settings[i] = keys[i].values[number % keys[i].values.size()];
    number /= keys[i].values.size();
  }
  return settings;
}

/// [samples][random keys]; one row of nothing without random keys, so that the grid alone is the sweep.
std::vector<std::vector<std::string>> draws(const Experiment& experiment) {
  const auto& sweep = experiment.sweep;
  if (sweep.random.empty()) return {{}};
  Experiment scratch = experiment;
  std::vector<bool> whole;
  for (const auto& key : sweep.random) {
    const auto target = find_option(options_of(scratch), key.key, {}).target;
    whole.push_back(std::holds_alternative<std::int64_t*>(target));
  }
  std::mt19937_64 generator(static_cast<std::uint64_t>(sweep.seed));
  std::vector<std::vector<std::string>> rows(static_cast<std::size_t>(sweep.samples));
  for (auto& row : rows) {
    for (std::size_t i = 0; i < sweep.random.size(); ++i) row.push_back(draw(sweep.random[i], whole[i], generator));
  }
  return rows;
}

std::string range_text(const SweepKey& key) {
  return "{low: " + yaml_text(key.low) + ", high: " + yaml_text(key.high) + ", log: " + yaml_text(key.log) + "}";
}

std::string keys_text(const std::string& name, const std::vector<SweepKey>& keys) {
  if (keys.empty()) return "";
  std::string text = "  " + name + ":\n";
  for (const auto& key : keys) {
    text += "    " + key.key + ": " + (key.values.empty() ? range_text(key) : "[" + join(key.values) + "]") + "\n";
  }
  return text;
}

}  // namespace

std::vector<std::string> sweep_keys(const Sweep& sweep) {
  std::vector<std::string> names;
  for (const auto* part : {&sweep.values, &sweep.random}) {
    for (const auto& key : *part) names.push_back(key.key);
  }
  return names;
}

std::vector<SweepMember> sweep_members(const Experiment& experiment) {
  const auto& sweep = experiment.sweep;
  const auto rows = draws(experiment);
  std::size_t points = 1;
  for (const auto& key : sweep.values) {
    points *= key.values.size();
    if (points * rows.size() > kMaxMembers) {
      throw UsageError("sweep: more than " + std::to_string(kMaxMembers) + " members; try fewer values or samples");
    }
  }
  std::vector<SweepMember> members;
  std::set<std::vector<std::string>> seen;
  for (std::size_t point = 0; point < points; ++point) {
    for (const auto& row : rows) {
      auto settings = grid_point(sweep.values, point);
      settings.insert(settings.end(), row.begin(), row.end());
      if (seen.insert(settings).second) members.push_back({std::move(settings)});
    }
  }
  return members;
}

Experiment member_experiment(const Experiment& experiment, const SweepMember& member) {
  Experiment own = experiment;
  own.sweep = Sweep();
  const auto options = options_of(own);
  const auto keys = sweep_keys(experiment.sweep);
  std::string where = "sweep member";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    assign(options, keys[i], {YAML::Load(member.settings.at(i)), "sweep", "sweep"});
    where += (i == 0 ? " " : ", ") + keys[i] + ": " + member.settings[i];
  }
  check_experiment(own, [&](const std::string&) { return where; });
  return own;
}

const std::vector<std::string>& sweep_map_keys() {
  static const std::vector<std::string> keys = {"metric", "samples", "seed", "values", "random"};
  return keys;
}

bool larger_is_better(const Sweep& sweep) {
  return sweep.metric != Metric::validation_loss;
}

std::string to_yaml(const Sweep& sweep) {
  if (sweep.empty()) return "";
  std::string text = "sweep:\n  metric: " + name_of(sweep.metric) + "\n";
  if (sweep.samples > 0) text += "  samples: " + yaml_text(sweep.samples) + "\n  seed: " + yaml_text(sweep.seed) + "\n";
  return text + keys_text("values", sweep.values) + keys_text("random", sweep.random);
}

}  // namespace soundfold::config
