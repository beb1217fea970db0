// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "charts/charts.h"
#include "evaluation/baseline.h"
#include "evaluation/metrics.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

/// What a run or an evaluation gave, as one page with sounds and numbers.
namespace soundfold::run_report {

using evaluation::Baseline;
using evaluation::NamedScore;

/// One recording of the data.
struct ReportSound {
  std::string name;                           ///< its id
  std::string file;                           ///< where it is, for ReportAudio::link
  std::string fragment;                       ///< "#t=1.000,2.500" of a stretch of that file; empty: all of it
  std::string labels;                         ///< its classes, as text
  std::int64_t class_number = 0;              ///< its class on the map: the first of its labels
  std::vector<NamedScore> backbone_classes;   ///< those with the highest scores, highest first; may be empty
  double x = std::nan(""), y = std::nan("");  ///< its place on the map; NaN: it has none
};

/// A training clip that is like another clip.
struct Neighbour {
  std::size_t sound = 0;  ///< in ReportInput::sounds
  double cosine = 0;      ///< of the two clips' mean embeddings
};

/// One answer of the model to a test clip. K classes, P windows.
struct ReportClip {
  std::size_t sound = 0;                     ///< in ReportInput::sounds; with several seeds more than one clip has it
  std::string round;                         ///< which training answered; empty where there is only one
  std::vector<std::int64_t> truth;           ///< its labels
  std::vector<std::int64_t> predicted;       ///< the classes it was given
  std::vector<double> probabilities;         ///< [K]
  std::vector<std::vector<double>> windows;  ///< [P][K] probabilities of each window; may be empty
  std::vector<Neighbour> neighbours;         ///< nearest training clips of that round, nearest first; may be empty
};

/// What the backbone makes of the test clips of one class.
struct BackboneView {
  std::vector<std::string> matched;    ///< its classes that mean this class; may be empty
  bool by_name = false;                ///< one of them is of the same name
  std::int64_t correct = 0;            ///< clips of this class that these classes alone would give right
  std::vector<NamedScore> top_scores;  ///< its classes with the highest mean score over the clips of this class
};

/// One training: a round of a cross-validation, or the only one.
struct ReportRound {
  std::string name;  ///< "seed 1, fold 3"
  std::int64_t clips = 0, correct = 0;
  std::vector<charts::CurvePoint> epochs;
  std::int64_t best_epoch = 0;  ///< 0: none is marked
  std::int64_t stop_epoch = 0;  ///< the last epoch when training was stopped early; else 0
};

/// A value that was measured in each epoch, of a training without classes.
struct ReportMeasure {
  std::string name;                                           ///< with its unit
  std::vector<std::pair<double, double>> training, held_out;  ///< epoch, value
};

/// One member of a sweep.
struct ReportMember {
  std::string name;
  std::vector<std::string> settings;  ///< in the order of the keys
  double value = std::nan("");        ///< of the metric; NaN when it failed
  std::string problem;
};

/// A sweep, best member first.
struct ReportSweep {
  std::vector<std::string> keys;
  std::string metric;
  std::vector<ReportMember> members;
};

/// HTML that plays the recording of this id on the page, or "" when it is not there.
using HearLink = std::function<std::string(const std::string& clip_id)>;

/// All that a page shows, as plain values; a part that is empty is left out of the page.
struct ReportInput {
  std::string title;
  std::string protocol;            ///< one sentence: which clips, and how they were kept from training
  std::vector<std::string> notes;  ///< what a reader should know of them, one sentence each
  std::vector<std::string> class_names;
  bool multi_label = false;
  bool shows_validation = false;  ///< `clips` are the validation clips, as there are no test clips
  evaluation::Metrics metrics;    ///< of the clips
  nlohmann::json evaluation;      ///< evaluation::json_report of the same, as it is in the run's result
  std::vector<ReportClip> clips;
  std::vector<ReportSound> sounds;
  double window_seconds = 0.96;
  double window_hop_seconds = 0;  ///< between the starts of windows; 0: unknown, and they are not drawn
  /// The 16 kHz mono samples of sounds[index]; called for those shown only. DataError: the clip is shown without sound
  /// and pictures, and with the message. Not set: none has any.
  std::function<std::vector<float>(std::size_t index)> samples;
  std::string backbone_name = "YAMNet";
  std::vector<BackboneView> backbone_views;  ///< [K], or empty
  std::vector<Baseline> baselines;           ///< besides the majority class
  std::vector<ReportRound> rounds;
  std::vector<std::pair<std::string, std::string>> round_summary;  ///< means and deviations: name and value
  std::vector<ReportMeasure> measures;
  ReportSweep sweep;
  std::function<std::string(const HearLink& hear)> audit;    ///< HTML of the section on faults of the data
  std::vector<std::pair<std::string, std::string>> outcome;  ///< for the headline of a run without test: name, value
  std::vector<std::pair<std::string, std::string>> facts;    ///< digests, versions, licences: name and value
  std::vector<std::string> commands;                         ///< to repeat it
  std::string configuration;                                 ///< as YAML
};

}  // namespace soundfold::run_report
