// SPDX-License-Identifier: Apache-2.0
#include "inspection/model_text.h"

#include "support/files.h"
#include "text/text.h"

#include <algorithm>

namespace soundfold::inspection {
namespace {

constexpr std::size_t kClassesShown = 20;

/// A table with columns as wide as their longest cell, the last `numbers` of them aligned right.
std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t numbers) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line = "  ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - row[i].size(), ' ');
      line += (i > 0 ? "  " : "") + (i + numbers >= row.size() ? space + row[i] : row[i] + space);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string ports_text(const std::vector<Port>& ports) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& port : ports) rows.push_back({port.name, port.type, port.shape, port.meaning});
  return table(rows, 0);
}

std::string classes_text(const ModelDescription& model) {
  auto names = model.class_names;
  for (auto& name : names) name = shown(name, 60);
  const auto count = names.size();
  if (count > kClassesShown) names.resize(kClassesShown);
  return "Classes (K = " + std::to_string(count) + "): " + join(names) +
         (count > kClassesShown ? ", and " + std::to_string(count - kClassesShown) + " more" : "") + "\n";
}

std::string parts_text(const ModelDescription& model) {
  std::vector<std::vector<std::string>> rows{{"part", "", "", "output", "parameters", "MACs"}};
  std::string before;
  std::int64_t parameters = 0, macs = 0;  // of the backbone
  for (const auto& part : model.parts) {
    const auto group = group_name(part.group);
    rows.push_back({group == before ? "" : group, part.name, part.detail, part.output, grouped(part.parameters),
                    grouped(part.macs)});
    before = group;
    if (part.group != Part::Group::backbone) continue;
    parameters += part.parameters;
    macs += part.macs;
  }
  rows.push_back({"backbone", "all of it", "", "", grouped(parameters), grouped(macs)});
  rows.push_back({"total", "", "", "", grouped(model.parameters()), grouped(model.macs())});
  return table(rows, 2) +
         "MACs: multiply-accumulates for one window, without the Fourier transform; of a head that pools first, for a "
         "clip\n";
}

/// When windows are events; a backbone alone has no rules.
std::string events_text(const ModelDescription& model) {
  if (model.kind != "classifier") return "";
  if (!model.event_rules)
    return "Events: no fitted rules in this file; `on` of a class is then its threshold, else 0.5\n";
  const auto& rules = *model.event_rules;
  std::string text = "Events: rules fitted";
  if (rules.hop_s > 0) text += " for a window every " + fixed(rules.hop_s, 2) + " s";
  if (rules.false_alarms_per_hour) {
    text += ", with " + fixed(*rules.false_alarms_per_hour, 2) + " false alarms per hour on held-out blocks";
  }
  std::vector<std::vector<std::string>> rows{
      {"class", "on", "off", "smooth s", "least s", "gap s", "trim s", "cooldown s", "least dBFS"}};
  std::vector<std::string> without;
  for (std::size_t k = 0; k < model.class_names.size(); ++k) {
    const auto name = shown(model.class_names[k], 60);
    if (const auto& rule = rules.of_class[k]) {
      rows.push_back({name, fixed(rule->on, 3), fixed(rule->off, 3), fixed(rule->smooth_s, 2),
                      fixed(rule->min_duration_s, 2), fixed(rule->max_gap_s, 2), fixed(rule->trim_s, 2),
                      fixed(rule->cooldown_s, 0), fixed(rule->min_level_dbfs, 0)});
    } else {
      without.push_back(name);
    }
  }
  text += "\n" + table(rows, 8);
  if (!without.empty()) text += "  no events of " + join(without) + "\n";
  return text;
}

nlohmann::json ports_json(const std::vector<Port>& ports) {
  auto json = nlohmann::json::array();
  for (const auto& port : ports) {
    json.push_back({{"name", port.name}, {"type", port.type}, {"shape", port.shape}, {"meaning", port.meaning}});
  }
  return json;
}

}  // namespace

std::string group_name(Part::Group group) {
  constexpr const char* kNames[] = {"front end", "backbone", "pooling", "head", "decision"};
  return kNames[static_cast<std::size_t>(group)];
}

std::string model_text(const ModelDescription& model) {
  std::string text = shown(model.file) + ": " + model.kind + ", " + human_size(model.bytes) +
                     (model.created_by.empty() ? "" : ", made by " + model.created_by) + "\n";
  text += "Inputs (N samples, B waveforms)\n" + ports_text(model.inputs);
  text += "Outputs (K classes, P windows, S classes of the backbone)\n" + ports_text(model.outputs);
  text += classes_text(model);
  text += "Windows: " + fixed(model.window_seconds, 2) + " s, one every " + fixed(model.window_hop_seconds, 2) + " s\n";
  text += "Decision: " + shown(model.decision, 2000) + "\n";
  text += events_text(model);
  text += "Backbone: weights " + model.weights_digest + "\n\n";
  return text + parts_text(model);
}

nlohmann::json model_json(const ModelDescription& model) {
  nlohmann::json json = {
      {"file", model.file},
      {"bytes", model.bytes},
      {"kind", model.kind},
      {"created_by", model.created_by},
      {"inputs", ports_json(model.inputs)},
      {"outputs", ports_json(model.outputs)},
      {"class_names", model.class_names},
      {"multi_label", model.multi_label},
      {"decision", model.decision},
      {"event_rules", model.event_rules ? events::to_json(*model.event_rules, model.class_names) : nlohmann::json()},
      {"window_seconds", model.window_seconds},
      {"window_hop_seconds", model.window_hop_seconds},
      {"weights_digest", model.weights_digest},
      {"parameters", model.parameters()},
      {"macs", model.macs()},
      {"parts", nlohmann::json::array()}};
  for (const auto& part : model.parts) {
    json["parts"].push_back({{"group", group_name(part.group)},
                             {"name", part.name},
                             {"detail", part.detail},
                             {"output", part.output},
                             {"parameters", part.parameters},
                             {"macs", part.macs}});
  }
  return json;
}

}  // namespace soundfold::inspection
