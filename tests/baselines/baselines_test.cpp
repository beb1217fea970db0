// SPDX-License-Identifier: Apache-2.0
#include "baselines/baselines.h"

#include "baselines/clip_vectors.h"
#include "baselines/matched_classes.h"
#include "protocols/tiny_place.h"

#include <catch2/catch.hpp>

#include <array>

using namespace soundfold;
using namespace soundfold::baselines;

TEST_CASE("the nearest clips are those of the largest cosine, whatever their length", "[baselines]") {
  const auto embeddings = torch::tensor({1.0F, 0.0F, 10.0F, 1.0F, 0.0F, 2.0F, 1.0F, 1.0F}).reshape({4, 2});
  const auto near = nearest(embeddings, {0}, {1, 2, 3}, 2);
  // Cosines to (1, 0): 10 / sqrt(101) = 0.99504, 0 and 1 / sqrt(2) = 0.70711.
  CHECK(near.places[0][0].item<std::int64_t>() == 0);
  CHECK(near.places[0][1].item<std::int64_t>() == 2);
  CHECK(near.cosines[0][0].item<double>() == Approx(0.995037));
  CHECK(near.cosines[0][1].item<double>() == Approx(0.707107));
  CHECK(nearest(embeddings, {0}, {1, 2, 3}, 9).places.size(1) == 3);
}

TEST_CASE("classes of the backbone match by name, each of several names, or as head.known_classes says",
          "[baselines]") {
  const std::vector<std::string> own = {"vacuum_cleaner", "rooster", "washing_machine"};
  const std::vector<std::string> backbone = {"Vacuum cleaner", "Chicken, rooster", "Mechanisms", "Rooster"};
  const auto by_name = matched_classes({}, own, backbone);
  CHECK(by_name[0].rows == std::vector<std::size_t>{0});
  CHECK(by_name[1].rows == std::vector<std::size_t>{1, 3});
  CHECK(by_name[1].by_name);
  CHECK(by_name[2].rows.empty());
  CHECK_FALSE(by_name[2].by_name);
  const auto known = matched_classes({{"washing_machine", {"Mechanisms"}}}, own, backbone);
  CHECK(known[0].rows.empty());
  CHECK(known[0].by_name);
  CHECK(known[2].rows == std::vector<std::size_t>{2});
  CHECK_FALSE(known[2].by_name);
}

TEST_CASE("the backbone answers with the class of its highest matching score", "[baselines]") {
  const std::array<float, 4> scores = {0.1F, 0.7F, 0.4F, 0.7F};
  CHECK(answer_by_backbone(scores.data(), {{{0, 2}, false}, {{1}, true}, {{3}, true}}) == 1);
  CHECK(answer_by_backbone(scores.data(), {{{0, 2}, false}, {{}, false}}) == 0);
  CHECK(answer_by_backbone(scores.data(), {{{}, false}, {{}, false}}) == -1);
  const auto highest = highest_scores(scores.data(), {"a", "b", "c", "d"});
  REQUIRE(highest.size() == 3);
  CHECK(highest[0].name == "b");
  CHECK(highest[1].name == "d");
  CHECK(highest[2].name == "c");
  CHECK(highest[2].score == Approx(0.4));
  CHECK(highest_scores(scores.data(), {"a", "b"}).size() == 2);
  CHECK(backbone_name("data/yamnet") == "YAMNet");
  CHECK(backbone_name("student") == "the backbone");
}

TEST_CASE("baselines as text and as JSON", "[baselines]") {
  evaluation::Metrics metrics;
  metrics.sample_count = 16;
  metrics.classes = {{"cat", 6, 0, 0}, {"dog", 10, 0, 0}};
  const auto majority = majority_baseline(metrics);
  REQUIRE(majority);
  CHECK(majority->correct == 10);
  auto own = own_classes_baseline({{{3}, true}, {{}, false}}, "YAMNet");
  CHECK(own.note.find("1 of the 2 classes") == 0);
  own.correct = 15;
  own.clips = 16;
  const auto text = baselines_text({*majority, own});
  CHECK(text == "always dog 62.50 % (10/16), YAMNet's own classes 93.75 % (15/16)");
  const auto json = baselines_json({*majority, own});
  CHECK(json[0]["kind"] == "majority_class");
  CHECK(json[1]["accuracy"] == 0.9375);
  CHECK(baselines_text(baselines_from_json(json)) == text);
  CHECK(baselines_text(baselines_from_json(nullptr)).empty());
  CHECK_FALSE(majority_baseline({}));
}

TEST_CASE("the baselines of a run count its test clips, or without any its validation clips", "[baselines]") {
  testing::TinyPlace place;
  auto prepared = features::prepare_features(place.experiment, torch::kCPU);
  auto named = place.experiment;
  named.head.known_classes = {{"dog", {"class 0"}}};  // no class means rain: every answer is dog
  const auto found = run_baselines(named, prepared);
  REQUIRE(found.size() == 3);
  CHECK(found[0].kind == kMajorityClass);
  CHECK(found[0].correct == 2);
  CHECK(found[1].kind == kOwnClasses);
  CHECK(found[1].correct == 2);
  CHECK(found[2].kind == kNearestClip);
  for (const auto& baseline : found) CHECK(baseline.clips == 4);
  CHECK(run_baselines(place.experiment, prepared).size() == 2);  // "class 0" is no name of ours

  prepared.data.splits.test = prepared.data.splits.train;  // each clip is its own nearest
  const auto nearest_clip = run_baselines(place.experiment, prepared).back();
  CHECK(nearest_clip.clips == 8);
  CHECK(nearest_clip.correct == 8);

  prepared.data.splits.test.clear();
  const auto tests = tested_clips(place.experiment, prepared);
  REQUIRE(tests.size() == 1);
  CHECK(tests[0].validation);
  CHECK(tests[0].tested.size() == 4);
  prepared.data.splits.validation.clear();
  CHECK(run_baselines(place.experiment, prepared).empty());
}

TEST_CASE("the baselines of a cross-validation count every round", "[baselines]") {
  testing::TinyPlace place;
  place.experiment.protocol.type = config::ProtocolType::cross_validation;
  place.experiment.protocol.repeats = 2;
  place.experiment.folds = {};
  const auto prepared = features::prepare_features(place.experiment, torch::kCPU);
  CHECK(tested_clips(place.experiment, prepared).size() == 10);
  const auto found = run_baselines(place.experiment, prepared);
  REQUIRE(found.size() == 2);
  CHECK(found[0].clips == 40);
  CHECK(found[0].correct == 20);
  CHECK(found[1].clips == 40);
  CHECK(found[1].correct % 2 == 0);  // the same clips with both seeds
}
