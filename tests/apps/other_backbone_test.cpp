// SPDX-License-Identifier: Apache-2.0
// A network that is YAMNet in nothing but its kinds of layers goes through the programs: 32 kHz, 128 mel bands, other
// patches, another list of blocks. Nothing but its file says so.
#include "apps/small_place.h"
#include "audio/waveform.h"
#include "engines/onednn_engine.h"
#include "support/files.h"
#include "text/npy.h"
#include "weights/safetensors.h"
#include "weights/sample_weights.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

using namespace soundfold;
using Catch::Contains;
using Json = nlohmann::json;

namespace {

/// A place with that network as other.pt, and a second of noise at 48 kHz.
struct OtherPlace : testing::SmallPlace {
  OtherPlace() {
    const auto weights =
        weights::testing::random_weights(weights::testing::other_geometry(), 3, 5, network::Activation::relu6);
    write_file_atomically(*this / "other.safetensors", weights::safetensors_bytes(weights));
    run("importer", {"--from", "other.safetensors", "--out", "other.pt"});
    audio::write_wav(*this / "noise.wav", weights::testing::random_waveform(48'000, 2), 48'000);
  }

  /// Trains a.yaml on it with more --set arguments; gives result.json.
  Json trained(const std::vector<std::string>& settings) const {
    std::vector<std::string> arguments{"--config", "a.yaml", "--threads", "1"};
    auto all = settings;
    all.insert(all.end(), {"backbone.weights=other.pt", "backbone.patch_hop_frames=24"});
    for (const auto& setting : all) arguments.insert(arguments.end(), {"--set", setting});
    run("trainer", arguments);
    return Json::parse(read_file(*this / "experiments/a/latest/result.json"));
  }

  Json parsed(const std::string& program, const std::vector<std::string>& arguments) const {
    return Json::parse(run(program, arguments));
  }
};

constexpr const char* kModel = "experiments/a/latest/model.pt";

/// The exported file gives the trainer's logits, on some clips at export and on the test clips in evaluator.
void check_export(const OtherPlace& place, const Json& result) {
  INFO(result.at("export"));
  CHECK(result.at("export").at("verified") == true);
  CHECK(result.at("export").at("trainer_difference").get<double>() <= 1e-4);
  const auto evaluated = place.parsed("evaluator", {"--model", kModel, "--json"});
  CHECK(evaluated.at("clips").at("sample_count") == 2);
  CHECK(evaluated.at("difference_to_trainer").at("clips") == 2);
  CHECK(evaluated.at("difference_to_trainer").at("largest").get<double>() <= 1e-4);
}

}  // namespace

TEST_CASE("both engines embed with a network of another geometry", "[apps]") {
  if (!engines::onednn_unavailable_reason().empty()) return;
  const OtherPlace place;
  const auto embedded = [&](const std::string& engine) {
    place.run("embedder", {"--weights", "other.pt", "--engine", engine, "--store", "s", "--out-npy", engine,
                           "noise.wav", "set/audio/1-11000-A-0.wav"});
    const auto array = read_npy(place / engine / "noise.embeddings.npy");
    // 32,000 samples in windows of 800 + 47 * 320 = 15,840, 24 * 320 apart: 1 + ceil(16160 / 7680).
    REQUIRE(array.shape == std::vector<std::int64_t>{4, 7});
    return array.values;
  };
  const auto fast = embedded("onednn"), reference = embedded("torchscript");
  float largest = 0, difference = 0;
  for (std::size_t i = 0; i < fast.size(); ++i) {
    largest = std::max(largest, std::abs(reference[i]));
    difference = std::max(difference, std::abs(fast[i] - reference[i]));
  }
  CHECK(largest > 0.1F);
  CHECK(difference < 1e-3F);
  const auto recipes = place.run("store", {"info", "s"});
  CHECK_THAT(recipes, Contains("soxr-hq-32000") && Contains("front_end=32000 Hz, window 800, hop 320, FFT 1024, 128"));
}

TEST_CASE("a head on a network of another geometry is trained, exported, evaluated and used", "[apps]") {
  const OtherPlace place;
  const auto result = place.trained({"augmentation.waveform_variants=1", "augmentation.shift_s=0.1"});
  check_export(place, result);
  place.run("evaluator", {"--model", kModel, "--report", "page.html"});
  CHECK_THAT(read_file(place / "page.html"), Contains("</html>"));

  for (const std::string model : {kModel, "other.pt"}) {
    CAPTURE(model);
    const auto answer = place.parsed("classifier", {"--model", model, "--json", "--timeline", "noise.wav"});
    const auto& timeline = answer.at("timeline");
    REQUIRE(timeline.size() == 4);
    CHECK(timeline[1].at("start_s").get<double>() == Approx(0.24));
    CHECK(timeline[1].at("end_s").get<double>() == Approx(0.24 + 0.48));
    CHECK(timeline[3].at("end_s").get<double>() == Approx(1));
  }
  const auto taps = place.trained({"backbone.taps=[1, 3]", "augmentation.fresh_share=0.5", "augmentation.shift_s=0.1"});
  check_export(place, taps);
}

TEST_CASE("the last blocks of a network of another geometry are trained with the head", "[apps]") {
  const OtherPlace place;
  const auto result =
      place.trained({"backbone.train=last_blocks", "backbone.train_blocks=2", "backbone.learning_rate=0.01"});
  check_export(place, result);
  const auto all = place.trained({"backbone.train=all"});
  check_export(place, all);
}

TEST_CASE("a network of another geometry is distilled into a smaller one", "[apps]") {
  const OtherPlace place;
  write_file_atomically(place / "student.yaml",
                        "name: student\ndata: {root: set}\nstudent: {channels: [4, 6, 8, 7]}\n"
                        "backbone: {weights: other.pt, patch_hop_frames: 24}\n"
                        "distillation: {crops: 16, synthetic_clips: 2, validation_crops: 4}\n"
                        "training: {epochs: 2, batch_size: 8}\n");
  place.run("distiller", {"--config", "student.yaml", "--threads", "1"});
  const auto answer =
      place.parsed("classifier", {"--model", "experiments/student/latest/student.pt", "--json", "noise.wav"});
  CHECK(answer.at("file") == "noise.wav");
}
