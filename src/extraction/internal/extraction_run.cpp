// SPDX-License-Identifier: Apache-2.0
#include "extraction/internal/extraction_run.h"

#include "store/record_format.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "support/logging.h"

namespace soundfold::extraction {
namespace {

/// "clip ID: REASON", without saying the path twice when it is the id.
std::string named(const ClipFile& clip, const std::string& reason) {
  const bool says_it = reason.compare(0, clip.id.size(), clip.id) == 0;
  return says_it ? "clip " + reason : "clip " + clip.id + ": " + reason;
}

/// Of records of stretches, so that a search of whole files does not find them.
constexpr const char* kPartVariant = "stretch of a recording";

/// Whether it is embedded as a stretch of its file, as it is there.
bool is_part(const ClipFile& file) {
  return file.stretch && !file.variant;
}

std::vector<float> taken_from_front(std::vector<float>& values, std::int64_t count) {
  const auto end = values.begin() + count;
  std::vector<float> taken(values.begin(), end);
  values.erase(values.begin(), end);
  return taken;
}

}  // namespace

ExtractionRun::ExtractionRun(const ClipSource& clips, engines::Backbone& backbone, store::Store& store,
                             const ExtractionOptions& options, ClipResults& results)
    : clips_(clips),
      backbone_(backbone),
      store_(store),
      options_(options),
      recipe_(recipe_for(backbone, options)),
      recipe_digest_(recipe_.digest()),
      results_(results),
      claims_(0, KeyHash{&results}, KeyEqual{&results}),
      progress_("extracting", clips.next ? 0 : static_cast<std::int64_t>(clips.count), "clips"),
      writer_(store, recipe_) {
  totals_.clip_count = clips.next ? 0 : static_cast<std::int64_t>(clips.count);
}

std::vector<ExtractionRun::TakenClip> ExtractionRun::take() {
  if (stopping() || interrupt_signal() != 0) return {};
  if (clips_.next) return take_from_stream();
  const std::lock_guard lock(mutex_);
  if (next_ == clips_.count) return {};
  std::vector<TakenClip> taken{{next_, clips_.clip(next_)}};
  while (++next_ < clips_.count && is_part(taken.back().file)) {
    auto file = clips_.clip(next_);
    if (!is_part(file) || file.path != taken.back().file.path) break;
    taken.push_back({next_, std::move(file)});
  }
  return taken;
}

std::vector<ExtractionRun::TakenClip> ExtractionRun::take_from_stream() {
  const std::lock_guard reading(stream_mutex_);
  if (stream_ended_ || stopping()) return {};
  std::optional<ClipFile> file;
  try {
    file = clips_.next();
  } catch (const Interrupted&) {
    // finish() says how much was done.
  }
  stream_ended_ = !file;
  if (!file) return {};
  const std::lock_guard lock(mutex_);
  results_.grow();
  ++totals_.clip_count;
  return {{next_++, std::move(*file)}};
}

bool ExtractionRun::claim(std::size_t index, const std::string& key, const std::string& file_digest) {
  const store::RecordKey claimed(key);
  const auto place = static_cast<std::uint32_t>(index);
  const std::lock_guard lock(mutex_);
  if (store::audio_digest_of(key) != file_digest) results_.set_file_digest(index, file_digest);
  if (results_.claimed_key(index) == claimed) return true;  // tried again
  if (const auto before = claims_.find(place); before != claims_.end() && *before == place) claims_.erase(before);
  results_.claim(index, claimed);
  const auto [owner, fresh] = claims_.insert(place);
  if (fresh) return true;
  duplicates_.push_back({place, *owner});
  return false;
}

void ExtractionRun::found(std::size_t index, std::int64_t patch_count) {
  const std::lock_guard lock(mutex_);
  results_.set_good(index, patch_count);
  ++totals_.from_store;
  totals_.patches += patch_count;
  advance();
}

void ExtractionRun::note_miss(const ClipFile& file, bool damaged) {
  if (store_.read_only()) {
    throw DataError("embedding store " + store_.folder().string() +
                    ": lacks some clips and cannot be written; make the folder writable or name another one");
  }
  const std::lock_guard lock(mutex_);
  if (damaged) ++totals_.recomputed_damaged;
  if (!std::exchange(misses_explained_, true)) explain_misses();
  const auto recipe = recipe_of(file);
  if (recipe.variant.empty()) return;
  if (variants_known_.insert(recipe.variant).second) store_.remember_recipe(recipe);
}

store::Recipe ExtractionRun::recipe_of(const ClipFile& file) const {
  store::Recipe recipe = recipe_;
  if (file.variant) recipe.variant = file.variant->text;
  if (is_part(file)) recipe.variant = kPartVariant;
  return recipe;
}

std::string ExtractionRun::key_of(const ClipFile& file, const std::string& file_digest) const {
  if (!file.variant && !file.stretch) return file_digest + "-" + recipe_digest_;
  return store::record_key(stretch_digest(file_digest, file.stretch), recipe_of(file));
}

void ExtractionRun::explain_misses() {
  std::string closest;
  for (const auto& text : store_.recipes()) {
    const std::string difference = store::describe_difference(recipe_.text(), text);
    if (difference.empty()) return;
    if (closest.empty() || difference.size() < closest.size()) closest = difference;
  }
  if (closest.empty()) return;
  logger().info("embedding store {}: made with another recipe so far, so clips are embedded again; what differs: {}",
                store_.folder().string(), closest);
}

std::unique_ptr<engines::Backbone> ExtractionRun::share_backbone() {
  const std::lock_guard lock(mutex_);
  return backbone_.share();
}

void ExtractionRun::store_full_parts(ClipInWork& clip) {
  while (clip.value.patch_count > kPartPatches) store_part(clip, kPartPatches);
}

void ExtractionRun::store_part(ClipInWork& clip, std::int64_t patch_count) {
  store::ClipEmbeddings& rest = clip.value;
  store::ClipEmbeddings part;
  part.patch_count = patch_count;
  part.embedding_size = rest.embedding_size;
  part.score_count = rest.score_count;
  part.embeddings = taken_from_front(rest.embeddings, patch_count * rest.embedding_size);
  part.scores = taken_from_front(rest.scores, patch_count * rest.score_count);
  part.level_dbfs = taken_from_front(rest.level_dbfs, patch_count);
  rest.patch_count -= patch_count;
  const auto number = static_cast<std::int64_t>(clip.part_checksums.size());
  clip.part_checksums.push_back(store::part_checksum(part));
  clip.rows_stored += patch_count;
  writer_.add(store::Store::Record{clip.key, std::move(part), number});
}

void ExtractionRun::computed(ClipInWork& clip) {
  store_full_parts(clip);
  if (clip.rows_stored > 0) {
    if (clip.value.patch_count > 0) store_part(clip, clip.value.patch_count);
    clip.value.patch_count = clip.rows_stored;
  }
  {
    const std::lock_guard lock(mutex_);
    results_.set_good(clip.index, clip.value.patch_count);
    ++totals_.computed;
    totals_.patches += clip.value.patch_count;
    samples_computed_ += clip.value.sample_count;
    advance();
  }
  writer_.add(store::Store::Record{clip.key, std::move(clip.value), -1, std::move(clip.part_checksums)});
}

void ExtractionRun::advance() {
  progress_.advance();
  ++done_;
  if (options_.on_clip) options_.on_clip(done_, totals_.bad);
}

void ExtractionRun::count_bad(std::size_t index, const std::string& reason) {
  const LogField field("clip", clips_.clip(index).id);
  results_.set_bad(index, reason);
  ++totals_.bad;
  const bool too_many = options_.max_bad_clips > 0 && totals_.bad > options_.max_bad_clips;
  if (!options_.skip_bad_clips || too_many) {
    stop_ = true;
  } else {
    logger().warn("skipping {}", named(clips_.clip(index), reason));
  }
}

void ExtractionRun::bad(std::size_t index, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  count_bad(index, reason);
  advance();
}

void ExtractionRun::fail(std::exception_ptr error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
  stop_ = true;
}

void ExtractionRun::settle_duplicates() {
  for (const auto& duplicate : duplicates_) settle(duplicate);
}

void ExtractionRun::settle(const DuplicateClip& duplicate) {
  const ExtractedClip twin = results_.at(duplicate.owner);
  const bool changed = results_.claimed_key(duplicate.owner) != results_.claimed_key(duplicate.index);
  if (!changed && twin.key.empty() && twin.problem.empty()) return;  // the run stopped before its twin was done
  const auto path = [&](std::size_t index) { return clips_.clip(index).path.string(); };
  if (changed) {
    count_bad(duplicate.index, path(duplicate.index) + ": had the same content as " + path(duplicate.owner) +
                                   ", which changed while it was read; run again");
  } else if (twin.problem.empty()) {
    results_.set_good(duplicate.index, twin.patch_count);
    ++totals_.from_store;
    totals_.patches += twin.patch_count;
  } else {
    count_bad(duplicate.index, path(duplicate.index) + ": has the same content as " + path(duplicate.owner) +
                                   ", which is bad (" + twin.problem + ")");
  }
  advance();
}

void ExtractionRun::throw_for_bad_clips() const {
  if (totals_.bad == 0) return;
  const auto& [first, problem] = results_.first_problem();
  const std::string example = named(clips_.clip(first), problem);
  if (!options_.skip_bad_clips) {
    throw DataError(example + "; repair or remove it, or allow bad clips to be skipped (clips done so far are stored)");
  }
  if (options_.max_bad_clips > 0 && totals_.bad > options_.max_bad_clips) {
    throw DataError(std::to_string(totals_.bad) + " bad clips, more than the " +
                    std::to_string(options_.max_bad_clips) + " allowed; the first: " + example);
  }
}

ExtractionTotals ExtractionRun::finish() {
  const std::lock_guard lock(mutex_);
  writer_.finish();
  if (error_) std::rethrow_exception(error_);
  settle_duplicates();
  progress_.finish();
  const std::string all = clips_.next ? "" : " of " + std::to_string(clips_.count);
  throw_if_interrupted("interrupted: " + std::to_string(totals_.from_store + totals_.computed) + all +
                       " clips are in the store " + store_.folder().string() + "; the same command resumes from there");
  throw_for_bad_clips();
  totals_.channels_cancel = cancellations_.count();
  totals_.audio_seconds_computed = static_cast<double>(samples_computed_) / input().sample_rate_hz;
  return totals_;
}

}  // namespace soundfold::extraction
