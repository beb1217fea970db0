// SPDX-License-Identifier: Apache-2.0
#include "charts/charts.h"
#include "charts/epoch_file.h"
#include "plotting/internal/plots.h"
#include "support/errors.h"
#include "support/files.h"
#include "text/json_depth.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace soundfold::plotting {
namespace fs = std::filesystem;
namespace {

nlohmann::json read_json(const fs::path& file) {
  const auto text = read_file(file);
  auto json = nested_deeper_than(text) ? nlohmann::json() : nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) throw DataError(file.string() + ": not a JSON object");
  return json;
}

/// The file in a run's folder, or the file itself.
fs::path file_of(const fs::path& input, const char* name) {
  if (!fs::is_directory(input)) return input;
  if (fs::is_regular_file(input / name)) return input / name;
  const std::string advice =
      fs::is_directory(input / "rounds")
          ? "it is a cross-validation, whose rounds have one each: give a folder of " + (input / "rounds").string()
          : std::string("give the folder of a run that has one");
  throw UsageError(input.string() + ": no " + name + " in it; " + advice);
}

struct Confusion {
  std::vector<std::vector<std::int64_t>> counts;
  std::vector<std::string> class_names;
};

/// Throws nlohmann's errors for what is not of that form.
Confusion confusion_in(const nlohmann::json& evaluation) {
  Confusion confusion;
  evaluation.at("class_names").get_to(confusion.class_names);
  evaluation.at("clips").at("confusion").get_to(confusion.counts);
  const auto count = confusion.class_names.size();
  bool square = confusion.counts.size() == count && count > 0;
  for (const auto& row : confusion.counts) square = square && row.size() == count;
  if (!square) throw DataError("its confusion matrix does not have a row and a column for each class");
  return confusion;
}

/// The evaluation in the result of a run: of its test clips, or of all rounds together. Otherwise all of it.
const nlohmann::json& evaluation_in(const nlohmann::json& json) {
  for (const char* key : {"test", "pooled"}) {
    const auto found = json.find(key);
    if (found != json.end() && found->is_object()) return *found;
  }
  return json;
}

}  // namespace

std::string plot_confusion(const PlotRequest& request) {
  const auto file = file_of(request.input, "result.json");
  const auto json = read_json(file);
  Confusion confusion;
  try {
    confusion = confusion_in(evaluation_in(json));
  } catch (const nlohmann::json::exception&) {
    throw DataError(file.string() +
                    ": holds no confusion matrix; give the output of evaluator --json or the result.json of a run that "
                    "tested (with several labels per clip there is no such matrix)");
  } catch (const DataError& fault) {
    throw DataError(file.string() + ": " + fault.what());
  }
  constexpr double kLeastSide = 420, kMostSide = 4'000, kCell = 16;
  const double side = std::clamp(kCell * static_cast<double>(confusion.counts.size()), kLeastSide, kMostSide);
  return charts::confusion_picture(confusion.counts, confusion.class_names, {}, side);
}

std::string plot_curves(const PlotRequest& request) {
  const auto file = file_of(request.input, "metrics.jsonl");
  if (!fs::is_regular_file(file)) throw DataError(file.string() + ": no such file");
  std::int64_t best = 0;
  const auto epochs = charts::epochs_of(file, best);
  if (epochs.empty()) {
    throw DataError(file.string() + ": holds no epochs; give the metrics.jsonl of a run, or its folder");
  }
  return charts::curves_picture(epochs, best);
}

}  // namespace soundfold::plotting
