// SPDX-License-Identifier: Apache-2.0
#include "extraction/internal/extraction_worker.h"

#include "audio/in_memory.h"
#include "audio/waveform.h"
#include "extraction/clip_waveform.h"
#include "extraction/internal/stretch_streams.h"
#include "support/errors.h"
#include "support/hashing.h"
#include "support/interrupt.h"

#include <algorithm>
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
    for (auto clips = run_.take(); !clips.empty(); clips = run_.take()) process(std::move(clips));
    if (batcher_) batcher_->flush();
    submit_complete();
  } catch (const ExtractionFailure& failure) {
    run_.fail(failure.cause);
  } catch (...) {
    run_.fail(std::current_exception());
  }
}

void ExtractionWorker::process(Clips clips) {
  constexpr int kAttempts = 2;
  const auto all_bad = [&](const std::string& problem) {
    for (const auto& clip : clips) run_.bad(clip.index, problem);
  };
  try {
    const auto& first = clips.front();
    if (first.file.bytes) return process_bytes(first);
    for (int count = 0; count < kAttempts; ++count) {
      if (attempt(clips) == Attempt::settled) return;
    }
    all_bad(clips.front().file.path.string() +
            ": keeps changing while it is read; run again when no program writes to it");
  } catch (const DataError& error) {
    all_bad(error.what());
  } catch (const ClipCancelled&) {
    return;
  } catch (const Interrupted&) {  // while bytes arrived
    return;
  }
}

ExtractionWorker::Attempt ExtractionWorker::attempt(Clips& clips) {
  const std::filesystem::path path = clips.front().file.path;
  const std::int64_t started_ns = now_ns();
  const FileState state = file_state(path);
  const auto digest = digest_of(path, state, started_ns);
  if (!digest) return Attempt::file_changed;
  const auto settled = [&](const TakenClip& clip) { return !must_compute(clip, *digest); };
  clips.erase(std::remove_if(clips.begin(), clips.end(), settled), clips.end());
  if (clips.empty()) return Attempt::settled;
  const auto has_not_changed = [&] { return has_stayed(path, state, started_ns, *digest); };
  return compute(clips, *digest, nullptr, has_not_changed) ? Attempt::settled : Attempt::file_changed;
}

void ExtractionWorker::process_bytes(const TakenClip& clip) {
  const ClipFile& file = clip.file;
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
  if (must_compute(clip, digest)) compute({clip}, digest, &bytes, [] { return true; });
}

bool ExtractionWorker::must_compute(const TakenClip& clip, const std::string& file_digest) {
  const auto key = run_.key_of(clip.file, file_digest);
  if (!run_.claim(clip.index, key, file_digest)) return false;
  std::int64_t patch_count = 0;
  try {
    const store::RecordState record = run_.store().inspect(key, &patch_count);
    if (record == store::RecordState::intact) {
      run_.found(clip.index, patch_count);
      return false;
    }
    run_.note_miss(clip.file, record == store::RecordState::damaged);
    if (!batcher_) batcher_ = std::make_unique<ClipBatcher>(run_.share_backbone());
  } catch (...) {
    throw ExtractionFailure{std::current_exception()};
  }
  return true;
}

bool ExtractionWorker::compute(const Clips& clips, const std::string& file_digest, const std::string* bytes,
                               const std::function<bool()>& still_valid) {
  Works works;
  for (const auto& clip : clips) {
    works.push_back(std::make_shared<ClipInWork>());
    works.back()->index = clip.index;
    works.back()->key = run_.key_of(clip.file, file_digest);
  }
  const auto drop = [&] {
    for (const auto& work : works) work->dropped = true;
  };
  try {
    decode(clips, file_digest, bytes, works);
  } catch (...) {
    drop();
    throw;
  }
  if (!still_valid()) {
    drop();
    return false;
  }
  for (const auto& work : works) {
    work->decoded = true;
    work->problem.empty() ? in_work_.push_back(work) : run_.bad(work->index, work->problem);
  }
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

void ExtractionWorker::decode(const Clips& clips, const std::string& file_digest, const std::string* bytes,
                              const Works& works) {
  const ClipFile& first = clips.front().file;
  if (first.variant) {
    decode_variant(first, stretch_digest(file_digest, first.stretch), works.front());
  } else if (first.stretch) {
    decode_stretches(clips, works);
  } else {
    decode_whole(first, bytes, works.front());
  }
}

void ExtractionWorker::decode_whole(const ClipFile& file, const std::string* bytes,
                                    const std::shared_ptr<ClipInWork>& work) {
  const auto consume = [&](const frontend::Patch& patch) { add_patch(work, patch); };
  frontend::PatchStream patches(log_mel_, consume, run_.options().patch_hop_frames);
  const auto push = [&](const float* samples, std::size_t count) { patches.push(samples, count); };
  audio::DecodeReport report;
  if (bytes != nullptr) {
    audio::stream_waveform_of(*bytes, file.id, push, run_.decoding(), &report);
  } else {
    audio::stream_waveform(file.path, push, run_.decoding(), &report);
  }
  patches.finish();
  work->value.sample_count = patches.sample_count();
  run_.decoded(file, report);
}

void ExtractionWorker::decode_variant(const ClipFile& file, const std::string& digest,
                                      const std::shared_ptr<ClipInWork>& work) {
  const int hop = run_.options().patch_hop_frames;
  std::vector<float> changed;
  std::int64_t number = 0;
  const auto consume = [&](frontend::Patch patch) {
    if (file.variant->change_patch) {
      changed.assign(patch.log_mel, patch.log_mel + patch.frames * log_mel_.recipe().mel_bands);
      file.variant->change_patch(changed.data(), patch.frames, number++, digest);
      patch.log_mel = changed.data();
    }
    add_patch(work, patch);
  };
  frontend::PatchStream patches(log_mel_, consume, hop);
  audio::DecodeReport report;
  auto recorded = clip_waveform(file.path, file.stretch, run_.decoding(), log_mel_.recipe(), hop, &report);
  const auto waveform = file.variant->apply(std::move(recorded), digest);
  patches.push(waveform.data(), waveform.size());
  patches.finish();
  work->value.sample_count = patches.sample_count();
  run_.decoded(file, report);
}

void ExtractionWorker::decode_stretches(const Clips& clips, const Works& works) {
  const std::filesystem::path& path = clips.front().file.path;
  std::vector<frontend::Stretch> stretches;
  for (const auto& clip : clips) stretches.push_back(*clip.file.stretch);
  StretchStreams streams(log_mel_, stretches, run_.options().patch_hop_frames,
                         [&](std::size_t i, const frontend::Patch& patch) { add_patch(works[i], patch); });
  audio::DecodeReport report;
  audio::stream_waveform(
      path, [&](const float* samples, std::size_t count) { streams.push(samples, count); }, run_.decoding(), &report);
  const auto& sample_counts = streams.finish();
  for (std::size_t i = 0; i < works.size(); ++i) {
    if (sample_counts[i] == 0) works[i]->problem = behind_the_end(path, stretches[i]).what();
    works[i]->value.sample_count = sample_counts[i];
  }
  run_.decoded(clips.front().file, report);
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
