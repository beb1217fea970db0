// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace soundfold::own_data {

/// The weights for data that come without a configuration: data/yamnet.pt where it is; else data/soundfold-small.pt,
/// when that is there or can be made of the network that comes with Soundfold; else data/yamnet.pt all the same, which
/// missing_weights() then reports.
std::string usual_weights();

/// One line when the weights are the smaller network in place of YAMNet's, and what that costs; else "".
std::string small_weights_note(const std::string& weights);

/// Writes data/soundfold-small.pt when `weights` is that file and missing, and logs one line. Throws DataError.
void provide_weights(const std::string& weights);

/// One line when the file is missing and provide_weights() would not write it: what it is and how to get it; else "".
std::string missing_weights(const std::string& weights);

}  // namespace soundfold::own_data
