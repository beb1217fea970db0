// SPDX-License-Identifier: Apache-2.0
#include "config/print.h"

#include "config/options.h"

#include <sstream>

namespace soundfold::config {
namespace {

std::string group_of(const std::string& key) {
  const auto dot = key.find('.');
  return dot == std::string::npos ? "" : key.substr(0, dot);
}

}  // namespace

std::string to_yaml(const Experiment& experiment) {
  Experiment copy = experiment;
  std::ostringstream out;
  std::string group;
  for (const auto& option : options_of(copy, experiment.program)) {
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

}  // namespace soundfold::config
