// SPDX-License-Identifier: Apache-2.0
#include "plotting/plot.h"

#include "inspection/describe_model.h"
#include "pictures/model_picture.h"
#include "pictures/raster.h"
#include "pictures/svg.h"
#include "plotting/internal/plots.h"
#include "runtime/model_file.h"
#include "runtime/model_path.h"
#include "support/errors.h"
#include "support/files.h"

namespace soundfold::plotting {
namespace {

std::string plot_model(const PlotRequest& request) {
  const auto file = runtime::model_path(request.input, runtime::FirstChoice::plain);
  const auto model =
      runtime::is_model_file(file) ? inspection::describe_plain_model(file) : inspection::describe_model(file);
  std::vector<pictures::ModelBox> boxes;
  for (const auto& part : model.parts) {
    boxes.push_back(
        {part.name, part.detail, part.output, part.parameters, part.macs, static_cast<int>(part.group), part.aside});
  }
  const auto& waveform = model.inputs.front();
  return pictures::model_picture(waveform.name + " " + waveform.shape + ": " + waveform.meaning, boxes);
}

void check_request(const PlotRequest& request) {
  const bool is_timeline = request.what == Plot::timeline;
  const bool of_sound = is_timeline || request.what == Plot::waveform || request.what == Plot::spectrogram;
  if (is_timeline && request.model.empty()) throw UsageError("a timeline needs a model: give --model FILE");
  if (!is_timeline && !request.model.empty()) {
    throw UsageError("--model is for a timeline; a picture of " + name_of(request.what) + " takes one INPUT");
  }
  if (!of_sound && (request.from_seconds != 0 || request.to_seconds != 0)) {
    throw UsageError("--from and --to are for pictures of a sound, not of " + name_of(request.what));
  }
  if (request.to_seconds != 0 && !(request.to_seconds > request.from_seconds)) {
    throw UsageError("--to must lie after --from: " + pictures::number(request.to_seconds, 3) + " s is not after " +
                     pictures::number(request.from_seconds, 3) + " s");
  }
}

std::string picture_of(const PlotRequest& request) {
  switch (request.what) {
    case Plot::waveform:
      return plot_waveform(request);
    case Plot::spectrogram:
      return plot_spectrogram(request);
    case Plot::timeline:
      return plot_timeline(request);
    case Plot::confusion:
      return plot_confusion(request);
    case Plot::curves:
      return plot_curves(request);
    default:
      return plot_model(request);
  }
}

std::string title_of(const PlotRequest& request) {
  if (!request.title.empty()) return request.title;
  constexpr const char* kTitles[] = {"Waveform",         "Log-mel spectrogram", "Probability over time",
                                     "Confusion matrix", "Learning curves",     "Model"};
  const bool of_run = request.what == Plot::confusion || request.what == Plot::curves || request.what == Plot::model;
  std::error_code error;
  auto path = std::filesystem::weakly_canonical(request.input, error);  // "latest" is a link
  if (error) path = request.input;
  // Names of files in runs are all the same; the folder says which run it is.
  const auto name = of_run ? path.parent_path().filename() / path.filename() : request.input.filename();
  return std::string(kTitles[static_cast<std::size_t>(request.what)]) + ": " + name.string();
}

}  // namespace

std::string plot(const PlotRequest& request) {
  check_request(request);
  return pictures::svg_file(picture_of(request), title_of(request));
}

void write_picture(const std::filesystem::path& file, const std::string& svg, double scale) {
  const auto kind = file.extension();
  if (kind != ".svg" && kind != ".png") {
    throw UsageError("--out: " + file.string() + " must end in .svg or .png, which decides what is written");
  }
  write_file_atomically(file, kind == ".svg" ? svg : pictures::png_of_svg(svg, scale));
}

}  // namespace soundfold::plotting
