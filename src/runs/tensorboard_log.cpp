// SPDX-License-Identifier: Apache-2.0
#include "runs/tensorboard_log.h"

#include "config/print.h"
#include "pictures/png.h"
#include "pictures/svg.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>

namespace soundfold::runs {
namespace {

using tensorboard::Event;

constexpr std::int64_t kResultStep = 0;

/// Keys of metrics.jsonl and where TensorBoard shows them.
const std::pair<const char*, const char*> kTags[] = {{"loss", "loss/training"},
                                                     {"validation_loss", "loss/validation"},
                                                     {"accuracy", "accuracy/training"},
                                                     {"validation_accuracy", "accuracy/validation"},
                                                     {"validation_clip_accuracy", "accuracy/validation_clips"}};

std::string tag_of(const std::string& key) {
  for (const auto& [name, tag] : kTags) {
    if (key == name) return tag;
  }
  return key;
}

/// Runs `body`; what goes wrong is logged and nothing more.
template <typename Body>
bool attempt(const std::filesystem::path& folder, Body body) {
  try {
    body();
    return true;
  } catch (const std::exception& error) {
    logger().warn("{}: no further events for TensorBoard: {}", folder.string(), shown(error.what(), 400));
    return false;
  }
}

/// As a cell of a Markdown table.
std::string cell(const std::string& text) {
  std::string result;
  for (const char c : pictures::shortened(text, 60)) result += c == '|' ? "\\|" : std::string(1, c);
  return result;
}

std::string percent(const nlohmann::json& share) {
  return share.is_number() ? fixed(100 * share.get<double>(), 1) : "-";
}

std::string class_table(const nlohmann::json& classes) {
  std::string text = "| class | clips | right | precision % | recall % | F1 % |\n|---|--:|--:|--:|--:|--:|\n";
  for (const auto& row : classes) {
    text += "| " + cell(row.at("name").get<std::string>()) + " | " + row.at("support").dump() + " | " +
            row.at("correct").dump() + " | " + percent(row.at("precision")) + " | " + percent(row.at("recall")) +
            " | " + percent(row.at("f1")) + " |\n";
  }
  return text;
}

std::string confusion_table(const nlohmann::json& confusion, const nlohmann::json& names) {
  std::string text = "| truth \\ given |", line = "\n|---|";
  for (const auto& name : names) {
    text += " " + cell(name.get<std::string>()) + " |";
    line += "--:|";
  }
  text += line + "\n";
  for (std::size_t row = 0; row < names.size(); ++row) {
    text += "| " + cell(names[row].get<std::string>()) + " |";
    for (const auto& count : confusion.at(row)) text += " " + count.dump() + " |";
    text += "\n";
  }
  return text;
}

/// Rows are true classes; the colour is the share of the row. TensorBoard takes one kind of value under one tag.
void add_confusion(Event& event, const nlohmann::json& confusion, const nlohmann::json& names) {
  event.text("test/confusion_counts", confusion_table(confusion, names));
  const auto counts = confusion.get<std::vector<std::vector<std::int64_t>>>();
  const std::size_t classes = counts.size(),
                    side = std::clamp<std::size_t>(480 / std::max<std::size_t>(1, classes), 1, 48);
  const std::size_t width = classes * side;
  if (width == 0) return;
  std::vector<std::uint8_t> levels(width * width);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const auto& row = counts.at(i / width / side);
    std::int64_t of_row = 0;
    for (const auto count : row) of_row += count;
    const double share =
        static_cast<double>(row.at(i % width / side)) / static_cast<double>(std::max<std::int64_t>(1, of_row));
    levels[i] = static_cast<std::uint8_t>(std::lround(share * (pictures::kLevels - 1)));
  }
  const auto size = static_cast<int>(width);
  event.image("test/confusion", pictures::png_of_levels(levels, size, size), size, size);
}

void add_evaluation(Event& event, const nlohmann::json& evaluation) {
  const auto& clips = evaluation.at("clips");
  for (const char* level : {"clips", "windows"}) {
    const auto& metrics = evaluation.at(level);
    for (const char* key : {"accuracy", "macro_f1", "mean_average_precision"}) {
      if (metrics.at(key).is_number()) event.scalar(std::string("test/") + level + "_" + key, metrics[key]);
    }
  }
  event.text("test/classes", class_table(clips.at("classes")));
  const auto confusion = clips.find("confusion");
  if (confusion != clips.end()) add_confusion(event, *confusion, evaluation.at("class_names"));
}

/// The evaluation in a run's result; null when it has none.
nlohmann::json evaluation_of(const nlohmann::json& result) {
  for (const char* key : {"test", "pooled"}) {
    const auto found = result.find(key);
    if (found != result.end() && found->is_object()) return *found;
  }
  return nullptr;
}

void write_members(const nlohmann::json& sweep, const std::filesystem::path& folder) {
  for (const auto& member : sweep.at("members")) {
    std::vector<std::pair<std::string, std::string>> settings;
    for (const auto& [key, value] : member.at("settings").items()) {
      settings.emplace_back(key, pictures::shortened(value.get<std::string>(), 200));
    }
    Event event(kResultStep);
    event.hyperparameters(settings);
    if (member.at("value").is_number()) event.scalar("sweep/" + sweep.at("metric").get<std::string>(), member["value"]);
    event.session_end(!member.contains("problem"));
    tensorboard::EventFile(folder / "sweep" / member.at("member").get<std::string>()).write(event);
  }
}

}  // namespace

void TensorboardLog::epoch(const nlohmann::json& line) {
  if (!wanted_) return;
  wanted_ = attempt(folder_, [&] {
    const auto number = line.at("epoch").get<std::int64_t>();
    Event event(number);
    if (!file_) {
      file_.emplace(folder_);
      file_->write(Event(number).session_start());
    }
    for (const auto& [key, value] : line.items()) {
      if (key != "epoch" && value.is_number()) event.scalar(tag_of(key), value.get<double>());
    }
    file_->write(event);
  });
}

void log_result_for_tensorboard(const config::Experiment& experiment, const nlohmann::json& result,
                                const std::filesystem::path& folder) {
  if (!experiment.run.tensorboard) return;
  attempt(folder, [&] {
    Event event(kResultStep);
    event.text("configuration", "```yaml\n" + config::to_yaml(experiment) + "```\n");
    if (const auto evaluation = evaluation_of(result); evaluation.is_object()) add_evaluation(event, evaluation);
    tensorboard::EventFile(folder).write(event);
    if (result.contains("sweep")) write_members(result["sweep"], folder);
  });
}

}  // namespace soundfold::runs
