// SPDX-License-Identifier: Apache-2.0
#include "config/options.h"
#include "config/relevance.h"
#include "heads/prediction.h"
#include "protocols/changed_option.h"
#include "protocols/tiny_place.h"
#include "rounds/round_training.h"
#include "support/errors.h"
#include "support/files.h"

#include <catch2/catch.hpp>

#include <regex>

using namespace soundfold;

namespace {

struct Learnt {
  std::string epochs;
  torch::Tensor test_logits;
};

Learnt learn(const config::Experiment& experiment, const std::filesystem::path& folder) {
  static const std::regex seconds("\"seconds\": ?[-+.e0-9]+");
  const auto prepared = features::prepare_features(experiment, torch::kCPU);
  auto outcome = rounds::train_round(experiment, prepared, {}, folder, "test");
  return {std::regex_replace(read_file(folder / "metrics.jsonl"), seconds, ""),
          heads::predict(outcome.head, prepared.sets.test).clip_logits};
}

}  // namespace

TEST_CASE("an option that is said to have no effect has none", "[protocols]") {
  testing::TinyPlace place;
  place.experiment.training.epochs = 2;
  SECTION("pooled clips, a linear head") {}
  SECTION("windows, a hidden layer, a schedule") {
    place.experiment.head.pooling = config::Pooling::window;
    place.experiment.head.hidden = {4};
    place.experiment.schedule.type = config::ScheduleType::reduce_on_plateau;
    place.experiment.optimizer.type = config::OptimizerType::sgd;
    place.experiment.silence.windows = config::SilentUse::drop;
  }
  const auto expected = learn(place.experiment, place.folder / "expected");
  int idle = 0;
  auto copy = place.experiment;
  for (const auto& named : config::options_of(copy)) {
    if (config::missing_for(named.key, place.experiment).empty()) continue;
    auto changed = place.experiment;
    for (const auto& option : config::options_of(changed)) {
      if (option.key == named.key) idle += testing::change_value(option) ? 1 : 0;
    }
    INFO(named.key);
    try {
      const auto learnt = learn(changed, place.folder / named.key);
      CHECK(learnt.epochs == expected.epochs);
      CHECK(torch::equal(learnt.test_logits, expected.test_logits));
    } catch (const UsageError&) {  // refused by the data set is as good
      --idle;
    }
  }
  CHECK(idle >= 30);
}
