// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "runtime/sample_model.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <soundfold/classifier.h>
#include <soundfold/soundfold.h>
#include <soundfold/version.h>

#include <cmath>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

using namespace soundfold;
using Catch::Contains;

namespace {

std::string model_file_in(const testing::TempFolder& folder) {
  write_file_atomically(folder / "model.safetensors", runtime::model_file_bytes(testing::sample_model("attention")));
  return (folder / "model.safetensors").string();
}

struct Seen {
  std::vector<std::vector<double>> probabilities;
  std::size_t most = 1'000;
};

int remember(const soundfold_answer* window, void* context) {
  auto& seen = *static_cast<Seen*>(context);
  seen.probabilities.emplace_back(window->probabilities, window->probabilities + 3);
  return seen.probabilities.size() >= seen.most ? 1 : 0;
}

}  // namespace

TEST_CASE("the C interface gives what the C++ interface gives", "[library]") {
  const testing::TempFolder folder;
  const auto file = model_file_in(folder);
  CHECK(std::string(soundfold_version()) == library_version());
  soundfold_error error;
  soundfold_classifier* classifier = soundfold_classifier_load(file.c_str(), nullptr, &error);
  INFO(error.text);
  REQUIRE(classifier != nullptr);
  Classifier expected(file);
  CHECK(soundfold_class_count(classifier) == 3);
  CHECK(std::string(soundfold_class_name(classifier, 1)) == "cat");
  CHECK(soundfold_class_name(classifier, 3) == nullptr);
  CHECK(soundfold_sample_rate(classifier) == 16'000);
  CHECK(soundfold_window_seconds(classifier) == Approx(0.96));
  CHECK(soundfold_window_hop_seconds(classifier) == Approx(0.48));
  CHECK(soundfold_is_multi_label(classifier) == 0);

  const auto waveform = testing::changing_noise(100'000);
  const auto found = expected.classify(waveform);
  Seen seen;
  soundfold_answer answer;
  REQUIRE(soundfold_classify(classifier, waveform.data(), waveform.size(), 1, 16'000, remember, &seen, &answer,
                             &error) == SOUNDFOLD_OK);
  CHECK(std::vector<double>(answer.probabilities, answer.probabilities + 3) == found.clip.probabilities);
  CHECK(std::vector<float>(answer.logits, answer.logits + 3) == found.clip.logits);
  CHECK(answer.end_s == Approx(6.25));
  CHECK(answer.silent == 0);
  REQUIRE(answer.class_count == found.clip.answer.classes.size());
  CHECK(static_cast<std::int64_t>(answer.classes[0]) == found.clip.answer.classes[0]);
  CHECK(std::string(answer.none).empty());
  REQUIRE(seen.probabilities.size() == found.windows.size());
  for (std::size_t i = 0; i < found.windows.size(); ++i) CHECK(seen.probabilities[i] == found.windows[i].probabilities);

  audio::write_wav(folder / "sound.wav", waveform, 16'000);
  REQUIRE(soundfold_classify_file(classifier, (folder / "sound.wav").c_str(), nullptr, nullptr, &answer, &error) ==
          SOUNDFOLD_OK);
  CHECK(answer.probabilities[0] == expected.classify_file(folder / "sound.wav").clip.probabilities[0]);

  const std::vector<float> silence(20'000, 0);
  REQUIRE(soundfold_classify(classifier, silence.data(), silence.size(), 1, 16'000, nullptr, nullptr, &answer,
                             nullptr) == SOUNDFOLD_OK);
  CHECK(answer.class_count == 0);
  CHECK(std::string(answer.none) == "silence");
  soundfold_classifier_free(classifier);
}

TEST_CASE("a stream of the C interface gives windows as they are complete, also without its classifier", "[library]") {
  const testing::TempFolder folder;
  soundfold_error error;
  soundfold_classifier* classifier = soundfold_classifier_load(model_file_in(folder).c_str(), nullptr, &error);
  REQUIRE(classifier != nullptr);
  Seen seen;
  soundfold_stream* stream = soundfold_stream_start(classifier, 2, 48'000, remember, &seen, &error);
  REQUIRE(stream != nullptr);
  soundfold_classifier_free(classifier);
  const auto samples = testing::changing_noise(2 * 480);
  for (int i = 0; i < 500; ++i) REQUIRE(soundfold_stream_push(stream, samples.data(), 480, &error) == SOUNDFOLD_OK);
  CHECK(seen.probabilities.size() == 9);
  soundfold_answer answer;
  REQUIRE(soundfold_stream_finish(stream, &answer, &error) == SOUNDFOLD_OK);
  CHECK(answer.end_s == Approx(5));
  CHECK(answer.probabilities[0] + answer.probabilities[1] + answer.probabilities[2] == Approx(1));
  CHECK(soundfold_stream_push(stream, samples.data(), 1, &error) == SOUNDFOLD_USAGE_ERROR);
  CHECK_THAT(error.text, Contains("finished"));
  soundfold_stream_free(stream);
}

TEST_CASE("what fails in the C interface gives a status and a line", "[library]") {
  const testing::TempFolder folder;
  soundfold_error error;
  soundfold_answer answer;
  CHECK(soundfold_classifier_load((folder / "none").c_str(), nullptr, &error) == nullptr);
  CHECK_THAT(error.text, Contains("none"));
  CHECK(soundfold_classifier_load(nullptr, nullptr, &error) == nullptr);
  CHECK(soundfold_classifier_load((folder / ("long" + std::string(5'000, 'x'))).c_str(), nullptr, &error) == nullptr);
  CHECK(std::strlen(error.text) < sizeof error.text);
  const auto file = model_file_in(folder);
  soundfold_options options{};
  options.precision = SOUNDFOLD_INT8;
  CHECK(soundfold_classifier_load(file.c_str(), &options, &error) == nullptr);
  CHECK_THAT(error.text, Contains("int8"));
  options.precision = static_cast<soundfold_precision>(9);
  CHECK(soundfold_classifier_load(file.c_str(), &options, nullptr) == nullptr);
  options = {SOUNDFOLD_FLOAT32, 1};
  soundfold_classifier* classifier = soundfold_classifier_load(file.c_str(), &options, &error);
  REQUIRE(classifier != nullptr);
  const std::vector<float> quiet(40'000, 0);
  const float bad = NAN;
  const auto classify = [&](const float* samples, std::size_t frames, int channels, int rate) {
    return soundfold_classify(classifier, samples, frames, channels, rate, nullptr, nullptr, &answer, &error);
  };
  CHECK(classify(quiet.data(), quiet.size(), 1, 16'000) == SOUNDFOLD_OK);
  CHECK(answer.class_count == 3);  // no gate
  CHECK(std::string(error.text).empty());
  CHECK(classify(&bad, 1, 1, 16'000) == SOUNDFOLD_USAGE_ERROR);
  CHECK(classify(quiet.data(), 0, 1, 16'000) == SOUNDFOLD_USAGE_ERROR);
  CHECK(classify(nullptr, 10, 1, 16'000) == SOUNDFOLD_USAGE_ERROR);
  CHECK(classify(quiet.data(), 10, 0, 16'000) == SOUNDFOLD_USAGE_ERROR);
  CHECK(classify(quiet.data(), 10, 1, 1'000'000) == SOUNDFOLD_USAGE_ERROR);
  CHECK(soundfold_classify_file(classifier, (folder / "none.wav").c_str(), nullptr, nullptr, &answer, &error) ==
        SOUNDFOLD_DATA_ERROR);
  CHECK(soundfold_classify(nullptr, quiet.data(), 10, 1, 16'000, nullptr, nullptr, &answer, &error) ==
        SOUNDFOLD_USAGE_ERROR);
  CHECK(soundfold_stream_start(classifier, 1, 0, nullptr, nullptr, &error) == nullptr);
  Seen seen;
  seen.most = 2;
  CHECK(soundfold_classify(classifier, quiet.data(), quiet.size(), 1, 16'000, remember, &seen, &answer, &error) ==
        SOUNDFOLD_STOPPED);
  CHECK(seen.probabilities.size() == 2);
  CHECK(classify(quiet.data(), quiet.size(), 1, 16'000) == SOUNDFOLD_OK);
  soundfold_classifier_free(classifier);
  soundfold_classifier_free(nullptr);
  soundfold_stream_free(nullptr);
}

TEST_CASE("eight threads classify through shared handles of C", "[library]") {
  const testing::TempFolder folder;
  soundfold_classifier* first = soundfold_classifier_load(model_file_in(folder).c_str(), nullptr, nullptr);
  REQUIRE(first != nullptr);
  const auto waveform = testing::changing_noise(60'000);
  std::vector<double> found(8);
  std::vector<std::thread> threads;
  for (auto& value : found) {
    threads.emplace_back([&] {
      soundfold_classifier* own = soundfold_classifier_share(first, nullptr);
      soundfold_answer answer;
      for (int i = 0; i < 3; ++i) {
        if (soundfold_classify(own, waveform.data(), waveform.size(), 1, 16'000, nullptr, nullptr, &answer, nullptr) ==
            SOUNDFOLD_OK) {
          value = answer.probabilities[0];
        }
      }
      soundfold_classifier_free(own);
    });
  }
  for (auto& thread : threads) thread.join();
  soundfold_classifier_free(first);
  for (const auto value : found) CHECK(value == found[0]);
  CHECK(found[0] > 0);
}
