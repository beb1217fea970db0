// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plotting/plot.h"

#include <string>

/// One function for each kind of picture: the picture without its title. Private to this room.
namespace soundfold::plotting {

std::string plot_waveform(const PlotRequest& request);
std::string plot_spectrogram(const PlotRequest& request);
std::string plot_timeline(const PlotRequest& request);
std::string plot_confusion(const PlotRequest& request);
std::string plot_curves(const PlotRequest& request);

}  // namespace soundfold::plotting
