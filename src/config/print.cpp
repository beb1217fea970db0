// SPDX-License-Identifier: Apache-2.0
#include "config/print.h"

#include "config/internal/relevance.h"
#include "config/internal/yaml_value.h"
#include "config/options.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace soundfold::config {
namespace {

std::string group_of(const std::string& key) {
  const auto dot = key.find('.');
  return dot == std::string::npos ? "" : key.substr(0, dot);
}

/// 1000000 rather than 1e+06, for readability.
std::string limit_text(double limit) {
  const bool whole = limit == std::floor(limit) && std::abs(limit) < 1e15;
  return whole ? std::to_string(static_cast<std::int64_t>(limit)) : yaml_text(limit);
}

/// The options of `experiment` that its program reads.
std::vector<Option> own_options(Experiment& experiment) {
  auto options = options_of(experiment);
  const auto foreign = [&](const Option& option) { return !reads(experiment.program, option.key); };
  options.erase(std::remove_if(options.begin(), options.end(), foreign), options.end());
  return options;
}

}  // namespace

std::string type_name(const Option& option) {
  struct Namer {
    std::string operator()(const bool*) const { return "true or false"; }
    std::string operator()(const std::int64_t*) const { return "whole number"; }
    std::string operator()(const double*) const { return "number"; }
    std::string operator()(const std::string*) const { return "string"; }
    std::string operator()(const std::vector<std::int64_t>*) const { return "list of whole numbers"; }
    std::string operator()(const std::vector<double>*) const { return "list of numbers"; }
    std::string operator()(const std::vector<std::string>*) const { return "list of strings"; }
  };
  return std::visit(Namer{}, option.target);
}

std::string value_text(const Option& option) {
  return std::visit([](const auto* field) { return yaml_text(*field); }, option.target);
}

std::string rule_text(const Option& option) {
  if (!option.allowed.empty()) return "one of " + join(option.allowed);
  const bool low = option.minimum > -std::numeric_limits<double>::infinity();
  const bool high = option.maximum < kCountLimit;
  if (low && high) return limit_text(option.minimum) + " to " + limit_text(option.maximum);
  return low ? "at least " + limit_text(option.minimum) : "";
}

std::string to_yaml(const Experiment& experiment) {
  Experiment copy = experiment;
  std::ostringstream out;
  std::string group;
  for (const auto& option : own_options(copy)) {
    const std::string own = group_of(option.key);
    if (own != group) {
      if (!own.empty()) out << own << ":\n";
      group = own;
    }
    out << (own.empty() ? "" : "  ") << (own.empty() ? option.key : option.key.substr(own.size() + 1)) << ": "
        << value_text(option) << "\n";
  }
  return out.str() + to_yaml(experiment.sweep);
}

std::string options_help(Program program) {
  Experiment defaults;
  defaults.program = program;
  std::ostringstream out;
  for (const auto& option : own_options(defaults)) {
    const std::string rule = rule_text(option);
    out << option.key << " = " << value_text(option) << "\n    " << option.meaning << " (" << type_name(option)
        << (rule.empty() ? "" : ", " + rule) << (option.unit.empty() ? "" : "; " + option.unit) << ")\n";
  }
  return out.str();
}

std::string options_markdown(Program program) {
  Experiment defaults;
  defaults.program = program;
  std::ostringstream out;
  out << "| key | default | type and values | meaning |\n|---|---|---|---|\n";
  for (const auto& option : own_options(defaults)) {
    const std::string rule = rule_text(option);
    out << "| `" << option.key << "` | `" << value_text(option) << "` | " << type_name(option)
        << (rule.empty() ? "" : ", " + rule) << (option.unit.empty() ? "" : " (" + option.unit + ")") << " | "
        << option.meaning << " |\n";
  }
  return out.str();
}

}  // namespace soundfold::config
