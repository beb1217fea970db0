// SPDX-License-Identifier: Apache-2.0
#include "evaluation/saved_predictions.h"

#include "support/errors.h"
#include "text/csv.h"
#include "text/text.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace soundfold::evaluation {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kFirstClass = 3;  // after clip, truth, predicted

/// A clip's rows taken together.
struct TestedClip {
  std::string truth, predicted;
  std::size_t times = 0;
  std::vector<double> probabilities;  ///< sums over the times
};

struct TestedClips {
  std::vector<std::string> class_names;
  std::map<std::string, TestedClip> by_id;
  bool several_labels = false;
};

std::vector<fs::path> prediction_files(const fs::path& run) {
  if (!fs::is_directory(run)) throw UsageError(run.string() + ": no such run folder");
  if (fs::is_regular_file(run / "predictions.csv")) return {run / "predictions.csv"};
  std::vector<fs::path> files;
  std::error_code failed;
  for (const auto& round : fs::directory_iterator(run / "rounds", failed)) {
    if (fs::is_regular_file(round.path() / "predictions.csv")) files.push_back(round.path() / "predictions.csv");
  }
  std::sort(files.begin(), files.end());
  if (!files.empty()) return files;
  throw UsageError(run.string() + ": holds neither predictions.csv nor rounds/*/predictions.csv; " +
                   (fs::is_directory(run / "sweep")
                        ? "of a sweep name one member, such as " + (run / "sweep/001").string()
                        : "it is no finished run with a test"));
}

double probability_at(const CsvTable& table, std::size_t row, const std::string& column) {
  const auto& text = table.at(row, column);
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1)) {
    throw DataError(table.where(row) + ": " + shown(column) + " is no probability: " + shown(text));
  }
  return value;
}

void add_file(const fs::path& file, TestedClips& all) {
  const auto table = CsvTable::read(file);
  const auto& header = table.header();
  const bool begins =
      header.size() > kFirstClass && header[0] == "clip" && header[1] == "truth" && header[2] == "predicted";
  if (!begins) throw DataError(file.string() + ": its first columns are not clip, truth, predicted and a class");
  const std::vector<std::string> names(header.begin() + kFirstClass, header.end());
  if (!all.class_names.empty() && all.class_names != names) {
    throw DataError(file.string() + ": its classes are not those of the other rounds");
  }
  all.class_names = names;
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    auto& clip = all.by_id[table.at(row, "clip")];
    if (clip.times > 0 && clip.truth != table.at(row, "truth")) {
      throw DataError(table.where(row) + ": the label of " + shown(table.at(row, "clip")) + " is not that of before");
    }
    clip.truth = table.at(row, "truth");
    clip.predicted = table.at(row, "predicted");
    ++clip.times;
    clip.probabilities.resize(names.size());
    for (std::size_t k = 0; k < names.size(); ++k) clip.probabilities[k] += probability_at(table, row, names[k]);
    for (const auto& given : {clip.truth, clip.predicted}) {
      all.several_labels = all.several_labels || std::find(names.begin(), names.end(), given) == names.end();
    }
  }
}

/// The answer of the mean probabilities.
std::string mean_answer(const TestedClip& clip, const TestedClips& all) {
  const auto& sums = clip.probabilities;
  if (!all.several_labels) {
    return all.class_names[static_cast<std::size_t>(std::max_element(sums.begin(), sums.end()) - sums.begin())];
  }
  std::vector<std::string> given;
  for (std::size_t k = 0; k < sums.size(); ++k) {
    if (sums[k] > 0.5 * static_cast<double>(clip.times)) given.push_back(all.class_names[k]);
  }
  return join(given, "; ");
}

}  // namespace

std::size_t SavedPredictions::correct() const {
  return static_cast<std::size_t>(std::count_if(clips.begin(), clips.end(), [](const auto& c) { return c.right(); }));
}

SavedPredictions saved_predictions(const fs::path& run) {
  TestedClips all;
  for (const auto& file : prediction_files(run)) add_file(file, all);
  if (all.by_id.empty()) throw DataError(run.string() + ": its predictions hold no clip");
  SavedPredictions result;
  result.run = run.string();
  result.times = all.by_id.begin()->second.times;
  for (const auto& [id, clip] : all.by_id) {
    if (clip.times != result.times) {
      throw DataError(run.string() + ": " + shown(id) + " was tested " + std::to_string(clip.times) +
                      " times, others " + std::to_string(result.times) + "; the run is not finished, resume it");
    }
    SavedPrediction one{id, clip.truth, clip.times > 1 ? mean_answer(clip, all) : clip.predicted};
    const auto given = std::find(all.class_names.begin(), all.class_names.end(), one.predicted);
    if (given != all.class_names.end()) {
      const auto k = static_cast<std::size_t>(given - all.class_names.begin());
      one.probability = clip.probabilities[k] / static_cast<double>(clip.times);
    }
    result.clips.push_back(std::move(one));
  }
  return result;
}

}  // namespace soundfold::evaluation
