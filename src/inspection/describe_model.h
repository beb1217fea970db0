// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event_rule.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// What a model file is made of.
namespace soundfold::inspection {

/// One part of a model, in the order in which the data pass it.
struct Part {
  enum class Group { front_end, backbone, pooling, head, decision };
  Group group = Group::backbone;
  std::string name;             ///< "layer2"
  std::string detail;           ///< what it computes: "depthwise 3x3, stride 1; pointwise"
  std::string output;           ///< shape, of one patch in the front end and the backbone: "[64, 24, 32]"
  std::int64_t parameters = 0;  ///< values of its weights and biases; constants of the front end are none
  /// Multiply-accumulates of its convolutions, matrix products and, in the front end, mel filters; not those of the
  /// Fourier transform, of activations, means and norms. Of one patch, or in a head that pools first, of one clip.
  std::int64_t macs = 0;
  bool aside = false;  ///< the next part does not take its output, but that of the part before
};

/// A tensor that a model takes or gives.
struct Port {
  std::string name, type, shape, meaning;
};

/// What describe_model() finds out.
struct ModelDescription {
  std::string file;
  std::uintmax_t bytes = 0;
  std::string kind;        ///< "classifier" (trainer's) or "backbone" (importer's)
  std::string created_by;  ///< "soundfold 0.1.0, LibTorch 1.13.1"; empty when it is not known
  std::vector<Port> inputs, outputs;
  std::vector<std::string> class_names;
  bool multi_label = false;
  std::string decision;                           ///< how probabilities become answers, in words
  std::optional<events::EventRules> event_rules;  ///< fitted ones that the file holds
  double window_seconds = 0, window_hop_seconds = 0;
  std::string weights_digest;  ///< of the backbone
  std::vector<Part> parts;

  std::int64_t parameters() const;
  std::int64_t macs() const;  ///< of all parts together
};

/// Describes a model.safetensors of trainer's. Throws DataError as runtime::read_model_file().
ModelDescription describe_plain_model(const std::filesystem::path& file);

/// Describes this too, and a model.pt of trainer's or a yamnet.pt of importer's, with LibTorch; the file is verified as
/// for classifying. Throws DataError as deploy::Model::load() and yamnet::load_module() do.
ModelDescription describe_model(const std::filesystem::path& file);

}  // namespace soundfold::inspection
