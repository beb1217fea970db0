// SPDX-License-Identifier: Apache-2.0
#include "listening/event_pass.h"

#include "audio/mono_stream.h"
#include "runtime/load_classifier.h"
#include "runtime/sample_model.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

#include <random>

using namespace soundfold;

namespace {

/// Everything that a pass gave, as text with every digit.
struct Heard {
  std::string windows, events;
};

class Collector {
 public:
  explicit Collector(const runtime::Classifier& classifier)
      : pass_(
            classifier, [this](const events::EventNews& news) { take(news); },
            [this](const runtime::Window& window) { take(window); }) {}

  listening::EventPass& pass() { return pass_; }
  Heard finish() {
    pass_.finish();
    return heard_;
  }

 private:
  static std::string exact(double value) {
    char text[40];
    std::snprintf(text, sizeof(text), "%a ", value);
    return text;
  }
  void take(const events::EventNews& news) {
    if (news.state != events::EventState::ended) return;
    heard_.events += news.event.label + " " + exact(news.event.start_s) + exact(news.event.end_s) +
                     exact(news.event.probability) + exact(news.event.mean_probability) + "\n";
  }
  void take(const runtime::Window& window) {
    heard_.windows += exact(window.start_s) + exact(double{window.level_dbfs});
    for (const float logit : window.logits) heard_.windows += exact(double{logit});
    heard_.windows += "\n";
  }

  Heard heard_;
  listening::EventPass pass_;
};

std::unique_ptr<runtime::Classifier> eventful_model() {
  auto model = testing::sample_model();
  model.decision.silence_gate.reset();
  events::EventRule rule;
  rule.on = 0.45;
  rule.off = 0.3;
  rule.smooth_s = 1;
  model.event_rules = events::EventRules{{rule, rule, std::nullopt}, 0.24, {}};
  return runtime::classifier_of(model, "model");
}

/// `sizes` gives the number of frames of each piece.
template <typename Sizes>
Heard heard_in_pieces(const runtime::Classifier& classifier, const std::vector<float>& sound, int rate_hz,
                      Sizes sizes) {
  Collector collector(classifier);
  audio::MonoStream mono({rate_hz, 1}, std::nullopt, classifier.sample_rate_hz(),
                         [&](const float* samples, std::size_t count) { collector.pass().push(samples, count); });
  for (std::size_t at = 0; at < sound.size();) {
    const auto count = std::min<std::size_t>(sizes(), sound.size() - at);
    mono.push(sound.data() + at, count);
    at += count;
  }
  mono.finish();
  return collector.finish();
}

}  // namespace

TEST_CASE("pieces of any size give the same windows and events, bit for bit, at any rate", "[listening]") {
  const auto classifier = eventful_model();
  listening::choose_hop(*classifier, std::nullopt);
  CHECK(classifier->window_hop_seconds() == Approx(0.24));
  for (const int rate_hz : {8'000, 16'000, 44'100, 48'000}) {
    INFO(rate_hz << " Hz");
    const auto sound = testing::changing_noise(6 * rate_hz);
    const auto whole = heard_in_pieces(*classifier, sound, rate_hz, [&] { return sound.size(); });
    CHECK_FALSE(whole.events.empty());
    for (const std::size_t piece : {std::size_t{1}, std::size_t{160}, std::size_t{4'801}}) {
      const auto parts = heard_in_pieces(*classifier, sound, rate_hz, [&] { return piece; });
      CHECK(parts.windows == whole.windows);
      CHECK(parts.events == whole.events);
    }
    std::mt19937 random(5);
    const auto parts = heard_in_pieces(*classifier, sound, rate_hz, [&] { return 1 + random() % 9'000; });
    CHECK(parts.windows == whole.windows);
    CHECK(parts.events == whole.events);
  }
}

TEST_CASE("the hop is the user's, else that of the rules, else the model's", "[listening]") {
  const auto fitted = eventful_model();
  listening::choose_hop(*fitted, 0.48);
  CHECK(fitted->window_hop_seconds() == Approx(0.48));
  const auto plain = runtime::classifier_of(testing::sample_model(), "model");
  listening::choose_hop(*plain, std::nullopt);
  CHECK(plain->window_hop_seconds() == Approx(0.48));
  listening::choose_hop(*plain, 0.1);
  CHECK(plain->window_hop_seconds() == Approx(0.1));
  CHECK_THROWS_AS(listening::choose_hop(*plain, 0.001), UsageError);
}
