// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event_finder.h"
#include "runtime/classifier.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>

namespace soundfold::listening {

/// Makes `classifier` give windows at `hop_s`; without one at the hop that its event rules were fitted for, if they
/// were. Throws UsageError as Classifier::set_window_hop, and for a model that does not state its hop, of which no
/// events can be found.
void choose_hop(runtime::Classifier& classifier, std::optional<double> hop_s);

/// Gives `classifier` the rules of a JSON file in the form of events::to_json. Throws DataError naming the file.
void take_rules_of(runtime::Classifier& classifier, const std::filesystem::path& file);

/// One waveform on its way to events, by the rules of its model. The windows are classified one by one, so that a file
/// and the same sound from a microphone give the same numbers. Belongs to one thread; its classifier must outlive it.
class EventPass {
 public:
  /// `hear` gets the events; `look`, where given, each window before the events that it begins or ends.
  EventPass(const runtime::Classifier& classifier, events::EventFinder::Consumer hear,
            runtime::WindowConsumer look = {});
  EventPass(const EventPass&) = delete;
  EventPass& operator=(const EventPass&) = delete;

  /// Mono samples at the classifier's rate, in pieces of any size. Throws as runtime::Pass.
  void push(const float* samples, std::size_t count) { pass_->push(samples, count); }
  /// Ends what is open.
  runtime::Clip finish();

 private:
  void take(const runtime::Window& window);

  events::EventFinder finder_;
  runtime::WindowConsumer look_;
  std::unique_ptr<runtime::Pass> pass_;
};

}  // namespace soundfold::listening
