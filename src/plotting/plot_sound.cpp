// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "deploy/classifier.h"
#include "device/device.h"
#include "pictures/sound_charts.h"
#include "pictures/svg.h"
#include "plotting/internal/plots.h"
#include "runtime/classifier.h"
#include "runtime/load_classifier.h"
#include "runtime/model_file.h"
#include "runtime/model_path.h"
#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

namespace soundfold::plotting {
namespace {

/// The samples between --from and --to.
std::vector<float> excerpt(const PlotRequest& request, audio::Channels channels = audio::Channels::mean) {
  const auto samples = audio::load_waveform(request.input, {channels});
  const auto index = [](double seconds) { return std::llround(seconds * audio::kSampleRateHz); };
  const auto count = static_cast<long long>(samples.size());
  const auto from = index(request.from_seconds);
  const auto to = request.to_seconds > 0 ? std::min(count, index(request.to_seconds)) : count;
  if (from >= to) {
    throw UsageError("--from " + pictures::number(request.from_seconds, 3) + ": " + request.input.string() +
                     " has only " + pictures::number(static_cast<double>(count) / audio::kSampleRateHz, 3) + " s");
  }
  return {samples.begin() + from, samples.begin() + to};
}

std::string sound_name(const PlotRequest& request) {
  return request.input.filename().string();
}

std::unique_ptr<runtime::Classifier> classifier_of(const PlotRequest& request) {
  const auto file = runtime::model_path(request.model, runtime::FirstChoice::plain);
  if (runtime::is_model_file(file)) return runtime::load_classifier(file);
  return deploy::load_classifier(file, use_device(request.device), request.trusted_scores);
}

/// The classes with the highest probabilities in any window, highest first.
std::vector<std::int64_t> top_classes(const std::vector<std::vector<double>>& windows, std::size_t classes,
                                      std::size_t top) {
  std::vector<double> highest(classes);
  for (const auto& window : windows) {
    for (std::size_t k = 0; k < classes; ++k) highest[k] = std::max(highest[k], window[k]);
  }
  std::vector<std::int64_t> order(classes);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return highest[static_cast<std::size_t>(a)] > highest[static_cast<std::size_t>(b)];
  });
  order.resize(std::min(top, classes));
  return order;
}

}  // namespace

std::string plot_waveform(const PlotRequest& request) {
  return pictures::waveform_picture(excerpt(request), sound_name(request), request.from_seconds);
}

std::string plot_spectrogram(const PlotRequest& request) {
  return pictures::spectrogram_picture(excerpt(request), sound_name(request), request.from_seconds);
}

std::string plot_timeline(const PlotRequest& request) {
  use_one_torch_thread();
  const auto classifier = classifier_of(request);
  const auto samples = excerpt(request, audio::channels_named(classifier->channels()));
  pictures::Timeline timeline;
  timeline.window_seconds = classifier->window_seconds();
  timeline.hop_seconds = classifier->window_hop_seconds();
  timeline.class_names = classifier->class_names();
  const auto pass =
      classifier->start([&](const runtime::Window& window) { timeline.windows.push_back(window.probabilities); });
  pass->push(samples.data(), samples.size());
  pass->finish();
  timeline.classes = top_classes(timeline.windows, timeline.class_names.size(), request.top);
  return pictures::timeline_picture(samples, sound_name(request), timeline, request.from_seconds);
}

}  // namespace soundfold::plotting
