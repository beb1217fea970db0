// SPDX-License-Identifier: Apache-2.0
#include "evaluation/statistics.h"
#include "run_report/internal/sections.h"
#include "text/json_number.h"

namespace soundfold::run_report {
namespace {

nlohmann::json clips_json(const ReportInput& input) {
  auto clips = nlohmann::json::array();
  for (const auto& clip : input.clips) {
    nlohmann::json entry = {{"sound", clip.sound},
                            {"truth", clip.truth},
                            {"predicted", clip.predicted},
                            {"probability", number_or_null(confidence(input, clip))}};
    if (!clip.round.empty()) entry["round"] = clip.round;
    clips.push_back(std::move(entry));
  }
  return clips;
}

nlohmann::json sounds_json(const ReportInput& input) {
  auto sounds = nlohmann::json::array();
  for (const auto& sound : input.sounds) {
    nlohmann::json entry = {{"name", sound.name}, {"labels", sound.labels}};
    if (std::isfinite(sound.x)) {
      entry["x"] = sound.x;
      entry["y"] = number_or_null(sound.y);
    }
    sounds.push_back(std::move(entry));
  }
  return sounds;
}

nlohmann::json rounds_json(const ReportInput& input) {
  auto rounds = nlohmann::json::array();
  for (const auto& round : input.rounds) {
    auto epochs = nlohmann::json::array();
    for (const auto& epoch : round.epochs) {
      epochs.push_back({{"epoch", epoch.epoch},
                        {"loss", number_or_null(epoch.loss)},
                        {"accuracy", number_or_null(epoch.accuracy)},
                        {"validation_loss", number_or_null(epoch.validation_loss)},
                        {"validation_accuracy", number_or_null(epoch.validation_accuracy)}});
    }
    rounds.push_back({{"name", round.name},
                      {"clips", round.clips},
                      {"correct", round.correct},
                      {"best_epoch", round.best_epoch},
                      {"epochs", epochs}});
  }
  return rounds;
}

nlohmann::json sweep_json(const ReportSweep& sweep) {
  auto members = nlohmann::json::array();
  for (const auto& member : sweep.members) {
    members.push_back({{"name", member.name}, {"settings", member.settings}, {"value", number_or_null(member.value)}});
  }
  return {{"keys", sweep.keys}, {"metric", sweep.metric}, {"members", members}};
}

}  // namespace

nlohmann::json page_numbers(const ReportInput& input) {
  nlohmann::json numbers = {{"evaluation", input.evaluation}};
  if (!input.clips.empty()) {
    const auto limits = evaluation::wilson_interval(input.metrics.correct, input.metrics.sample_count);
    numbers["interval"] = {limits.low, limits.high};
    numbers["clips"] = clips_json(input);
  }
  if (!input.sounds.empty()) numbers["sounds"] = sounds_json(input);
  for (const auto& baseline : input.baselines) {
    numbers["baselines"].push_back({{"what", baseline.what}, {"correct", baseline.correct}, {"clips", baseline.clips}});
  }
  if (!input.rounds.empty()) numbers["rounds"] = rounds_json(input);
  if (!input.sweep.members.empty()) numbers["sweep"] = sweep_json(input.sweep);
  for (const auto& measure : input.measures) {
    numbers["measures"].push_back(
        {{"name", measure.name}, {"training", measure.training}, {"held_out", measure.held_out}});
  }
  return numbers;
}

}  // namespace soundfold::run_report
