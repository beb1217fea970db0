// SPDX-License-Identifier: Apache-2.0
#include "audio/mono_stream.h"
#include "events/event_rule.h"
#include "listening/event_pass.h"
#include "runtime/load_classifier.h"
#include "runtime/sample_model.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <soundfold/error.h>
#include <soundfold/listener.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>
#include <optional>
#include <random>
#include <thread>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

// A sanitizer has operators of its own, which these would break.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SOUNDFOLD_COUNTS_ALLOCATIONS
namespace {

thread_local long allocations = 0;  ///< of this thread

}  // namespace

// Those of the whole program and of the libraries that it loads.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(std::max<std::size_t>(size, 1))) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif

namespace {

constexpr int kRateHz = 48'000;

fs::path eventful_model_in(const testing::TempFolder& folder) {
  auto model = testing::sample_model();
  model.decision.silence_gate.reset();
  events::EventRule rule;
  rule.on = 0.45;
  rule.off = 0.44;
  model.event_rules = events::EventRules{{rule, rule, rule}, 0.24, {}};
  write_file_atomically(folder / "model.safetensors", runtime::model_file_bytes(model));
  return folder / "model.safetensors";
}

std::vector<float> stereo(const std::vector<float>& left, const std::vector<float>& right) {
  std::vector<float> both;
  for (std::size_t i = 0; i < left.size(); ++i) both.insert(both.end(), {left[i], right[i]});
  return both;
}

/// All of an event, with every digit.
std::string exact_line(bool ended, std::int64_t id, std::size_t class_index, const std::string& label,
                       const std::vector<double>& values) {
  std::string line =
      (ended ? "ended " : "begun ") + std::to_string(id) + " " + std::to_string(class_index) + " " + label;
  for (const double value : values) {
    char text[40];
    std::snprintf(text, sizeof(text), " %a", value);
    line += text;
  }
  return line;
}

using Lines = std::vector<std::string>;

EventConsumer lines_into(Lines& lines) {
  return [&lines](const SoundEvent& event) {
    lines.push_back(exact_line(
        event.state == EventState::ended, event.id, event.class_index, event.label,
        {event.start_s, event.end_s, event.peak_s, event.probability, event.mean_probability, event.level_dbfs}));
  };
}

/// What EventPass finds in stereo sound that begins `offset_s` later, its ids following `last_id`.
Lines expected_lines(const runtime::Classifier& classifier, const float* samples, std::size_t frames,
                     double offset_s = 0, std::int64_t last_id = 0) {
  Lines lines;
  listening::EventPass pass(classifier, [&](const events::EventNews& news) {
    const auto& event = news.event;
    lines.push_back(exact_line(news.state == events::EventState::ended, last_id + news.id, news.class_index,
                               event.label,
                               {offset_s + event.start_s, offset_s + event.end_s, offset_s + event.peak_s,
                                event.probability, event.mean_probability, double{event.level_dbfs}}));
  });
  audio::MonoStream mono({kRateHz, 2}, std::nullopt, classifier.sample_rate_hz(),
                         [&](const float* values, std::size_t count) { pass.push(values, count); });
  mono.push(samples, frames);
  mono.finish();
  pass.finish();
  return lines;
}

/// The model, twice, and six seconds of sound in it.
struct Place {
  testing::TempFolder folder;
  fs::path file = eventful_model_in(folder);
  std::unique_ptr<runtime::Classifier> expected = runtime::load_classifier(file);
  Classifier classifier{file};
  std::vector<float> sound = stereo(testing::changing_noise(6L * kRateHz), testing::changing_noise(6L * kRateHz, 2));

  Place() { listening::choose_hop(*expected, std::nullopt); }
  std::size_t frames() const { return sound.size() / 2; }
  const float* at(std::size_t frame) const { return sound.data() + 2 * frame; }
};

}  // namespace

TEST_CASE("pushed blocks of any size give the events of the whole sound", "[library]") {
  const Place place;
  const auto expected = expected_lines(*place.expected, place.at(0), place.frames());
  REQUIRE(expected.size() >= 2);
  std::mt19937 random(5);
  for (const std::size_t most : {1'000, 1'439, 90'000}) {
    Listener listener(place.classifier, {kRateHz, 2});
    Lines found;
    for (std::size_t at = 0, polls = 0; at < place.frames(); ++polls) {
      const auto frames = std::min(1 + random() % most, place.frames() - at);
      CHECK(listener.push(place.at(at), frames));
      at += frames;
      if (polls % 3 == 0) listener.poll(lines_into(found));
    }
    CHECK_FALSE(found.empty());  // before the end
    CHECK(listener.finish(lines_into(found)) == Approx(6));
    CHECK(found == expected);
    CHECK(listener.dropped_frames() == 0);
  }
  CHECK(place.classifier.window_hop_seconds() == Approx(0.48));  // its own is as it was
}

#ifdef SOUNDFOLD_COUNTS_ALLOCATIONS
TEST_CASE("push allocates nothing, with room and without", "[library]") {
  const Place place;
  ListenerOptions options;
  options.buffer_s = 2;
  Listener listener(place.classifier, {kRateHz, 2}, options);
  const long before_shared = allocations;
  const auto shared = place.classifier.share();
  REQUIRE(allocations > before_shared);  // what the library allocates is counted
  int taken = 0;
  const long before = allocations;
  for (std::size_t at = 0; at + 480 <= place.frames(); at += 480) taken += listener.push(place.at(at), 480) ? 1 : 0;
  CHECK(allocations == before);
  CHECK(taken >= 200);
  CHECK(taken < 600);
  CHECK(listener.dropped_frames() == (600U - static_cast<unsigned>(taken)) * 480);
}
#endif

TEST_CASE("events after dropped samples have their true times, and those before end with the gap", "[library]") {
  const Place place;
  ListenerOptions options;
  options.buffer_s = 2;
  Listener listener(place.classifier, {kRateHz, 2}, options);
  std::size_t taken = 0;
  while (listener.push(place.at(taken), 480)) taken += 480;
  CHECK(taken >= 2UL * kRateHz);
  CHECK_FALSE(listener.push(place.at(taken + 480), 1));
  CHECK(listener.dropped_frames() == 481);

  Lines found;
  listener.poll(lines_into(found));
  const std::size_t after = taken + 481;
  CHECK(listener.push(place.at(after), kRateHz));
  listener.poll(lines_into(found));
  CHECK(listener.push(place.at(after + kRateHz), kRateHz));
  CHECK(listener.finish(lines_into(found)) == Approx(static_cast<double>(after) / kRateHz + 2));

  auto expected = expected_lines(*place.expected, place.at(0), taken);
  REQUIRE_FALSE(expected.empty());
  std::int64_t last_id = 0;
  for (const auto& line : expected) last_id = std::max<std::int64_t>(last_id, std::stoll(line.substr(6)));
  const auto rest =
      expected_lines(*place.expected, place.at(after), 2UL * kRateHz, static_cast<double>(after) / kRateHz, last_id);
  REQUIRE_FALSE(rest.empty());
  expected.insert(expected.end(), rest.begin(), rest.end());
  CHECK(found == expected);
}

TEST_CASE("a thread pushes blocks as they come while another polls", "[library]") {
  auto place = std::make_unique<Place>();
  const auto expected = expected_lines(*place->expected, place->at(0), place->frames());
  Listener listener(place->classifier, {kRateHz, 2});
  const auto sound = place->sound;
  place.reset();  // the listener outlives its classifier
  std::atomic<bool> ended{false};
  std::thread callback([&] {
    for (std::size_t at = 0; at < sound.size(); at += 960) listener.push(sound.data() + at, 480);
    ended = true;
  });
  Lines found;
  while (!ended) {
    listener.poll(lines_into(found));
    std::this_thread::yield();
  }
  callback.join();
  listener.finish(lines_into(found));
  CHECK(listener.dropped_frames() == 0);
  CHECK(found == expected);
}

TEST_CASE("a listener takes rules of a file, and refuses what cannot be", "[library]") {
  const Place place;
  const auto listener_of = [&](const SampleFormat& format, const ListenerOptions& options) {
    return std::make_unique<Listener>(place.classifier, format, options);
  };
  ListenerOptions options;
  options.rules = place.folder / "rules.json";
  write_file_atomically(options.rules, R"({"classes": {"rain": {"on": 0.01, "off": 0.005}}})");
  auto listener = listener_of({kRateHz, 2}, options);
  REQUIRE(listener->push(place.at(0), 2UL * kRateHz));
  Lines found;
  listener->finish(lines_into(found));
  REQUIRE(found.size() == 2);
  CHECK_THAT(found[0], Contains("begun 1 2 rain"));
  CHECK_THROWS_WITH(listener->poll({}), Contains("finished before"));
  CHECK_THROWS_AS(listener->finish({}), UsageError);

  options.rules = place.folder / "none.json";
  CHECK_THROWS_WITH(listener_of({kRateHz, 2}, options), Contains("none.json"));
  options.rules.clear();
  options.hop_s = 0.001;
  CHECK_THROWS_AS(listener_of({kRateHz, 2}, options), UsageError);
  options.hop_s.reset();
  CHECK_THROWS_AS(listener_of({0, 2}, options), UsageError);
  CHECK_THROWS_AS(listener_of({kRateHz, 65}, options), UsageError);
  options.buffer_s = 0;
  CHECK_THROWS_WITH(listener_of({kRateHz, 2}, options), Contains("0.1 to 600"));

  options.buffer_s = 1;
  listener = listener_of({kRateHz, 1}, options);
  const float bad = std::numeric_limits<float>::quiet_NaN();
  CHECK(listener->push(&bad, 1));
  CHECK_THROWS_WITH(listener->finish({}), Contains("0.000000 s is nan"));
  CHECK(listener_of({kRateHz, 1}, options)->finish({}) == 0);  // no sound at all
}
