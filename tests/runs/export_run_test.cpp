// SPDX-License-Identifier: Apache-2.0
#include "runs/export_run.h"

#include "config/load.h"
#include "deploy/classifier.h"
#include "deploy/model.h"
#include "protocols/run.h"
#include "protocols/summary.h"
#include "protocols/tiny_place.h"
#include "runtime/training_clips.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "testing/testing.h"
#include "yamnet/load_backbone.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// A mono WAV of 32-bit floats at 8 kHz, which hold any values.
void write_float_wav(const fs::path& path, const std::vector<float>& samples) {
  const auto bytes = static_cast<std::uint32_t>(samples.size() * sizeof(float));
  std::string file = "RIFF";
  const auto add = [&](std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) file += static_cast<char>(value >> (8 * i) & 0xFF);
  };
  add(bytes + 36, 4);
  file += "WAVEfmt ";
  add(16, 4);
  add(3, 2);  // IEEE float
  add(1, 2);
  add(8000, 4);
  add(32000, 4);
  add(4, 2);
  add(32, 2);
  file += "data";
  add(bytes, 4);
  file.append(reinterpret_cast<const char*>(samples.data()), bytes);
  write_file_atomically(path, file);
}

/// Writes the test clips (fold 4) as rectangles of the largest size that a file may have. Resampling overshoots it:
/// they can be trained with, and the exported model refuses them.
void spoil_test_clips(const fs::path& root) {
  int count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".wav" || entry.path().filename().string().rfind("4-", 0) != 0) continue;
    const std::size_t half_period = 20 + static_cast<std::size_t>(++count);
    std::vector<float> samples(12000);
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = i / half_period % 2 == 0 ? 99.0F : -99.0F;
    write_float_wav(entry.path(), samples);
  }
  REQUIRE(count > 0);
}

bool runs_in(const config::Experiment& experiment, engines::Precision precision) {
  engines::BackboneOptions options;
  options.precision = precision;
  try {
    yamnet::load_backbone(experiment.backbone.weights, options);
  } catch (const UsageError& lack) {
    WARN("not tested here: " << lack.what());
    return false;
  }
  return true;
}

std::string digest_of(const fs::path& file) {
  return hash_file(HashKind::xxh3_128, file);
}

}  // namespace

TEST_CASE("training on bfloat16 embeddings exports a float32 file and reports the difference", "[runs]") {
  testing::TinyPlace place;
  if (!runs_in(place.experiment, engines::Precision::bfloat16)) return;
  place.experiment.backbone.precision = config::Precision::bfloat16;
  const auto result = protocols::run_experiment(place.experiment, {});
  CHECK(result.problem.empty());
  const auto& exported = result.json.at("export");
  CHECK(exported.at("verified") == true);
  CHECK(exported.at("head_difference").get<double>() <= 1e-4);
  const auto& precision = exported.at("precision");
  CHECK(precision.at("trained_on") == "onednn bfloat16");
  CHECK(precision.at("exported") == "float32");
  CHECK(precision.at("clips") == 4);
  CHECK(precision.at("largest_logit_difference").get<double>() > 0);
  CHECK(precision.at("accuracy_trained") == result.json["test"]["clips"]["accuracy"]);
  CHECK(precision.at("accuracy_exported").get<double>() >= 0);
  CHECK_THAT(protocols::summary_text(result),
             Contains("precision     onednn bfloat16 in training, float32 in the file"));
  const auto model = deploy::Model::load(result.folder / "model.pt", torch::kCPU);
  CHECK(model.metadata().at("precision") == precision);

  place.experiment.protocol.type = config::ProtocolType::cross_validation;
  place.experiment.protocol.folds = {1, 2, 3};
  place.experiment.protocol.final_model = config::FinalModel::all_folds;
  const auto rounds = protocols::run_experiment(place.experiment, {});
  CHECK(rounds.problem.empty());
  CHECK(rounds.json["final_model"]["export"]["precision"]["trained_on"] == "onednn bfloat16");
  CHECK(fs::exists(rounds.folder / "model.pt"));
  CHECK_THAT(protocols::summary_text(rounds), Contains("onednn bfloat16 in training, float32 in the file"));
}

TEST_CASE("float32 training reports nothing about precision, and is compared with the trainer", "[runs]") {
  testing::TinyPlace place;
  const auto result = protocols::run_experiment(place.experiment, {});
  CHECK_FALSE(result.json.at("export").contains("precision"));
  CHECK(result.json.at("export").at("trainer_difference").get<double>() <= 1e-4);
  CHECK(protocols::summary_text(result).find("precision") == std::string::npos);
}

TEST_CASE("head.append changes what the model answers, not what is trained and measured", "[runs]") {
  testing::TinyPlace place;
  const auto without = protocols::run_experiment(place.experiment, {});
  place.experiment.head.append = config::Append::backbone;
  const auto result = protocols::run_experiment(place.experiment, {});
  CHECK(result.json.at("export").at("verified") == true);
  CHECK(result.json.at("test") == without.json.at("test"));
  const auto model = deploy::Model::load(result.folder / "model.pt", torch::kCPU);
  CHECK(model.appends_backbone());
  CHECK_FALSE(deploy::Model::load(without.folder / "model.pt", torch::kCPU).appends_backbone());
  const auto classifier = deploy::load_classifier(result.folder / "model.pt", torch::kCPU, "");
  CHECK(classifier->appended_count() == model.backbone_class_names().size());
  CHECK(classifier->class_names().size() == model.class_names().size() + model.backbone_class_names().size());
  CHECK(classifier->class_names().front() == model.class_names().front());
}

TEST_CASE("a finished training is not lost when its export cannot be verified", "[runs]") {
  testing::TinyPlace place;
  spoil_test_clips(place.experiment.data.root);
  const auto result = protocols::run_experiment(place.experiment, {});
  CHECK_THAT(result.problem, Contains("model.unverified.pt: not verified") && Contains("int16") &&
                                 Contains("--resume " + result.folder.string()));
  CHECK(result.problem.find('\n') == std::string::npos);
  CHECK_FALSE(fs::exists(result.folder / "model.pt"));
  REQUIRE(fs::exists(result.folder / "model.unverified.pt"));
  CHECK(fs::exists(result.folder / "model.unverified.pt.sha256"));
  CHECK(fs::exists(result.folder / "test_logits.json"));
  const auto kept = nlohmann::json::parse(read_file(result.folder / "result.json"));
  CHECK(kept["epochs_run"] == 3);
  CHECK(kept["export"]["verified"] == false);
  CHECK(kept["export"]["file"] == "model.unverified.pt");
  CHECK_THAT(protocols::summary_text(result), Contains("model.unverified.pt (not verified)"));

  // --resume takes the trained weights and tries the export again.
  const auto checkpoint = result.folder / "checkpoint.pt";
  REQUIRE(fs::exists(checkpoint));
  const auto trained = fs::last_write_time(checkpoint);
  runs::RunOptions resume;
  resume.resume = true;
  const auto again = protocols::run_experiment(place.experiment, resume);
  CHECK(again.folder == result.folder);
  CHECK_FALSE(again.problem.empty());
  CHECK(fs::last_write_time(checkpoint) == trained);
  CHECK(again.json["test"] == result.json["test"]);

  // It is no finished run, so that neither `latest` nor --skip-finished takes it for one.
  CHECK_FALSE(fs::exists(fs::path(place.experiment.run.folder) / "tiny" / "latest"));
}

TEST_CASE("a sweep and a cross-validation keep their tables when the export cannot be verified", "[runs]") {
  testing::TinyPlace place;
  spoil_test_clips(place.experiment.data.root);
  place.experiment.sweep.values = {{"training.epochs", {"1", "2"}, 0, 0, false, "here"}};
  const auto sweep = protocols::run_experiment(place.experiment, {});
  CHECK_FALSE(sweep.problem.empty());
  CHECK(sweep.json["sweep"]["members"].size() == 2);
  CHECK(fs::exists(sweep.folder / "sweep.csv"));
  CHECK(fs::exists(sweep.folder / "model.unverified.pt"));

  testing::TinyPlace other;
  spoil_test_clips(other.experiment.data.root);
  other.experiment.protocol.type = config::ProtocolType::cross_validation;
  other.experiment.protocol.folds = {3, 4};
  other.experiment.protocol.final_model = config::FinalModel::all_folds;
  const auto rounds = protocols::run_experiment(other.experiment, {});
  CHECK_FALSE(rounds.problem.empty());
  CHECK(rounds.json["rounds"].size() == 2);
  CHECK(fs::exists(rounds.folder / "folds.csv"));
  CHECK(fs::exists(rounds.folder / "checkpoint.pt"));
  CHECK(rounds.json["final_model"]["export"]["verified"] == false);
}

TEST_CASE("a model knows the files that it was trained and validated on", "[runs]") {
  testing::TinyPlace place;
  const auto result = protocols::run_experiment(place.experiment, {});
  const auto model = deploy::Model::load(result.folder / "model.pt", torch::kCPU);
  const auto clips = runtime::TrainingClips::from_metadata(model.metadata());
  REQUIRE(clips.known());
  CHECK(clips.train_count() == 8);
  CHECK(clips.validation_count() == 4);
  for (const auto& entry : fs::recursive_directory_iterator(place.experiment.data.root)) {
    if (entry.path().extension() != ".wav") continue;
    const char fold = entry.path().filename().string().front();
    INFO(entry.path());
    CHECK(clips.trained_on(digest_of(entry.path())) == (fold == '1' || fold == '2'));
    CHECK(clips.validated_on(digest_of(entry.path())) == (fold == '3'));
  }
}

TEST_CASE("a standardised head says how many values it holds constant", "[runs]") {
  testing::TinyPlace place;
  place.experiment.head.standardize = true;
  const auto result = protocols::run_experiment(place.experiment, {});
  CHECK(result.problem.empty());
  CHECK(result.json.at("standardization").at("of") == 8);
  const auto model = deploy::Model::load(result.folder / "model.pt", torch::kCPU);
  CHECK(model.metadata().at("standardization") == result.json.at("standardization"));
}
