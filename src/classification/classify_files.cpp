// SPDX-License-Identifier: Apache-2.0
#include "classification/classify_files.h"

#include "classification/internal/file_answer.h"
#include "classification/internal/in_order.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/progress.h"
#include "support/threads.h"
#include "text/text.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
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

/// Why a file has no answer, in one line that names it.
std::string problem_with(const std::string& file, const std::exception& error) {
  const bool no_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  std::string reason = no_memory ? "not enough memory" : error.what();
  if (reason.find(file) == std::string::npos) reason = file + ": " + reason;
  return shown(reason.substr(0, reason.find('\n')), 1000);
}

void explain_answers(const runtime::Classifier& classifier, const std::string& model, const FilesRequest& request) {
  const bool windows = request.answers.timeline || request.answers.pooling == ClipPooling::max;
  if (windows && classifier.window_hop_seconds() <= 0) {
    throw UsageError(model + " does not state the hop between its windows; leave --timeline and --pooling out");
  }
  if (!classifier.takes_blocks()) {
    logger().info("{}: it cannot process audio in blocks; memory grows with the length of the files", model);
  }
  if (!classifier.is_closed_set()) return;
  logger().info("the model has no negative class: whatever sound it gets, its answer is one of its {} classes",
                classifier.class_names().size());
}

void refuse_equal_clip_names(const extraction::ClipList& files) {
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto [other, is_new] = known.emplace(clip_name(files.output_name(i)), i);
    if (is_new || files.path(i) == files.path(other->second)) continue;
    throw UsageError(files.path(other->second) + " and " + files.path(i) + " would both have clips called " +
                     other->first + "; give the folder that both are in, or one at a time");
  }
}

void check_request(const FilesRequest& request, const extraction::ClipList& files) {
  const auto from_input = std::count(request.inputs.begin(), request.inputs.end(), "-");
  if (from_input > 1) throw UsageError("standard input (-) is named twice");
  if (request.raw && from_input == 0) throw UsageError("--raw says how standard input is written: give - as an input");
  if (request.skip_done && request.out.empty()) throw UsageError("--skip-done needs --out FOLDER");
  if (request.events && request.events->clips) refuse_equal_clip_names(files);
  if (!request.out.empty()) return files.refuse_equal_output_names();
  if (request.events && !events::holds_recordings(request.events->format) && files.size() > 1) {
    throw UsageError("--format " + name_of(request.events->format) + " holds the events of one file, and " +
                     std::to_string(files.size()) + " are given; with --out FOLDER each gets a file of its own");
  }
}

/// Indices of the files that are to be classified.
std::vector<std::size_t> left_to_do(const FilesRequest& request, const extraction::ClipList& files) {
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::error_code ignored;
    if (request.skip_done && std::filesystem::exists(result_path(request, files.output_name(i)), ignored)) continue;
    left.push_back(i);
  }
  if (left.size() < files.size()) {
    logger().info("{} of {} files have their results already", files.size() - left.size(), files.size());
  }
  return left;
}

/// One file's results as a file of their own, whole or not at all.
void write_result(const FilesRequest& request, const std::filesystem::path& output_name, const FileAnswer& answer) {
  const auto path = result_path(request, output_name);
  AnswerWriter writer(request);
  make_folder(path.parent_path());
  write_file_atomically(path, writer.header() + writer.text(answer));
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
  const auto left = left_to_do(request, files);
  std::size_t failed = 0;
  Seconds seconds(classifier.sample_rate_hz(), left.size(), files.size() == 1 || !request.answers_on_terminal);
  AnswerWriter writer(request);
  InOrder in_order;
  const auto start = std::chrono::steady_clock::now();
  share_work(left.size(), thread_count(request.threads), request.prepare_thread, [&](std::size_t i) {
    FileAnswer answer;
    std::string problem;
    const auto file = files.path(left[i]);
    try {
      answer = answer_file(file, clip_name(files.output_name(left[i])), classifier, request, [&](std::size_t samples) {
        throw_if_interrupted("stopped");
        seconds.add(samples);
      });
      if (!request.out.empty()) write_result(request, files.output_name(left[i]), answer);
    } catch (const Interrupted&) {
      throw;
    } catch (const std::exception& error) {
      problem = problem_with(file, error);
    }
    seconds.end_file();
    if (left.size() == 1) seconds.finish();
    in_order.at(i, [&failed, &print, &writer, &request, answer, problem] {
      failed += problem.empty() ? 0 : 1;
      if (!problem.empty()) return logger().error("{}", problem);
      if (request.out.empty()) print(writer.text(answer));
    });
  });
  seconds.finish();
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  logger().info("{:.1f} s of sound in {:.2f} s, {:.0f} times real time", seconds.total(), took,
                seconds.total() / std::max(took, 1e-9));
  return failed;
}

void classify_files(const runtime::Classifier& classifier, const std::string& model, const FilesRequest& request,
                    const std::function<void(const std::string& text)>& print) {
  explain_answers(classifier, model, request);
  extraction::ClipList files;
  const std::size_t nothing_in = list_files(request, files);
  check_request(request, files);
  if (request.out.empty()) print(AnswerWriter(request).header());
  const std::size_t failed = answer_files(classifier, files, request, print) + nothing_in;
  if (failed == 0) return;
  throw DataError(std::to_string(failed) + " of " + std::to_string(files.size() + nothing_in) +
                  " files could not be classified");
}

}  // namespace soundfold::classification
