// SPDX-License-Identifier: Apache-2.0
#include "listening/live.h"

#include "audio/mono_stream.h"
#include "listening/event_pass.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <thread>
#include <utility>

namespace soundfold::listening {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
constexpr int kLongestPauseS = 30;  ///< between attempts to connect

double seconds_since(SteadyTime start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string utc_text(std::chrono::system_clock::time_point time) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const auto length = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof(text) - length, ".%03dZ", static_cast<int>(ms % 1000));
  return text;
}

double rounded(double value, double steps) {
  return std::round(value * steps) / steps;
}

/// What one connection to the sound brings.
class Session {
 public:
  /// Its sound begins `offset_s` after listening began; ids of its events follow `last_id`.
  Session(const runtime::Classifier& classifier, const LiveOptions& options, const SoundSource& source, double offset_s,
          std::int64_t& last_id)
      : options_(options),
        offset_s_(offset_s),
        last_id_(last_id),
        first_id_(last_id),
        channels_(static_cast<std::size_t>(source.format().channels)),
        begun_(std::chrono::system_clock::now()),
        pass_(
            classifier, [this](const events::EventNews& news) { tell(news); }, shifted(options.look, offset_s)),
        mono_(source.format(), audio::chosen_channel(options.channels), classifier.sample_rate_hz(),
              [this](const float* samples, std::size_t count) { take(samples, count); }) {
    if (options.clips) {
      std::string name = utc_text(begun_).substr(0, 19);
      std::replace(name.begin(), name.end(), ':', '-');
      cutter_.emplace(*options.clips, name, classifier.sample_rate_hz());
    }
  }

  void push(const std::vector<float>& block) { mono_.push(block.data(), block.size() / channels_); }

  double finish() {
    mono_.finish();
    const double seconds = pass_.finish().seconds;
    if (cutter_) cutter_->finish();
    return seconds;
  }

 private:
  static runtime::WindowConsumer shifted(const runtime::WindowConsumer& look, double offset_s) {
    if (!look) return {};
    return [look, offset_s](const runtime::Window& window) {
      runtime::Window later = window;
      later.start_s += offset_s;
      later.end_s += offset_s;
      look(later);
    };
  }

  void take(const float* samples, std::size_t count) {
    if (cutter_) cutter_->push(samples, count);
    pass_.push(samples, count);
  }

  void tell(const events::EventNews& news) {
    LiveNews live{news, begun_, ""};
    live.start += std::chrono::milliseconds(std::llround(news.event.start_s * 1000));
    if (cutter_) {
      const bool ended = news.state == events::EventState::ended;
      if (ended) live.clip = cutter_->cut(news.event).string();
    }
    live.news.id += first_id_;
    last_id_ = std::max(last_id_, live.news.id);
    live.news.event.start_s += offset_s_;
    live.news.event.end_s += offset_s_;
    live.news.event.peak_s += offset_s_;
    options_.hear(live);
  }

  const LiveOptions& options_;
  double offset_s_;
  std::int64_t& last_id_;
  std::int64_t first_id_;
  std::size_t channels_;
  std::chrono::system_clock::time_point begun_;
  std::optional<ClipCutter> cutter_;
  EventPass pass_;
  audio::MonoStream mono_;
};

/// The sound, not the model or what listens, has failed.
struct SourceFailure : DataError {
  using DataError::DataError;
};

template <typename Body>
auto of_source(Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const DataError& error) {
    throw SourceFailure(error.what());
  }
}

class Listener {
 public:
  Listener(const runtime::Classifier& classifier, const LiveOptions& options)
      : classifier_(classifier), options_(options) {}

  /// One connection, to its end. Returns whether there was sound.
  bool hear_once() {
    const auto source = of_source([&] { return options_.connect(); });
    std::optional<Session> session;
    try {
      while (true) {
        const auto& block = *of_source([&] { return &source->read(); });
        if (block.empty()) break;
        if (!session) session.emplace(classifier_, options_, *source, offset_s(), last_id_);
        session->push(block);
      }
    } catch (const Interrupted&) {
      end(session);
      throw;
    } catch (const SourceFailure&) {
      end(session);
      throw;
    }
    end(session);
    return session.has_value();
  }

  /// Waits before the next attempt. Throws Interrupted.
  void pause() {
    logger().warn("the sound ended; trying again in {} s", pause_s_);
    const auto start = std::chrono::steady_clock::now();
    while (seconds_since(start) < pause_s_) {
      throw_if_interrupted("stopped");
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    pause_s_ = std::min(2 * pause_s_, kLongestPauseS);
  }

  void reset_pause() { pause_s_ = 1; }
  double heard_s() const { return heard_s_; }

 private:
  /// The first sound begins at 0, also when it comes faster than in real time.
  double offset_s() {
    if (begun_) return seconds_since(*begun_);
    begun_ = std::chrono::steady_clock::now();
    return 0;
  }

  void end(std::optional<Session>& session) {
    if (session) heard_s_ += session->finish();
  }

  const runtime::Classifier& classifier_;
  const LiveOptions& options_;
  std::int64_t last_id_ = 0;
  std::optional<SteadyTime> begun_;
  double heard_s_ = 0;
  int pause_s_ = 1;
};

}  // namespace

double listen(const runtime::Classifier& classifier, const LiveOptions& options) {
  Listener listener(classifier, options);
  try {
    while (true) {
      try {
        const bool any = listener.hear_once();
        if (!options.reconnect) {
          if (!any) throw DataError("the source gave no sound");
          break;
        }
        if (any) listener.reset_pause();
      } catch (const SourceFailure& error) {
        if (!options.reconnect) throw;
        logger().error("{}", error.what());
      }
      listener.pause();
    }
  } catch (const Interrupted&) {
    logger().info("stopped");
  }
  return listener.heard_s();
}

std::string live_json(const LiveNews& live) {
  const auto& event = live.news.event;
  nlohmann::ordered_json json = {{"event", live.news.state == events::EventState::begun ? "begun" : "ended"},
                                 {"id", live.news.id},
                                 {"class", event.label},
                                 {"start_s", rounded(event.start_s, 1000)},
                                 {"end_s", rounded(event.end_s, 1000)},
                                 {"time", utc_text(live.start)},
                                 {"probability", rounded(event.probability, 1e6)},
                                 {"mean_probability", rounded(event.mean_probability, 1e6)},
                                 {"peak_s", rounded(event.peak_s, 1000)},
                                 {"level_dbfs", rounded(event.level_dbfs, 10)}};
  if (!live.clip.empty()) json["clip"] = live.clip;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace soundfold::listening
