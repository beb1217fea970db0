// SPDX-License-Identifier: Apache-2.0
// Events of live sound, pushed from an audio callback. No audio library is needed: a thread calls the callback with
// 10 ms of a sound file every 10 ms.
#include <soundfold/listener.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <thread>
#include <vector>

namespace {

/// What PortAudio, JACK, ALSA and others call on their own thread for each block: it may neither wait nor allocate.
void audio_callback(soundfold::Listener& listener, const float* samples, std::size_t frames) {
  listener.push(samples, frames);  // false: dropped, and counted
}

/// In place of a sound card.
void play(const std::vector<float>& sound, soundfold::Listener& listener) {
  constexpr std::size_t kBlockFrames = soundfold::kSampleRateHz / 100;
  auto due = std::chrono::steady_clock::now();
  for (std::size_t at = 0; at < sound.size(); at += kBlockFrames) {
    audio_callback(listener, sound.data() + at, std::min(kBlockFrames, sound.size() - at));
    due += std::chrono::milliseconds(10);
    std::this_thread::sleep_until(due);
  }
}

void print(const soundfold::SoundEvent& event) {
  const bool ended = event.state == soundfold::EventState::ended;
  std::printf("%s %lld %s %.2f %.2f %.3f\n", ended ? "ended" : "begun", static_cast<long long>(event.id),
              event.label.c_str(), event.start_s, event.end_s, event.probability);
  std::fflush(stdout);
}

void listen(const char* model, const char* file) {
  const std::vector<float> sound = soundfold::load_audio(file);
  soundfold::Listener listener(soundfold::Classifier(model), {soundfold::kSampleRateHz, 1});
  std::atomic<bool> ended{false};
  std::thread card([&] {
    play(sound, listener);
    ended = true;
  });
  try {
    while (!ended) {
      listener.poll(print);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  } catch (...) {
    card.join();
    throw;
  }
  card.join();
  const double seconds = listener.finish(print);
  std::fprintf(stderr, "%.1f s heard, %llu samples dropped\n", seconds,
               static_cast<unsigned long long>(listener.dropped_frames()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: listen_callback MODEL SOUND\n"), 2;
  try {
    listen(argv[1], argv[2]);
    return 0;
  } catch (const std::exception& error) {  // soundfold::UsageError, soundfold::DataError
    return std::fprintf(stderr, "listen_callback: error: %s\n", error.what()), 1;
  }
}
