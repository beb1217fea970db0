// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "text/choice.h"

#include <cstddef>
#include <filesystem>
#include <string>

/// Pictures that stand alone, out of the files that the other programs read and write.
namespace soundfold::plotting {

enum class Plot { waveform, spectrogram, timeline, confusion, curves, model };

/// Their names, for text/choice.h.
constexpr ChoiceNames<Plot> choice_names_of(Plot) {
  return {{"waveform", "spectrogram", "timeline", "confusion", "curves", "model"}};
}

/// What plotter is asked for.
struct PlotRequest {
  Plot what = Plot::waveform;
  /// A sound file; for confusion the JSON of evaluator or a run's folder, for curves a run's folder or its
  /// metrics.jsonl, for model a model.pt or yamnet.pt.
  std::filesystem::path input;
  std::filesystem::path model;  ///< of a timeline
  std::string trusted_scores;   ///< as for deploy::load_model
  std::string device = "auto";  ///< for choose_device
  double from_seconds = 0;      ///< of a sound: where the picture begins
  double to_seconds = 0;        ///< and ends; 0: at the end of the sound
  std::size_t top = 5;          ///< classes of a timeline
  std::string title;            ///< empty: made from the names of the files
};

/// The picture as an SVG file. Throws UsageError for a request that does not fit its kind of picture, DataError for
/// files that cannot be read or do not hold what is to be drawn.
std::string plot(const PlotRequest& request);

/// Writes such an SVG to `file`, or, when its name ends in .png, as PNG with `scale` pixels a unit. Throws UsageError
/// for other names, otherwise as pictures::png_of_svg() and write_file_atomically().
void write_picture(const std::filesystem::path& file, const std::string& svg, double scale);

}  // namespace soundfold::plotting
