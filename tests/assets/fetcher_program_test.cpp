// SPDX-License-Identifier: Apache-2.0
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// A folder with data/assets.yaml that offers `good` (a file address) and `gone`.
struct Project {
  testing::TempFolder folder;

  Project() {
    write_file_atomically(folder / "far/good.bin", "content");
    const std::string base = "file://" + (folder / "far").string();
    std::string text = "assets:\n";
    for (const std::string name : {"good", "gone"}) {
      text += "  - {name: " + name + ", what: a file, url: '" + base + "/" + name + ".bin', place: " + name +
              ".bin, licence: {name: CC0, holder: nobody}}\n";
    }
    write_file_atomically(folder / "data/assets.yaml", text);
  }

  testing::ProgramResult run(const std::vector<std::string>& arguments,
                             const std::string& mirror = "SOUNDFOLD_MIRROR=") const {
    return testing::run("fetcher", arguments, folder.path(), {mirror});
  }
};

using Words = std::vector<std::string>;

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("fetcher ends with one line per asset and does nothing twice", "[fetching]") {
  const Project project;
  auto result = project.run({"good"});
  CHECK(result.exit_code == 0);
  CHECK(result.out == "good: from the network, data/good.bin (7 bytes)\n");
  result = project.run({"--quiet", "good"});
  CHECK(result.out == "good: already there, data/good.bin (7 bytes)\n");
  CHECK(result.err.empty());
  CHECK(project.run({"--any-of", "gone,good"}).exit_code == 0);
}

TEST_CASE("fetcher continues after a failure and says so", "[fetching]") {
  const Project project;
  const auto result = project.run({"gone", "good"});
  CHECK(result.exit_code == 1);
  CHECK(lines_in(result.out) == 2);
  CHECK_THAT(result.out, Contains("FAILED gone: ") && Contains("good: from the network"));
  CHECK_THAT(result.err, Contains("fetcher: error: 1 of 2 could not be fetched"));
  CHECK_FALSE(fs::exists(project.folder / "data/gone.bin"));
}

TEST_CASE("fetcher does without what nobody has, but not in the face of a damaged copy", "[fetching]") {
  const Project project;
  auto result = project.run({"--if-possible", "--any-of", "gone,nowhere", "gone", "good"});
  INFO(result.err);
  CHECK(result.exit_code == 2);
  result = project.run({"--if-possible", "gone", "good"});
  CHECK(result.exit_code == 3);
  CHECK_THAT(result.out, Contains("gone: unavailable\n") && Contains("good: from the network"));
  CHECK(result.err.find("error") == std::string::npos);
  CHECK(project.run({"--if-possible", "good"}).exit_code == 0);

  CHECK(project.run({"--if-possible", "gone"}, "SOUNDFOLD_MIRROR=none").exit_code == 2);
  make_folder(project.folder / "mirror");
  CHECK(project.run({"--if-possible", "gone"}, "SOUNDFOLD_MIRROR=mirror").exit_code == 3);
  write_file_atomically(project.folder / "mirror/gone.bin", "");
  result = project.run({"--if-possible", "gone"}, "SOUNDFOLD_MIRROR=mirror");
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.out, Contains("FAILED gone: "));
  fs::remove(project.folder / "mirror/gone.bin");
  write_file_atomically(project.folder / "data/gone.bin", "");
  CHECK(project.run({"--if-possible", "gone"}, "SOUNDFOLD_MIRROR=mirror").exit_code == 1);
}

TEST_CASE("fetcher lists what there is", "[fetching]") {
  const Project project;
  auto result = project.run({"--list"});
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, Contains("CC0, nobody") && Contains("missing"));
  CHECK(lines_in(result.out) == 3);
  write_file_atomically(project.folder / "data/good.bin", "");
  CHECK_THAT(project.run({"--list"}).out, Contains("damaged: it is empty"));
}

TEST_CASE("fetcher shows help and version", "[fetching]") {
  const Project project;
  const auto help = project.run({"--help"});
  CHECK(help.exit_code == 0);
  CHECK_THAT(help.out, Contains("--any-of") && Contains("fetcher --list") && Contains("SOUNDFOLD_MIRROR"));
  const auto version = project.run({"--version"});
  CHECK(version.exit_code == 0);
  CHECK_THAT(version.out, Contains("."));
}

TEST_CASE("fetcher answers wrong use with one line and 2", "[fetching]") {
  const Project project;
  const auto [arguments, message] = GENERATE(table<Words, std::string>({
      {Words{}, "name at least one asset"},
      {Words{"nothing"}, "there is no asset 'nothing'; the manifest knows good, gone"},
      {Words{"good", "nothing"}, "there is no asset 'nothing'"},
      {Words{"--any-of", "good,,gone"}, "there is no asset ''"},
      {Words{"--any-of", ""}, "name at least one asset"},
      {Words{"--bogus"}, "--bogus"},
      {Words{"--manifest", "none.yaml", "good"}, "manifest none.yaml: no such file"},
      {Words{"--mirror", "none", "good"}, "mirror none: no such folder"},
      {Words{"--quiet", "--verbose", "good"}, "--verbose"},
  }));
  const auto result = project.run(arguments);
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, Contains("fetcher: error: ") && Contains(message));
  CHECK(lines_in(result.err) == 1);
  CHECK(result.out.empty());
  CHECK_FALSE(fs::exists(project.folder / "data/good.bin"));
}
