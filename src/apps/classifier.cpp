// SPDX-License-Identifier: Apache-2.0
#include "apps/common.h"
#include "apps/listener.h"
#include "apps/model_file.h"
#include "audio/waveform.h"
#include "support/device.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "support/logging.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  classifier --model experiments/dogcat/latest/model.pt miaow_16k.wav
  classifier --model experiments/dogcat/latest/model.pt --timeline --csv recordings/*.flac > timeline.csv
  classifier --model data/yamnet.pt --top 5 miaow_16k.wav     # YAMNet's own 521 classes

Loading a model runs a program: use files from people you trust.
)";

struct Arguments {
  apps::CommonOptions common;
  std::string model;
  std::string trusted_scores;
  std::vector<std::string> files;
  std::size_t top = 3;
  bool all = false;
  bool timeline = false;
  bool json = false;
  bool csv = false;
};

/// {"classes": [{"class", "probability"}, ...]}, most probable first, and "none" saying why when there are none.
nlohmann::json heard(const Arguments& arguments, const apps::Listener& listener,
                     const std::vector<double>& probabilities) {
  const auto rule = arguments.all ? evaluation::DecisionRule() : listener.rule();
  auto answer = rule.answer(probabilities);
  if (answer.classes.size() > arguments.top) answer.classes.resize(arguments.top);
  nlohmann::json json = {{"classes", nlohmann::json::array()}};
  for (const auto k : answer.classes) {
    json["classes"].push_back({{"class", listener.class_names()[k]}, {"probability", probabilities[k]}});
  }
  if (!answer.none.empty()) json["none"] = answer.none;
  return json;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

void print_csv_rows(const std::string& file, double start, double end, const nlohmann::json& answer) {
  if (answer.contains("none")) std::printf("%s,%.2f,%.2f,,\n", csv_field(file).c_str(), start, end);
  for (const auto& entry : answer["classes"]) {
    std::printf("%s,%.2f,%.2f,%s,%.6f\n", csv_field(file).c_str(), start, end,
                csv_field(entry["class"].get<std::string>()).c_str(), entry["probability"].get<double>());
  }
}

std::string as_text(const nlohmann::json& answer) {
  std::string text = answer.value("none", "");
  for (const auto& entry : answer["classes"]) {
    char part[16];
    std::snprintf(part, sizeof part, " %.3f", entry["probability"].get<double>());
    text += (text.empty() ? "" : ", ") + entry["class"].get<std::string>() + part;
  }
  return text;
}

/// One file's answer in the format asked for.
void print_answer(const Arguments& arguments, const apps::Listener& listener, const std::string& file, double seconds,
                  const apps::Listener::Answer& answer) {
  const auto overall = heard(arguments, listener, answer.probabilities);
  nlohmann::json timeline = nlohmann::json::array();
  for (std::size_t p = 0; arguments.timeline && p < answer.frames.size(); ++p) {
    const double start = static_cast<double>(p) * listener.patch_hop_seconds();
    const double end = std::min(seconds, start + apps::Listener::kPatchSeconds);
    timeline.push_back({{"start_s", start}, {"end_s", end}});
    timeline.back().update(heard(arguments, listener, answer.frames[p]));
  }
  if (arguments.json) {
    nlohmann::json line = {{"file", file}, {"seconds", seconds}};
    line.update(overall);
    if (arguments.timeline) line["timeline"] = timeline;
    std::printf("%s\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else if (arguments.csv) {
    if (!arguments.timeline) print_csv_rows(file, 0, seconds, overall);
    for (const auto& part : timeline) print_csv_rows(file, part["start_s"], part["end_s"], part);
  } else {
    std::printf("%s: %s\n", file.c_str(), as_text(overall).c_str());
    for (const auto& part : timeline) {
      std::printf("  %6.2f to %6.2f s: %s\n", part["start_s"].get<double>(), part["end_s"].get<double>(),
                  as_text(part).c_str());
    }
  }
}

int classify(const Arguments& arguments) {
  if (arguments.json && arguments.csv) throw UsageError("--json and --csv exclude each other");
  use_one_torch_thread();
  auto listener =
      apps::Listener::load(arguments.model, choose_device(arguments.common.device), arguments.trusted_scores);
  if (arguments.timeline && listener->patch_hop_seconds() <= 0) {
    throw UsageError(arguments.model + " does not say how far apart its rows of scores are; leave --timeline out");
  }
  if (arguments.csv) std::puts("file,start_s,end_s,class,probability");
  int failed = 0;
  double sound_seconds = 0;
  const auto start = std::chrono::steady_clock::now();
  for (const auto& file : arguments.files) {
    throw_if_interrupted("stopped");
    try {
      const auto waveform = audio::load_waveform(file);
      const double seconds = static_cast<double>(waveform.size()) / audio::kSampleRateHz;
      print_answer(arguments, *listener, file, seconds, listener->listen(waveform));
      sound_seconds += seconds;
    } catch (const DataError& error) {
      ++failed;
      spdlog::error("{}", error.what());
    }
  }
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  spdlog::info("{:.1f} s of sound in {:.2f} s", sound_seconds, took);
  if (failed > 0)
    throw DataError(std::to_string(failed) + " of " + std::to_string(arguments.files.size()) +
                    " files could not be classified");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Says what is heard in sound files, with a model made by trainer, or with YAMNet itself.", "classifier"};
  app.footer(kExamples);
  Arguments arguments;
  app.add_option("--model", arguments.model, "model.pt of a run, or yamnet.pt")->required();
  apps::add_trust_option(app, arguments.trusted_scores);
  app.add_option("FILE", arguments.files, "Sound files of any rate and format libsndfile reads")->required();
  app.add_option("--top", arguments.top, "Classes to show per file")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  app.add_flag("--all", arguments.all, "Every class by probability: thresholds and the negative class do not count");
  app.add_flag("--timeline", arguments.timeline, "Also the classes of each 0.96 s patch");
  app.add_flag("--json", arguments.json, "One JSON object per line");
  app.add_flag("--csv", arguments.csv, "file,start_s,end_s,class,probability");
  apps::add_common_options(app, arguments.common, true);
  return apps::run_app(app, argc, argv, arguments.common, [&] { return classify(arguments); });
}
