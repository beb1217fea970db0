// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace soundfold {
class LogFile;
}

namespace soundfold::runs {

/// Logits [clips, classes] and [windows, classes] of a training's test clips, in its folder.
inline constexpr const char* kClipLogitsFile = "test_clip_logits.npy";
inline constexpr const char* kWindowLogitsFile = "test_window_logits.npy";

/// One run's folder, experiments/<name>/<run>/:
///   config.yaml      the resolved configuration
///   log.txt          every log line, and the error that ended it
///   splits.csv       which clip is where, with the digest of its sound
///   metrics.jsonl    one JSON object per epoch
///   checkpoint.pt    the newest resumable state (removed when the run has finished)
///   result.json      data used, epochs, metrics, digests: written last but one, marks a finished run
///   report.html      the run as a page (report.enabled)
///   model.pt         the exported model, and model.safetensors, the same for the runtime; model.unverified.pt when it
///   is
///                    not what was trained, and the run then counts as unfinished
/// experiments/<name>/latest is a relative link to the newest finished run.
class RunFolder {
 public:
  /// Makes a new folder named after the time in UTC, e.g. 2026-11-22_07-40-11 (a number is added when it exists).
  /// Throws DataError when it cannot, or when something else than the link `latest` has that name.
  static RunFolder create(const std::filesystem::path& experiments, const std::string& name);
  /// An existing run: a folder given as such, or the newest unfinished run of `name`. Throws UsageError when none,
  /// naming the run to give when `folder` holds runs.
  static RunFolder open(const std::filesystem::path& folder);
  static std::optional<RunFolder> newest_unfinished(const std::filesystem::path& experiments, const std::string& name);
  static std::optional<RunFolder> latest_finished(const std::filesystem::path& experiments, const std::string& name);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config_file() const { return path_ / "config.yaml"; }
  std::filesystem::path log_file() const { return path_ / "log.txt"; }
  std::filesystem::path metrics_file() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path checkpoint_file() const { return path_ / "checkpoint.pt"; }
  std::filesystem::path result_file() const { return path_ / "result.json"; }
  std::filesystem::path model_file() const { return path_ / "model.pt"; }
  std::filesystem::path unverified_model_file() const { return path_ / "model.unverified.pt"; }
  bool finished() const;

  /// Keeps a lock for as long as this and its copies live.
  void keep(std::shared_ptr<void> lock) { lock_ = std::move(lock); }

  /// Log lines go to its log.txt too, as long as this object or a copy of it lives. Throws DataError.
  void keep_log();

  /// Writes into log.txt alone, while the log is kept, why the run ended early: an error, or that it was interrupted.
  void log_ending(const std::string& why, bool is_error) const;

  /// Writes result.json atomically and points `latest` at this run (atomically, by renaming a link).
  void finish(const std::string& result_json) const;

  /// Writes result.json of a run whose export was not verified: the checkpoint stays, `latest` is not moved.
  void keep_unfinished(const std::string& result_json) const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
  std::shared_ptr<void> lock_;
  std::shared_ptr<LogFile> log_;
};

}  // namespace soundfold::runs
