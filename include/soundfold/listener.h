// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/classifier.h>
#include <soundfold/export.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace soundfold {

/// Begun: the event is sure to be one; its end is that of its windows so far. Ended: it is complete.
enum class EventState { begun, ended };

/// News of an event: a stretch of sound in which a class occurs. Each event is given when it begins and when it has
/// ended. Times count from the first sample pushed.
struct SoundEvent {
  EventState state = EventState::ended;
  std::int64_t id = 0;  ///< the same in both news of an event; 1 and up, in the order in which they begin
  std::size_t class_index = 0;
  std::string label;  ///< the class's name
  double start_s = 0, end_s = 0;
  double probability = 0;       ///< the largest of its windows
  double mean_probability = 0;  ///< over its windows
  double peak_s = 0;            ///< middle of the window of the largest probability
  double level_dbfs = 0;        ///< level (RMS) of its loudest window
};
using EventConsumer = std::function<void(const SoundEvent& event)>;

struct ListenerOptions {
  std::filesystem::path rules;  ///< a JSON file of rules (docs/events.md); empty: the model's
  std::optional<double> hop_s;  ///< from one window to the next; nothing: that of the rules, else the model's
  double buffer_s = 10;         ///< sound that may wait for poll(), at least; 0.1 to 600
};

/// Events of sound that does not end: an audio callback pushes samples, another thread polls for events. Windows are
/// classified by poll(), on its thread.
///
/// When poll() comes too late, the buffer is full, and samples are dropped until half of it is free. The events before
/// such a gap end with it, since nobody knows what was in it; those after it have their true times. The gap is not
/// classified, so that a slow machine does not fall further behind.
class SOUNDFOLD_API Listener {
 public:
  /// Several channels become mono as in training; of `loudest` their mean is taken. The classifier may be used and
  /// destroyed meanwhile. Throws UsageError for a rate, channels or options that are not allowed, and for a model that
  /// does not state its hop; DataError for a fault in the rules.
  Listener(const Classifier& classifier, const SampleFormat& format, const ListenerOptions& options = {});
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// From the audio callback: `frames` samples of each channel, interleaved, within [-1, 1] as a rule. Copies them;
  /// does not allocate, lock or wait. False: they were dropped. More than buffer_s holds never fit. One thread at a
  /// time.
  bool push(const float* samples, std::size_t frames) noexcept;
  /// Frames that were dropped so far. Any thread may ask.
  std::uint64_t dropped_frames() const noexcept;

  /// From one other thread: classifies what had been pushed when it was called, and gives `consume` (which may be
  /// empty) the events. Throws UsageError after finish(), and when a sample is not finite or above 100; DataError when
  /// the model fails; what `consume` throws passes through. After an exception the object can only be destroyed.
  void poll(const EventConsumer& consume);
  /// The same, once, after the last push: then the open events end. Returns the length of the sound in seconds, with
  /// gaps except one at its end.
  double finish(const EventConsumer& consume);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace soundfold
