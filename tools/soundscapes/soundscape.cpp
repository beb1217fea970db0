// SPDX-License-Identifier: Apache-2.0
#include "soundscapes/soundscape.h"

#include "events/event.h"
#include "events/event_text.h"
#include "soundscapes/internal/background.h"
#include "soundscapes/internal/wav_writer.h"
#include "soundscapes/mixer.h"
#include "soundscapes/plan.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/progress.h"
#include "text/csv.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <utility>

namespace soundfold::soundscapes {
namespace {

namespace fs = std::filesystem;

constexpr double kEdgeS = 0.005;  ///< an event's ends are faded, so that none begins or ends with a click

void require_range(const char* what, double value, double least, double most) {
  if (value >= least && value <= most) return;
  throw UsageError(std::string(what) + " is " + fixed(value, 2) + "; from " + fixed(least, 1) + " to " +
                   fixed(most, 1) + " is allowed");
}

void require_limits(const std::string& what, const std::vector<double>& limits, double least, double most) {
  if (limits.size() != 2) throw UsageError(what + " has two limits, the lowest and the highest");
  require_range(("the lowest limit of " + what).c_str(), limits[0], least, limits[1]);
  require_range(("the highest limit of " + what).c_str(), limits[1], least, most);
}

void check_options(const SoundscapeOptions& options) {
  require_range("the number of recordings", options.recordings, 1, 10'000);
  require_range("the length of a recording in minutes", options.minutes, 0.1, 1440);
  require_range("the number of events", options.event_count, 0, 10'000'000);
  require_range("the distance between events in s", options.least_distance_s, 0, 3600);
  require_limits("the ratio in dB", options.snr_db, -60, 100);
  require_limits("the level of the background in dBFS", options.background_dbfs, -70, -10);
  require_range("the sample rate in Hz", options.sample_rate_hz, 1000, 192'000);
}

/// An event that was drawn: one stretch of a clip.
struct DrawnEvent {
  const Clip* clip = nullptr;
  Extent extent;
};

/// Draws events from clips, each clip by turns.
class EventDeck {
 public:
  EventDeck(const SoundscapeOptions& options, Random random)
      : options_(options), clips_(find_clips(options.events, options.seed)), random_(random) {
    for (const auto& clip : clips_) {
      if (clip.label.empty()) throw UsageError("the events need classes: give a folder with a folder for each class");
    }
  }

  DrawnEvent draw() {
    for (std::size_t tried = 0; tried <= clips_.size(); ++tried) {
      if (deck_.empty()) {
        deck_.resize(clips_.size());
        std::iota(deck_.begin(), deck_.end(), std::size_t{0});
      }
      const auto at = static_cast<std::size_t>(random_.integer(0, static_cast<int>(deck_.size()) - 1));
      const std::size_t clip = deck_[at];
      deck_.erase(deck_.begin() + static_cast<std::ptrdiff_t>(at));
      const auto& extents = extents_of(clip);
      if (extents.empty()) continue;
      const auto which = static_cast<std::size_t>(random_.integer(0, static_cast<int>(extents.size()) - 1));
      return {&clips_[clip], extents[which]};
    }
    throw DataError(options_.events.place + ": no clip has an event (a sound above its own noise)");
  }

 private:
  const std::vector<Extent>& extents_of(std::size_t clip) {
    const auto known = extents_.find(clip);
    if (known != extents_.end()) return known->second;
    const auto waveform = load_clip(clips_[clip], options_.sample_rate_hz);
    auto extents = sounding_extents(waveform, options_.sample_rate_hz, options_.extent);
    if (extents.empty()) logger().warn("{}: nothing sounds in it; it is left out", clips_[clip].name);
    return extents_[clip] = std::move(extents);
  }

  const SoundscapeOptions& options_;
  std::vector<Clip> clips_;
  Random random_;
  std::vector<std::size_t> deck_;
  std::map<std::size_t, std::vector<Extent>> extents_;
};

std::vector<float> cut_event(const DrawnEvent& event, int sample_rate_hz) {
  const auto waveform = load_clip(*event.clip, sample_rate_hz);
  std::vector<float> samples(waveform.begin() + static_cast<std::ptrdiff_t>(event.extent.begin),
                             waveform.begin() + static_cast<std::ptrdiff_t>(event.extent.end));
  const std::size_t edge = std::min(samples.size() / 2, static_cast<std::size_t>(kEdgeS * sample_rate_hz));
  for (std::size_t i = 0; i < edge; ++i) {
    const auto gain = static_cast<float>((static_cast<double>(i) + 0.5) / static_cast<double>(edge));
    samples[i] *= gain;
    samples[samples.size() - 1 - i] *= gain;
  }
  return samples;
}

/// An event of a recording with what only annotations.csv says.
struct WrittenEvent {
  events::Event event;
  std::string source;
  double snr_db = 0;
};

/// One recording at a time, each with draws of its own.
class SoundscapeWriter {
 public:
  explicit SoundscapeWriter(const SoundscapeOptions& options)
      : options_(options),
        deck_(options, Random(options.seed).child("events")),
        backgrounds_(find_clips(options.background, options.seed + 1)),
        background_(backgrounds_, options.sample_rate_hz, options.background_dbfs[0], options.background_dbfs[1]),
        random_(Random(options.seed).child("recordings")),
        csv_("path,start_s,end_s,label,mixed_from,snr_db\n") {}

  void write(int number, int event_count, Progress& progress) {
    std::string digits = std::to_string(number);
    digits.insert(0, 3 - std::min<std::size_t>(3, digits.size()), '0');
    const std::string name = "soundscape_" + digits;
    const auto length = static_cast<std::int64_t>(std::llround(options_.minutes * 60 * options_.sample_rate_hz));
    std::vector<WrittenEvent> written;
    auto sounds = planned(event_count, length, written);
    write_file_atomically(options_.folder / (name + ".wav"), [&](const fs::path& temporary) {
      WavWriter wav(temporary, length, options_.sample_rate_hz);
      Mixer mixer(std::move(sounds), length,
                  [&](const float* samples, std::size_t count) { wav.write(samples, count); });
      while (!mixer.full()) {
        throw_if_interrupted("stopped; the same command makes the recordings again");
        background_.give_one(random_, [&](const float* samples, std::size_t count) { mixer.push(samples, count); });
      }
      wav.finish();
    });
    progress.advance();
    note(name, written);
  }

  void finish() { write_file_atomically(options_.folder / "annotations.csv", csv_); }
  const SoundscapeReport& report() const { return report_; }

 private:
  /// Draws the events of a recording; `written` gets them, with what was mixed in the end.
  std::vector<PlacedSound> planned(int event_count, std::int64_t length, std::vector<WrittenEvent>& written) {
    const double rate = options_.sample_rate_hz;
    std::vector<DrawnEvent> drawn;
    std::vector<double> durations_s;
    for (int i = 0; i < event_count; ++i) {
      drawn.push_back(deck_.draw());
      durations_s.push_back(static_cast<double>(drawn.back().extent.end - drawn.back().extent.begin) / rate);
    }
    const auto starts_s =
        drawn_starts(durations_s, static_cast<double>(length) / rate, options_.least_distance_s, random_);
    written.resize(drawn.size());
    std::vector<PlacedSound> sounds;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      const DrawnEvent& event = drawn[i];
      const auto start = static_cast<std::int64_t>(starts_s[i] * rate);
      const auto size = static_cast<std::int64_t>(event.extent.end - event.extent.begin);
      const double snr_db = random_.uniform(options_.snr_db[0], options_.snr_db[1]);
      WrittenEvent& entry = written[i];
      entry.event.start_s = static_cast<double>(start) / rate;
      entry.event.end_s = static_cast<double>(start + size) / rate;
      entry.event.label = event.clip->label;
      entry.source = event.clip->name;
      entry.snr_db = snr_db;
      PlacedSound sound;
      sound.start = start;
      sound.length = size;
      sound.mean_square = event.extent.mean_square;
      sound.snr_db = snr_db;
      sound.load = [event, this] { return cut_event(event, options_.sample_rate_hz); };
      sound.mixed = [this, &entry, mean_square = event.extent.mean_square](double gain, double snr) {
        entry.event.level_dbfs = 10 * std::log10(mean_square * gain * gain);
        if (snr < entry.snr_db - 0.01) ++report_.softer_events;
        entry.snr_db = snr;
      };
      sounds.push_back(std::move(sound));
    }
    return sounds;
  }

  void note(const std::string& name, const std::vector<WrittenEvent>& written) {
    events::Recording recording;
    recording.path = name + ".wav";
    recording.seconds = options_.minutes * 60;
    for (const auto& entry : written) {
      const auto& event = entry.event;
      recording.events.push_back(event);
      csv_ += recording.path + "," + fixed(event.start_s, 4) + "," + fixed(event.end_s, 4) + "," +
              csv_field(event.label) + "," + csv_field(entry.source) + "," + fixed(entry.snr_db, 2) + "\n";
    }
    if (written.empty()) csv_ += recording.path + ",,,,,\n";
    for (const auto& [format, ending] :
         {std::pair(events::EventFormat::audacity, ".txt"), std::pair(events::EventFormat::raven, ".selections.txt")}) {
      events::EventText text(format);
      const std::string header = text.header();
      write_file_atomically(options_.folder / (name + ending), header + text.recording(recording));
    }
    report_.seconds += recording.seconds;
    report_.events += written.size();
    ++report_.recordings;
  }

  const SoundscapeOptions& options_;
  EventDeck deck_;
  std::vector<Clip> backgrounds_;
  Background background_;
  Random random_;
  std::string csv_;
  SoundscapeReport report_;
};

}  // namespace

std::string SoundscapeReport::text() const {
  const std::string softer = softer_events == 0 ? ""
                                                : "; " + grouped(static_cast<std::int64_t>(softer_events)) +
                                                      " events softer than drawn, to stay in range";
  return grouped(static_cast<std::int64_t>(recordings)) + " recordings, " + duration_text(seconds) + " in all, " +
         grouped(static_cast<std::int64_t>(events)) + " events, annotations.csv" + softer;
}

SoundscapeReport write_soundscapes(const SoundscapeOptions& options) {
  check_options(options);
  if (options.folder.empty() || options.events.place.empty() || options.background.place.empty()) {
    throw UsageError(
        "a soundscape needs a folder to write to, and places of events and background (--out, --events, --background)");
  }
  make_folder(options.folder);
  SoundscapeWriter writer(options);
  Progress progress("mixing", options.recordings, "recordings");
  for (int i = 0; i < options.recordings; ++i) {
    const int more = i < options.event_count % options.recordings ? 1 : 0;
    writer.write(i + 1, options.event_count / options.recordings + more, progress);
  }
  writer.finish();
  return writer.report();
}

}  // namespace soundfold::soundscapes
