// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/cancellation.h"
#include "extraction/extraction.h"
#include "extraction/internal/clip_batcher.h"
#include "extraction/internal/record_writer.h"
#include "support/progress.h"

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace soundfold::extraction {

/// A longer clip is stored in parts of so many patches (two minutes, 1.6 MB), so that it need not be in memory. How it
/// is divided depends on nothing else, so that its records are equal in all runs.
inline constexpr std::int64_t kPartPatches = 256;

/// What the workers of one extraction share: the list of clips, who computes which key, results and reasons to stop.
/// Every method may be called from any thread.
class ExtractionRun {
 public:
  /// `results` has as many places as there are clips.
  ExtractionRun(const ClipSource& clips, engines::Backbone& backbone, store::Store& store,
                const ExtractionOptions& options, ClipResults& results);

  struct TakenClip {
    std::size_t index;
    ClipFile file;
  };
  /// The next clip, or the next stretches that follow each other and are of one file; none when all are taken or the
  /// run is to stop. Throws what a stream of clips throws.
  std::vector<TakenClip> take();
  /// Key of the record of `file`, its variant and stretch included.
  std::string key_of(const ClipFile& file, const std::string& file_digest) const;
  const ExtractionOptions& options() const { return options_; }
  store::Store& store() { return store_; }

  /// True when the worker that asks has to find or compute `key`; false when another clip of equal content is already
  /// being computed (this clip then gets its result). `file_digest`: of the file's bytes.
  bool claim(std::size_t index, const std::string& key, const std::string& file_digest);
  /// A record of the key that the clip claimed was found.
  void found(std::size_t index, std::int64_t patch_count);
  const frontend::InputRecipe& input() const { return backbone_.input(); }
  audio::DecodeOptions decoding() const { return decode_options(backbone_, options_); }
  /// A backbone for the worker that asks. `damaged`: the miss is a damaged record. Throws DataError when the store
  /// cannot be written.
  std::unique_ptr<engines::Backbone> share_backbone();
  void note_miss(const ClipFile& file, bool damaged);
  /// Of a clip of more than kPartPatches patches, stores what came through the network so far: parts of that many.
  void store_full_parts(ClipInWork& clip);
  /// A clip was computed: stores it.
  void computed(ClipInWork& clip);
  void bad(std::size_t index, const std::string& reason);
  /// Counts a clip whose channels cancel each other.
  void decoded(const ClipFile& file, const audio::DecodeReport& report) { cancellations_.add(file.path, report); }
  void remember(store::Store::FileDigest digest) { writer_.add(std::move(digest)); }
  /// Something failed that is not the fault of a clip: the run stops.
  void fail(std::exception_ptr error);

  bool stopping() const { return stop_ || writer_.failed(); }

  /// After all workers are done: stores the rest, throws what stopped the run, or returns the sums.
  ExtractionTotals finish();

 private:
  /// Clips by the keys they claimed.
  struct KeyHash {
    const ClipResults* results;
    std::size_t operator()(std::uint32_t index) const { return results->claimed_key(index).hash(); }
  };
  struct KeyEqual {
    const ClipResults* results;
    bool operator()(std::uint32_t a, std::uint32_t b) const {
      return results->claimed_key(a) == results->claimed_key(b);
    }
  };
  struct DuplicateClip {
    std::uint32_t index, owner;
  };
  std::vector<TakenClip> take_from_stream();
  store::Recipe recipe_of(const ClipFile& file) const;
  void settle(const DuplicateClip& duplicate);
  void settle_duplicates();
  void store_part(ClipInWork& clip, std::int64_t patch_count);
  void advance();
  void count_bad(std::size_t index, const std::string& reason);
  void throw_for_bad_clips() const;
  void explain_misses();

  const ClipSource& clips_;
  const engines::Backbone& backbone_;
  store::Store& store_;
  const ExtractionOptions options_;
  const store::Recipe recipe_;
  const std::string recipe_digest_;
  ClipResults& results_;
  std::mutex mutex_;
  std::mutex stream_mutex_;  ///< locked before mutex_; the others go on while a clip arrives
  bool stream_ended_ = false;
  std::size_t next_ = 0;
  std::unordered_set<std::uint32_t, KeyHash, KeyEqual> claims_;
  std::vector<DuplicateClip> duplicates_;
  std::unordered_set<std::string> variants_known_;  ///< and stretches, whose recipes the store has recorded
  ExtractionTotals totals_;
  audio::CancellationCount cancellations_;
  std::int64_t samples_computed_ = 0;
  std::int64_t done_ = 0;
  bool misses_explained_ = false;
  std::exception_ptr error_;
  std::atomic<bool> stop_{false};
  Progress progress_;
  RecordWriter writer_;
};

}  // namespace soundfold::extraction
