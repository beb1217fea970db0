// SPDX-License-Identifier: Apache-2.0
#include "assets/manifest.h"

#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::assets;
using Catch::Contains;

namespace {

const std::string kGood = R"(assets:
  - name: one
    what: a file
    url: https://example.org/one.bin
    licence: {name: CC0, holder: nobody}
    place: a/one.bin
)";

Manifest parse(const std::string& text) {
  const testing::TempFolder folder;
  write_file_atomically(folder / "assets.yaml", text);
  return read_manifest(folder / "assets.yaml");
}

}  // namespace

TEST_CASE("a manifest is read with its defaults", "[fetching]") {
  const Manifest manifest = parse(kGood + "    sha256: " + std::string(64, 'A') + "\n");
  REQUIRE(manifest.assets.size() == 1);
  const Asset& asset = manifest.find("one");
  CHECK(asset.mirror == std::vector<std::filesystem::path>{"a/one.bin"});
  CHECK(asset.expected.sha256 == std::string(64, 'a'));
  CHECK(asset.expected.size_bytes == 0);
  CHECK_FALSE(asset.is_folder());
  CHECK_THROWS_WITH(manifest.find("two"), Contains("no asset 'two'") && Contains("one"));
}

TEST_CASE("the project's own manifest is good", "[fetching]") {
  const Manifest manifest = read_manifest(testing::source_folder() / "data/assets.yaml");
  CHECK(manifest.find("esc50").listing->full_md5.size() == 32);
  CHECK(manifest.find("esc50").unpack->strip_components == 1);
  CHECK(manifest.find("yamnet_tflite").expected.size_bytes == 4126810);
  for (const auto& asset : manifest.assets) CHECK(asset.url.rfind("https://", 0) == 0);
}

TEST_CASE("mistakes in a manifest are named", "[fetching]") {
  const auto [text, message] = GENERATE(table<std::string, std::string>({
      {kGood + "    urll: x\n", "line 7: asset 'one': unknown key 'urll'; allowed: name, what, url"},
      {kGood + "    sha256: abc\n", "'sha256' is 'abc'; it must have 64 characters"},
      {kGood + "    size_bytes: -3\n", "'size_bytes' is '-3'"},
      {kGood + "    mirror: [../secret]\n", "'mirror' is '../secret'; it must be a relative path"},
      {kGood + "    mirror: []\n", "'mirror' must be a list"},
      {kGood + "    complete: {listing: {table: x}}\n", "'complete' needs 'unpack'"},
      {kGood + "    unpack: {format: rar}\n", "'format' is 'rar'; only zip"},
      {kGood + "    unpack: {format: zip}\n    complete: {listing: {table: /etc/x, column: c}}\n",
       "'table' is '/etc/x'"},
      {kGood + kGood.substr(8), "asset 'one' is listed twice"},
      {"assets: []\n", "'assets' must be a list"},
      {"- 3\n", "must be a mapping"},
      {"assets:\n  - {name: x\n", "not valid YAML"},
      {"", "must be a mapping"},
  }));
  CHECK_THROWS_AS(parse(text), UsageError);
  CHECK_THROWS_WITH(parse(text), Contains(message) && Contains("assets.yaml"));
}

TEST_CASE("a missing or wrong value names its key", "[fetching]") {
  const auto [from, to, message] = GENERATE(table<std::string, std::string, std::string>({
      {"    url: https://example.org/one.bin\n", "", "key 'url' is missing"},
      {"    licence: {name: CC0, holder: nobody}\n", "", "key 'licence' is missing"},
      {", holder: nobody", "", "licence: key 'holder' is missing"},
      {"    place: a/one.bin\n", "", "key 'place' is missing"},
      {"place: a/one.bin", "place: ../one.bin", "'place' is '../one.bin'"},
      {"place: a/one.bin", "place: /one.bin", "does not leave the data folder"},
      {"place: a/one.bin", "place: a/../../one.bin", "does not leave the data folder"},
      {"place: a/one.bin", "place: .", "does not leave the data folder"},
      {"place: a/one.bin", "place: .fetched/lock", "starts with a dot"},
      {"name: one", "name: ../one", "may hold only the characters"},
      {"name: one", "name: [one]", "'name' must be a non-empty string"},
  }));
  std::string text = kGood;
  text.replace(text.find(from), from.size(), to);
  CHECK_THROWS_AS(parse(text), UsageError);
  CHECK_THROWS_WITH(parse(text), Contains(message));
}

TEST_CASE("two assets may not share a place", "[fetching]") {
  std::string second = kGood.substr(8);
  second.replace(second.find("name: one"), 9, "name: two");
  CHECK_THROWS_WITH(parse(kGood + second), Contains("which asset 'one' takes"));
  second.replace(second.find("a/one.bin\n"), 9, "a/one.bin/inner");
  CHECK_THROWS_WITH(parse(kGood + second), Contains("asset 'two'") && Contains("which asset 'one' takes"));
}
