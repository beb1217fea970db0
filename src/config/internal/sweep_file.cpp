// SPDX-License-Identifier: Apache-2.0
#include "config/internal/sweep_file.h"

#include "config/options.h"
#include "settings/assign.h"
#include "support/errors.h"
#include "text/text.h"
#include "yaml/yaml_document.h"

#include <set>

namespace soundfold::config {
namespace {

using settings::Setting;

constexpr Metric kMetrics[] = {Metric::validation_clip_accuracy, Metric::validation_accuracy, Metric::validation_loss};
constexpr double kMaxSamples = 10000;

Setting inner(const Setting& outer, const YAML::Node& at, const YAML::Node& value) {
  return {value, yaml_place(outer.file, at), outer.file, outer.origin};
}

/// Entries of a map by name. Throws when it is none, or a name appears twice.
std::vector<std::pair<std::string, Setting>> entries(const Setting& map, const std::string& what) {
  std::vector<std::pair<std::string, Setting>> found;
  if (map.value.IsNull()) return found;
  if (!map.value.IsMap()) {
    throw UsageError(map.where + ": " + what + ": must be a map of keys; given: " + given_text(map.value));
  }
  std::set<std::string> seen;
  for (const auto& entry : map.value) {
    const auto setting = inner(map, entry.first, entry.second);
    if (!entry.first.IsScalar()) throw UsageError(setting.where + ": " + what + ": a key must be a plain string");
    const auto key = key_rules().current(entry.first.Scalar());
    if (!seen.insert(key).second) throw UsageError(setting.where + ": " + what + ": " + key + ": given twice");
    found.emplace_back(key, setting);
  }
  return found;
}

/// What decides which data are used, where things are kept and how runs are counted is the same for all members; what
/// acts after the training cannot be distinguished by a metric of it.
void check_sweepable(const std::string& key, const Setting& setting) {
  for (const std::string fixed : {"name", "data.", "folds.", "protocol.", "store.", "run."}) {
    if (key == fixed || (fixed.back() == '.' && key.compare(0, fixed.size(), fixed) == 0)) {
      throw UsageError(setting.where + ": sweep: " + key + " cannot be swept; it is the same for all members");
    }
  }
  for (const std::string later : {"calibration.", "decision.", "head.append"}) {
    if (key.compare(0, later.size(), later) != 0) continue;
    throw UsageError(setting.where + ": sweep: " + key + " cannot be swept; it acts after the training");
  }
}

/// Reads and checks the value of one swept key.
class KeyReader {
 public:
  KeyReader() : options_(options_of(scratch_)) {}

  SweepKey list(const std::string& key, const Setting& setting) {
    SweepKey swept = start(key, setting);
    if (!setting.value.IsSequence() || setting.value.size() == 0) {
      throw UsageError(setting.where + ": sweep: " + key +
                       ": must be a list of values to try; given: " + given_text(setting.value));
    }
    for (const auto& value : setting.value) swept.values.push_back(checked(key, inner(setting, value, value)));
    return swept;
  }

  SweepKey list_or_range(const std::string& key, const Setting& setting) {
    if (!setting.value.IsMap()) return list(key, setting);
    SweepKey swept = start(key, setting);
    const auto& option = find_option(options_, key, setting);
    if (!std::holds_alternative<double*>(option.target) && !std::holds_alternative<std::int64_t*>(option.target)) {
      throw UsageError(setting.where + ": sweep: " + key + ": a range is for numbers; give a list of values");
    }
    bool low = false, high = false;
    for (const auto& [part, value] : entries(setting, "sweep: " + key)) {
      if (part == "low") {
        swept.low = end(key, value), low = true;
      } else if (part == "high") {
        swept.high = end(key, value), high = true;
      } else if (part != "log" || !YAML::convert<bool>::decode(value.value, swept.log)) {
        throw UsageError(value.where + ": sweep: " + key + ": a range has low, high and log (true or false); given: " +
                         part + ": " + given_text(value.value));
      }
    }
    if (!low || !high || swept.low >= swept.high || (swept.log && swept.low <= 0)) {
      throw UsageError(
          setting.where + ": sweep: " + key +
          ": a range needs low below high, and low above 0 with log: true; given: " + given_text(setting.value));
    }
    return swept;
  }

 private:
  SweepKey start(const std::string& key, const Setting& setting) {
    find_option(options_, key, setting);
    check_sweepable(key, setting);
    SweepKey swept;
    swept.key = key;
    swept.where = setting.where;
    return swept;
  }
  std::string checked(const std::string& key, const Setting& setting) {
    assign(options_, key, setting);
    return value_text(find_option(options_, key, setting));
  }
  double end(const std::string& key, const Setting& setting) {
    checked(key, setting);
    return setting.value.as<double>();
  }

  Experiment scratch_;
  std::vector<Option> options_;
};

std::int64_t whole(const std::string& key, const Setting& setting, double low, double high) {
  std::int64_t value = 0;
  const bool read = setting.value.IsScalar() && YAML::convert<std::int64_t>::decode(setting.value, value);
  if (!read || static_cast<double>(value) < low || static_cast<double>(value) > high) {
    throw UsageError(setting.where + ": sweep." + key + ": must be a whole number, " +
                     std::to_string(static_cast<std::int64_t>(low)) + " to " +
                     std::to_string(static_cast<std::int64_t>(high)) + "; given: " + given_text(setting.value));
  }
  return value;
}

void read_metric(const Setting& setting, Sweep& sweep) {
  const auto given = choice_named<Metric>(setting.value.IsScalar() ? setting.value.Scalar() : "");
  std::vector<std::string> allowed;
  for (const auto metric : kMetrics) {
    if (given == metric) sweep.metric = metric;
    allowed.push_back(name_of(metric));
  }
  if (given == sweep.metric) return;
  throw UsageError(setting.where + ": sweep.metric: must be one of " + join(allowed) +
                   " (never a test value); given: " + given_text(setting.value));
}

void read_scalar(const std::string& key, const Setting& setting, Sweep& sweep) {
  if (key == "samples") {
    sweep.samples = whole(key, setting, 1, kMaxSamples);
  } else if (key == "seed") {
    sweep.seed = whole(key, setting, 0, 4294967295.0);
  } else if (key == "metric") {
    read_metric(setting, sweep);
  } else {
    const auto nearest = nearest_name(key, sweep_map_keys());
    throw UsageError(
        setting.where + ": unknown key sweep." + key +
        (nearest.empty() ? "; a sweep has " + join(sweep_map_keys()) : "; did you mean sweep." + nearest + "?"));
  }
}

void check_whole_sweep(const Sweep& sweep, const Setting& setting) {
  std::set<std::string> seen;
  for (const auto& key : sweep_keys(sweep)) {
    if (!seen.insert(key).second) throw UsageError(setting.where + ": sweep: " + key + " is in both values and random");
  }
  if (sweep.random.empty() != (sweep.samples == 0)) {
    throw UsageError(setting.where + ": sweep: samples (how many draws) goes with random, and random needs it");
  }
  if (sweep.empty()) throw UsageError(setting.where + ": sweep: nothing to try; give values or random");
}

}  // namespace

Sweep parse_sweep(const Setting& setting, const settings::Settings& overrides) {
  Sweep sweep;
  const auto parts = entries(setting, "sweep");
  if (parts.empty()) return sweep;
  KeyReader reader;
  for (const auto& [name, part] : parts) {
    if (name == "values") {
      for (const auto& [key, value] : entries(part, "sweep.values")) sweep.values.push_back(reader.list(key, value));
    } else if (name == "random") {
      for (const auto& [key, value] : entries(part, "sweep.random")) {
        sweep.random.push_back(reader.list_or_range(key, value));
      }
    } else {
      read_scalar(name, part, sweep);
    }
  }
  for (const auto& [key, value] : overrides) read_scalar(key, value, sweep);
  check_whole_sweep(sweep, setting);
  return sweep;
}

}  // namespace soundfold::config
