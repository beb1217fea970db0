// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include "config/check.h"
#include "config/internal/sweep_file.h"
#include "config/options.h"
#include "config/relevance.h"
#include "settings/assign.h"
#include "settings/read_settings.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/text.h"

#include <algorithm>
#include <map>
#include <set>

namespace soundfold::config {
namespace fs = std::filesystem;
namespace {

using settings::Origin;
using settings::Setting;
using settings::Settings;

constexpr std::size_t kMaxMessageBytes = 1000;
constexpr const char* kSweep = "sweep";
constexpr const char* kSweepPrefix = "sweep.";
constexpr const char* kKnownClasses = "head.known_classes";

Experiment assigned(const Settings& settings, Program program) {
  Experiment experiment;
  experiment.program = program;
  const auto options = options_of(experiment);
  const auto sweep = settings.find(kSweep);
  std::map<std::string, Setting> sweep_overrides;
  for (const auto& [key, setting] : settings) {
    if (key == kSweep) continue;
    if (sweep != settings.end() && key.rfind(kSweepPrefix, 0) == 0) {
      sweep_overrides[key.substr(std::char_traits<char>::length(kSweepPrefix))] = setting;
    } else {
      assign(options, key, setting, name_of(program));
    }
  }
  if (sweep != settings.end()) experiment.sweep = parse_sweep(sweep->second, sweep_overrides);
  return experiment;
}

/// Those of `settings` that have no effect in `experiment`, which was made from them, nor in any member of its sweep.
std::set<std::string> idle_keys(const Settings& settings, const Experiment& experiment) {
  std::set<std::string> idle;
  for (const auto& [key, setting] : settings) {
    if (!missing_for(key, experiment).empty()) idle.insert(key);
  }
  if (idle.empty() || experiment.sweep.empty()) return idle;
  for (const auto& member : sweep_members(experiment)) {
    const auto each = member_experiment(experiment, member);
    for (auto key = idle.begin(); key != idle.end();) key = missing_for(*key, each).empty() ? idle.erase(key) : ++key;
  }
  return idle;
}

/// The keys that have no effect by what the files alone say, whatever was set on the command line.
std::set<std::string> idle_in_files(const Settings& settings, Program program) {
  Settings of_files;
  for (const auto& [key, setting] : settings) {
    if (setting.origin != Origin::command_line) of_files.emplace(key, setting);
  }
  try {
    return idle_keys(of_files, assigned(of_files, program));
  } catch (const UsageError&) {  // a sweep that only the command line makes possible
    return {};
  }
}

/// Throws UsageError that says what `key`, without effect in `experiment`, would need. A value equal to the default
/// changes nothing by being there: on the command line it is a warning, in a file nothing.
void refuse_idle(const std::string& key, const Setting& setting, const Experiment& experiment) {
  Experiment given = experiment, usual;
  const auto value = value_text(find_option(options_of(given), key, setting));
  const auto text =
      setting.where + ": " + key + ": " + value + " has no effect; it needs " + missing_for(key, experiment);
  if (value != value_text(find_option(options_of(usual), key, setting))) throw UsageError(text);
  if (setting.origin == Origin::command_line) logger().warn("{}", text);
}

/// Throws UsageError for files that hold keys of the other program and none of this one's own. (With some of both they
/// may be of the first versions, whose to_yaml wrote all keys; refuse_idle then looks at each.)
void check_reader(const Settings& settings, Program program) {
  const auto other = program == Program::trainer ? Program::distiller : Program::trainer;
  bool own = false;
  const Settings::value_type* foreign = nullptr;
  for (const auto& each : settings) {
    const auto& [key, setting] = each;
    if (key == "objective.type" && setting.value.IsScalar() && setting.value.Scalar() == "distill") {
      throw UsageError(setting.where +
                       ": objective.type: distill is a program of its own; leave the key out and use distiller");
    }
    if (setting.origin == Origin::command_line) continue;
    own = own || !reads(other, key);
    if (foreign == nullptr && !reads(program, key)) foreign = &each;
  }
  if (own || foreign == nullptr) return;
  throw UsageError(foreign->second.where + ": " + foreign->first + " is a key of " + name_of(other) + "; use " +
                   name_of(other) + " for this file");
}

/// Where the keys that `message` names were set, in its order; `name` when all have defaults.
std::string where_set(const Settings& settings, const std::string& name, const std::string& message) {
  constexpr const char* kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_.";
  std::vector<std::string> places;
  for (std::size_t end = 0, start = 0; (start = message.find_first_of(kLetters, end)) != std::string::npos;) {
    end = std::min(message.find_first_not_of(kLetters, start), message.size());
    auto key = message.substr(start, end - start);
    while (!key.empty() && key.back() == '.') key.pop_back();
    const bool is_word = key.find('.') == std::string::npos && message.compare(end, 1, ":") != 0;  // "name", "seed"
    const auto found = settings.find(key);
    if (is_word || found == settings.end()) continue;
    const auto& where = found->second.where;
    if (std::find(places.begin(), places.end(), where) == places.end()) places.push_back(where);
  }
  return places.empty() ? name : join(places, " and ");
}

/// Keys without effect keep their defaults. It is a mistake to give one on the command line or in the file itself, but
/// not to inherit it, or to have it put out of effect by the command line.
Experiment assemble(Settings settings, const std::string& name, bool stored, Program program) {
  check_reader(settings, program);
  auto experiment = assigned(settings, program);
  check_experiment(experiment, [&](const std::string& message) { return where_set(settings, name, message); });
  const auto idle = idle_keys(settings, experiment);
  if (idle.empty()) return experiment;
  const auto in_files = idle_in_files(settings, program);
  for (const auto& key : idle) {
    const auto& setting = settings.at(key);
    const bool of_file = setting.origin == Origin::file && !stored && in_files.count(key) > 0;
    if (of_file || setting.origin == Origin::command_line) refuse_idle(key, setting, experiment);
    settings.erase(key);
  }
  return assigned(settings, program);
}

/// Of valid settings: says what is written today where a form of former versions was read.
void hint_at_old_forms(const Settings& settings) {
  Experiment scratch;
  for (const auto& option : options_of(scratch)) {
    const auto found = settings.find(option.key);
    if (found == settings.end()) continue;
    const auto& [value, where, file, origin, old_key] = found->second;
    std::string was = old_key, is = option.key;
    const auto* choice = std::get_if<Choice>(&option.target);
    if (choice != nullptr && choice->set(value.Scalar()) && choice->name() != value.Scalar()) {
      was = option.key + ": " + value.Scalar(), is = choice->name();
    }
    if (!was.empty()) logger().info("{}: {} is now called {}; the old name is read too", shown(where), was, is);
    if (option.key == kKnownClasses && value.IsSequence() && value.size() > 0) {
      logger().info("{}: {}: a list of 'own = theirs' is read, but a map is shorter: {{dog: [Dog, Bark]}}",
                    shown(where), option.key);
    }
  }
}

Experiment parse(const std::string& yaml, const std::string& name, const fs::path& folder,
                 const std::vector<std::string>& overrides, bool stored, Program program) {
  try {
    auto settings = settings::read_settings(yaml, name, folder, key_rules());
    for (const auto& text : overrides) settings::add_override(text, key_rules(), settings);
    auto experiment = assemble(settings, name, stored, program);
    if (!stored) hint_at_old_forms(settings);
    return experiment;
  } catch (const UsageError& error) {
    // Quoted keys and values may hold line breaks, and be of any length.
    throw UsageError(shown(error.what(), kMaxMessageBytes));
  }
}

}  // namespace

Experiment parse_experiment(const std::string& yaml, const std::string& name, const fs::path& folder,
                            const std::vector<std::string>& overrides, Program program) {
  return parse(yaml, name, folder, overrides, /*stored=*/false, program);
}

Experiment stored_experiment(const std::string& yaml, const std::string& name,
                             const std::vector<std::string>& overrides, Program program) {
  return parse(yaml, name, ".", overrides, /*stored=*/true, program);
}

Experiment load_experiment(const fs::path& file, const std::vector<std::string>& overrides, Program program) {
  return parse_experiment(settings::read_settings_file(file), file.string(), file.parent_path(), overrides, program);
}

}  // namespace soundfold::config
