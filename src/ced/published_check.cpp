// SPDX-License-Identifier: Apache-2.0
#include "ced/published_check.h"

#include "audio/waveform.h"
#include "frontend/log_mel.h"
#include "frontend/patch_stream.h"
#include "support/errors.h"
#include "support/files.h"
#include "text/choice.h"
#include "text/json_depth.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <utility>

namespace soundfold::ced {
namespace fs = std::filesystem;
namespace {

constexpr double kTwoPi = 6.283185307179586476925;
constexpr std::size_t kCheckSamples = 160'000;
constexpr std::uintmax_t kMaxLogitsBytes = 10'000'000;
constexpr const char* kNoise = "noise_10s";

fs::path logits_file(const fs::path& folder, network::CedSize size) {
  return folder / ("ced-" + name_of(size) + ".logits.json");
}

/// 0.5 sin(2 pi hz t) in float32, as 16 bits hold it: rounded half to even, of 32767, divided by 32768.
std::vector<float> rounded_sine(double hz, std::size_t count) {
  std::vector<float> samples(kCheckSamples, 0.0F);
  for (std::size_t k = 0; k < count; ++k) {
    const auto exact = static_cast<float>(0.5 * std::sin(kTwoPi * hz * (static_cast<double>(k) / 16'000)));
    samples[k] = static_cast<float>(std::nearbyint(32'767.0 * double{exact}) / 32'768.0);
  }
  return samples;
}

/// NaN stays.
void note_difference(SignalCheck& check, double difference, const std::string& class_name) {
  if (std::isnan(check.difference) || difference <= check.difference) return;
  check.difference = difference;
  check.at_class = class_name;
}

SignalCheck compared(const std::string& signal, const std::vector<double>& found, const std::vector<float>& expected,
                     const std::vector<std::string>& class_names) {
  if (found.size() != expected.size()) {
    throw DataError("check of " + signal + ": " + std::to_string(found.size()) + " classes, but " +
                    std::to_string(expected.size()) + " published logits");
  }
  SignalCheck check;
  check.signal = signal;
  for (std::size_t i = 0; i < found.size(); ++i) {
    note_difference(check, std::abs(found[i] - double{expected[i]}), class_names.at(i));
  }
  return check;
}

PublishedLogits logits_in(const nlohmann::json& json) {
  PublishedLogits published;
  for (const auto& clip : json.at("clips")) {
    published[clip.at("id").get<std::string>()] = clip.at("logits").get<std::vector<float>>();
  }
  return published;
}

}  // namespace

PublishedLogits read_published_logits(const fs::path& folder, network::CedSize size) {
  const fs::path file = logits_file(folder, size);
  const std::string text = read_file(file, kMaxLogitsBytes);
  try {
    if (nested_deeper_than(text)) throw DataError("nested too deeply");
    return logits_in(nlohmann::json::parse(text));
  } catch (const std::exception& error) {
    throw DataError(file.string() + ": not the published logits: " + shown(error.what()) +
                    "; fetch it again: fetcher ced_" + name_of(size) + "_logits");
  }
}

bool has_published_logits(const fs::path& folder, network::CedSize size) {
  return fs::exists(logits_file(folder, size));
}

std::map<std::string, std::vector<float>> check_signals() {
  return {{"sine440_10s", rounded_sine(440, kCheckSamples)},
          {"sine1000_3s", rounded_sine(1'000, 48'000)},
          {"silence_2s", std::vector<float>(kCheckSamples, 0.0F)}};
}

std::vector<double> logits_of(engines::Backbone& backbone, const std::vector<float>& waveform) {
  std::vector<float> embedding(static_cast<std::size_t>(backbone.embedding_size()));
  std::vector<float> scores(static_cast<std::size_t>(backbone.class_count()));
  frontend::LogMel log_mel(backbone.input());
  const auto run = [&](const frontend::Patch& patch) {
    backbone.run_frames(patch.log_mel, 1, patch.frames, embedding.data(), scores.data());
  };
  frontend::PatchStream stream(log_mel, run, backbone.input().patch_hop_frames);
  stream.push(waveform.data(), waveform.size());
  if (stream.finish() != 1) throw UsageError("logits of a waveform: it has more than one patch");
  std::vector<double> logits;
  for (const double score : scores) logits.push_back(std::log(score) - std::log1p(-score));
  return logits;
}

std::vector<SignalCheck> check_published(engines::Backbone& backbone, const PublishedLogits& published,
                                         const fs::path& folder) {
  auto signals = check_signals();
  const fs::path noise = folder / (std::string(kNoise) + ".wav");
  if (fs::exists(noise)) signals[kNoise] = audio::load_waveform(noise);
  std::vector<SignalCheck> checks;
  for (const auto& [name, waveform] : signals) {
    const auto expected = published.find(name);
    if (expected == published.end()) throw DataError("the published logits lack the signal " + name);
    checks.push_back(compared(name, logits_of(backbone, waveform), expected->second, backbone.class_names()));
  }
  return checks;
}

}  // namespace soundfold::ced
