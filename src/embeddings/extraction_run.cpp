#include "embeddings/extraction_run.h"

#include "audio/waveform.h"
#include "support/errors.h"
#include "support/interrupt.h"

#include <spdlog/spdlog.h>

namespace soundfold::embeddings {
namespace {

/// "clip ID: REASON", without saying the path twice when it is the id.
std::string named(const ClipFile& clip, const std::string& reason) {
  const bool says_it = reason.compare(0, clip.id.size(), clip.id) == 0;
  return says_it ? "clip " + reason : "clip " + clip.id + ": " + reason;
}

}  // namespace

ExtractionRun::ExtractionRun(const std::vector<ClipFile>& clips, yamnet::Backbone& backbone, Store& store,
                             const ExtractionOptions& options)
    : clips_(clips),
      backbone_(backbone),
      store_(store),
      options_(options),
      recipe_(recipe_for(backbone, options)),
      progress_("extracting", static_cast<std::int64_t>(clips.size()), "clips"),
      writer_(store, recipe_) {
  report_.clips.resize(clips.size());
}

std::optional<std::size_t> ExtractionRun::take() {
  if (stopping() || interrupt_signal() != 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (next_ == clips_.size()) return std::nullopt;
  return next_++;
}

bool ExtractionRun::claim(std::size_t index, const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto [owner, fresh] = claims_.emplace(key, index);
  if (fresh || owner->second == index) return true;
  followers_.emplace_back(index, key);
  return false;
}

void ExtractionRun::found(std::size_t index, const std::string& key, std::int64_t patch_count) {
  const std::lock_guard lock(mutex_);
  outcomes_[key] = {patch_count, {}, {}};
  report_.clips[index] = {key, patch_count, {}};
  ++report_.from_store;
  report_.patches += patch_count;
  progress_.advance();
}

void ExtractionRun::note_miss(std::size_t index, bool damaged) {
  if (store_.read_only()) {
    throw DataError("embedding store " + store_.folder().string() +
                    ": lacks some clips and cannot be written; make the folder writable or name another one");
  }
  const std::lock_guard lock(mutex_);
  if (damaged) ++report_.recomputed_damaged;
  if (!std::exchange(misses_explained_, true)) explain_misses();
  const auto& variant = clips_[index].variant;
  if (variant && variants_known_.insert(variant->text).second) store_.remember_recipe(recipe_of(index));
}

Recipe ExtractionRun::recipe_of(std::size_t index) const {
  Recipe recipe = recipe_;
  if (clips_[index].variant) recipe.variant = clips_[index].variant->text;
  return recipe;
}

void ExtractionRun::explain_misses() {
  std::string closest;
  for (const auto& text : store_.recipes()) {
    const std::string difference = describe_difference(recipe_.text(), text);
    if (difference.empty()) return;
    if (closest.empty() || difference.size() < closest.size()) closest = difference;
  }
  if (closest.empty()) return;
  spdlog::info("embedding store {}: made with another recipe so far, so clips are embedded anew; what differs: {}",
               store_.folder().string(), closest);
}

std::unique_ptr<yamnet::Backbone> ExtractionRun::share_backbone() {
  const std::lock_guard lock(mutex_);
  return backbone_.share();
}

void ExtractionRun::computed(ClipInWork& clip) {
  {
    const std::lock_guard lock(mutex_);
    outcomes_[clip.key] = {clip.value.patch_count, {}, {}};
    report_.clips[clip.index] = {clip.key, clip.value.patch_count, {}};
    ++report_.computed;
    report_.patches += clip.value.patch_count;
    samples_computed_ += clip.value.sample_count;
  }
  writer_.add(Store::Record{clip.key, std::move(clip.value)});
  progress_.advance();
}

void ExtractionRun::count_bad(std::size_t index, const std::string& reason) {
  report_.clips[index] = {{}, 0, reason};
  ++report_.bad;
  const bool too_many = options_.max_bad_clips > 0 && report_.bad > options_.max_bad_clips;
  if (!options_.skip_bad_clips || too_many) {
    stop_ = true;
  } else {
    spdlog::warn("skipping {}", named(clips_[index], reason));
  }
}

void ExtractionRun::bad(std::size_t index, const std::string& key, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (!key.empty()) outcomes_[key] = {0, reason, clips_[index].path.string()};
  count_bad(index, reason);
  progress_.advance();
}

void ExtractionRun::fail(std::exception_ptr error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
  stop_ = true;
}

void ExtractionRun::settle_followers() {
  for (const auto& [index, key] : followers_) {
    const auto outcome = outcomes_.find(key);
    if (outcome == outcomes_.end()) continue;  // the run stopped before its twin was done
    if (outcome->second.problem.empty()) {
      report_.clips[index] = {key, outcome->second.patch_count, {}};
      ++report_.from_store;
      report_.patches += outcome->second.patch_count;
    } else {
      count_bad(index, clips_[index].path.string() + ": has the same content as " + outcome->second.path +
                           ", which is bad (" + outcome->second.problem + ")");
    }
    progress_.advance();
  }
}

void ExtractionRun::throw_for_bad_clips() const {
  if (report_.bad == 0) return;
  std::size_t first = 0;
  while (report_.clips[first].problem.empty()) ++first;
  const std::string example = named(clips_[first], report_.clips[first].problem);
  if (!options_.skip_bad_clips) {
    throw DataError(example + "; repair or remove it, or allow bad clips to be skipped (clips done so far are stored)");
  }
  if (options_.max_bad_clips > 0 && report_.bad > options_.max_bad_clips) {
    throw DataError(std::to_string(report_.bad) + " bad clips, more than the " +
                    std::to_string(options_.max_bad_clips) + " allowed; the first: " + example);
  }
}

ExtractionReport ExtractionRun::finish() {
  const std::lock_guard lock(mutex_);
  writer_.finish();
  if (error_) std::rethrow_exception(error_);
  settle_followers();
  progress_.finish();
  throw_if_interrupted("interrupted: " + std::to_string(report_.from_store + report_.computed) + " of " +
                       std::to_string(clips_.size()) + " clips are in the store " + store_.folder().string() +
                       "; the same command goes on from there");
  throw_for_bad_clips();
  report_.audio_seconds_computed = static_cast<double>(samples_computed_) / audio::kSampleRateHz;
  return std::move(report_);
}

}  // namespace soundfold::embeddings
