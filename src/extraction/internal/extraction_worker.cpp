// SPDX-License-Identifier: Apache-2.0
#include "extraction/internal/extraction_worker.h"

#include "audio/in_memory.h"
#include "audio/waveform.h"
#include "extraction/clip_waveform.h"
#include "support/errors.h"
#include "support/hashing.h"
#include "support/interrupt.h"

#include <utility>

namespace soundfold::extraction {
namespace {

/// How long after an interrupt a clip in decoding may continue; short clips end by then.
constexpr std::chrono::seconds kPatience{2};

/// A failure that is not the clip's: passes through the code that attributes DataErrors to the clip.
struct ExtractionFailure {
  std::exception_ptr cause;
};

/// The run stops before the clip is decoded.
struct ClipCancelled {};

}  // namespace

void ExtractionWorker::work() noexcept {
  try {
    while (const auto taken = run_.take()) process(taken->index, taken->file);
    if (batcher_) batcher_->flush();
    submit_complete();
  } catch (const ExtractionFailure& failure) {
    run_.fail(failure.cause);
  } catch (...) {
    run_.fail(std::current_exception());
  }
}

void ExtractionWorker::process(std::size_t index, const ClipFile& file) {
  constexpr int kAttempts = 2;
  try {
    if (file.bytes) return process_bytes(index, file);
    for (int count = 0; count < kAttempts; ++count) {
      if (attempt(index, file) == Attempt::settled) return;
    }
    run_.bad(index, file.path.string() + ": keeps changing while it is read; run again when no program writes to it");
  } catch (const DataError& error) {
    run_.bad(index, error.what());
  } catch (const ClipCancelled&) {
    return;
  } catch (const Interrupted&) {  // while bytes arrived
    return;
  }
}

ExtractionWorker::Attempt ExtractionWorker::attempt(std::size_t index, const ClipFile& file) {
  const std::filesystem::path& path = file.path;
  const std::int64_t started_ns = now_ns();
  const FileState state = file_state(path);
  const auto digest = digest_of(path, state, started_ns);
  if (!digest) return Attempt::file_changed;
  const std::string content = file.variant ? stretch_digest(*digest, file.stretch) : *digest;
  if (!must_compute(index, file, run_.key_of(file, content))) return Attempt::settled;
  const auto has_not_changed = [&] { return has_stayed(path, state, started_ns, *digest); };
  return compute(index, file, content, nullptr, has_not_changed) ? Attempt::settled : Attempt::file_changed;
}

void ExtractionWorker::process_bytes(std::size_t index, const ClipFile& file) {
  const std::string bytes = file.bytes();
  const std::string digest = hash_bytes(HashKind::xxh3_128, bytes);
  FileState state;  // of something that is no file there is only the size
  state.size = bytes.size();
  std::optional<std::string> known;
  try {
    known = run_.store().remembered(file.path, state);
  } catch (...) {
    throw ExtractionFailure{std::current_exception()};
  }
  if (known != digest) run_.remember({file.path, state, digest});
  if (must_compute(index, file, run_.key_of(file, digest))) {
    compute(index, file, digest, &bytes, [] { return true; });
  }
}

bool ExtractionWorker::must_compute(std::size_t index, const ClipFile& file, const std::string& key) {
  if (!run_.claim(index, key)) return false;
  std::int64_t patch_count = 0;
  try {
    const store::RecordState record = run_.store().inspect(key, &patch_count);
    if (record == store::RecordState::intact) {
      run_.found(index, patch_count);
      return false;
    }
    run_.note_miss(file, record == store::RecordState::damaged);
    if (!batcher_) batcher_ = std::make_unique<ClipBatcher>(run_.share_backbone());
  } catch (...) {
    throw ExtractionFailure{std::current_exception()};
  }
  return true;
}

bool ExtractionWorker::compute(std::size_t index, const ClipFile& file, const std::string& digest,
                               const std::string* bytes, const std::function<bool()>& still_valid) {
  const auto clip = std::make_shared<ClipInWork>();
  clip->index = index;
  clip->key = run_.key_of(file, digest);
  try {
    decode(file, digest, bytes, clip);
  } catch (...) {
    clip->dropped = true;
    throw;
  }
  if (!still_valid()) {
    clip->dropped = true;
    return false;
  }
  clip->decoded = true;
  in_work_.push_back(clip);
  submit_complete();
  return true;
}

std::optional<std::string> ExtractionWorker::digest_of(const std::filesystem::path& path, const FileState& state,
                                                       std::int64_t started_ns) {
  std::optional<std::string> known;
  try {
    known = run_.store().remembered(path, state);
  } catch (...) {
    throw ExtractionFailure{std::current_exception()};
  }
  if (known) return known;
  std::string digest = hash_file(HashKind::xxh3_128, path);
  if (file_state(path) != state) return std::nullopt;
  if (!recently_changed(state, started_ns)) run_.remember({path, state, digest});
  return digest;
}

bool ExtractionWorker::has_stayed(const std::filesystem::path& path, const FileState& state, std::int64_t started_ns,
                                  const std::string& digest) {
  if (file_state(path) != state) return false;
  return !recently_changed(state, started_ns) || hash_file(HashKind::xxh3_128, path) == digest;
}

void ExtractionWorker::decode(const ClipFile& file, const std::string& digest, const std::string* bytes,
                              const std::shared_ptr<ClipInWork>& clip) {
  std::vector<float> changed;
  const auto consume = [&](frontend::Patch patch) {
    if (file.variant && file.variant->change_patch) {
      changed.assign(patch.log_mel, patch.log_mel + patch.frames * log_mel_.recipe().mel_bands);
      file.variant->change_patch(changed.data(), patch.frames, clip->patches_given, digest);
      patch.log_mel = changed.data();
    }
    add_patch(clip, patch);
  };
  frontend::PatchStream patches(log_mel_, consume, run_.options().patch_hop_frames);
  const auto push = [&](const float* samples, std::size_t count) { patches.push(samples, count); };
  const audio::DecodeOptions options = run_.decoding();
  audio::DecodeReport report;
  const auto stream = [&](const std::function<void(const float*, std::size_t)>& take) {
    if (bytes != nullptr) {
      audio::stream_waveform_of(*bytes, file.id, take, options, &report);
    } else {
      audio::stream_waveform(file.path, take, options, &report);
    }
  };
  if (file.variant) {
    auto recorded = std::vector<float>();
    if (bytes != nullptr) {
      stream(
          [&](const float* samples, std::size_t count) { recorded.insert(recorded.end(), samples, samples + count); });
    } else {
      recorded =
          clip_waveform(file.path, file.stretch, options, log_mel_.recipe(), run_.options().patch_hop_frames, &report);
    }
    const auto waveform = file.variant->apply(std::move(recorded), digest);
    push(waveform.data(), waveform.size());
  } else {
    stream(push);
  }
  patches.finish();
  clip->value.sample_count = patches.sample_count();
  run_.decoded(file, report);
}

void ExtractionWorker::add_patch(const std::shared_ptr<ClipInWork>& clip, const frontend::Patch& patch) {
  throw_if_stopping();
  try {
    batcher_->add(clip, patch);
    run_.store_full_parts(*clip);
    submit_complete();
  } catch (...) {
    throw ExtractionFailure{std::current_exception()};
  }
}

void ExtractionWorker::throw_if_stopping() {
  if (run_.stopping()) throw ClipCancelled{};
  if (interrupt_signal() == 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (!interrupt_seen_) interrupt_seen_ = now;
  if (now - *interrupt_seen_ > kPatience) throw ClipCancelled{};
}

void ExtractionWorker::submit_complete() {
  while (!in_work_.empty() && in_work_.front()->complete()) {
    run_.computed(*in_work_.front());
    in_work_.pop_front();
  }
}

}  // namespace soundfold::extraction
