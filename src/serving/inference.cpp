// SPDX-License-Identifier: Apache-2.0
#include "serving/inference.h"

#include "serving/answer.h"
#include "serving/limited_pass.h"
#include "support/version.h"
#include "text/json_depth.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace soundfold::serving {
namespace {

using nlohmann::json;

constexpr const char* kWaveform = "waveform";
constexpr const char* kFloats = "FP32";
constexpr float kLargestValue = 100;  // as in sound files

[[noreturn]] void refuse(const std::string& what) {
  throw Refusal(400, what);
}

/// What one request asks for.
struct Asked {
  json id;                      ///< null: none
  std::size_t rows = 1;         ///< B
  std::size_t samples = 0;      ///< N
  bool is_batch = false;        ///< its shape is [B, N]
  std::vector<float> data;      ///< [B, N]
  std::vector<Output> outputs;  ///< empty: all that the model has
};

json parsed(std::string_view request) {
  if (request.empty()) refuse("the body is empty; send a JSON object with inputs");
  if (nested_deeper_than(request)) refuse("the body is nested too deeply");
  auto whole = json::parse(request, nullptr, /*allow_exceptions=*/false);
  if (whole.is_discarded()) refuse("the body is not JSON (which has no NaN and no infinity)");
  if (!whole.is_object()) refuse("the body is not a JSON object with inputs");
  return whole;
}

/// object[key] when it is a string; refused otherwise.
std::string text_of(const json& object, const char* key, const std::string& where) {
  if (!object.is_object()) refuse(where + ": not an object");
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) refuse(where + ": has no " + key + ", a string");
  return found->get<std::string>();
}

std::size_t dimension(const json& value) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 31;
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() < 1 || value.get<std::uint64_t>() > kMost) {
    refuse("waveform: its shape has the dimension " + shown(value.dump()) + "; allowed are whole numbers from 1 to " +
           std::to_string(kMost));
  }
  return value.get<std::size_t>();
}

void read_shape(const json& input, Asked& asked) {
  const auto shape = input.find("shape");
  if (shape == input.end() || !shape->is_array() || shape->empty() || shape->size() > 2) {
    const auto given = shape == input.end() ? "missing" : shown(shape->dump());
    refuse("waveform: its shape is " + given + "; give [N] for one waveform of N samples, or [B, N] for B of them");
  }
  asked.is_batch = shape->size() == 2;
  asked.rows = asked.is_batch ? dimension(shape->front()) : 1;
  asked.samples = dimension(shape->back());
}

/// All numbers of nested arrays, row by row.
void flatten(const json& data, std::vector<float>& values) {
  if (data.is_array()) {
    for (const auto& part : data) flatten(part, values);
    return;
  }
  if (!data.is_number()) refuse("waveform: value " + std::to_string(values.size()) + " of data is not a number");
  const auto value = data.get<float>();
  if (!(std::abs(value) <= kLargestValue)) {
    refuse("waveform: value " + std::to_string(values.size()) +
           " of data is beyond 100, but full scale is 1; divide 16-bit values by 32768");
  }
  values.push_back(value);
}

void read_data(const json& input, Asked& asked) {
  const auto data = input.find("data");
  if (data == input.end() || !data->is_array()) {
    refuse("waveform: has no data, an array of numbers (binary data and shared memory are not supported)");
  }
  flatten(*data, asked.data);
  // Both dimensions have at most 32 bits.
  if (asked.data.size() != asked.rows * asked.samples) {
    refuse("waveform: data has " + std::to_string(asked.data.size()) + " values, its shape " +
           std::to_string(asked.rows * asked.samples) + "; give as many as the product of the dimensions");
  }
}

void read_input(const json& whole, Asked& asked) {
  const auto inputs = whole.find("inputs");
  if (inputs == whole.end() || !inputs->is_array() || inputs->size() != 1) {
    refuse("inputs: not an array of one tensor, waveform");
  }
  const auto& input = inputs->front();
  const auto name = text_of(input, "name", "inputs");
  if (name != kWaveform) refuse("inputs: unknown tensor '" + shown(name) + "'; the model takes waveform");
  const auto type = text_of(input, "datatype", name);
  if (type != kFloats) refuse("waveform: its datatype is '" + shown(type) + "'; the model takes FP32");
  read_shape(input, asked);
  read_data(input, asked);
}

void read_outputs(const json& whole, Asked& asked) {
  const auto outputs = whole.find("outputs");
  if (outputs == whole.end()) return;
  if (!outputs->is_array() || outputs->empty()) refuse("outputs: not an array of tensors; leave it out for all");
  for (const auto& wanted : *outputs) {
    const auto name = text_of(wanted, "name", "outputs");
    const auto output = choice_named<Output>(name);
    if (!output) refuse("outputs: unknown tensor '" + shown(name) + "'; known are " + join(choice_names<Output>()));
    if (std::count(asked.outputs.begin(), asked.outputs.end(), *output) > 0) refuse("outputs: " + name + " twice");
    asked.outputs.push_back(*output);
  }
}

Asked read_request(std::string_view request) {
  const auto whole = parsed(request);
  Asked asked;
  if (const auto id = whole.find("id"); id != whole.end()) {
    if (!id->is_string()) refuse("id: not a string");
    asked.id = *id;
  }
  read_outputs(whole, asked);
  read_input(whole, asked);
  return asked;
}

/// Of one clip.
json output_row(const runtime::Classifier& model, Output output, const runtime::Clip& clip) {
  switch (output) {
    case Output::probabilities:
      return clip.probabilities;
    case Output::logits:
      return clip.logits;
    case Output::labels:
      break;
  }
  std::vector<std::string> labels(model.class_names().size());
  const auto answer = model.rule().answer(clip.probabilities, clip.silent);
  for (std::size_t i = 0; i < answer.classes.size(); ++i) labels[i] = model.class_names()[answer.classes[i]];
  return labels;
}

const char* datatype(Output output) {
  return output == Output::labels ? "BYTES" : kFloats;
}

json output_tensor(const runtime::Classifier& model, const Asked& asked, Output output,
                   const std::vector<runtime::Clip>& clips) {
  json data = json::array();
  for (const auto& clip : clips) {
    for (auto& value : output_row(model, output, clip)) data.push_back(std::move(value));
  }
  if (data.empty()) refuse("outputs: this model gives scores and has no logits");
  json shape = json::array();
  if (asked.is_batch) shape.push_back(asked.rows);
  shape.push_back(data.size() / asked.rows);
  return {{"name", name_of(output)}, {"datatype", datatype(output)}, {"shape", shape}, {"data", std::move(data)}};
}

}  // namespace

json server_metadata() {
  return {{"name", "soundfold"}, {"version", version()}, {"extensions", json::array()}};
}

json model_metadata(const runtime::Classifier& model, const std::string& name) {
  json outputs = json::array();
  for (const auto output : {Output::probabilities, Output::logits, Output::labels}) {
    outputs.push_back(
        {{"name", name_of(output)}, {"datatype", datatype(output)}, {"shape", {-1, model.class_names().size()}}});
  }
  return {{"name", name},
          {"platform", "soundfold"},
          {"inputs", {{{"name", kWaveform}, {"datatype", kFloats}, {"shape", {-1, -1}}}}},
          {"outputs", std::move(outputs)},
          {"parameters",
           {{"sample_rate_hz", model.sample_rate_hz()},
            {"window_seconds", model.window_seconds()},
            {"multi_label", model.is_multi_label()},
            {"class_names", model.class_names()}}}};
}

Inference infer(const runtime::Classifier& model, const Settings& settings, std::string_view request,
                Deadline deadline) {
  const auto asked = read_request(request);
  const double seconds = static_cast<double>(asked.samples) / model.sample_rate_hz();
  if (seconds > settings.max_seconds) {
    throw Refusal(413, "waveform: longer than the " + fixed(settings.max_seconds, 0) + " s allowed");
  }
  std::vector<runtime::Clip> clips;
  for (std::size_t row = 0; row < asked.rows; ++row) {
    LimitedPass pass(model, deadline, [](const runtime::Window&) {});
    pass.push(asked.data.data() + row * asked.samples, asked.samples);
    clips.push_back(pass.finish());
  }
  auto wanted = asked.outputs;
  if (wanted.empty()) {
    wanted = {Output::probabilities, Output::labels};
    if (!clips[0].logits.empty()) wanted.push_back(Output::logits);
  }
  json outputs = json::array();
  for (const auto output : wanted) outputs.push_back(output_tensor(model, asked, output, clips));
  json response = {{"model_name", settings.model_name}, {"outputs", std::move(outputs)}};
  if (!asked.id.is_null()) response["id"] = asked.id;
  return {std::move(response), seconds * static_cast<double>(asked.rows)};
}

}  // namespace soundfold::serving
