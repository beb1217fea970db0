// SPDX-License-Identifier: Apache-2.0
#include "serving/inference.h"

#include "classification/fake_classifier.h"
#include "serving/answer.h"
#include "serving/limited_pass.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

using namespace soundfold;
using nlohmann::json;

namespace {

serving::Deadline in_an_hour() {
  return std::chrono::steady_clock::now() + std::chrono::hours(1);
}

json inferred(const json& request, const testing::FakeClassifier& model = {}) {
  return serving::infer(model, {}, request.dump(), in_an_hour()).response;
}

json request_of(const json& shape, const json& data) {
  return {{"inputs", {{{"name", "waveform"}, {"datatype", "FP32"}, {"shape", shape}, {"data", data}}}}};
}

std::pair<int, std::string> refusal_of(const std::string& request) {
  try {
    serving::infer(testing::FakeClassifier(), {}, request, in_an_hour());
  } catch (const serving::Refusal& refusal) {
    return {refusal.status, refusal.what()};
  }
  return {0, ""};
}

}  // namespace

TEST_CASE("an inference gives the classes of one waveform or of several", "[serving]") {
  const auto one = inferred(request_of({4}, {0, 0.5, -0.5, 0}));
  CHECK(one["model_name"] == "model");
  CHECK(!one.contains("id"));
  REQUIRE(one["outputs"].size() == 2);  // scores, no logits
  CHECK(one["outputs"][0]["name"] == "probabilities");
  CHECK(one["outputs"][0]["datatype"] == "FP32");
  CHECK(one["outputs"][0]["shape"] == json({3}));
  CHECK(one["outputs"][0]["data"] == json({0.2, 0.7, 0.1}));

  auto request = request_of({2, 3}, {{0, 0.5, -0.5}, {1, 1, 1}});
  request["id"] = "a-7";
  request["outputs"] = {{{"name", "labels"}}};
  const auto two = inferred(request);
  CHECK(two["id"] == "a-7");
  REQUIRE(two["outputs"].size() == 1);
  CHECK(two["outputs"][0]["name"] == "labels");
  CHECK(two["outputs"][0]["datatype"] == "BYTES");
  CHECK(two["outputs"][0]["shape"] == json({2, 3}));
  CHECK(two["outputs"][0]["data"] ==
        json({"cat, large", "dog", "rain", "cat, large", "dog", "rain"}));  // most probable first

  testing::FakeClassifier strict;
  evaluation::DecisionRule rule;
  rule.thresholds = {0.5, 0.5, 0.5};
  strict.decide_by(rule);
  CHECK(inferred(request, strict)["outputs"][0]["data"] == json({"cat, large", "", "", "cat, large", "", ""}));
}

TEST_CASE("what is no request of the inference protocol is refused with the field at fault", "[serving]") {
  const auto with = [](const std::string& pointer, const json& value) {
    auto request = request_of({4}, {0, 0, 0, 0});
    request[json::json_pointer(pointer)] = value;
    return request.dump();
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "the body is empty"},
      {"{\"inputs\":", "not JSON"},
      {R"({"inputs":[{"name":"waveform","datatype":"FP32","shape":[1],"data":[NaN]}]})", "not JSON"},
      {std::string(1000, '['), "nested too deeply"},
      {"[1]", "not a JSON object"},
      {"{}", "inputs: not an array of one tensor"},
      {with("/inputs", json::array()), "inputs: not an array of one tensor"},
      {with("/inputs/1", {{"name", "waveform"}}), "inputs: not an array of one tensor"},
      {with("/inputs/0", 5), "inputs: not an object"},
      {with("/inputs/0/name", "audio"), "unknown tensor 'audio'; the model takes waveform"},
      {with("/inputs/0/name", 7), "inputs: has no name"},
      {with("/inputs/0/datatype", "INT16"), "its datatype is 'INT16'; the model takes FP32"},
      {with("/inputs/0/shape", 4), "its shape is 4; give [N]"},
      {with("/inputs/0/shape", {1, 1, 4}), "its shape is [1,1,4]; give [N]"},
      {with("/inputs/0/shape", {0}), "the dimension 0; allowed are whole numbers from 1 to 2147483648"},
      {with("/inputs/0/shape", {-4}), "the dimension -4; allowed are whole numbers from 1 to 2147483648"},
      {with("/inputs/0/shape", {4.5}), "the dimension 4.5; allowed are whole numbers from 1 to 2147483648"},
      {with("/inputs/0/shape", {std::uint64_t{1} << 40}), "the dimension 1099511627776; allowed are"},
      {with("/inputs/0/shape", {5}), "data has 4 values, its shape 5"},
      {with("/inputs/0/shape", {1U << 31U, 1U << 31U}), "data has 4 values, its shape 4611686018427387904"},
      {with("/inputs/0/data", "AAAA"), "has no data, an array of numbers"},
      {with("/inputs/0/data/2", "0.5"), "value 2 of data is not a number"},
      {with("/inputs/0/data/1", nullptr), "value 1 of data is not a number"},
      {with("/inputs/0/data/3", 20000), "value 3 of data is beyond 100"},
      {with("/inputs/0/data/3", 1e200), "value 3 of data is beyond 100"},
      {with("/outputs", {{{"name", "embedding"}}}), "unknown tensor 'embedding'; known are probabilities"},
      {with("/outputs", {{{"name", "labels"}}, {{"name", "labels"}}}), "labels twice"},
      {with("/outputs", json::array()), "outputs: not an array of tensors"},
      {with("/outputs", {{{"name", "logits"}}}), "has no logits"},
      {with("/id", 7), "id: not a string"},
  };
  for (const auto& [request, reason] : cases) {
    const auto [status, what] = refusal_of(request);
    INFO(request.substr(0, 200) << "\n" << what);
    CHECK(status == 400);
    CHECK_THAT(what, Catch::Contains(reason));
  }
}

TEST_CASE("an inference whose time is over is refused, also after its last sample", "[serving]") {
  const auto late = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  const auto refused = [](const serving::Refusal& refusal) { return refusal.status == 503; };
  const testing::FakeClassifier model;
  serving::LimitedPass pass(model, late, [](const runtime::Window&) {});
  CHECK_THROWS_MATCHES(pass.finish(), serving::Refusal, Catch::Predicate<serving::Refusal>(refused));
  const float sample = 0;
  CHECK_THROWS_MATCHES(pass.push(&sample, 1), serving::Refusal, Catch::Predicate<serving::Refusal>(refused));
}

TEST_CASE("the protocol's metadata name tensors, classes and rate", "[serving]") {
  CHECK(serving::server_metadata()["extensions"].empty());
  const auto model = serving::model_metadata(testing::FakeClassifier(), "yard");
  CHECK(model["name"] == "yard");
  CHECK(model["inputs"] == json::parse(R"([{"name": "waveform", "datatype": "FP32", "shape": [-1, -1]}])"));
  CHECK(model["outputs"][2] == json::parse(R"({"name": "labels", "datatype": "BYTES", "shape": [-1, 3]})"));
  CHECK(model["parameters"]["sample_rate_hz"] == 16000);
  CHECK(model["parameters"]["class_names"] == json({"dog", "cat, large", "rain"}));
}

TEST_CASE("an inference ends at its deadline and at the longest sound allowed", "[serving]") {
  const auto request = request_of({4}, {0, 0, 0, 0}).dump();
  CHECK_THROWS_WITH(serving::infer(testing::FakeClassifier(), {}, request, serving::Deadline()),
                    Catch::Contains("took longer"));
  serving::Settings settings;
  settings.max_seconds = 3.0 / 16000;
  CHECK_THROWS_WITH(serving::infer(testing::FakeClassifier(), settings, request, in_an_hour()),
                    Catch::Contains("longer than the"));
}
