// SPDX-License-Identifier: Apache-2.0
#include "listening/event_pass.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "text/json_depth.h"
#include "text/text.h"

#include <cmath>
#include <utility>

namespace soundfold::listening {
namespace {

constexpr std::uintmax_t kMaxRulesBytes = 1'000'000;

}  // namespace

void choose_hop(runtime::Classifier& classifier, std::optional<double> hop_s) {
  if (classifier.window_hop_seconds() <= 0) {
    throw UsageError("events: the model does not state the hop between its windows, so that it gives no events");
  }
  const double fitted_s = classifier.event_rules().hop_s;
  const double wanted_s = hop_s ? *hop_s : fitted_s > 0 ? fitted_s : classifier.window_hop_seconds();
  if (std::abs(wanted_s - classifier.window_hop_seconds()) > 1e-6) classifier.set_window_hop(wanted_s);
  if (fitted_s > 0 && std::abs(wanted_s - fitted_s) > 1e-6) {
    logger().warn("hop: the rules of events were fitted for {} s, and {} s is used: fit them again for it",
                  fixed(fitted_s, 2), fixed(wanted_s, 2));
  }
}

void take_rules_of(runtime::Classifier& classifier, const std::filesystem::path& file) {
  const auto text = read_file(file, kMaxRulesBytes);
  const auto json = nested_deeper_than(text) ? nlohmann::json(nlohmann::json::value_t::discarded)
                                             : nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) throw DataError(file.string() + ": not JSON, or nested too deeply");
  try {
    classifier.set_event_rules(events::event_rules_from(json, classifier.class_names()));
  } catch (const DataError& error) {
    throw DataError(file.string() + ": " + error.what());
  }
}

EventPass::EventPass(const runtime::Classifier& classifier, events::EventFinder::Consumer hear,
                     runtime::WindowConsumer look)
    : finder_(classifier.class_names(), classifier.event_rules(), classifier.window_hop_seconds(), std::move(hear)),
      look_(std::move(look)),
      pass_(classifier.start([this](const runtime::Window& window) { take(window); }, runtime::Pace::at_once)) {}

void EventPass::take(const runtime::Window& window) {
  if (look_) look_(window);
  finder_.add({window.start_s, window.end_s, window.probabilities.data(), window.level_dbfs, window.silent});
}

runtime::Clip EventPass::finish() {
  auto clip = pass_->finish();
  finder_.finish(clip.seconds);
  return clip;
}

}  // namespace soundfold::listening
