// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/calibration.h"
#include "frontend/recipe.h"
#include "head_spec/head_spec.h"
#include "inspection/describe_model.h"
#include "network/description.h"

#include <cstdint>
#include <string>
#include <vector>

/// Descriptions and parts of models. Private to this room.
namespace soundfold::inspection {

/// What is known of a classifier, whatever file it lies in.
struct ClassifierFacts {
  network::Description network;
  std::vector<std::int64_t> taps;
  head_spec::HeadSpec head;
  std::vector<std::string> class_names;
  bool multi_label = false;
  int patch_hop_frames = 0;
  evaluation::DecisionRule rule;
  std::string weights_digest, created_by;
};

/// Of a classifier without what it takes and gives, which depends on the kind of the file.
ModelDescription description_of(const ClassifierFacts& facts);

/// The waveform that a model takes.
Port waveform_port(const frontend::InputRecipe& input, const std::string& shape);

/// Lengths and distances of windows.
void set_windows(ModelDescription& model, const frontend::InputRecipe& input, int patch_hop_frames);

/// Values of an embedding with its taps, by the parts of its backbone: "1024".
std::string embedding_size_text(const std::vector<Part>& parts);

/// Resampled samples to a patch of log-mel.
std::vector<Part> front_end_parts(const frontend::InputRecipe& input);

/// The blocks of a backbone, the mean over the map, and the classifier of its own classes. With each channel of a
/// kernel there are so many values: 1 (a bias), or 3 of a batch norm.
std::vector<Part> backbone_parts(const network::Description& description, const std::vector<std::int64_t>& taps,
                                 int values_per_channel);

/// Pooling and layers of a head.
std::vector<Part> head_parts(const head_spec::HeadSpec& spec);

}  // namespace soundfold::inspection
