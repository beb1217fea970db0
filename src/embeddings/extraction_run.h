#pragma once

#include "embeddings/clip_batcher.h"
#include "embeddings/extraction.h"
#include "embeddings/record_writer.h"
#include "support/progress.h"

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace soundfold::embeddings {

/// What the workers of one extraction share: the list of clips, who computes which key, results and reasons to stop.
/// Every method may be called from any thread.
class ExtractionRun {
 public:
  ExtractionRun(const std::vector<ClipFile>& clips, yamnet::Backbone& backbone, Store& store,
                const ExtractionOptions& options);

  /// Index of the next clip; none when all are taken or the run is to stop.
  std::optional<std::size_t> take();
  const ClipFile& clip(std::size_t index) const { return clips_[index]; }
  /// The recipe of that clip, its variant included.
  Recipe recipe_of(std::size_t index) const;
  const ExtractionOptions& options() const { return options_; }
  Store& store() { return store_; }

  /// True when the worker that asks has to find or compute `key`; false when another clip of equal content already
  /// stands for it (this clip then gets its result).
  bool claim(std::size_t index, const std::string& key);
  /// A record of that key was found.
  void found(std::size_t index, const std::string& key, std::int64_t patch_count);
  /// A backbone for the worker that asks. `damaged`: the miss is a damaged record. Throws DataError when the store
  /// cannot be written.
  std::unique_ptr<yamnet::Backbone> share_backbone();
  void note_miss(std::size_t index, bool damaged);
  /// A clip was computed: stores it.
  void computed(ClipInWork& clip);
  /// The clip is bad. `key` is the one it claimed, if it came that far.
  void bad(std::size_t index, const std::string& key, const std::string& reason);
  void remember(Store::FileDigest digest) { writer_.add(std::move(digest)); }
  /// Something failed that is no clip's fault: the run stops.
  void fail(std::exception_ptr error);

  bool stopping() const { return stop_ || writer_.failed(); }

  /// After all workers are done: stores the rest, throws what stopped the run, or returns the report.
  ExtractionReport finish();

 private:
  struct Outcome {
    std::int64_t patch_count = 0;
    std::string problem;
    std::string path;
  };
  void settle_followers();
  void count_bad(std::size_t index, const std::string& reason);
  void throw_for_bad_clips() const;
  void explain_misses();

  const std::vector<ClipFile>& clips_;
  const yamnet::Backbone& backbone_;
  Store& store_;
  const ExtractionOptions options_;
  const Recipe recipe_;
  std::mutex mutex_;
  std::size_t next_ = 0;
  std::unordered_map<std::string, std::size_t> claims_;
  std::unordered_map<std::string, Outcome> outcomes_;
  std::vector<std::pair<std::size_t, std::string>> followers_;
  std::unordered_set<std::string> variants_known_;  ///< whose recipes the store has been told
  ExtractionReport report_;
  std::int64_t samples_computed_ = 0;
  bool misses_explained_ = false;
  std::exception_ptr error_;
  std::atomic<bool> stop_{false};
  Progress progress_;
  RecordWriter writer_;
};

}  // namespace soundfold::embeddings
