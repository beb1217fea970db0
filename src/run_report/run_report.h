// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report/sound_data.h"
#include "run_report/report_input.h"

#include <string>

namespace soundfold::run_report {

using report::ReportAudio;

struct ReportOptions {
  ReportAudio audio = ReportAudio::embed;
  std::size_t most_mistakes = 40;    ///< shown; the page says how many there are
  std::size_t most_unsure = 8;       ///< right ones of the lowest probability
  std::size_t most_right = 100;      ///< two right ones of each class, up to this many in all
  std::size_t most_neighbours = 48;  ///< training clips to hear, besides those that are shown anyway
  double most_seconds = 20;          ///< of each clip, from its start
};

/// The page, one file of HTML that needs no other and no network (except the sound files of ReportAudio::link), and
/// that is read without JavaScript. Each sound is in it once. Its one <script type="application/json"> has the numbers
/// (docs/report.md). Throws UsageError when the input's parts do not fit together.
std::string run_report(const ReportInput& input, const ReportOptions& options = {});

}  // namespace soundfold::run_report
