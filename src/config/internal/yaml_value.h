// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Values as YAML flow text, written so that reading them back gives the same value. Private to config/.
namespace soundfold::config {

std::string yaml_text(bool value);
std::string yaml_text(std::int64_t value);
/// The shortest decimal text that reads back to the same double.
std::string yaml_text(double value);
/// Plain when it can be, double-quoted otherwise.
std::string yaml_text(const std::string& value);
std::string yaml_text(const std::vector<std::int64_t>& values);
std::string yaml_text(const std::vector<double>& values);
std::string yaml_text(const std::vector<std::string>& values);

}  // namespace soundfold::config
