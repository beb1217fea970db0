// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"
#include "config/experiment.h"
#include "dataset/dataset.h"
#include "splits/splits.h"

namespace soundfold::splits {

/// The data of an experiment, read, split and checked; nothing embedded yet.
struct PreparedData {
  dataset::Dataset data;
  Splits splits;
};

/// Reads and splits the data as the configuration says: as the data set itself splits them, by folds where the data
/// have them, at random otherwise. For a cross-validation all clips of its folds are in `train` and every round's
/// splits are checked. Throws UsageError when data.negative_class is not one of the classes; UsageError and DataError
/// as dataset/dataset.h says.
PreparedData prepare_data(const config::Experiment& experiment);

/// The data options of a configuration.
dataset::DataOptions data_options(const config::Data& data);

/// How the data's sound files are decoded.
audio::DecodeOptions decode_options(const config::Data& data);

}  // namespace soundfold::splits
