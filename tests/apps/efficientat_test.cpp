// SPDX-License-Identifier: Apache-2.0
// EfficientAT's smallest network, with generated weights, goes through the programs.
#include "apps/small_place.h"
#include "audio/waveform.h"
#include "engines/onednn_engine.h"
#include "support/files.h"
#include "testing/state_dict_file.h"
#include "text/npy.h"
#include "weights/sample_weights.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace soundfold;
using Catch::Contains;
using Json = nlohmann::json;

namespace {

const std::vector<std::string> kEfficientat = {"backbone.weights=data/efficientat.pt",
                                               "backbone.patch_hop_frames=1000"};

/// A place with mn01 imported as data/efficientat.pt, and noise of 25 s.
struct EfficientatPrograms : testing::SmallPlace {
  EfficientatPrograms() {
    const auto network = network::efficientat_description(0.1);
    write_file_atomically(*this / "mn01_as.pt",
                          testing::state_dict_bytes(testing::efficientat_tensors(*network.mobilenet, 527)));
    std::string names = "index,mid,display_name\n";
    for (int i = 0; i < network::kCedClasses; ++i) {
      names +=
          std::to_string(i) + ",m" + std::to_string(i) + (i == 74 ? ",Dog\n" : ",class " + std::to_string(i) + "\n");
    }
    write_file_atomically(*this / "classes.csv", names);
    run("importer", {"--from", "mn01_as.pt", "--class-map", "classes.csv"});
    audio::write_wav(*this / "25s.wav", weights::testing::random_waveform(32'000 * 25, 2), 32'000);
  }

  std::vector<std::string> with(const std::vector<std::string>& settings) const {
    std::vector<std::string> arguments{"--config", "a.yaml", "--threads", "1"};
    for (const auto* all : {&kEfficientat, &settings}) {
      for (const auto& setting : *all) arguments.insert(arguments.end(), {"--set", setting});
    }
    return arguments;
  }

  std::string refusal(const std::vector<std::string>& settings) const {
    const auto result = testing::run("trainer", with(settings), path());
    CHECK(result.exit_code != 0);
    return result.err;
  }
};

}  // namespace

TEST_CASE("a head on EfficientAT is trained, exported and used", "[apps]") {
  if (!engines::onednn_unavailable_reason().empty()) return;
  const EfficientatPrograms place;
  place.run("embedder", {"--weights", "data/efficientat.pt", "--store", "s", "--patch-hop-frames", "1000", "--out-npy",
                         "out", "25s.wav"});
  CHECK(read_npy(place / "out/25s.embeddings.npy").shape == std::vector<std::int64_t>{3, 96});
  CHECK_THAT(place.run("store", {"info", "s"}), Contains("preemphasis 0.9") && Contains("symmetric window"));

  place.run("trainer", place.with({}));
  const auto result = Json::parse(read_file(place / "experiments/a/latest/result.json"));
  INFO(result.at("export"));
  CHECK(result.at("export").at("plain").at("file") == "model.safetensors");
  CHECK(result.at("export").at("verified") == true);
  CHECK(result.at("export").at("trainer_difference").get<double>() <= 1e-4);
  const std::string model = "experiments/a/latest/model.safetensors";
  const auto answer = Json::parse(place.run("classifier", {"--model", model, "--json", "--timeline", "25s.wav"}));
  REQUIRE(answer.at("timeline").size() == 3);
  CHECK(answer.at("timeline").at(2).at("start_s").get<double>() == Approx(15));  // 2500 - 1000 frames of 10 ms
  CHECK_THAT(place.run("classifier", {"--describe", model}), Contains("15 inverted residuals"));
  const auto onnx = testing::run("exporter", {"--model", model, "--onnx", "m.onnx"}, place.path());
  CHECK(onnx.exit_code == 2);
  CHECK_THAT(onnx.err, Contains("not made of models with a MobileNet"));
}

TEST_CASE("heads on EfficientAT are trained on stretches of recordings, and find events in them", "[apps]") {
  if (!engines::onednn_unavailable_reason().empty()) return;
  const EfficientatPrograms place;
  std::string list = "path,start_s,end_s,label\n";
  for (unsigned day = 1; day <= 5; ++day) {
    const auto name = "day" + std::to_string(day) + ".wav";
    audio::write_wav(place / name, weights::testing::random_waveform(32'000 * 8, day), 32'000);
    list += name + ",0.5,1.5,dog\n" + name + ",2.25,3,cat\n";
  }
  write_file_atomically(place / "list.csv", list);
  write_file_atomically(place / "meadow.yaml",
                        "name: meadow\ndata: {layout: annotations, root: ., manifest: list.csv}\n"
                        "backbone: {weights: data/efficientat.pt, patch_hop_frames: 1000}\nhead: {hidden: []}\n"
                        "training: {epochs: 2, batch_size: 4}\n");
  place.run("trainer", {"--config", "meadow.yaml", "--threads", "1"});
  const auto result = Json::parse(read_file(place / "experiments/meadow/latest/result.json"));
  CHECK(result.at("export").at("verified") == true);
  const std::string model = "experiments/meadow/latest/model.safetensors";
  const auto evaluated = place.run("evaluator", {"--model", model, "--json", "--threads", "1"});
  CHECK(Json::parse(evaluated).at("difference_to_trainer").at("largest").get<double>() <= 1e-4);
  place.run("classifier", {"--model", model, "--events", "25s.wav"});
}

TEST_CASE("what EfficientAT cannot do yet is refused with a line", "[apps]") {
  if (!engines::onednn_unavailable_reason().empty()) return;
  const EfficientatPrograms place;
  write_file_atomically(place / "student.yaml",
                        "name: student\ndata: {root: set}\nbackbone: {weights: data/efficientat.pt}\n");
  const auto refused = testing::run("distiller", {"--config", "student.yaml"}, place.path());
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Contains("a MobileNet cannot be the teacher"));
  CHECK_THAT(place.refusal({"backbone.train=last_blocks", "backbone.train_blocks=1"}),
             Contains("the blocks of a MobileNet are not trained yet"));
  CHECK_THAT(place.refusal({"backbone.taps=[4]"}), Contains("backbone.taps: the maps inside of a MobileNet"));
  CHECK_THAT(place.refusal({"head.known_classes={dog: [Dog]}"}),
             Contains("head.known_classes: of a MobileNet nothing"));
}
