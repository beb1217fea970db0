// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"
#include "config/experiment.h"
#include "dataset/dataset.h"
#include "splits/splits.h"

#include <memory>

namespace soundfold::splits {

/// A data set and a way to split it; other ways to split it, such as the rounds of a cross-validation, share it.
struct SplitData {
  std::shared_ptr<const dataset::Dataset> dataset;  ///< never null
  Splits splits;
};

/// Reads, splits and checks the data as the configuration says: as the data set itself splits them, by folds where the
/// data have them, at random otherwise. For a cross-validation all clips of its folds are in `train` and every round's
/// splits are checked. Nothing is embedded yet. Throws UsageError when data.negative_class is not one of the classes;
/// UsageError and DataError as dataset/dataset.h says.
SplitData prepare_data(const config::Experiment& experiment);

/// The data options of a configuration.
dataset::DataOptions data_options(const config::Data& data);

/// How the data's sound files are decoded for a network that takes sound at `sample_rate_hz`; the default is for people
/// who look and listen.
audio::DecodeOptions decode_options(const config::Data& data, int sample_rate_hz = audio::kSampleRateHz);

}  // namespace soundfold::splits
