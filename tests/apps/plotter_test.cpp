// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "pictures/raster.h"
#include "support/files.h"
#include "tensorboard/event_reader.h"
#include "testing/markup.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <sstream>

using namespace soundfold;
using Catch::Contains;
using testing::SmallPlace;
using testing::xml_fault;
namespace fs = std::filesystem;

namespace {

/// A trained model of dogs and cats, made once for all tests of this file.
struct Place : SmallPlace {
  Place() : run_folder(train("1")) { sound = (*fs::directory_iterator(*this / "set/audio")).path(); }

  /// The SVG that plotter writes.
  std::string plotted(std::vector<std::string> arguments) const {
    const auto file = *this / "picture.svg";
    fs::remove(file);
    arguments.insert(arguments.end(), {"--out", file.string()});
    run("plotter", arguments);
    const auto svg = read_file(file);
    CHECK(xml_fault(svg.substr(svg.find('\n') + 1)) == "");
    return svg;
  }

  testing::ProgramResult refused(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--out", "refused.svg"});
    const auto result = testing::run("plotter", arguments, path());
    INFO(result.err);
    CHECK(result.exit_code != 0);
    CHECK(!fs::exists(*this / "refused.svg"));
    return result;
  }

  fs::path run_folder, sound;
};

const Place& plot_place() {
  static const Place made;
  return made;
}

std::vector<nlohmann::json> lines_in(const fs::path& file) {
  std::vector<nlohmann::json> lines;
  std::istringstream text(read_file(file));
  for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

}  // namespace

TEST_CASE("plotter draws sounds, whole and in part", "[apps]") {
  const auto sound = plot_place().sound.string();
  CHECK_THAT(plot_place().plotted({"waveform", sound}),
             Contains("Waveform: " + plot_place().sound.filename().string()) && Contains(">time in s<"));
  CHECK_THAT(plot_place().plotted({"spectrogram", sound, "--from", "0.5", "--title", "A <title>"}),
             Contains("A &lt;title&gt;") && Contains(">0.6<") && !Contains(">0.4<"));
  const auto model = (plot_place().run_folder / "model.pt").string();
  CHECK_THAT(plot_place().plotted({"timeline", sound, "--model", model}),
             Contains(">dog<") && Contains(">cat<") && Contains(">probability<"));
  CHECK_THAT(plot_place().plotted({"timeline", sound, "--model", "data/yamnet.pt", "--top", "1"}), !Contains(">dog<"));
  CHECK_THAT(plot_place().refused({"waveform", sound, "--from", "2"}).err, Contains("has only 1 s"));
  CHECK_THAT(plot_place().refused({"waveform", sound, "--from", "0.5", "--to", "0.5"}).err,
             Contains("--to must lie after"));
  CHECK_THAT(plot_place().refused({"timeline", sound}).err, Contains("give --model FILE"));
  CHECK_THAT(plot_place().refused({"waveform", "a.yaml"}).err, Contains("a.yaml"));
}

TEST_CASE("plotter draws what a run measured", "[apps]") {
  const auto folder = plot_place().run_folder.string();
  const auto confusion =
      nlohmann::json::parse(read_file(plot_place().run_folder / "result.json"))["test"]["clips"]["confusion"];
  const auto svg = plot_place().plotted({"confusion", folder});
  for (std::size_t truth = 0; truth < 2; ++truth) {
    const char* names[] = {"dog", "cat"};
    for (std::size_t given = 0; given < 2; ++given) {
      const auto count = confusion[truth][given].get<int>();
      const auto tip = std::string(names[truth]) + " given as " + names[given] + ": " + std::to_string(count) + " of 1";
      CHECK((svg.find(tip) != std::string::npos) == (count > 0));
    }
  }
  write_file_atomically(plot_place() / "evaluation.json",
                        plot_place().run("evaluator", {"--run", folder, "--split", "all", "--json"}));
  CHECK_THAT(plot_place().plotted({"confusion", "evaluation.json"}), Contains(" of 5<"));
  CHECK_THAT(plot_place().plotted({"curves", folder}), Contains(">loss in nats<") && Contains("best: epoch "));
  CHECK_THAT(plot_place().refused({"curves", "set"}).err, Contains("no metrics.jsonl"));
  CHECK_THAT(plot_place().refused({"curves", "a.yaml"}).err, Contains("holds no epochs"));
  write_file_atomically(plot_place() / "other.json",
                        R"({"class_names": ["a", "b"], "clips": {"confusion": [[1, 2]]}})");
  CHECK_THAT(plot_place().refused({"confusion", "other.json"}).err, Contains("a row and a column for each class"));
  CHECK_THAT(plot_place().refused({"confusion", folder, "--from", "1"}).err, Contains("pictures of a sound"));
}

TEST_CASE("plotter and classifier --describe tell the same of a model", "[apps]") {
  const auto model = (plot_place().run_folder / "model.pt").string();
  const auto json = nlohmann::json::parse(plot_place().run("classifier", {"--describe", model, "--json"}));
  CHECK(json["class_names"] == nlohmann::json({"dog", "cat"}));
  const auto svg = plot_place().plotted({"model", model});
  const auto text = plot_place().run("classifier", {"--describe", model});
  for (const auto& part : json["parts"]) {
    CHECK_THAT(svg, Contains(">" + part["output"].get<std::string>() + "<"));
    CHECK_THAT(text, Contains(part["output"].get<std::string>()));
  }
  CHECK_THAT(text, Contains("Classes (K = 2): dog, cat") && Contains("Decision: one class (softmax)"));
  CHECK(testing::run("classifier", {"--describe", model, "sound.wav"}, plot_place().path()).exit_code == 2);
  CHECK(testing::run("classifier", {"--describe", model, "--model", model}, plot_place().path()).exit_code == 2);
  CHECK(testing::run("classifier", {"--describe", "a.yaml"}, plot_place().path()).exit_code == 1);
}

TEST_CASE("plotter writes SVG or PNG by the file's name", "[apps]") {
  const auto sound = plot_place().sound.string();
  const auto png = testing::run("plotter", {"waveform", sound, "--out", "picture.png"}, plot_place().path());
  if (pictures::can_rasterise()) {
    CHECK(png.exit_code == 0);
    CHECK(read_file(plot_place() / "picture.png").substr(0, 4) == "\x89PNG");
  } else {
    CHECK(png.exit_code == 2);
    CHECK_THAT(png.err, Contains("librsvg"));
  }
  const auto other = testing::run("plotter", {"waveform", sound, "--out", "picture.jpg"}, plot_place().path());
  CHECK(other.exit_code == 2);
  CHECK_THAT(other.err, Contains("must end in .svg or .png"));
}

TEST_CASE("event files for TensorBoard agree with metrics.jsonl and result.json", "[apps]") {
  const auto events = testing::events_in(plot_place().run_folder);
  const auto lines = lines_in(plot_place().run_folder / "metrics.jsonl");
  REQUIRE(lines.size() == 4);
  for (const auto& line : lines) {
    const auto epoch = line["epoch"].get<std::int64_t>();
    CHECK(events.scalars.at("loss/training").at(epoch) == line["loss"].get<float>());
    CHECK(events.scalars.at("loss/validation").at(epoch) == line["validation_loss"].get<float>());
    CHECK(events.scalars.at("accuracy/validation_clips").at(epoch) == line["validation_clip_accuracy"].get<float>());
    CHECK(events.scalars.at("learning_rate").at(epoch) == line["learning_rate"].get<float>());
  }
  const auto result = nlohmann::json::parse(read_file(plot_place().run_folder / "result.json"));
  CHECK(events.scalars.at("test/clips_accuracy").at(0) == result["test"]["clips"]["accuracy"].get<float>());
  CHECK(events.session_starts == std::vector<std::int64_t>{1});
  CHECK_THAT(events.texts.at("configuration"), Contains("name: a") && Contains("epochs: 4"));
  CHECK_THAT(events.texts.at("test/confusion_counts"), Contains("| dog |") && Contains("| cat |"));
  CHECK(events.images.at("test/confusion").substr(0, 4) == "\x89PNG");
  CHECK(events.images.size() == 1);
  for (const auto& [tag, content] : events.texts) CHECK(events.images.count(tag) + events.scalars.count(tag) == 0);
}

TEST_CASE("a sweep's members have their settings, rounds their curves, and run.tensorboard writes none", "[apps]") {
  const SmallPlace other;
  write_file_atomically(other / "sweep.yaml",
                        "extends: a.yaml\nname: s\nsweep: {metric: validation_loss, values: {optimizer.learning_rate: "
                        "[0.01, 0.001]}}\n");
  other.run("trainer", {"--config", "sweep.yaml", "--threads", "1"});
  const auto run = fs::canonical(other / "experiments/s/latest");
  const auto result = nlohmann::json::parse(read_file(run / "result.json"));
  for (const auto& member : result["sweep"]["members"]) {
    const auto events = testing::events_in(run / "sweep" / member["member"].get<std::string>());
    CHECK(events.scalars.at("loss/training").size() == 4);
    CHECK(events.scalars.at("sweep/validation_loss").at(0) == member["value"].get<float>());
    const auto settings = testing::field_at(events.plugins.at("_hparams_/session_start_info"), {3, 1}).bytes;
    CHECK(testing::field_at(settings, {1}).bytes == "optimizer.learning_rate");
    const auto rate = std::stod(member["settings"]["optimizer.learning_rate"].get<std::string>());
    CHECK(testing::field_at(settings, {2, 2}).as_double() == rate);
    CHECK(events.plugins.count("_hparams_/session_end_info") == 1);
  }
  other.run("trainer", {"--config", "a.yaml", "--threads", "1", "--set", "protocol.type=cross_validation"});
  const auto rounds = fs::canonical(other / "experiments/a/latest") / "rounds";
  for (const auto& round : fs::directory_iterator(rounds)) {
    CHECK(testing::events_in(round.path()).scalars.count("loss/training") == 1);
  }
  other.run("trainer", {"--config", "a.yaml", "--threads", "1", "--set", "run.tensorboard=false", "--set", "seed=9"});
  CHECK(testing::events_in(fs::canonical(other / "experiments/a/latest")).files == 0);
}
