// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/calibration.h"
#include "events/event_rule.h"
#include "frontend/recipe.h"
#include "head_spec/head_spec.h"
#include "weights/weights.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// model.safetensors: a trained classifier as one file without code (docs/model_file.md).
namespace soundfold::runtime {

/// Format of the file; a reader refuses newer ones.
inline constexpr int kModelFileVersion = 1;

/// One tensor of a head, row-major.
struct HeadTensor {
  std::vector<std::int64_t> sizes;
  std::vector<float> values;
};

/// A trained head as plain values.
struct HeadValues {
  head_spec::HeadSpec spec;
  std::map<std::string, HeadTensor> tensors;  ///< exactly those of head_spec::tensor_shapes(spec), by their names

  /// Throws std::out_of_range for a name that is none of them.
  const std::vector<float>& values(const std::string& name) const { return tensors.at(name).values; }
};

/// How the backbone's weights are in the file. The head, and the int8 arithmetic where there is one, stay as they are.
enum class WeightFormat { float32, float16 };

constexpr ChoiceNames<WeightFormat> choice_names_of(WeightFormat) {
  return {{"float32", "float16"}};
}

/// A trained classifier: all that a model.pt computes with, as plain values. K classes.
struct ModelFile {
  /// The network as it was trained, its own class names and what it takes (network.input); with `quantization` where
  /// its weights are the TFLite file's. Batch norms are folded: they do nothing but add the bias.
  weights::Weights backbone;
  std::vector<std::int64_t> taps;  ///< blocks of the backbone whose means and maxima follow the embedding
  HeadValues head;
  std::vector<std::string> class_names;  ///< [K]
  bool multi_label = false;              ///< sigmoid of each class; otherwise softmax
  int patch_hop_frames = frontend::kPatchHopFrames;
  evaluation::DecisionRule decision;
  std::optional<events::EventRules> event_rules;  ///< fitted on annotated recordings
  std::string channels = "mean";                  ///< how training clips of several channels became mono
  std::string weights_digest;                     ///< of the backbone, as model.pt has it
  std::string torchscript_digest;  ///< of the metadata of the model.pt that was written with it; empty: none
  /// Where it comes from (experiment, data, test, created_by, ...): an object of any content.
  nlohmann::json metadata = nlohmann::json::object();
  WeightFormat weight_format = WeightFormat::float32;
};

/// The file as bytes: equal models give equal bytes. Throws UsageError when the parts of `model` do not fit each other,
/// DataError when a value is not finite or not within float16's range.
std::string model_file_bytes(const ModelFile& model);

/// True when the file begins as one of safetensors does, whatever its texts say; false for any other, also one that
/// cannot be read.
bool is_model_file(const std::filesystem::path& path);

/// Reads what model_file_bytes() made. Every length, offset, type, shape and text, that all values are finite, and the
/// digest over header and tensors are checked before a value is used. Throws DataError (one line, naming the field or
/// tensor at fault).
ModelFile read_model_file(const std::filesystem::path& path);

/// The same of the bytes of a file; `name` stands for it in messages.
ModelFile read_model_bytes(const std::string& bytes, const std::string& name);

}  // namespace soundfold::runtime
