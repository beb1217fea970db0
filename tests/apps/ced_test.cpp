// SPDX-License-Identifier: Apache-2.0
// CED with generated weights, of its true size, goes through the programs.
#include "apps/small_place.h"
#include "audio/waveform.h"
#include "engines/onednn_engine.h"
#include "support/files.h"
#include "support/hashing.h"
#include "testing/ced_file.h"
#include "testing/generated_weights.h"
#include "text/npy.h"
#include "weights/sample_weights.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <tuple>

using namespace soundfold;
using Catch::Contains;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// A place with CED imported as data/ced-tiny.pt, and noise of 1, 3 and 25 s.
struct CedPlace : testing::SmallPlace {
  CedPlace() {
    auto weights = testing::generated_weights(network::ced_description(network::CedSize::tiny));
    write_file_atomically(*this / "published.safetensors", testing::ced_file(weights).bytes());
    std::string names = "index,mid,display_name\n";
    for (int i = 0; i < network::kCedClasses; ++i) {
      const std::string name = i == 74 ? "Dog" : i == 81 ? "Cat" : i == 500 ? "Silence" : "class " + std::to_string(i);
      names += std::to_string(i) + ",m" + std::to_string(i) + "," + name + "\n";
    }
    write_file_atomically(*this / "classes.csv", names);
    run("importer", {"--from", "published.safetensors", "--class-map", "classes.csv"});
    for (const std::size_t seconds : {1, 3, 25}) {
      audio::write_wav(*this / (std::to_string(seconds) + "s.wav"),
                       weights::testing::random_waveform(16'000 * seconds, 2), 16'000);
    }
  }

  Json trained(const std::vector<std::string>& settings) const {
    std::vector<std::string> arguments{"--config", "a.yaml", "--threads", "1"};
    auto all = settings;
    all.insert(all.end(), {"backbone.weights=data/ced-tiny.pt", "backbone.patch_hop_frames=1000"});
    for (const auto& setting : all) arguments.insert(arguments.end(), {"--set", setting});
    run("trainer", arguments);
    return Json::parse(read_file(*this / "experiments/a/latest/result.json"));
  }

  /// Five recordings of 8 s: a tone (dog) and noise (cat) in silence with a little noise; list.csv and meadow.yaml.
  void write_meadow() const {
    std::filesystem::create_directories(*this / "meadow");
    std::string list = "path,start_s,end_s,label\n";
    for (int day = 1; day <= 5; ++day) {
      auto samples = weights::testing::random_waveform(16'000 * 8, static_cast<unsigned>(day));
      for (std::size_t i = 0; i < samples.size(); ++i) {
        const bool dog = i >= 20'000 && i < 40'000, cat = i >= 80'000 && i < 99'000;
        samples[i] *= cat ? 0.5F : 0.01F;
        if (dog) samples[i] += 0.3F * static_cast<float>(std::sin(0.2 * static_cast<double>(i)));
      }
      const auto name = "day" + std::to_string(day) + ".wav";
      audio::write_wav(*this / ("meadow/" + name), samples, 16'000);
      list += name + ",1.25,2.5,dog\n" + name + ",5,6.1875,cat\n";
    }
    write_file_atomically(*this / "meadow/list.csv", list);
    write_file_atomically(*this / "meadow.yaml",
                          "name: meadow\ndata: {layout: annotations, root: meadow, manifest: meadow/list.csv, "
                          "other_class: other}\nhead: {hidden: []}\ntraining: {epochs: 3, batch_size: 4}\n"
                          "report: {audio: link}\n");
  }

  std::string refusal(const std::vector<std::string>& settings) const {
    std::vector<std::string> arguments{
        "--config", "a.yaml", "--set", "backbone.weights=data/ced-tiny.pt", "--set", "backbone.patch_hop_frames=1000"};
    for (const auto& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
    const auto result = testing::run("trainer", arguments, path());
    CHECK(result.exit_code != 0);
    return result.err;
  }
};

constexpr const char* kModel = "experiments/a/latest/model.safetensors";

}  // namespace

TEST_CASE("embeddings of CED: one window for a short clip, several for a long one", "[apps]") {
  if (!engines::onednn_unavailable_reason().empty()) return;
  const CedPlace place;
  place.run("embedder", {"--weights", "data/ced-tiny.pt", "--store", "s", "--patch-hop-frames", "1000", "--out-npy",
                         "out", "1s.wav", "3s.wav", "25s.wav"});
  const auto rows = [&](const std::string& name) { return read_npy(place / "out" / (name + ".embeddings.npy")).shape; };
  CHECK(rows("1s") == std::vector<std::int64_t>{1, 192});
  CHECK(rows("3s") == std::vector<std::int64_t>{1, 192});
  CHECK(rows("25s") == std::vector<std::int64_t>{3, 192});  // 2501 frames in windows of 1012: 0, 1000 and at the end
  CHECK_THAT(place.run("store", {"info", "s"}), Contains("centered, at least 16 frames"));
}

TEST_CASE("a head on CED is trained, exported and used", "[apps]") {
  if (!engines::onednn_unavailable_reason().empty()) return;
  const CedPlace place;
  const auto result = place.trained(
      {"head.known_classes={dog: [Dog], cat: [Cat]}", "augmentation.fresh_share=0.5", "augmentation.shift_s=0.1"});
  INFO(result.at("export"));
  CHECK(result.at("export").at("file") == "model.pt");
  CHECK(result.at("export").at("plain").at("file") == "model.safetensors");
  CHECK(result.at("export").at("verified") == true);
  CHECK(result.at("export").at("trainer_difference").get<double>() <= 1e-4);
  const auto evaluated = Json::parse(place.run("evaluator", {"--model", "experiments/a/latest/model.pt", "--json"}));
  CHECK(evaluated.at("difference_to_trainer").at("largest").get<double>() <= 1e-4);

  const auto answer = Json::parse(place.run("classifier", {"--model", kModel, "--json", "--timeline", "25s.wav"}));
  CHECK(answer.at("timeline").size() == 3);
  CHECK(answer.at("timeline").at(2).at("start_s").get<double>() == Approx(14.89));  // 2501 - 1012 frames of 10 ms
  const auto whole = Json::parse(place.run("classifier", {"--model", "experiments/a", "--json", "3s.wav"}));
  CHECK(whole.at("file") == "3s.wav");
  CHECK_THAT(place.run("classifier", {"--describe", kModel}), Contains("attention of 3 heads"));
  CHECK_THAT(read_file(place / "experiments/a/latest/report.html"), Contains("</html>"));

  place.run("exporter",
            {"--model", "experiments/a/latest", "--onnx", "ced.onnx", "--triton", "served", "--backend", "both"});
  CHECK_THAT(read_file(place / "ced.onnx"), Contains("[\"dog\",\"cat\"]") && Contains("encoder_blocks_11_mlp"));
  CHECK(fs::file_size(place / "served/sound_pytorch/1/model.pt") > 20'000'000);

  const auto tapped =
      place.trained({"backbone.taps=[4, 8]", "augmentation.waveform_variants=1", "augmentation.shift_s=0.1"});
  INFO(tapped.at("export"));
  CHECK(tapped.at("export").at("verified") == true);
  CHECK(tapped.at("export").at("plain").at("file") == "model.safetensors");
}

TEST_CASE("heads on CED are trained on stretches of recordings, and find events in them", "[apps]") {
  if (!engines::onednn_unavailable_reason().empty()) return;
  const CedPlace place;
  place.run("importer", {"--from", "published.safetensors", "--class-map", "classes.csv", "--patch-frames", "96",
                         "--patch-hop-frames", "48", "--out", "data/ced-windows.pt"});
  place.run("importer", {"--from", "published.safetensors", "--class-map", "classes.csv", "--rows", "columns", "--out",
                         "data/ced-columns.pt"});
  place.write_meadow();
  for (const auto& [weights, hop, windows] : {std::tuple{"ced-tiny", "1000", 1U}, std::tuple{"ced-windows", "48", 16U},
                                              std::tuple{"ced-columns", "992", 50U}}) {
    INFO(weights);
    place.run("trainer", {"--config", "meadow.yaml", "--threads", "1", "--set", "name=" + std::string(weights), "--set",
                          "backbone.weights=data/" + std::string(weights) + ".pt", "--set",
                          "backbone.patch_hop_frames=" + std::string(hop)});
    const auto run = "experiments/" + std::string(weights) + "/latest";
    const auto exported = Json::parse(read_file(place / run / "result.json")).at("export");
    CHECK(exported.at("verified") == true);
    CHECK(exported.at("trainer_difference").get<double>() <= 1e-4);
    CHECK(exported.at("plain").at("file") == "model.safetensors");
    CHECK_THAT(read_file(place / run / "splits.csv"),
               Contains(hash_file(HashKind::xxh3_128, place / "meadow/day1.wav")));
    for (const auto* model : {"/model.pt", "/model.safetensors"}) {
      const auto evaluated = place.run("evaluator", {"--model", run + model, "--json", "--threads", "1"});
      CHECK(Json::parse(evaluated).at("difference_to_trainer").at("largest").get<double>() <= 1e-4);
    }
    const auto answer = place.run("classifier", {"--model", run, "--json", "--timeline", "meadow/day1.wav"});
    const auto timeline = Json::parse(answer).at("timeline");
    CHECK(timeline.size() == windows);  // of 0.982 s every 0.48 s: 1 + ceil((128000 - 15712) / 7680)
    if (windows == 50) {                // of 801 frames, 16 for each row
      CHECK(timeline.at(49).at("start_s").get<double>() == Approx(49 * 0.16));
      CHECK(timeline.at(49).at("end_s").get<double>() == Approx(8));
    }
    place.run("classifier", {"--model", run, "--events", "meadow/day1.wav"});
    CHECK_THAT(place.run("evaluator", {"--annotations", "meadow/list.csv", "--model", run, "--threads", "1"}),
               Contains("dog"));
  }
}

TEST_CASE("CED's last block is trained on clips of several lengths, exported and used", "[apps]") {
  if (!engines::onednn_unavailable_reason().empty()) return;
  const CedPlace place;
  unsigned seed = 3;
  for (const auto& clip : std::filesystem::directory_iterator(place / "set/audio")) {
    const bool trained_on = clip.path().filename().string().rfind("1-", 0) == 0;  // fold 1
    if (trained_on) audio::write_wav(clip.path(), weights::testing::random_waveform(40'000, seed++), 16'000);
  }
  const auto result = place.trained({"backbone.train=last_blocks", "backbone.learning_rate=1e-4", "head.input=both"});
  INFO(result.at("export"));
  CHECK(result.at("backbone_training").at("blocks") == 1);
  CHECK(result.at("backbone_training").at("of") == 12);
  CHECK(result.at("export").at("verified") == true);
  CHECK(result.at("export").at("trainer_difference").get<double>() <= 1e-4);
  CHECK(result.at("export").at("plain").at("file") == "model.safetensors");
  const auto evaluated = Json::parse(place.run("evaluator", {"--model", "experiments/a/latest/model.pt", "--json"}));
  CHECK(evaluated.at("difference_to_trainer").at("largest").get<double>() <= 1e-4);
  const auto text = read_file(place / "experiments/a/latest/metrics.jsonl");
  const auto loss = [](const std::string& line) { return Json::parse(line).at("loss").get<double>(); };
  CHECK(loss(text.substr(text.rfind('{'))) < loss(text.substr(0, text.find('\n'))));
  const auto answer = [&](const std::string& model) {
    const auto file = "experiments/a/latest/" + model;
    return Json::parse(place.run("classifier", {"--model", file, "--json", "--all", "3s.wav"})).at("classes");
  };
  const auto one = answer("model.pt"), other = answer("model.safetensors");
  REQUIRE(one.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(other.at(i).at("class") == one.at(i).at("class"));
    CHECK(other.at(i).at("probability").get<double>() ==
          Approx(one.at(i).at("probability").get<double>()).margin(1e-4));
  }
  CHECK_THAT(place.refusal({"backbone.train=last_blocks", "backbone.train_blocks=13"}),
             Contains("13 given, the network has 1 to 12"));
}

TEST_CASE("CED labels the crops of a student, which is a backbone like others", "[apps]") {
  if (!engines::onednn_unavailable_reason().empty()) return;
  const CedPlace place;
  write_file_atomically(place / "student.yaml",
                        "name: student\ndata: {root: set}\nbackbone: {weights: data/ced-tiny.pt}\n"
                        "student: {width: 0.25}\ndistillation: {crops: 16, synthetic_clips: 2, validation_crops: 4}\n"
                        "training: {epochs: 2, batch_size: 8}\n");
  const auto refused = [&](const std::string& setting) {
    const auto result = testing::run("distiller", {"--config", "student.yaml", "--set", setting}, place.path());
    CHECK(result.exit_code == 2);
    return result.err;
  };
  CHECK_THAT(refused("student.init=teacher"), Contains("use student.init: random"));
  place.run("importer", {"--from", "published.safetensors", "--class-map", "classes.csv", "--patch-frames", "96",
                         "--patch-hop-frames", "48", "--out", "data/short.pt"});
  CHECK_THAT(refused("backbone.weights=data/short.pt"),
             Contains("0.975 s") && Contains("imported without --patch-frames"));

  const auto summary = place.run("distiller", {"--config", "student.yaml", "--threads", "1"});
  CHECK_THAT(summary, Contains("student.pt") && Contains("embedding of 256"));
  place.run("trainer", {"--config", "a.yaml", "--set", "training.epochs=1", "--set", "head.known_classes={dog: [Dog]}",
                        "--set", "backbone.weights=experiments/student/latest/student.pt", "--threads", "1"});
}

TEST_CASE("what CED's time columns cannot do is refused with a line", "[apps]") {
  if (!engines::onednn_unavailable_reason().empty()) return;
  const CedPlace place;
  place.run("importer", {"--from", "published.safetensors", "--class-map", "classes.csv", "--rows", "columns", "--out",
                         "data/ced-columns.pt"});
  const std::string columns = "backbone.weights=data/ced-columns.pt";
  CHECK_THAT(place.refusal({columns}),
             Contains("patch_hop_frames: 1000 given; this backbone has rows of 16 frames, so a "
                      "multiple of that up to 992 is allowed"));
  CHECK_THAT(place.refusal({columns, "backbone.train=all"}),
             Contains("backbone.train: not with a backbone whose rows"));
  CHECK_THAT(place.refusal({columns, "backbone.patch_hop_frames=992", "backbone.taps=[3]"}),
             Contains("backbone.taps: not with a backbone whose rows"));
}
