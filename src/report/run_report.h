// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/metrics.h"
#include "pictures/charts.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

/// A model's evaluation as one page with sounds and numbers.
namespace soundfold::report {

/// One clip and what the model answered. K classes, P windows.
struct ReportClip {
  std::string name;                          ///< its id
  std::string file;                          ///< where it is, for ReportAudio::link
  std::vector<std::int64_t> truth;           ///< its labels
  std::vector<std::int64_t> predicted;       ///< the classes it was given
  std::vector<double> probabilities;         ///< [K]
  std::vector<std::vector<double>> windows;  ///< [P][K] probabilities of each window; may be empty
};

/// One round of a cross-validation, or one seed.
struct ReportFold {
  std::string name;
  std::int64_t clips = 0, correct = 0;
};

/// All that a page shows, as plain values; a part that is empty is left out of the page.
struct ReportInput {
  std::string title;
  std::string protocol;            ///< one sentence: which clips, and how they were kept from training
  std::vector<std::string> notes;  ///< what a reader should know of them, one sentence each
  std::vector<std::string> class_names;
  bool multi_label = false;
  evaluation::Metrics metrics;    ///< of the clips
  std::vector<ReportClip> clips;  ///< those of `metrics`
  double window_seconds = 0.96;
  double window_hop_seconds = 0;  ///< between the starts of windows; 0: unknown, and they are not drawn
  /// The 16 kHz mono samples of clips[index]; called for the clips shown only. DataError: the clip is shown without
  /// sound and pictures, and with the message. Not set: none has any.
  std::function<std::vector<float>(std::size_t index)> sound;
  std::vector<pictures::CurvePoint> epochs;
  std::int64_t best_epoch = 0;  ///< 0: none is marked
  std::vector<ReportFold> folds;
  std::vector<std::pair<std::string, std::string>> facts;  ///< digests, versions: name and value
  std::string configuration;                               ///< as YAML
};

/// How sounds get into the page: in it, as links to the files where they are, or not at all.
enum class ReportAudio { embed, link, none };

/// Throws UsageError for a name that is not one of embed, link, none.
ReportAudio audio_named(const std::string& name);

struct ReportOptions {
  ReportAudio audio = ReportAudio::embed;
  std::size_t most_mistakes = 40;  ///< shown, worst first; the page says how many there are
  std::size_t most_unsure = 8;     ///< right ones of the lowest probability
  std::size_t most_right = 60;     ///< two right ones of each class, up to this many in all
  double most_seconds = 20;        ///< of each clip, from its start
};

/// The page, one file of HTML that needs no other and no network (except the sound files of ReportAudio::link), and
/// that is read without JavaScript. Throws UsageError when the input's parts do not fit together.
std::string run_report(const ReportInput& input, const ReportOptions& options = {});

}  // namespace soundfold::report
