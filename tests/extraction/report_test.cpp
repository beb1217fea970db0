// SPDX-License-Identifier: Apache-2.0
#include "extraction/report.h"

#include "extraction/fixtures.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace soundfold;
using namespace soundfold::extraction;
namespace fs = std::filesystem;

TEST_CASE("an extraction as JSON lists its clips in order, the bad ones with why", "[extraction]") {
  const testing::TempFolder folder;
  testing::write_tone(folder / "a.wav", 1, 300);
  const auto clips = listed_clips({(folder / "gone.wav").string(), (folder / "a.wav").string()});
  testing::FakeBackbone backbone;
  store::Store store(folder / "store");
  ExtractionOptions options;
  options.threads = 1;
  options.skip_bad_clips = true;
  ClipResults results;
  const auto totals = extract(source_of(clips), backbone, store, options, results);
  std::string text;
  write_json(clips, results, totals, [&](const std::string& piece) { text += piece; });
  const auto json = nlohmann::json::parse(text);
  CHECK(json["clips"] == 2);
  CHECK(json["computed"] == 1);
  CHECK(json["bad"] == 1);
  REQUIRE(json["results"].size() == 2);
  CHECK(json["results"][0]["path"] == (folder / "gone.wav").string());
  CHECK_THAT(json["results"][0]["problem"].get<std::string>(), Catch::Contains("no such file"));
  CHECK(json["results"][1]["key"] == results.at(1).key);
  CHECK(json["results"][1]["patches"] == 2);

  write_npy_files(store, clips, results, folder / "out");
  CHECK(fs::exists(folder / "out/a.embeddings.npy"));
  CHECK_FALSE(fs::exists(folder / "out/gone.embeddings.npy"));
}
