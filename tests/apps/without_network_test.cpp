// SPDX-License-Identifier: Apache-2.0
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// Every address of the manifest on a port of this machine without a server: a machine without a network.
std::string unreachable_manifest() {
  std::string text = read_file(testing::source_folder() / "data/assets.yaml");
  for (auto at = text.find("https://"); at != std::string::npos; at = text.find("https://", at)) {
    const auto end = text.find('/', at + 8);
    text.replace(at, end - at, "http://127.0.0.1:1");
  }
  return text;
}

/// What of a fresh clone the main job needs.
struct Clone {
  testing::TempFolder folder;

  Clone() {
    for (const char* part : {"scripts", "configs", "models"}) {
      fs::copy(testing::source_folder() / part, folder / part, fs::copy_options::recursive);
    }
    write_file_atomically(folder / "data/assets.yaml", unreachable_manifest());
  }

  testing::ProgramResult dogcat(const std::string& mirror = "") const {
    return testing::run(
        "/bin/bash", {"scripts/dogcat.sh", "--threads", "1"}, folder.path(),
        {"SOUNDFOLD_MIRROR=" + mirror, "SOUNDFOLD_BIN=" + testing::program_path("trainer").parent_path().string()});
  }

  /// The class that the run's model gives a file.
  std::string classified(const std::string& run, const std::string& file) const {
    const auto result = testing::run(
        "classifier", {"--model", "experiments/" + run + "/latest/model.pt", "--json", file}, folder.path());
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return nlohmann::json::parse(result.out)["classes"][0]["class"].get<std::string>();
  }

  std::size_t runs_of(const std::string& name) const {
    const fs::directory_iterator entries(folder / "experiments" / name);
    return static_cast<std::size_t>(
        std::count_if(begin(entries), end(entries), [](const auto& e) { return e.is_directory() && !e.is_symlink(); }));
  }
};

}  // namespace

TEST_CASE("without network or mirror the main job runs on the built-in backbone and synthesised sounds", "[apps]") {
  const Clone clone;
  const auto first = clone.dogcat();
  INFO(first.err);
  INFO(first.out);
  REQUIRE(first.exit_code == 0);
  CHECK_THAT(first.out, Contains("YAMNet's weights are not available here: using Soundfold's own small backbone") &&
                            Contains("ESC-50 is not available here: using barks and meows"));
  CHECK_THAT(first.out, Contains("\nDone: trained, tested, exported and tried.") && Contains("clips right   ") &&
                            Contains("used          synthesised sounds"));
  CHECK(first.err.find("error") == std::string::npos);
  const std::string run = "dogcat_synthetic_small";
  const auto result = nlohmann::json::parse(read_file(clone.folder / ("experiments/" + run + "/latest/result.json")));
  CHECK(result["test"]["clips"]["sample_count"] == 16);
  CHECK(result["test"]["clips"]["correct"].get<int>() >= 14);
  // Sounds of sources that are in no training.
  CHECK(clone.classified(run, "data/audio/synthetic_cat.wav") == "cat");
  CHECK(clone.classified(run, "data/audio/synthetic_dog.wav") == "dog");

  const auto second = clone.dogcat();
  CHECK(second.exit_code == 0);
  CHECK_THAT(second.out, Contains("is up to date") && Contains("0 written, 200 already present"));
  CHECK_THAT(second.out, Contains("\nDone: trained, tested, exported and tried."));
  CHECK(clone.runs_of(run) == 1);
}

TEST_CASE("a wrong or damaged mirror is an error, not a missing asset", "[apps]") {
  const Clone clone;
  const auto missing = clone.dogcat("none");
  CHECK(missing.exit_code == 2);
  CHECK_THAT(missing.err, Contains("mirror none: no such folder"));
  make_folder(clone.folder / "mirror");
  const auto empty = clone.dogcat("mirror");
  CHECK(empty.exit_code == 1);
  CHECK_THAT(empty.err, Contains("SOUNDFOLD_MIRROR=mirror holds neither weights nor ESC-50"));
  write_file_atomically(clone.folder / "mirror/yamnet/yamnet.h5", "no weights");
  const auto damaged = clone.dogcat("mirror");
  CHECK(damaged.exit_code == 1);
  CHECK_THAT(damaged.out, Contains("FAILED yamnet_h5: "));
  CHECK_FALSE(fs::exists(clone.folder / "experiments"));
  CHECK_FALSE(fs::exists(clone.folder / "data/synthetic"));
}
