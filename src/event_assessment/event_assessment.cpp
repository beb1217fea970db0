// SPDX-License-Identifier: Apache-2.0
#include "event_assessment/event_assessment.h"

#include "event_assessment/annotated_recordings.h"
#include "event_assessment/model_rules.h"
#include "event_assessment/recording_scores.h"
#include "event_assessment/rule_comparison.h"
#include "event_fitting/event_fitting.h"
#include "event_scoring/event_measures.h"
#include "event_scoring/measures_text.h"
#include "runtime/load_classifier.h"
#include "runtime/model_path.h"
#include "support/errors.h"
#include "support/logging.h"
#include "support/progress.h"
#include "support/threads.h"
#include "text/json_number.h"
#include "text/table.h"
#include "text/text.h"

#include <cmath>
#include <mutex>
#include <utility>

namespace soundfold::event_assessment {
namespace {

namespace fs = std::filesystem;
using event_fitting::ScoredRecording;

/// A model with the rules that it has.
struct AssessedModel {
  fs::path path;
  std::unique_ptr<runtime::Classifier> classifier;
  std::string digest;
  bool fitted = false;  ///< its file has rules
};

AssessedModel load_model(const AssessmentRequest& request) {
  if (request.model.empty()) throw UsageError("events need a model: give --model MODEL or --run FOLDER");
  AssessedModel model;
  model.path = runtime::model_path(request.model, runtime::FirstChoice::plain);
  if (!runtime::is_model_file(model.path)) {
    throw UsageError(model.path.string() + ": events are evaluated with a model.safetensors, which holds their rules");
  }
  auto file = runtime::read_model_file(model.path);
  model.digest = scores_digest(file);
  model.fitted = file.event_rules.has_value();
  model.classifier = runtime::classifier_of(std::move(file), model.path.string());
  model.classifier->leave_out_appended();  // annotations are of the model's own classes
  const double fitted_hop_s = model.classifier->event_rules().hop_s;
  if (request.hop_s) {
    model.classifier->set_window_hop(*request.hop_s);
  } else if (fitted_hop_s > 0) {
    model.classifier->set_window_hop(fitted_hop_s);
  }
  return model;
}

/// Scores of all recordings, from the folder of scores where they are.
std::vector<ScoredRecording> scores_of(const AssessedModel& model, const std::vector<events::Recording>& recordings,
                                       const AssessmentRequest& request) {
  std::optional<ScoreFolder> folder;
  if (!request.scores.empty()) folder.emplace(request.scores, model.digest);
  double total_s = 0;
  for (const auto& recording : recordings) total_s += recording.seconds;
  Progress progress("scoring", std::llround(total_s), "s of sound");
  std::mutex mutex;
  double done_s = 0;
  const auto advance = [&](double seconds) {
    const std::lock_guard lock(mutex);
    const auto before = std::llround(done_s);
    done_s += seconds;
    progress.advance(std::llround(done_s) - before);
  };
  std::vector<ScoredRecording> scored(recordings.size());
  share_work(recordings.size(), thread_count(request.threads), {}, [&](std::size_t i) {
    const fs::path path = recordings[i].path;
    const double hop_s = model.classifier->window_hop_seconds();
    auto kept = folder ? folder->find(path, hop_s) : std::nullopt;
    if (kept) {
      progress.skip(std::llround(recordings[i].seconds));
      scored[i] = std::move(*kept);
      return;
    }
    scored[i] = score_recording(*model.classifier, path, advance);
    if (folder) folder->keep(scored[i]);
  });
  return scored;
}

/// Lengths as they were decoded: headers may be wrong. Throws DataError for an event beyond.
void take_lengths(const std::vector<ScoredRecording>& scored, std::vector<events::Recording>& recordings) {
  constexpr double kToleranceS = 0.1;
  for (std::size_t i = 0; i < scored.size(); ++i) {
    recordings[i].seconds = scored[i].seconds;
    for (const auto& event : recordings[i].events) {
      if (event.end_s <= scored[i].seconds + kToleranceS) continue;
      throw DataError(recordings[i].path + " has " + fixed(scored[i].seconds, 2) + " s, and an event ends at " +
                      fixed(event.end_s, 2) + " s; do the annotations belong to it?");
    }
  }
}

/// The classes that have a rule, which alone are measured.
std::vector<std::string> measured_classes(const std::vector<std::string>& class_names,
                                          const events::EventRules& rules) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < class_names.size(); ++k) {
    if (rules.of_class[k]) names.push_back(class_names[k]);
  }
  return names;
}

event_scoring::Measures measures_by(const events::EventRules& rules, const ComparedScores& scores,
                                    const event_scoring::ScoringOptions& options) {
  const auto names = measured_classes(scores.class_names, rules);
  std::vector<event_scoring::BlockCounts> blocks;
  for (std::size_t i = 0; i < scores.scored.size(); ++i) {
    const auto events = event_fitting::events_of(scores.scored[i], scores.class_names, rules);
    for (auto& block : event_scoring::count_events(scores.references[i], events, names, options)) {
      blocks.push_back(std::move(block));
    }
  }
  return event_scoring::measures_of(event_scoring::sum_of(blocks));
}

std::string fit_text(const event_fitting::FittedRules& fitted, const std::vector<std::string>& class_names) {
  using Align = TextTable::Align;
  TextTable table({{"class"},
                   {"on", Align::right},
                   {"off", Align::right},
                   {"smooth s", Align::right},
                   {"least s", Align::right},
                   {"gap s", Align::right},
                   {"trim s", Align::right},
                   {"event F1 %", Align::right},
                   {"held out %", Align::right},
                   {"false alarms/h", Align::right},
                   {"held out", Align::right}});
  for (std::size_t k = 0; k < class_names.size(); ++k) {
    if (!fitted.of_class[k]) continue;
    const auto& of_class = *fitted.of_class[k];
    const auto& rule = of_class.rule;
    table.add({class_names[k], fixed(rule.on, 3), fixed(rule.off, 3), fixed(rule.smooth_s, 2),
               fixed(rule.min_duration_s, 2), fixed(rule.max_gap_s, 2), fixed(rule.trim_s, 2),
               fixed(100 * of_class.event_f1, 1), fixed(100 * of_class.checked_event_f1, 1),
               fixed(of_class.false_alarms_per_hour, 2), fixed(of_class.checked_false_alarms_per_hour, 2)});
  }
  return table.text();
}

nlohmann::json fit_json(const event_fitting::FittedRules& fitted, const std::vector<std::string>& class_names) {
  nlohmann::json json = {{"rules", events::to_json(fitted.rules, class_names)}};
  for (std::size_t k = 0; k < class_names.size(); ++k) {
    if (!fitted.of_class[k]) continue;
    json["cross_validation"][class_names[k]] = {
        {"event_f1", number_or_null(fitted.of_class[k]->checked_event_f1)},
        {"false_alarms_per_hour", number_or_null(fitted.of_class[k]->checked_false_alarms_per_hour)}};
  }
  return json;
}

/// Of a TorchScript file beside the model, which holds no rules.
std::string torchscript_note(const fs::path& model) {
  const auto beside = fs::path(model).replace_extension(".pt");
  if (!fs::exists(beside)) return "";
  return "Not into " + beside.string() +
         ": its graph knows windows, not events; with both files together, classifier " +
         "and server take the rules of " + model.filename().string() + "\n";
}

/// Fits, reports into `assessment`, and writes the model. Returns the new rules.
events::EventRules fit_and_write(const AssessedModel& model, const ComparedScores& scores,
                                 const AssessmentRequest& request, Assessment& assessment) {
  event_fitting::FitOptions options;
  options.most_false_alarms_per_hour = request.most_false_alarms_per_hour;
  options.scoring = request.scoring;
  options.threads = thread_count(request.threads);
  const auto fitted = event_fitting::fit_rules(scores.scored, scores.references, scores.class_names, options);
  write_rules(model.path, fitted.rules);
  const auto after = measures_by(fitted.rules, scores, request.scoring);
  const auto names = measured_classes(scores.class_names, fitted.rules);
  assessment.json["fit"] = fit_json(fitted, scores.class_names);
  assessment.json["after"] = event_scoring::measures_json(after, names);
  assessment.text += "\nRules fitted to these recordings, with what they measure on blocks held out from the fit\n" +
                     fit_text(fitted, scores.class_names) + "\nWith them\n" +
                     event_scoring::measures_text(after, names) + "\nWritten into " + model.path.string() + "\n" +
                     torchscript_note(model.path);
  return fitted.rules;
}

}  // namespace

Assessment assess_events(const AssessmentRequest& request) {
  const AssessedModel model = load_model(request);
  const auto& class_names = model.classifier->class_names();
  auto annotated = read_annotations(request.annotations, request.recordings, class_names);
  if (!annotated.ignored.empty()) {
    logger().warn("labels that are no class of the model, and are ignored: {}", shown(join(annotated.ignored)));
  }
  const auto scored = scores_of(model, annotated.recordings, request);
  take_lengths(scored, annotated.recordings);
  const ComparedScores scores{scored, annotated.recordings, class_names};
  auto rules = model.classifier->event_rules();
  const auto measures = measures_by(rules, scores, request.scoring);
  const auto names = measured_classes(class_names, rules);
  Assessment assessment;
  assessment.json = {{"model", model.path.string()},
                     {"recordings", annotated.recordings.size()},
                     {"hop_s", model.classifier->window_hop_seconds()},
                     {"rules_fitted", model.fitted},
                     {"measures", event_scoring::measures_json(measures, names)}};
  assessment.text = grouped(static_cast<std::int64_t>(scored.size())) + " recordings, " +
                    duration_text(measures.seconds) + ", a window every " +
                    fixed(model.classifier->window_hop_seconds(), 2) + " s, " +
                    (model.fitted ? "the model's fitted rules" : "default rules (none were fitted)") + "\n" +
                    event_scoring::measures_text(measures, names);
  if (request.fit) rules = fit_and_write(model, scores, request, assessment);
  if (request.compare) {
    const auto comparison = compare_rules(scores, rules, request.scoring);
    assessment.json["comparison"] = comparison.json;
    assessment.text += "\nOther programs' rules on the same scores (95 % intervals)\n" + comparison.text;
  }
  return assessment;
}

}  // namespace soundfold::event_assessment
