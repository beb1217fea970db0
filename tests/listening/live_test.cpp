// SPDX-License-Identifier: Apache-2.0
#include "listening/live.h"

#include "runtime/load_classifier.h"
#include "runtime/sample_model.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>

using namespace soundfold;
using listening::LiveNews;
using listening::LiveOptions;

namespace {

/// Gives blocks, then ends, or fails.
class FakeSource : public listening::SoundSource {
 public:
  FakeSource(std::vector<float> sound, bool fails) : sound_(std::move(sound)), fails_(fails) {}
  audio::SampleFormat format() const override { return {16'000, 1}; }
  const std::vector<float>& read() override {
    const auto count = std::min<std::size_t>(160, sound_.size() - at_);
    block_.assign(sound_.begin() + static_cast<std::ptrdiff_t>(at_),
                  sound_.begin() + static_cast<std::ptrdiff_t>(at_ + count));
    at_ += count;
    if (count == 0 && fails_) throw DataError("the cable is gone");
    return block_;
  }

 private:
  std::vector<float> sound_, block_;
  std::size_t at_ = 0;
  bool fails_;
};

/// Every window that is not silent is an event of dog.
std::unique_ptr<runtime::Classifier> dog_hearer() {
  auto classifier = runtime::classifier_of(testing::sample_model(), "model");
  events::EventRule rule;
  rule.on = rule.off = 1e-6;
  classifier->set_event_rules({{rule, std::nullopt, std::nullopt}, 0, {}});
  return classifier;
}

/// A second of noise between two of silence.
std::vector<float> noise_in_silence() {
  std::vector<float> sound(48'000, 0);
  const auto noise = testing::changing_noise(16'000);
  std::copy(noise.begin(), noise.end(), sound.begin() + 16'000);
  return sound;
}

struct Listened {
  std::vector<LiveNews> news;
  std::size_t windows = 0;
  double seconds = 0;
  std::string error;
};

/// `ends`: how each connection ends, true as a failure; after the last one a stop is requested.
Listened heard_over(const std::vector<bool>& ends, bool reconnect, const std::filesystem::path& clips = {}) {
  Listened heard;
  std::size_t connections = 0;
  const auto classifier = dog_hearer();
  LiveOptions options;
  options.connect = [&] { return std::make_unique<FakeSource>(noise_in_silence(), ends.at(connections++)); };
  options.reconnect = reconnect;
  options.hear = [&](const LiveNews& news) { heard.news.push_back(news); };
  options.look = [&](const runtime::Window&) { ++heard.windows; };
  if (!clips.empty()) options.clips = listening::ClipOptions{clips, 0.1, 60};
  const std::function<bool()> wanted = [&] { return connections == ends.size() && heard.windows >= 5 * ends.size(); };
  const StopRequest stop(wanted);
  try {
    heard.seconds = listening::listen(*classifier, options);
  } catch (const DataError& error) {
    heard.error = error.what();
  }
  return heard;
}

}  // namespace

TEST_CASE("an event is told of when it begins and when it has ended, and cut", "[listening]") {
  const testing::TempFolder folder;
  const auto heard = heard_over({false}, false, folder / "clips");
  CHECK(heard.error.empty());
  CHECK(heard.seconds == Approx(3));
  REQUIRE(heard.news.size() == 2);
  CHECK(heard.news[0].news.state == events::EventState::begun);
  CHECK(heard.news[1].news.state == events::EventState::ended);
  CHECK(heard.news[0].news.id == heard.news[1].news.id);
  CHECK(heard.news[0].clip.empty());
  CHECK(std::filesystem::exists(heard.news[1].clip));
  const auto json = nlohmann::json::parse(listening::live_json(heard.news[1]));
  CHECK(json["event"] == "ended");
  CHECK(json["class"] == "dog");
  CHECK(json["start_s"].get<double>() < 1.0);
  CHECK(json["end_s"].get<double>() > 1.9);
  CHECK(json["time"].get<std::string>().size() == std::string("2026-11-30T20:00:00.000Z").size());
  CHECK(json["clip"] == heard.news[1].clip);
}

TEST_CASE("a source that ends or fails is connected to again, and nothing but the gap is lost", "[listening]") {
  const auto heard = heard_over({true, false}, true);
  CHECK(heard.error.empty());
  REQUIRE(heard.news.size() == 4);
  CHECK(heard.news[2].news.id > heard.news[1].news.id);
  CHECK(heard.news[2].start > heard.news[0].start);
  CHECK(heard.news[2].news.event.start_s > heard.news[0].news.event.start_s + 0.9);  // the pause of a second
  CHECK(heard.seconds == Approx(6));
}

TEST_CASE("without reconnecting a source that fails is an error, after its events", "[listening]") {
  const auto heard = heard_over({true}, false);
  CHECK(heard.error == "the cable is gone");
  CHECK(heard.news.size() == 2);
  LiveOptions options;
  options.connect = [] { return std::make_unique<FakeSource>(std::vector<float>(), false); };
  options.hear = [](const LiveNews&) {};
  CHECK_THROWS_WITH(listening::listen(*dog_hearer(), options), "the source gave no sound");
}
