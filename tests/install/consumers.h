// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

/// Programs of others that use the library.
namespace soundfold::testing {

/// Runs a tool of the system, which must succeed, and returns what it printed.
inline std::string tool(const std::vector<std::string>& command, const std::vector<std::string>& environment = {}) {
  const auto result = run("/usr/bin/env", command, {}, environment);
  std::string line;
  for (const auto& word : command) line += word + " ";
  INFO(line << "\n" << result.out << "\n" << result.err);
  REQUIRE(result.exit_code == 0);
  return result.out;
}

/// A folder of examples/, whose program has the folder's name.
inline std::filesystem::path example(const std::string& name) {
  return source_folder() / "examples" / name;
}

/// A library and what is needed to use it.
inline void install_into(const std::filesystem::path& prefix, const std::string& component) {
  for (const char* part : {"", "_dev"}) {
    tool({"cmake", "--install", build_folder().string(), "--component", component + part, "--prefix", prefix.string()});
  }
}

/// Builds the example against what is installed in `prefix`; gives the program.
inline std::filesystem::path build_example(const std::string& name, const std::filesystem::path& prefix,
                                           const std::filesystem::path& build) {
  tool({"cmake", "-S", example(name).string(), "-B", build.string(), "-DCMAKE_PREFIX_PATH=" + prefix.string()});
  tool({"cmake", "--build", build.string()});
  return build / name;
}

/// The folder of the file that pkg-config reads, below `prefix`.
inline std::filesystem::path pkgconfig_folder(const std::filesystem::path& prefix) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(prefix)) {
    if (file.path().filename() == "soundfold.pc") return file.path().parent_path();
  }
  FAIL("no soundfold.pc in " << prefix.string());
  return {};
}

/// The same with the flags that pkg-config gives.
inline std::filesystem::path compile_example(const std::string& name, const std::string& package,
                                             const std::filesystem::path& prefix,
                                             const std::filesystem::path& program) {
  std::vector<std::string> compile = {"c++", "-std=c++17", (example(name) / "main.cpp").string(), "-o",
                                      program.string()};
  std::istringstream flags(
      tool({"pkg-config", "--cflags", "--libs", package}, {"PKG_CONFIG_PATH=" + pkgconfig_folder(prefix).string()}));
  for (std::string flag; flags >> flag;) compile.push_back(flag);
  tool(compile);
  return program;
}

/// The symbols that a library defines for others, one a line, but for the linker's, the standard library's and the
/// types of LibTorch's errors.
inline std::vector<std::string> public_symbols(const std::filesystem::path& library) {
  static const std::regex standard(
      R"(\w+ [WuV] .*(std|__gnu_cxx)::.*|\w+ V typeinfo (name )?for c10::\w*Error|\w+ [BD] _(_bss_start|end|edata))");
  std::vector<std::string> symbols;
  std::istringstream lines(tool({"nm", "-DC", "--defined-only", library.string()}));
  for (std::string line; std::getline(lines, line);) {
    if (!std::regex_match(line, standard)) symbols.push_back(line);
  }
  return symbols;
}

/// All are what the headers declare.
inline void check_symbols(const std::filesystem::path& library, std::size_t least) {
  const std::regex ours(
      R"(\w+ [TVW] (vtable for |typeinfo for |typeinfo name for )?soundfold::\w+(::(~?\w+|operator=))?[(\[].*)");
  const std::regex error(R"(\w+ V (vtable for |typeinfo for |typeinfo name for )soundfold::(Usage|Data)Error)");
  const std::regex for_c(R"(\w+ T soundfold_\w+)");
  const auto symbols = public_symbols(library);
  for (const auto& line : symbols) {
    INFO(line);
    CHECK((std::regex_match(line, ours) || std::regex_match(line, error) || std::regex_match(line, for_c)));
    CHECK(line.find("::Impl::") == std::string::npos);
  }
  CHECK(symbols.size() > least);
}

}  // namespace soundfold::testing
