// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"
#include "engines/backbone.h"
#include "extraction/clip_results.h"
#include "frontend/recipe.h"
#include "frontend/stretch.h"
#include "store/store.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::extraction {

/// A change of the waveform, at the rate that the backbone takes, and of its log-mel patches before they are embedded.
struct WaveformTransform {
  /// All that decides the result besides the file's bytes, on one line: part of the store's key (Recipe::variant).
  std::string text;
  /// Waveform and digest of the file's bytes (stretch_digest) to waveform, not empty. Called by several threads at
  /// once; equal input must give equal output.
  std::function<std::vector<float>(std::vector<float> waveform, const std::string& audio_digest)> apply;
  /// May be null. Changes patch `number` (from 0) of the result, [frame_count, mel_bands], in place. Likewise.
  std::function<void(float* patch, std::int64_t frame_count, std::int64_t number, const std::string& audio_digest)>
      change_patch = nullptr;
};

/// A file to embed. `id` names it in messages. A clip with a variant is decoded into memory as a whole,
/// and has no `bytes`.
struct ClipFile {
  std::string id;
  std::filesystem::path path;
  std::shared_ptr<const WaveformTransform> variant = nullptr;  ///< null: the sound as it is
  /// The part of the file that is embedded (clip_waveform.h); nothing: all of it. Stretches of one file that follow
  /// each other in a list are read from it at once. Without a variant: those of a backbone with short patches only.
  std::optional<frontend::Stretch> stretch = std::nullopt;
  /// Gives the bytes of a sound file that is no file of this machine (a member of a tar, an address); `path` then only
  /// names it. Called once; a DataError that it throws makes the clip a bad one. Empty: `path` is read.
  std::function<std::string()> bytes = nullptr;
};

/// What stands for the digest of a file's bytes where only a stretch of it is used: the digest itself without one,
/// otherwise one of it and of which windows are the stretch's.
std::string stretch_digest(const std::string& audio_digest, const std::optional<frontend::Stretch>& stretch);

struct ExtractionOptions {
  int patch_hop_frames = frontend::kPatchHopFrames;
  audio::Channels channels = audio::Channels::mean;
  int threads = 0;                 ///< workers; 0 means the processors this process may use
  bool skip_bad_clips = false;     ///< true: report and continue; false: the first bad clip is a DataError
  std::int64_t max_bad_clips = 0;  ///< with skip_bad_clips, give up (DataError) after more than this many; 0: no limit
  /// Called after each clip, one call at a time: clips finished so far, and bad ones among them. It must not throw.
  std::function<void(std::int64_t done, std::int64_t bad)> on_clip;
};

/// The clips of an extraction, made on demand, so that a list of many can be kept compact. `clip` is
/// called by several threads at once and gives the same for the same index.
struct ClipSource {
  std::size_t count = 0;
  std::function<ClipFile(std::size_t index)> clip;
  /// Where nobody knows beforehand how many there are (a stream; `count` is not looked at): gives the next clip, or
  /// nothing at the end. Called by one thread at a time, while others may call `clip` for those that came, without
  /// their bytes. What it throws ends the extraction; the clips that came before are stored.
  std::function<std::optional<ClipFile>()> next = nullptr;
};

struct ExtractionTotals {
  std::int64_t clip_count = 0;
  std::int64_t from_store = 0;  ///< found, nothing computed
  std::int64_t computed = 0;
  std::int64_t bad = 0;
  std::int64_t recomputed_damaged = 0;  ///< of `computed`, how many had a damaged record
  std::int64_t channels_cancel = 0;     ///< of `computed`, how many have channels that cancel each other in their mean
  std::int64_t patches = 0;             ///< of all good clips
  double seconds = 0;
  double audio_seconds_computed = 0;
  std::string summary() const;  ///< one line: "32/32 clips from the store", or "30/32 clips extracted in
                                ///< 1.2 s (125 s of sound per second), 2 from the store"
};

struct ExtractionReport : ExtractionTotals {
  std::vector<ExtractedClip> clips;  ///< in the order given
};

/// Makes sure that every clip's embeddings are in the store: hash (or remembered hash), look up, and for misses decode
/// -> front end -> backbone -> store, on worker threads, patches batched across clips, records written in batches with
/// one sync each. Shows progress. Memory hardly grows with the number of clips and not with their length (long
/// ones are stored in parts; the report aside). A Ctrl-C stores what is done and throws Interrupted. Equal files are
/// computed once. Results are in the order given; with one thread they repeat bit for bit, with several within 1e-5
/// (batches are composed differently). Throws UsageError for impossible options, DataError for a bad clip (see
/// ExtractionOptions) or a failing store; what had been computed is still stored.
ExtractionReport extract(const std::vector<ClipFile>& clips, engines::Backbone& backbone, store::Store& store,
                         const ExtractionOptions& options);

/// The same for very many clips: fills `results`, some 100 bytes a clip, in place of a report of each.
ExtractionTotals extract(const ClipSource& clips, engines::Backbone& backbone, store::Store& store,
                         const ExtractionOptions& options, ClipResults& results);

/// How extract() decodes files for `backbone`: at the rate that it takes.
audio::DecodeOptions decode_options(const engines::Backbone& backbone, const ExtractionOptions& options);

/// The recipe extract() uses for `backbone` and `options` and clips without a variant.
store::Recipe recipe_for(const engines::Backbone& backbone, const ExtractionOptions& options);

}  // namespace soundfold::extraction
