// SPDX-License-Identifier: Apache-2.0
#include "events/event_text.h"
#include "events/label_files.h"
#include "promise.h"
#include "targets.h"

#include <string>

namespace soundfold::fuzz {
namespace {

std::size_t count_of(const std::vector<events::Recording>& recordings) {
  std::size_t count = 0;
  for (const auto& recording : recordings) {
    count += recording.events.size();
    for (const auto& event : recording.events) {
      require(event.start_s >= 0 && event.end_s >= event.start_s && !event.label.empty(), "an impossible event");
    }
  }
  return count;
}

}  // namespace

void try_labels(const std::uint8_t* bytes, std::size_t count) {
  std::vector<events::Recording> read;
  const std::string given(reinterpret_cast<const char*>(bytes), count);
  if (!accepted([&] { read = events::parse_labels(given, "labels.txt"); })) return;
  const std::size_t events = count_of(read);
  if (events == 0) return;
  events::EventText table(events::EventFormat::csv);
  std::string text = table.header();
  for (auto& recording : read) {
    if (recording.path.empty()) recording.path = "a.wav";
    text += table.recording(recording);
  }
  const bool reads_back =
      accepted([&] { require(count_of(events::parse_labels(text, "again.csv")) == events, "events are lost"); });
  require(reads_back, "what was written is refused");
}

}  // namespace soundfold::fuzz
