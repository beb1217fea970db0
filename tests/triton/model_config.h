// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// Reads config.pbtxt without the code that writes it, for tests.
namespace soundfold::testing {

/// A message of protobuf's text format: every field with its values in order, a message or a scalar's text.
struct TextMessage {
  struct Value {
    std::string scalar;                ///< "TYPE_FP32", "-1", without quotes
    std::vector<TextMessage> message;  ///< one, or none for a scalar
  };
  std::map<std::string, std::vector<Value>> fields;

  const std::string& scalar(const std::string& field) const { return fields.at(field).at(0).scalar; }
  const std::vector<Value>& all(const std::string& field) const { return fields.at(field); }
};

/// Throws std::runtime_error for what is not the format.
TextMessage read_text_message(const std::string& text);

/// What Triton would refuse or not find in the folder of a model, one line each, by its documents (docs/user_guide in
/// triton-inference-server/server: model_configuration.md, model_repository.md) and its checks of shapes and names
/// (core: model_config_utils.cc; pytorch_backend: model_instance_state.cc); empty when all is right.
std::vector<std::string> model_faults(const std::filesystem::path& folder);

}  // namespace soundfold::testing
