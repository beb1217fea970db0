// SPDX-License-Identifier: Apache-2.0
#include "targets.h"

namespace soundfold::fuzz {

const std::vector<Target>& targets() {
  static const std::vector<Target> all = {
      {"audio", try_audio},       {"tflite", try_tflite}, {"safetensors", try_safetensors},
      {"keras_h5", try_keras_h5}, {"zip", try_zip},       {"tar", try_tar},
      {"config", try_config},     {"csv", try_csv},       {"dataset", try_dataset},
      {"metadata", try_metadata}, {"record", try_record}, {"model", try_model},
      {"labels", try_labels},     {"ced", try_ced},       {"state_dict", try_state_dict}};
  return all;
}

}  // namespace soundfold::fuzz
