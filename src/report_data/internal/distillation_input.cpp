// SPDX-License-Identifier: Apache-2.0
#include "report_data/internal/distillation_input.h"

#include "charts/epoch_file.h"
#include "report_data/internal/facts.h"
#include "text/text.h"

#include <array>

namespace soundfold::report_data {
namespace {

struct Measured {
  const char* name;
  const char* training;
  const char* held_out;
};

constexpr std::array<Measured, 3> kMeasured = {
    {{"loss", "loss", "validation_loss"},
     {"embedding distance", "embedding_distance", "validation_embedding_distance"},
     {"score divergence", "score_divergence", "validation_score_divergence"}}};

}  // namespace

run_report::ReportInput distillation_input(const config::Experiment& experiment, const nlohmann::json& result,
                                           const std::filesystem::path& run) {
  run_report::ReportInput input;
  const auto lines = charts::epoch_lines(run / "metrics.jsonl");
  for (const auto& measured : kMeasured) {
    run_report::ReportMeasure measure;
    measure.name = measured.name;
    for (const auto& line : lines) {
      const double epoch = charts::number_of(line, "epoch");
      measure.training.emplace_back(epoch, charts::number_of(line, measured.training));
      measure.held_out.emplace_back(epoch, charts::number_of(line, measured.held_out));
    }
    if (!lines.empty()) {
      input.outcome.emplace_back(measure.name + ", last epoch: training; held out",
                                 fixed(charts::number_of(lines.back(), measured.training), 4) + "; " +
                                     fixed(charts::number_of(lines.back(), measured.held_out), 4));
    }
    input.measures.push_back(std::move(measure));
  }
  const auto student = result.value("student", nlohmann::json::object());
  input.outcome.emplace_back("student", student.value("file", ""));
  input.outcome.emplace_back("values", grouped(student.value("parameters", std::int64_t{0})));
  input.outcome.emplace_back("embedding size", std::to_string(student.value("embedding_size", std::int64_t{0})));
  input.protocol = "A smaller network, trained to give the embeddings and scores of its teacher.";
  if (const auto sounds = result.find("sounds"); sounds != result.end()) {
    input.notes.push_back("Sounds: " + sounds->value("description", ""));
  }
  input.evaluation = nullptr;
  add_origin(experiment, result, run, input);
  input.facts.emplace_back("digest of the student's weights", student.value("weights_digest", ""));
  return input;
}

}  // namespace soundfold::report_data
