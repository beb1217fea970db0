// SPDX-License-Identifier: Apache-2.0
#include "report_data/write_report.h"

#include "report/sound_data.h"
#include "report_data/internal/distillation_input.h"
#include "report_data/internal/run_input.h"
#include "run_report/run_report.h"
#include "support/files.h"
#include "support/logging.h"

#include <exception>
#include <functional>

namespace soundfold::report_data {
namespace fs = std::filesystem;
namespace {

fs::path report_file(const fs::path& run) {
  return run / "report.html";
}

void write_or_warn(const config::Experiment& experiment, const fs::path& run,
                   const std::function<run_report::ReportInput()>& input) {
  if (!experiment.report.enabled) return;
  try {
    run_report::ReportOptions options;
    options.audio = report::audio_named(name_of(experiment.report.audio));
    write_file_atomically(report_file(run), run_report::run_report(input(), options));
  } catch (const std::exception& error) {  // whatever it is: the run is finished, and its result is on the disk
    logger().warn("{} was not written: {}", report_file(run).string(), error.what());
  }
}

}  // namespace

void write_run_report(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                      const nlohmann::json& result, const fs::path& run) {
  write_or_warn(experiment, run, [&] { return run_input(experiment, prepared, result, run); });
}

void write_distillation_report(const config::Experiment& experiment, const nlohmann::json& result,
                               const fs::path& run) {
  write_or_warn(experiment, run, [&] { return distillation_input(experiment, result, run); });
}

bool has_report(const fs::path& run) {
  std::error_code error;
  return fs::is_regular_file(report_file(run), error);
}

std::string report_line(const fs::path& run) {
  if (!has_report(run)) return "";
  return "Report: " + report::file_address(absolute_name(report_file(run).string())) + "\n";
}

}  // namespace soundfold::report_data
