// SPDX-License-Identifier: Apache-2.0
#include "settings/assign.h"
#include "settings/read_settings.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;
using settings::Origin;

namespace {

const settings::KeyRules kRules{{"spice.shares"}, {{"oven.heat", "oven.degrees"}}};

/// Three options over fields of their own.
struct Kitchen {
  std::int64_t degrees = 180;
  std::vector<double> minutes;
  settings::NameLists shares;
  std::vector<settings::Option> options() {
    return {{"oven.degrees", &degrees, "How hot.", "C", 50, 300},
            {"oven.minutes", &minutes, "How long.", "min", 0, settings::kCountLimit},
            {"spice.shares", &shares, "What goes in.", ""}};
  }
};

}  // namespace

TEST_CASE("settings keep the place they were written at and where they come from", "[settings]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "base.yaml", "oven:\n  degrees: 200\n  minutes: [5, 6.5]\n");
  auto read = settings::read_settings("extends: base.yaml\noven:\n  heat: 220\nspice: {shares: {hot: [chili]}}\n",
                                      "own.yaml", folder.path(), kRules);
  settings::add_override("oven.minutes=7", kRules, read);

  REQUIRE(read.size() == 3);
  CHECK(read["oven.degrees"].where == "own.yaml:3");
  CHECK(read["oven.degrees"].old_key == "oven.heat");
  CHECK(read["oven.degrees"].origin == Origin::file);
  CHECK(read["oven.minutes"].where == "--set oven.minutes=7");
  CHECK(read["oven.minutes"].origin == Origin::command_line);
  CHECK(read["spice.shares"].value.IsMap());

  Kitchen kitchen;
  const auto options = kitchen.options();
  for (const auto& [key, setting] : read) settings::assign(options, key, setting);
  CHECK(kitchen.degrees == 220);
  CHECK(kitchen.minutes == std::vector<double>{7});
  CHECK(kitchen.shares == settings::NameLists{{"hot", {"chili"}}});
  CHECK(settings::value_text(options[2]) == "{hot: [chili]}");
}

TEST_CASE("an option refuses what its type and range do not allow", "[settings]") {
  Kitchen kitchen;
  const auto options = kitchen.options();
  const auto set = [&](const std::string& text) {
    settings::Settings read;
    settings::add_override(text, kRules, read);
    settings::assign(options, read.begin()->first, read.begin()->second, "cook");
  };
  CHECK_THROWS_WITH(set("oven.degrees=301"), Contains("oven.degrees: must be a whole number, 50 to 300; given: 301"));
  CHECK_THROWS_WITH(set("oven.minutes=[1, -1]"), Contains("must be a list of numbers, at least 0"));
  CHECK_THROWS_WITH(set("oven.degree=200"), Contains("did you mean oven.degrees?"));
  CHECK_THROWS_WITH(set("table=1"), Contains("unknown key table; cook --options lists all keys"));
  CHECK_THROWS_WITH(set("oven.degrees"), Contains("write it as key=value"));
  CHECK(kitchen.degrees == 180);
}

TEST_CASE("documents that are no settings are refused at their line", "[settings]") {
  const auto read = [](const std::string& yaml) { settings::read_settings(yaml, "a.yaml", ".", kRules); };
  CHECK_THROWS_WITH(read("oven: {heat: 1, degrees: 2}\n"), Contains("a.yaml:1: oven.degrees: given twice"));
  CHECK_THROWS_WITH(read("a: 1\n[b]: 2\n"), Contains("a.yaml:2: a key must be a plain string"));
  CHECK_THROWS_WITH(read("extends: [a, b]\n"), Contains("must be one file name"));
  CHECK_THROWS_WITH(read("a: {b: {c: {d: {e: {f: {g: {h: {i: {j: 1}}}}}}}}}\n"), Contains("nested too deeply"));
}
