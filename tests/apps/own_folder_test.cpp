// SPDX-License-Identifier: Apache-2.0
#include "apps/synthetic_sounds.h"
#include "apps/workplace.h"
#include "support/files.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace soundfold;
using Catch::Contains;
using testing::Kind;
namespace fs = std::filesystem;

namespace {

/// Ten files of each of three kinds, in five formats; one more is no sound at all.
fs::path make_folder(const testing::Workplace& place) {
  const auto root = place / "my_sounds";
  for (int number = 0; number < 10; ++number) {
    testing::write_synthetic_sound(root / "beeps", Kind::beeps, number);
    testing::write_synthetic_sound(root / "noise", Kind::noise, number);
    testing::write_synthetic_sound(root / "knocks", Kind::knocks, number);
  }
  write_file_atomically(root / "knocks/broken.wav", "this is not a sound");
  return root;
}

std::vector<std::string> with_root(const fs::path& root, std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"--set", "data.root=" + root.string()});
  return more;
}

nlohmann::json own_result(const testing::Workplace& place) {
  return nlohmann::json::parse(read_file(place / "experiments/own_folder/latest/result.json"));
}

std::string classified(const testing::Workplace& place, const fs::path& sound,
                       const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"--model", "experiments/own_folder/latest/model.pt", sound.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto result = place.run("classifier", arguments);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return result.out;
}

}  // namespace

TEST_CASE("a folder of one's own: three classes, five formats, one broken file", "[apps][assets]") {
  const testing::Workplace place;
  const auto root = make_folder(place);
  const auto trained = place.train("own_folder.yaml", with_root(root));
  INFO(trained.err);
  REQUIRE(trained.exit_code == 0);
  CHECK_THAT(trained.out, Contains("skipped       1 clips"));
  CHECK_THAT(read_file(place / "experiments/own_folder/latest/skipped.txt"), Contains("knocks/broken.wav"));
  const auto result = own_result(place);
  CHECK(result["data"]["classes"] == nlohmann::json({"beeps", "knocks", "noise"}));
  const std::int64_t clips = result["data"]["train"]["clips"].get<std::int64_t>() +
                             result["data"]["validation"]["clips"].get<std::int64_t>() +
                             result["data"]["test"]["clips"].get<std::int64_t>();
  CHECK(clips == 30);
  CHECK(result["test"]["clips"]["accuracy"] == 1.0);

  // New sounds, in other formats than the same number had in training.
  CHECK_THAT(classified(place, testing::write_synthetic_sound(place / "new1", Kind::beeps, 11)), Contains(": beeps "));
  CHECK_THAT(classified(place, testing::write_synthetic_sound(place / "new2", Kind::noise, 12)), Contains(": noise "));
  CHECK_THAT(classified(place, testing::write_synthetic_sound(place / "new3", Kind::knocks, 13)),
             Contains(": knocks "));
}

TEST_CASE("the negative class is never an answer, unless all are requested", "[apps][assets]") {
  const testing::Workplace place;
  const auto root = make_folder(place);
  const auto trained = place.train("own_folder.yaml", with_root(root, {"--set", "data.negative_class=noise"}));
  INFO(trained.err);
  REQUIRE(trained.exit_code == 0);
  const auto noise = testing::write_synthetic_sound(place / "new1", Kind::noise, 12);
  CHECK_THAT(classified(place, noise), Contains(": none of the classes"));
  CHECK_THAT(classified(place, noise, {"--all"}), Contains(": noise "));
  const auto json = nlohmann::json::parse(classified(place, noise, {"--json"}));
  CHECK(json["classes"].empty());
  CHECK(json["none"] == "none of the classes");
  CHECK_THAT(classified(place, noise, {"--csv"}), Contains(",,\n"));
  const auto beeps = testing::write_synthetic_sound(place / "new2", Kind::beeps, 11);
  CHECK_THAT(classified(place, beeps), Contains(": beeps ") && !Contains("noise"));

  const auto unknown = place.train("own_folder.yaml", with_root(root, {"--set", "data.negative_class=noises"}));
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.err, Contains("did you mean noise?"));
}

TEST_CASE("silent windows are dropped or weighted in training, and the model agrees with the trainer",
          "[apps][assets]") {
  const testing::Workplace place;
  for (const std::string use : {"drop", "weight"}) {
    const auto trained = place.train("dogcat_two_folds.yaml", {"--set", "silence.windows=" + use});
    INFO(trained.err);
    REQUIRE(trained.exit_code == 0);
    const auto result = nlohmann::json::parse(read_file(place / "experiments/dogcat_two_folds/latest/result.json"));
    const auto& silent = result["data"]["silent_windows"];
    CHECK(silent["windows"] == 160);
    CHECK(silent["silent"].get<int>() > 0);  // ESC-50 fills short recordings with zeros
    CHECK_THAT(trained.out, Contains(silent["text"].get<std::string>()));
    CHECK(result["data"]["train"]["windows"] == (use == "drop" ? 160 - silent["silent"].get<int>() : 160));
    CHECK(result["data"]["test"]["windows"] == 160);
    CHECK(result["export_difference"].get<double>() <= 1e-4);
  }
  const auto pooled =
      place.train("dogcat_two_folds.yaml", {"--set", "silence.windows=drop", "--set", "head.pooling=mean"});
  CHECK(pooled.exit_code == 2);
  CHECK_THAT(pooled.err, Contains("silence.windows: drop goes with head.pooling: window"));
}

TEST_CASE("waveform variants join the training clips only, and are embedded once", "[apps][assets]") {
  const testing::Workplace place;
  testing::write_synthetic_sound(place / "noises", Kind::noise, 0);
  const std::vector<std::string> varied{"--set", "augmentation.waveform_variants=2",
                                        "--set", "augmentation.gain_db=6",
                                        "--set", "augmentation.shift_s=1",
                                        "--set", "augmentation.speed_percent=5",
                                        "--set", "augmentation.time_mask_s=0.2",
                                        "--set", "augmentation.noise_folder=" + (place / "noises").string(),
                                        "--set", "folds.test=[]",
                                        "--set", "silence.windows=drop",
                                        "--set", "training.epochs=3"};
  const auto first = place.train("dogcat_two_folds.yaml", varied);
  INFO(first.err);
  REQUIRE(first.exit_code == 0);
  const auto latest = [&] {
    return nlohmann::json::parse(read_file(place / "experiments/dogcat_two_folds/latest/result.json"));
  };
  const auto result = latest();
  CHECK(result["data"]["train"]["clips"] == 48);
  CHECK(result["data"]["variants"]["computed"] == 32);
  CHECK_THAT(first.out, Contains("32 of the training clips are variants of the others"));
  // Without test clips the model is compared on training clips, as they were recorded.
  CHECK(result["export_difference"].get<double>() <= 1e-4);

  const auto second = place.train("dogcat_two_folds.yaml", varied);
  REQUIRE(second.exit_code == 0);
  CHECK(latest()["data"]["variants"]["from_store"] == 32);
  CHECK(latest()["last_epoch"]["loss"] == result["last_epoch"]["loss"]);
}
