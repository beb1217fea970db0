// SPDX-License-Identifier: Apache-2.0
#include "report_data/internal/facts.h"

#include "config/print.h"
#include "device/torch.h"
#include "runs/export_run.h"
#include "runs/result.h"
#include "support/hashing.h"
#include "support/version.h"

#include <torch/version.h>

namespace soundfold::report_data {
namespace fs = std::filesystem;
namespace {

/// A word of a command line.
std::string shell_word(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_-./=:,") == std::string::npos;
  if (plain) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

void add_file_digest(const fs::path& file, run_report::ReportInput& input) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return;
  input.facts.emplace_back("xxh3_128 of " + file.filename().string(), hash_file(HashKind::xxh3_128, file));
}

}  // namespace

std::string data_licence(const config::Data& data) {
  return data.layout == config::Layout::esc50
             ? "ESC-50, K. J. Piczak: CC BY-NC 3.0 (the ten ESC-10 classes CC BY 3.0); the recordings in this page "
               "are under the same terms"
             : "";
}

void add_origin(const config::Experiment& experiment, const nlohmann::json& result, const fs::path& run,
                run_report::ReportInput& input) {
  input.title = experiment.name;
  const auto program = name_of(experiment.program);
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) input.facts.emplace_back(name, value);
  };
  add("run", run.string());
  add("fingerprint of settings, data and weights", result.value("fingerprint", ""));
  add("digest of the backbone's weights", result.value("weights_digest", result.value("teacher", "")));
  const auto exported = runs::export_of(result);
  if (exported.is_object()) add_file_digest(run / exported.value("file", "model.pt"), input);
  add_file_digest(run / "result.json", input);
  add("Soundfold", version());
  add("LibTorch", TORCH_VERSION);
  add("device", runs::device_text(result));
  for (const auto& change : result.value("resumed_with", std::vector<std::string>())) add("resumed with", change);
  add("licence of the data", data_licence(experiment.data));
  input.commands.push_back(program + " --config " + shell_word((run / "config.yaml").string()));
  const bool tested = exported.is_object() && !result.contains("rounds");  // a model on all folds has no test split
  if (tested) input.commands.push_back("evaluator --run " + shell_word(run.string()) + " --json");
  input.configuration = config::to_yaml(experiment);
}

}  // namespace soundfold::report_data
