// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "extraction/internal/clip_batcher.h"
#include "extraction/internal/extraction_run.h"
#include "frontend/log_mel.h"
#include "frontend/patch_stream.h"
#include "support/file_state.h"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::extraction {

/// One thread's share of an extraction: takes clips until there are none.
class ExtractionWorker {
 public:
  explicit ExtractionWorker(ExtractionRun& run) : run_(run), log_mel_(run.input()) {}

  /// Never throws: reports failures to the run.
  void work() noexcept;

 private:
  enum class Attempt { settled, file_changed };

  using TakenClip = ExtractionRun::TakenClip;
  using Clips = std::vector<TakenClip>;  ///< one, or stretches of one file

  void process(Clips clips);
  /// Leaves those in `clips` that are not settled.
  Attempt attempt(Clips& clips);
  /// A clip whose bytes come from elsewhere than a file.
  void process_bytes(const TakenClip& clip);
  /// Claims the key for the clip. False when it is settled: a record was found, or another clip has the same content.
  bool must_compute(const TakenClip& clip, const std::string& file_digest);
  /// Begins the records of the clips: decodes their file, or `bytes` where not null. `still_valid` is asked at the end;
  /// false: what was decoded is dropped. Gives what it said.
  bool compute(const Clips& clips, const std::string& file_digest, const std::string* bytes,
               const std::function<bool()>& still_valid);
  /// None when the file changed meanwhile.
  std::optional<std::string> digest_of(const std::filesystem::path& path, const FileState& state,
                                       std::int64_t started_ns);
  /// Whether the bytes that were decoded are those of `digest`. A file that changed a moment before the attempt is
  /// hashed again, because its state may not show a second change.
  static bool has_stayed(const std::filesystem::path& path, const FileState& state, std::int64_t started_ns,
                         const std::string& digest);
  using Works = std::vector<std::shared_ptr<ClipInWork>>;
  void decode(const Clips& clips, const std::string& file_digest, const std::string* bytes, const Works& works);
  void decode_whole(const ClipFile& file, const std::string* bytes, const std::shared_ptr<ClipInWork>& work);
  void decode_variant(const ClipFile& file, const std::string& digest, const std::shared_ptr<ClipInWork>& work);
  void decode_stretches(const Clips& clips, const Works& works);
  void add_patch(const std::shared_ptr<ClipInWork>& clip, const frontend::Patch& patch);
  void throw_if_stopping();
  void submit_complete();

  ExtractionRun& run_;
  frontend::LogMel log_mel_;
  std::unique_ptr<ClipBatcher> batcher_;             ///< made at the first miss
  std::deque<std::shared_ptr<ClipInWork>> in_work_;  ///< in the order of their patches
  std::optional<std::chrono::steady_clock::time_point> interrupt_seen_;
};

}  // namespace soundfold::extraction
