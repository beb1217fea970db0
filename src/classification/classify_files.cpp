// SPDX-License-Identifier: Apache-2.0
#include "classification/classify_files.h"

#include "audio/waveform.h"
#include "classification/internal/in_order.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/progress.h"
#include "support/threads.h"
#include "text/text.h"

#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <new>
#include <optional>

namespace soundfold::classification {
namespace {

/// Seconds of sound classified so far, over all threads.
class Seconds {
 public:
  Seconds(int sample_rate_hz, std::size_t files, bool show) : sample_rate_hz_(sample_rate_hz) {
    if (show) progress_.emplace("classifying", static_cast<std::int64_t>(files), "files");
  }
  void add(std::size_t samples) {
    const std::lock_guard<std::mutex> lock(mutex_);
    samples_ += static_cast<std::int64_t>(samples);
    if (!progress_) return;
    progress_->set_note(std::to_string(samples_ / sample_rate_hz_) + " s of sound");
    progress_->advance(0);
  }
  void end_file() {
    if (progress_) progress_->advance();
  }
  void finish() { progress_.reset(); }
  double total() const { return static_cast<double>(samples_) / sample_rate_hz_; }

 private:
  int sample_rate_hz_;
  std::mutex mutex_;
  std::int64_t samples_ = 0;
  std::optional<Progress> progress_;
};

std::string answer_of(const std::string& file, const runtime::Classifier& classifier, const AnswerOptions& options,
                      const audio::DecodeOptions& decoding, Seconds& seconds) {
  AnswerText text(classifier, options, file);
  const auto pass = classifier.start([&](const runtime::Window& window) { text.add(window); });
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

void explain_answers(const runtime::Classifier& classifier, const std::string& model, const AnswerOptions& options) {
  if (options.timeline && classifier.window_hop_seconds() <= 0) {
    throw UsageError(model + " does not state the hop between its windows; leave --timeline out");
  }
  if (!classifier.takes_blocks()) {
    logger().info("{}: it cannot process audio in blocks; memory grows with the length of the files", model);
  }
  if (!classifier.is_closed_set()) return;
  logger().info("the model has no negative class: whatever sound it gets, its answer is one of its {} classes",
                classifier.class_names().size());
}

}  // namespace

std::size_t list_files(const FilesRequest& request, extraction::ClipList& files) {
  std::size_t failed = 0;
  const auto add = [&](const std::string& input) {
    try {
      files.add(input);
    } catch (const DataError& error) {
      ++failed;
      logger().error("{}", error.what());
    }
  };
  for (const auto& input : request.inputs) add(input);
  if (!request.list.empty()) extraction::read_list(request.list, add);
  if (files.size() + failed == 0) {
    throw UsageError("no input: name sound files or folders (classifier --help shows how)");
  }
  return failed;
}

std::size_t answer_files(const runtime::Classifier& classifier, const extraction::ClipList& files,
                         const FilesRequest& request, const std::function<void(const std::string& text)>& print) {
  const std::string channels = request.channels.empty() ? classifier.channels() : request.channels;
  audio::DecodeOptions decoding;
  decoding.channels = audio::channels_named(channels);
  decoding.sample_rate_hz = classifier.input().sample_rate_hz;
  std::size_t failed = 0;
  Seconds seconds(decoding.sample_rate_hz, files.size(), files.size() == 1 || !request.answers_on_terminal);
  InOrder in_order;
  const auto start = std::chrono::steady_clock::now();
  share_work(files.size(), thread_count(request.threads), request.prepare_thread, [&](std::size_t i) {
    std::string answer, problem;
    try {
      answer = answer_of(files.path(i), classifier, request.answers, decoding, seconds);
    } catch (const Interrupted&) {
      throw;
    } catch (const std::exception& error) {
      problem = problem_with(files.path(i), error);
    }
    seconds.end_file();
    if (files.size() == 1) seconds.finish();
    in_order.at(i, [&failed, &print, answer, problem] {
      failed += problem.empty() ? 0 : 1;
      if (!problem.empty()) logger().error("{}", problem);
      print(answer);
    });
  });
  seconds.finish();
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  logger().info("{:.1f} s of sound in {:.2f} s", seconds.total(), took);
  return failed;
}

void classify_files(const runtime::Classifier& classifier, const std::string& model, const FilesRequest& request,
                    const std::function<void(const std::string& text)>& print) {
  explain_answers(classifier, model, request.answers);
  extraction::ClipList files;
  const std::size_t nothing_in = list_files(request, files);
  if (request.answers.format == AnswerFormat::csv) print(std::string(kAnswerCsvHeader) + "\n");
  const std::size_t failed = answer_files(classifier, files, request, print) + nothing_in;
  if (failed == 0) return;
  throw DataError(std::to_string(failed) + " of " + std::to_string(files.size() + nothing_in) +
                  " files could not be classified");
}

}  // namespace soundfold::classification
