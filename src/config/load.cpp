#include "config/load.h"

#include <yaml-cpp/yaml.h>

#include <cmath>
#include <map>
#include <set>

#include "config/options.h"
#include "config/yaml_value.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/text.h"

namespace soundfold::config {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kMaxConfigBytes = 1'000'000;
constexpr int kMaxExtends = 16;
constexpr int kMaxDepth = 8;

/// A value with the place it was written at, for messages.
struct Setting {
  YAML::Node value;
  std::string where;  ///< "configs/dogcat.yaml:12" or "--set seed=x"
};
/// Later settings replace earlier ones of the same key.
using Settings = std::map<std::string, Setting>;

std::string place(const std::string& name, const YAML::Node& node) {
  return name + ":" + std::to_string(node.Mark().line + 1);
}

std::string parse_problem(const std::string& name, const YAML::Exception& error) {
  return name + ":" + std::to_string(error.mark.line + 1) + ": not valid YAML: " + error.msg;
}

/// Throws for a key that stands twice in one mapping, which yaml-cpp itself lets pass.
void flatten(const YAML::Node& map, const std::string& prefix, const std::string& name, int depth, Settings& settings) {
  if (depth > kMaxDepth) throw UsageError(place(name, map) + ": nested too deeply");
  std::set<std::string> seen;
  for (const auto& entry : map) {
    if (!entry.first.IsScalar()) throw UsageError(place(name, entry.first) + ": a key must be a plain text");
    const std::string key = prefix + entry.first.Scalar();
    if (!seen.insert(key).second) throw UsageError(place(name, entry.first) + ": " + key + ": given twice");
    if (entry.second.IsMap()) {
      flatten(entry.second, key + ".", name, depth + 1, settings);
    } else {
      settings[key] = {entry.second, place(name, entry.first)};
    }
  }
}

YAML::Node parse_map(const std::string& yaml, const std::string& name) {
  try {
    const YAML::Node root = YAML::Load(yaml);
    if (root.IsNull()) return YAML::Node(YAML::NodeType::Map);
    if (!root.IsMap()) throw UsageError(name + ":1: a configuration is a list of 'key: value' lines");
    return root;
  } catch (const YAML::Exception& error) {
    throw UsageError(parse_problem(name, error));
  }
}

std::string read_config_file(const fs::path& file) {
  try {
    return read_file(file, kMaxConfigBytes);
  } catch (const DataError& error) {
    throw UsageError(std::string("configuration ") + error.what());
  }
}

void collect(const std::string& yaml, const std::string& name, const fs::path& folder, int depth, Settings& settings) {
  if (depth > kMaxExtends) throw UsageError(name + ": extends goes round in a circle, or deeper than 16 files");
  Settings own;
  flatten(parse_map(yaml, name), "", name, 0, own);
  if (const auto parent = own.find("extends"); parent != own.end()) {
    if (!parent->second.value.IsScalar()) throw UsageError(parent->second.where + ": extends: must be one file name");
    const fs::path file = folder / parent->second.value.Scalar();
    if (!fs::exists(file)) throw UsageError(parent->second.where + ": extends: no such file " + file.string());
    collect(read_config_file(file), file.string(), file.parent_path(), depth + 1, settings);
    own.erase(parent);
  }
  for (auto& [key, setting] : own) settings[key] = setting;
}

void add_override(const std::string& text, Settings& settings) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError("--set " + text + ": write it as key=value, for example --set training.epochs=5");
  }
  const std::string where = "--set " + text;
  try {
    settings[text.substr(0, equals)] = {YAML::Load(text.substr(equals + 1)), where};
  } catch (const YAML::Exception& error) {
    throw UsageError(where + ": not a valid value: " + error.msg);
  }
}

std::string given_text(const YAML::Node& value) {
  if (value.IsNull()) return "nothing";
  YAML::Emitter emitter;
  emitter << YAML::Flow << value;
  std::string text = emitter.c_str();
  for (auto& c : text) c = c == '\n' ? ' ' : c;
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

/// Writes one YAML value into its field, or throws with where, key, rule and the given value.
class Assigner {
 public:
  Assigner(const Option& option, const Setting& setting) : option_(option), setting_(setting) {}

  void operator()(bool* field) const { *field = scalar<bool>(setting_.value); }
  void operator()(std::int64_t* field) const { *field = in_range(scalar<std::int64_t>(setting_.value)); }
  void operator()(double* field) const { *field = in_range(scalar<double>(setting_.value)); }
  void operator()(std::string* field) const { *field = text(setting_.value); }
  void operator()(std::vector<std::int64_t>* field) const {
    *field = list<std::int64_t>([this](const YAML::Node& node) { return in_range(scalar<std::int64_t>(node)); });
  }
  void operator()(std::vector<double>* field) const {
    *field = list<double>([this](const YAML::Node& node) { return in_range(scalar<double>(node)); });
  }
  void operator()(std::vector<std::string>* field) const {
    *field = list<std::string>([this](const YAML::Node& node) { return text(node); });
  }

 private:
  [[noreturn]] void fail() const {
    const std::string rule = rule_text(option_);
    throw UsageError(setting_.where + ": " + option_.key + ": must be a " + type_name(option_) +
                     (rule.empty() ? "" : ", " + rule) + "; given: " + given_text(setting_.value));
  }

  template <typename Value>
  Value scalar(const YAML::Node& node) const {
    Value value{};
    if (!node.IsScalar() || !YAML::convert<Value>::decode(node, value)) fail();
    return value;
  }

  template <typename Value>
  Value in_range(Value value) const {
    const auto number = static_cast<double>(value);
    if (std::isnan(number) || std::isinf(number) || number < option_.minimum || number > option_.maximum) fail();
    return value;
  }

  std::string text(const YAML::Node& node) const {
    if (!node.IsScalar()) fail();
    const std::string value = node.Scalar();
    if (option_.allowed.empty()) return value;
    for (const auto& allowed : option_.allowed) {
      if (value == allowed) return value;
    }
    fail();
  }

  template <typename Value, typename Convert>
  std::vector<Value> list(Convert convert) const {
    std::vector<Value> values;
    if (setting_.value.IsNull()) return values;
    if (!setting_.value.IsSequence()) fail();
    for (const auto& node : setting_.value) values.push_back(convert(node));
    return values;
  }

  const Option& option_;
  const Setting& setting_;
};

[[noreturn]] void unknown_key(const std::string& key, const Setting& setting, const std::vector<Option>& options) {
  std::vector<std::string> known{"extends"};
  for (const auto& option : options) {
    known.push_back(option.key);
    if (option.key.rfind(key + ".", 0) == 0) {
      throw UsageError(setting.where + ": " + key + " is a group of keys, such as " + option.key + "; given: " +
                       given_text(setting.value));
    }
  }
  std::string nearest = nearest_text(key, known);
  for (const auto& option : options) {  // the right key in the wrong group
    const auto dot = option.key.rfind('.');
    const auto given = key.rfind('.');
    if (nearest.empty() && dot != std::string::npos && option.key.substr(dot + 1) == key.substr(given + 1)) nearest = option.key;
  }
  throw UsageError(setting.where + ": unknown key " + key +
                   (nearest.empty() ? "; trainer --options lists all keys" : "; did you mean " + nearest + "?"));
}

Experiment assemble(const Settings& settings, const std::string& name) {
  Experiment experiment;
  const auto options = options_of(experiment);
  for (const auto& [key, setting] : settings) {
    const Option* match = nullptr;
    for (const auto& option : options) {
      if (option.key == key) match = &option;
    }
    if (match == nullptr) unknown_key(key, setting, options);
    std::visit(Assigner(*match, setting), match->target);
  }
  check_experiment(experiment, name);
  return experiment;
}

}  // namespace

Experiment parse_experiment(const std::string& yaml, const std::string& name, const fs::path& folder,
                            const std::vector<std::string>& overrides) {
  Settings settings;
  collect(yaml, name, folder, 0, settings);
  for (const auto& text : overrides) add_override(text, settings);
  return assemble(settings, name);
}

Experiment load_experiment(const fs::path& file, const std::vector<std::string>& overrides) {
  return parse_experiment(read_config_file(file), file.string(), file.parent_path(), overrides);
}

}  // namespace soundfold::config
