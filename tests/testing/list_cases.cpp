// SPDX-License-Identifier: Apache-2.0
#include "testing/list_cases.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace soundfold::testing {
namespace {

struct ListedCase {
  std::string name;
  std::vector<std::string> tags;
};

std::vector<ListedCase> all_cases() {
  std::vector<ListedCase> cases;
#if CATCH_VERSION_MAJOR >= 3
  for (const auto* info : Catch::getRegistryHub().getTestCaseRegistry().getAllInfos()) {
    ListedCase listed{info->name, {}};
    for (const auto& tag : info->tags) listed.tags.push_back(static_cast<std::string>(tag.original));
    cases.push_back(listed);
  }
#else
  for (const auto& info : Catch::getRegistryHub().getTestCaseRegistry().getAllTests()) {
    cases.push_back({info.name, info.tags});
  }
#endif
  return cases;
}

/// The name as Catch2 reads it: commas, brackets and backslashes have meanings there.
std::string escaped(const std::string& name) {
  std::string text;
  for (const char letter : name) {
    if (letter == ',' || letter == '[' || letter == ']' || letter == '\\') text += '\\';
    text += letter;
  }
  return text;
}

}  // namespace

void list_cases() {
  for (const auto& listed : all_cases()) {
    const auto is_assets = [](const std::string& tag) { return tag == "assets"; };
    const auto group = std::find_if_not(listed.tags.begin(), listed.tags.end(), is_assets);
    const bool recordings = std::any_of(listed.tags.begin(), listed.tags.end(), is_assets);
    std::printf("soundfold_case(%s %s [==[%s]==] [==[%s]==])\n", group == listed.tags.end() ? "none" : group->c_str(),
                recordings ? "TRUE" : "FALSE", listed.name.c_str(), escaped(listed.name).c_str());
  }
}

}  // namespace soundfold::testing
