// SPDX-License-Identifier: Apache-2.0
#include "reference/options_text.h"

#include "config/relevance.h"
#include "reference/internal/examples.h"
#include "reference/internal/topics.h"
#include "support/errors.h"
#include "text/text.h"

#include <sstream>
#include <vector>

namespace soundfold::reference {
namespace {

using config::Option;
using config::Program;

config::Experiment defaults_of(Program program) {
  config::Experiment defaults;
  defaults.program = program;
  return defaults;
}

std::string listed(const Option& option) {
  return "  " + option.key + " = " + config::value_text(option) + "\n      " + option.meaning + " (" +
         config::type_text(option) + (option.unit.empty() ? "" : "; " + option.unit) + ")\n";
}

/// Those whose key begins with `part`, as a whole name or group where there is one; otherwise those that end with it.
std::vector<const Option*> matches(const std::vector<Option>& options, const std::string& part) {
  const auto with = [&](const auto& fits) {
    std::vector<const Option*> found;
    for (const auto& option : options) {
      if (fits(option.key)) found.push_back(&option);
    }
    return found;
  };
  if (part.empty()) return {};
  const auto begins = [&](const std::string& key, const std::string& start) { return key.rfind(start, 0) == 0; };
  auto found = with([&](const std::string& key) { return key == part; });
  if (found.empty()) found = with([&](const std::string& key) { return begins(key, part + "."); });
  if (found.empty()) found = with([&](const std::string& key) { return begins(key, part); });
  const std::string end = "." + part;
  if (found.empty()) {
    found = with([&](const std::string& key) {
      return key.size() > end.size() && key.compare(key.size() - end.size(), end.size(), end) == 0;
    });
  }
  return found;
}

/// The key, the group or the last part of a key that is nearest to `given`, the last as a whole key; empty when none is
/// near.
std::string nearest_key(const std::vector<Option>& options, const std::string& given) {
  std::vector<std::string> names;
  for (const auto& option : options) {
    names.push_back(option.key);
    names.push_back(option.key.substr(0, option.key.find('.')));
  }
  if (const auto nearest = nearest_name(given, names); !nearest.empty()) return nearest;
  std::vector<std::string> ends;
  for (const auto& option : options) ends.push_back(option.key.substr(option.key.rfind('.') + 1));
  const auto nearest = nearest_name(given.substr(given.rfind('.') + 1), ends);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (!nearest.empty() && ends[i] == nearest) return options[i].key;
  }
  return "";
}

/// "training:\n    batch_size: 64" with every line after the first indented by `blanks` more.
std::string as_yaml(const std::string& key, const std::string& value, const std::string& blanks) {
  std::istringstream parts(key);
  std::string text, indent;
  for (std::string part; std::getline(parts, part, '.');) {
    text += (text.empty() ? "" : "\n" + blanks + indent) + part + ":";
    indent += "  ";
  }
  return text + " " + value;
}

std::string explained(const Option& option, const config::Experiment& defaults) {
  std::ostringstream out;
  const std::string blanks(12, ' ');
  const auto row = [&](const std::string& name, const std::string& text) {
    out << "  " << name << std::string(10 - name.size(), ' ') << text << "\n";
  };
  out << option.key << "\n";
  row("meaning", option.meaning);
  row("type", config::type_text(option));
  if (!option.unit.empty()) row("unit", option.unit);
  row("default", config::value_text(option));
  if (const auto needs = config::missing_for(option.key, defaults); !needs.empty()) row("needs", needs);
  const auto value = example_value(option);
  row("YAML", as_yaml(option.key, value, blanks));
  const bool quoted = value.find_first_of(" {}[]\"") != std::string::npos;
  row("or", "--set " + std::string(quoted ? "'" : "") + option.key + "=" + value + (quoted ? "'" : ""));
  return out.str();
}

}  // namespace

std::string options_help(Program program) {
  auto defaults = defaults_of(program);
  std::string text;
  for (const auto& topic : topics_of(defaults)) {
    text += (text.empty() ? "" : "\n") + topic.heading + "\n";
    for (const auto& option : topic.options) text += listed(option);
  }
  return text + "\n" + name_of(program) +
         " --options KEY explains one with an example; --options training lists a group\n";
}

std::string options_markdown(Program program) {
  auto defaults = defaults_of(program);
  std::ostringstream out;
  for (const auto& topic : topics_of(defaults)) {
    out << (out.tellp() > 0 ? "\n" : "") << "### " << topic.heading
        << "\n\n| key | default | type and values | meaning |\n|---|---|---|---|\n";
    for (const auto& option : topic.options) {
      out << "| `" << option.key << "` | `" << config::value_text(option) << "` | " << config::type_text(option)
          << (option.unit.empty() ? "" : " (" + option.unit + ")") << " | " << option.meaning << " |\n";
    }
  }
  return out.str();
}

std::string explanation(Program program, const std::string& key) {
  auto defaults = defaults_of(program);
  const auto options = config::options_of(defaults, program);
  const auto found = matches(options, key);
  if (found.size() == 1) return explained(*found.front(), defaults);
  std::string text;
  for (const auto* option : found) text += listed(*option);
  if (!text.empty()) return text;
  const auto nearest = nearest_key(options, key);
  throw UsageError(
      "--options " + shown(key) + ": no such key" +
      (nearest.empty() ? "; " + name_of(program) + " --options lists all" : "; did you mean " + nearest + "?"));
}

std::vector<std::string> completion_words(Program program) {
  auto defaults = defaults_of(program);
  std::vector<std::string> words;
  for (const auto& option : config::options_of(defaults, program)) {
    std::vector<std::string> values{""};
    if (const auto* choice = std::get_if<Choice>(&option.target)) values = choice->names;
    if (std::holds_alternative<bool*>(option.target)) values = {"true", "false"};
    for (const auto& value : values) words.push_back(option.key + "=" + value);
  }
  return words;
}

}  // namespace soundfold::reference
