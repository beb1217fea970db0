// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "deploy/model.h"
#include "device/torch.h"
#include "distillation/run_distillation.h"
#include "protocols/run.h"
#include "protocols/tiny_place.h"
#include "support/errors.h"
#include "support/files.h"
#include "synthesis/synthesize.h"
#include "testing/testing.h"
#include "yamnet/folded_module.h"
#include "yamnet/module.h"

#include <catch2/catch.hpp>

#include <set>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

std::vector<float> logits_in(const nlohmann::json& file, const std::string& clip) {
  return file.at(clip).get<std::vector<float>>();
}

}  // namespace

TEST_CASE("a run that trains the last block exports a model that carries it, and nothing else changed", "[protocols]") {
  testing::TinyPlace place;
  place.experiment.backbone.train = config::TrainedPart::last_blocks;
  place.experiment.backbone.learning_rate = 0.01;
  const auto result = protocols::run_experiment(place.experiment, {});
  CHECK(result.json.at("export_difference").get<double>() <= 1e-4);
  CHECK(result.json.at("backbone_training").at("blocks") == 1);
  CHECK(result.json.at("backbone_training").at("of") == 4);

  auto model = deploy::Model::load(result.folder / "model.pt", torch::kCPU);
  CHECK(model.metadata().at("backbone_training").at("train") == "last_blocks");
  CHECK_THAT(model.metadata().at("backbone").get<std::string>(), Contains("block 4 trained by tiny"));
  CHECK(model.metadata().at("weights_digest") != result.json.at("weights_digest"));
  const auto recorded = nlohmann::json::parse(read_file(result.folder / "test_logits.json"));
  for (const auto& [clip, row] : recorded.items()) {
    const auto answer = model.classify(audio::load_waveform(fs::path(place.experiment.data.root) / clip));
    const auto expected = logits_in(recorded, clip);
    for (std::size_t k = 0; k < expected.size(); ++k) CHECK(answer.logits[k] == Approx(expected[k]).margin(1e-4));
  }

  const auto exported = torch::jit::load((result.folder / "model.pt").string()).attr("backbone").toModule();
  const auto imported = yamnet::folded_module(yamnet::build_module(place.weights), place.weights.network);
  std::map<std::string, torch::Tensor> before;
  for (const auto& parameter : imported.named_parameters()) before[parameter.name] = parameter.value;
  for (const auto& buffer : imported.named_buffers()) before[buffer.name] = buffer.value;
  std::size_t changed = 0, same = 0;
  const auto compare = [&](const std::string& name, const torch::Tensor& value) {
    const bool equal = torch::equal(value, before.at(name));
    const bool trained = name.find("layer4") != std::string::npos;
    INFO(name);
    CHECK((equal || trained));
    ++(equal ? same : changed);
  };
  for (const auto& parameter : exported.named_parameters()) compare(parameter.name, parameter.value);
  for (const auto& buffer : exported.named_buffers()) compare(buffer.name, buffer.value);
  CHECK(changed >= 3);
  CHECK(same >= 10);
}

TEST_CASE("the cut is cached: the second run extracts nothing, and rounds share it", "[protocols]") {
  testing::TinyPlace place;
  place.experiment.backbone.train = config::TrainedPart::all;
  place.experiment.augmentation.waveform_variants = 1;
  place.experiment.augmentation.gain_db = 6;
  const auto first = protocols::run_experiment(place.experiment, {});
  CHECK(first.json["data"]["embeddings"]["computed"] == 16);
  const auto second = protocols::run_experiment(place.experiment, {});
  CHECK(second.json["data"]["embeddings"]["from_store"] == 16);
  CHECK(second.json["data"]["variants"]["from_store"] == 8);
  CHECK(read_file(first.folder / "test_logits.json") == read_file(second.folder / "test_logits.json"));

  place.experiment.protocol.type = config::ProtocolType::cross_validation;
  place.experiment.protocol.folds = {1, 2, 3};
  place.experiment.backbone.train = config::TrainedPart::last_blocks;
  place.experiment.backbone.train_blocks = 2;
  const auto rounds = protocols::run_experiment(place.experiment, {});
  CHECK(rounds.json["rounds"].size() == 3);
  CHECK(rounds.json["pooled"]["clips"]["sample_count"] == 12);
}

TEST_CASE("blocks and rates of a trained backbone can be swept, and each member trains its own", "[protocols]") {
  testing::TinyPlace place;
  place.experiment.backbone.train = config::TrainedPart::last_blocks;
  place.experiment.sweep.metric = config::Metric::validation_loss;
  place.experiment.sweep.values = {{"backbone.train_blocks", {"1", "2"}, 0, 0, false, "here"},
                                   {"backbone.learning_rate", {"0.001", "0.05"}, 0, 0, false, "here"}};
  const auto swept = protocols::run_experiment(place.experiment, {});
  const auto& members = swept.json.at("sweep").at("members");
  REQUIRE(members.size() == 4);
  std::set<double> losses;
  for (const auto& member : members) {
    CAPTURE(member.dump());
    auto alone = place.experiment;
    alone.name = "alone";
    alone.sweep = {};
    alone.backbone.train_blocks = std::stoll(member.at("settings").at("backbone.train_blocks").get<std::string>());
    alone.backbone.learning_rate = std::stod(member.at("settings").at("backbone.learning_rate").get<std::string>());
    const auto single = protocols::run_experiment(alone, {});
    const double loss = member.at("validation_loss").get<double>();
    losses.insert(loss);
    CHECK(loss == Approx(single.json.at("last_epoch").at("validation_loss").get<double>()).epsilon(1e-6));
  }
  CHECK(losses.size() == 4);
}

TEST_CASE("a distillation leaves a network that an experiment can use", "[protocols]") {
  testing::TinyPlace place;
  auto distill = place.experiment;
  distill.name = "student";
  distill.program = config::Program::distiller;
  distill.student.channels = {3, 4, 5, 6};
  distill.student.init = config::StudentInit::teacher;
  distill.distillation.crops = 24;
  distill.distillation.synthetic_clips = 3;
  distill.training.epochs = 2;
  distill.training.batch_size = 8;
  distill.schedule.type = config::ScheduleType::cosine;
  const auto synthetic = [](std::int64_t number) { return synthesis::numbered_sound(number, 1).waveform; };
  const auto distilled = distillation::run_distillation(distill, {}, synthetic);
  CHECK(distilled.json["student"]["embedding_size"] == 6);
  CHECK(distilled.json["sounds"]["recorded"] == 20);
  CHECK(distilled.json["epochs_run"] == 2);
  CHECK_THAT(distillation::distillation_summary(distilled), Contains("student.pt"));
  runs::RunOptions skip;
  skip.skip_finished = true;
  CHECK(distillation::run_distillation(distill, skip, synthetic).was_finished);

  place.experiment.backbone.weights = (distilled.folder / "student.pt").string();
  const auto used = protocols::run_experiment(place.experiment, {});
  CHECK(used.json["weights_digest"] == distilled.json["student"]["weights_digest"]);
  CHECK(used.json["export_difference"].get<double>() <= 1e-4);
}
