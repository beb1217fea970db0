// SPDX-License-Identifier: Apache-2.0
#include "own_data/check_data.h"

#include "audit/file_digests.h"
#include "audit/findings_text.h"
#include "audit/material.h"
#include "own_data/overview.h"
#include "own_data/overview_text.h"
#include "own_data/small_weights.h"
#include "support/errors.h"
#include "support/logging.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace soundfold::own_data {
namespace {

audit::Findings findings_of(const config::Experiment& experiment, const Overview& overview) {
  std::vector<std::filesystem::path> paths;
  for (const auto& clip : overview.data.clips) paths.push_back(clip.path);
  const auto digests = audit::digests_of_equal_sizes(paths, nullptr, static_cast<int>(experiment.run.threads));
  auto material = audit::gather_files(overview.data, overview.parts, digests, overview.facts);
  material.in_class_folders = experiment.data.layout == config::Layout::folders;
  return audit::find_all(material);
}

std::string check_text(const config::Experiment& experiment, const Overview& overview, audit::Findings found) {
  std::string text;
  for (const auto& line : overview_lines(experiment, overview, std::numeric_limits<std::size_t>::max())) {
    text += line + "\n";
  }
  if (overview.trainings > 0) text += "  " + cost_text(experiment, overview) + "\n";
  found.description = "\nFindings";  // the overview describes the data
  text += audit::findings_text(found) + "\n";
  for (const auto& obstacle : overview.obstacles) text += "A training would be refused: " + obstacle + "\n";
  return text + (overview.obstacles.empty() ? "Nothing keeps a training from starting.\n" : "");
}

std::string check_json(const config::Experiment& experiment, const Overview& overview, const audit::Findings& found) {
  auto json = audit::findings_json(found);
  json["name"] = experiment.name;
  json["clips"] = overview.data.clips.size();
  json["seconds"] = seconds_of(overview);
  json["splits"] = overview.splits.description;
  json["trainings"] = overview.trainings;
  json["remarks"] = overview.remarks;
  json["obstacles"] = overview.obstacles;
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

void announce_data(const config::Experiment& experiment) {
  const auto overview = look_at_data(experiment, Look::headers);
  for (const auto& line : overview_lines(experiment, overview)) logger().info("{}", line);
  if (!overview.obstacles.empty()) throw DataError(overview.obstacles.front());
  provide_weights(experiment.backbone.weights);
}

int check_data(const config::Experiment& experiment, bool json) {
  auto overview = look_at_data(experiment, Look::files);
  if (const auto note = small_weights_note(experiment.backbone.weights); !note.empty()) {
    overview.remarks.insert(overview.remarks.begin(), note);
  }
  if (auto missing = missing_weights(experiment.backbone.weights); !missing.empty()) {
    overview.obstacles.push_back(std::move(missing));
  }
  auto found = findings_of(experiment, overview);
  const auto text = json ? check_json(experiment, overview, found) : check_text(experiment, overview, std::move(found));
  std::fputs(text.c_str(), stdout);
  return overview.obstacles.empty() ? 0 : 1;
}

}  // namespace soundfold::own_data
