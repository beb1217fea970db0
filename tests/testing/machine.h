// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

/// What the machine of the tests has.
namespace soundfold::testing {

/// The file of the program `name` in PATH; empty when there is none.
std::filesystem::path found_in_path(const std::string& name);
bool has_program(const std::string& name);

/// The folder that npm installed packages for tests into (CONTRIBUTING.md): ~/.cache/soundfold/peers; it may be
/// missing.
std::filesystem::path npm_packages();

/// Value of a line of /proc/self/status in bytes, such as "VmRSS". Throws when there is no such line.
std::int64_t memory_bytes(const std::string& name);

}  // namespace soundfold::testing
