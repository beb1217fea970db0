// SPDX-License-Identifier: Apache-2.0
#include "deploy/classifier.h"

#include "apps/answer_text.h"
#include "apps/common.h"
#include "apps/in_order.h"
#include "apps/model_file.h"
#include "audio/waveform.h"
#include "device/device.h"
#include "device/parallel.h"
#include "extraction/clip_list.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/progress.h"
#include "support/threads.h"
#include "text/text.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <new>
#include <optional>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  classifier --model experiments/dogcat/latest/model.pt miaow_16k.wav
  classifier --model experiments/dogcat/latest/model.pt --timeline --csv recordings/ > timeline.csv
  classifier --model data/yamnet.pt --top 5 --list files.txt     # YAMNet's own 521 classes

Sound that is silence by the model's silence gate is answered as silence, and gets no class; see --no-silence-gate.
A file that cannot be classified is reported and skipped; the exit code is then 1.
Loading a model runs the code in it: use files from people you trust.
)";

struct Arguments {
  apps::CommonOptions common;
  std::string model;
  std::string trusted_scores;
  std::vector<std::string> inputs;
  std::string list;
  std::string channels;
  apps::AnswerOptions answers;
  bool no_silence_gate = false;
  bool json = false;
  bool csv = false;
};

/// Seconds of sound classified so far, over all threads, and shown on standard error unless it would mix with the
/// answers on a terminal.
class Seconds {
 public:
  explicit Seconds(std::size_t files) {
    if (files == 1 || isatty(STDOUT_FILENO) == 0) {
      progress_.emplace("classifying", static_cast<std::int64_t>(files), "files");
    }
  }
  void add(std::size_t samples) {
    const std::lock_guard<std::mutex> lock(mutex_);
    samples_ += static_cast<std::int64_t>(samples);
    if (!progress_) return;
    progress_->set_note(std::to_string(samples_ / audio::kSampleRateHz) + " s of sound");
    progress_->advance(0);
  }
  void end_file() {
    if (progress_) progress_->advance();
  }
  void finish() { progress_.reset(); }
  double total() const { return static_cast<double>(samples_) / audio::kSampleRateHz; }

 private:
  std::mutex mutex_;
  std::int64_t samples_ = 0;
  std::optional<Progress> progress_;
};

std::string answer_of(const std::string& file, const deploy::Classifier& classifier, const apps::AnswerOptions& options,
                      const audio::DecodeOptions& decoding, Seconds& seconds) {
  apps::AnswerText text(classifier, options, file);
  const auto pass = classifier.start([&](const deploy::Window& window) { text.add(window); });
  const auto push = [&](const float* samples, std::size_t count) {
    throw_if_interrupted("stopped");
    pass->push(samples, count);
    seconds.add(count);
  };
  audio::stream_waveform(file, push, decoding);
  return text.finish(pass->finish());
}

/// Why a file has no answer, in one line that names it.
std::string problem_with(const std::string& file, const std::exception& error) {
  const bool no_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  std::string reason = no_memory ? "not enough memory" : error.what();
  if (reason.find(file) == std::string::npos) reason = file + ": " + reason;
  return shown(reason.substr(0, reason.find('\n')), 1000);
}

/// Prints all answers in the order of the files. Returns how many files have none.
std::size_t answer_all(const extraction::ClipList& files, const deploy::Classifier& classifier,
                       const Arguments& arguments) {
  const std::string channels = arguments.channels.empty() ? classifier.channels() : arguments.channels;
  const audio::DecodeOptions decoding{audio::channels_named(channels)};
  std::size_t failed = 0;
  Seconds seconds(files.size());
  InOrder in_order;
  const auto start = std::chrono::steady_clock::now();
  run_parallel(files.size(), thread_count(arguments.common.threads), [&](std::size_t i) {
    std::string answer, problem;
    try {
      answer = answer_of(files.path(i), classifier, arguments.answers, decoding, seconds);
    } catch (const Interrupted&) {
      throw;
    } catch (const std::exception& error) {
      problem = problem_with(files.path(i), error);
    }
    seconds.end_file();
    if (files.size() == 1) seconds.finish();
    in_order.at(i, [&failed, answer, problem] {
      failed += problem.empty() ? 0 : 1;
      if (!problem.empty()) spdlog::error("{}", problem);
      std::fwrite(answer.data(), 1, answer.size(), stdout);
      std::fflush(stdout);
    });
  });
  seconds.finish();
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  spdlog::info("{:.1f} s of sound in {:.2f} s", seconds.total(), took);
  return failed;
}

/// Adds the sound files that the inputs name; an input that names none is reported. Returns how many do not.
std::size_t list_files(const Arguments& arguments, extraction::ClipList& files) {
  std::size_t failed = 0;
  const auto add = [&](const std::string& input) {
    try {
      files.add(input);
    } catch (const DataError& error) {
      ++failed;
      spdlog::error("{}", error.what());
    }
  };
  for (const auto& input : arguments.inputs) add(input);
  if (!arguments.list.empty()) extraction::read_list(arguments.list, add);
  if (files.size() + failed == 0)
    throw UsageError("no input: name sound files or folders (classifier --help shows how)");
  return failed;
}

void explain_answers(const Arguments& arguments, const deploy::Classifier& classifier) {
  if (arguments.answers.timeline && classifier.window_hop_seconds() <= 0) {
    throw UsageError(arguments.model + " does not state the hop between its score frames; leave --timeline out");
  }
  if (!classifier.takes_blocks()) {
    spdlog::info("{}: it cannot process audio in blocks; memory grows with the length of the files", arguments.model);
  }
  if (!classifier.is_closed_set()) return;
  spdlog::info("the model has no negative class: whatever sound it gets, its answer is one of its {} classes",
               classifier.class_names().size());
}

int classify(Arguments arguments) {
  if (arguments.json && arguments.csv) throw UsageError("--json and --csv exclude each other");
  if (arguments.json) arguments.answers.format = apps::AnswerFormat::json;
  if (arguments.csv) arguments.answers.format = apps::AnswerFormat::csv;
  use_one_torch_thread();
  const auto classifier =
      deploy::Classifier::load(arguments.model, use_device(arguments.common.device), arguments.trusted_scores);
  if (arguments.no_silence_gate) classifier->disable_silence_gate();
  explain_answers(arguments, *classifier);
  extraction::ClipList files;
  const std::size_t nothing_in = list_files(arguments, files);
  if (arguments.csv) std::puts(apps::kAnswerCsvHeader);
  const std::size_t failed = answer_all(files, *classifier, arguments) + nothing_in;
  if (failed == 0) return 0;
  throw DataError(std::to_string(failed) + " of " + std::to_string(files.size() + nothing_in) +
                  " files could not be classified");
}

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("--model", arguments.model, "model.pt of a run, or yamnet.pt")->required();
  apps::add_trust_option(app, arguments.trusted_scores);
  app.add_option("INPUT", arguments.inputs, "Sound files, or folders to look through for sound files");
  app.add_option("--list", arguments.list, "Text file with further inputs, one path a line");
  app.add_option("--top", arguments.answers.top, "Classes to show per file")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  app.add_flag("--all", arguments.answers.all,
               "Every class by probability: thresholds, the negative class and the silence gate are ignored");
  app.add_flag("--no-silence-gate", arguments.no_silence_gate, "Classify silent sound as well");
  app.add_option("--channels", arguments.channels,
                 "How a file of several channels becomes mono: mean, left, right, loudest; without it as in training")
      ->check(CLI::IsMember({"mean", "left", "right", "loudest"}));
  app.add_flag("--timeline", arguments.answers.timeline, "Also the classes of each 0.96 s window");
  app.add_flag("--json", arguments.json, "One JSON object per line");
  app.add_flag("--csv", arguments.csv, apps::kAnswerCsvHeader);
  apps::add_common_options(app, arguments.common, true);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Classifies sound files with a model made by trainer, or with YAMNet itself.", "classifier"};
  app.footer(kExamples);
  Arguments arguments;
  declare(app, arguments);
  return apps::run_app(app, argc, argv, arguments.common, [&] { return classify(arguments); });
}
