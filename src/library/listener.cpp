// SPDX-License-Identifier: Apache-2.0
#include "audio/mono_stream.h"
#include "events/event_finder.h"
#include "library/internal/decode_options.h"
#include "library/make_classifier.h"
#include "library/samples.h"
#include "listening/event_pass.h"
#include "listening/frame_buffer.h"
#include "runtime/classifier.h"
#include "support/errors.h"

#include <soundfold/listener.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace soundfold {
namespace {

/// A copy of its own, with the rules and the hop asked for.
std::unique_ptr<const runtime::Classifier> listening_model(const Classifier& classifier,
                                                           const ListenerOptions& options) {
  auto model = ClassifierMaker::model_of(classifier).copy();
  if (!options.rules.empty()) listening::take_rules_of(*model, options.rules);
  listening::choose_hop(*model, options.hop_s);
  return model;
}

std::size_t buffer_frames(const SampleFormat& format, double buffer_s) {
  if (!(buffer_s >= 0.1 && buffer_s <= 600)) {
    throw UsageError("buffer_s: " + std::to_string(buffer_s) + " s given, 0.1 to 600 are allowed");
  }
  return static_cast<std::size_t>(std::ceil(buffer_s * format.sample_rate_hz));
}

}  // namespace

/// All within the class: what is inline is not exported.
struct Listener::Impl {
  /// Sound without a gap, to events.
  class UnbrokenSound {
   public:
    /// It begins `offset_s` after the first sample of all; ids of its events follow `last_id`, which counts on.
    /// `consume` is looked at when there is an event.
    UnbrokenSound(const runtime::Classifier& model, const audio::SampleFormat& format,
                  std::optional<std::size_t> channel, double offset_s, std::int64_t& last_id,
                  const EventConsumer*& consume)
        : offset_s_(offset_s),
          first_id_(last_id),
          last_id_(last_id),
          consume_(consume),
          pass_(model, [this](const events::EventNews& news) { give(news); }),
          mono_(format, channel, model.sample_rate_hz(),
                [this](const float* samples, std::size_t count) { pass_.push(samples, count); }) {}

    void push(const listening::FrameBuffer::Piece& piece) {
      mono_.push(piece.samples, piece.frames);
      is_empty_ = false;
    }
    void finish() {
      if (is_empty_) return;
      mono_.finish();
      pass_.finish();
    }

   private:
    void give(const events::EventNews& news) {
      const auto& event = news.event;
      const auto id = first_id_ + news.id;
      last_id_ = std::max(last_id_, id);
      if (consume_ == nullptr || !*consume_) return;
      (*consume_)({news.state == events::EventState::begun ? EventState::begun : EventState::ended, id,
                   news.class_index, event.label, offset_s_ + event.start_s, offset_s_ + event.end_s, event.probability,
                   event.mean_probability, offset_s_ + event.peak_s, event.level_dbfs});
    }

    double offset_s_;
    std::int64_t first_id_;
    std::int64_t& last_id_;
    const EventConsumer*& consume_;
    bool is_empty_ = true;
    listening::EventPass pass_;
    audio::MonoStream mono_;
  };

  Impl(const Classifier& classifier, const SampleFormat& given, const ListenerOptions& options)
      : model(listening_model(classifier, options)),
        format{given.sample_rate_hz, given.channels},
        channel(audio::chosen_channel(decode_options(classifier.audio_options(), model->sample_rate_hz()).channels)) {
    begin();  // checks the format
    buffer = std::make_unique<listening::FrameBuffer>(static_cast<std::size_t>(given.channels),
                                                      buffer_frames(given, options.buffer_s));
  }

  /// Sound begins here.
  void begin() {
    sound.reset();  // what it worked with serves the next
    sound = std::make_unique<UnbrokenSound>(*model, format, channel, seconds(), last_id, consume);
  }
  double seconds() const { return static_cast<double>(frames) / format.sample_rate_hz; }

  void take(const listening::FrameBuffer::Piece& piece) {
    if (piece.missing > 0) {
      sound->finish();
      frames += piece.missing;
      begin();
    }
    check(piece);
    sound->push(piece);
    frames += piece.frames;
  }

  /// push() cannot throw.
  void check(const listening::FrameBuffer::Piece& piece) const {
    const auto* end = piece.samples + piece.frames * static_cast<std::size_t>(format.channels);
    const auto* bad = std::find_if(piece.samples, end, [](float x) { return !(std::abs(x) <= kLargestSample); });
    if (bad == end) return;
    throw UsageError("poll: a sample near " + std::to_string(seconds()) + " s is " + std::to_string(*bad) +
                     "; samples are finite and at most 100, within [-1, 1] as a rule");
  }

  /// At most what is there now, or a thread that pushes faster than the model works would keep it here.
  void take_waiting() {
    if (finished) throw UsageError("poll: the listener was finished before");
    for (std::size_t left = buffer->waiting(); left > 0;) {
      const auto piece = buffer->take();
      take(piece);
      left -= std::min(left, piece.frames);
    }
  }

  std::unique_ptr<const runtime::Classifier> model;
  audio::SampleFormat format;
  std::optional<std::size_t> channel;
  std::unique_ptr<listening::FrameBuffer> buffer;
  std::uint64_t frames = 0;  ///< so far, gaps included
  std::int64_t last_id = 0;
  const EventConsumer* consume = nullptr;  ///< of the call under way
  std::unique_ptr<UnbrokenSound> sound;
  bool finished = false;
};

Listener::Listener(const Classifier& classifier, const SampleFormat& format, const ListenerOptions& options)
    : impl_(std::make_unique<Impl>(classifier, format, options)) {}
Listener::~Listener() = default;

bool Listener::push(const float* samples, std::size_t frames) noexcept {
  return impl_->buffer->push(samples, frames);
}

std::uint64_t Listener::dropped_frames() const noexcept {
  return impl_->buffer->dropped();
}

void Listener::poll(const EventConsumer& consume) {
  impl_->consume = &consume;
  impl_->take_waiting();
}

double Listener::finish(const EventConsumer& consume) {
  poll(consume);
  impl_->finished = true;
  impl_->sound->finish();
  return impl_->seconds();
}

}  // namespace soundfold
