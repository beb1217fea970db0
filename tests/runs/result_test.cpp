// SPDX-License-Identifier: Apache-2.0
#include "runs/result.h"

#include "protocols/run.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace soundfold;
using runs::sealed_text;
using runs::unsealed;

TEST_CASE("a sealed result comes back as it was, however its text is laid out", "[runs]") {
  const nlohmann::json result = {{"name", "Geräusch"}, {"best", 3}, {"losses", {0.1, 1e-300, 7.0}}, {"none", nullptr}};
  const std::string text = sealed_text(result);
  CHECK(unsealed(text) == result);
  CHECK(unsealed(nlohmann::json::parse(text).dump()) == result);
  CHECK(sealed_text(nlohmann::json::parse(text)) == text);  // the old digest does not count
}

TEST_CASE("a result with any byte changed is no result", "[runs]") {
  const std::string text = sealed_text({{"name", "dogcat"}, {"correct", 158}, {"accuracy", 0.9875}});
  const auto whole = unsealed(text);
  std::size_t tried = 0, refused = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const unsigned char bit : {1, 4, 16, 128}) {
      std::string damaged = text;
      damaged[at] = static_cast<char>(damaged[at] ^ bit);
      const auto read = unsealed(damaged);
      ++tried;
      refused += read.is_null() ? 1 : 0;
      INFO(damaged);
      CHECK((read.is_null() || read == whole));  // a blank that became another blank
    }
  }
  CHECK(refused > tried * 9 / 10);
}

TEST_CASE("a result truncated, without a digest or with another's is no result", "[runs]") {
  const std::string text = sealed_text({{"correct", 158}});
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) CHECK(unsealed(text.substr(0, bytes)).is_null());
  CHECK(unsealed("{\"correct\": 158}").is_null());
  CHECK(unsealed("[1]").is_null());
  CHECK(unsealed("{\"correct\": 158, \"digest\": 5}").is_null());
  CHECK(unsealed("{\"digest\": " + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}").is_null());
  auto other = nlohmann::json::parse(text);
  other["digest"] = nlohmann::json::parse(sealed_text({{"correct", 157}}))["digest"];
  CHECK(unsealed(other.dump()).is_null());
}

TEST_CASE("what was not measured is null in a result, not NaN", "[runs]") {
  training::EpochMetrics metrics;
  metrics.epoch = 2;
  metrics.loss = 0.5;
  metrics.validation_loss = std::numeric_limits<double>::quiet_NaN();
  const auto json = runs::epoch_json(metrics);
  CHECK(json["loss"] == 0.5);
  CHECK(json["validation_loss"].is_null());
  CHECK(json.dump().find("nan") == std::string::npos);
}

TEST_CASE("a result names its device with the reason", "[runs]") {
  CHECK(runs::device_text(
            {{"device", "cpu"}, {"threads", 2}, {"device_reason", "auto: this LibTorch sees no CUDA device"}}) ==
        "cpu, 2 threads (auto: this LibTorch sees no CUDA device)");
  CHECK(runs::device_text({{"device", "cuda:0"}, {"threads", 1}, {"device_reason", "requested"}}) ==
        "cuda:0, 1 thread (requested)");
  CHECK(runs::device_text({{"device", "cpu"}}) == "cpu");  // of an older version
}

TEST_CASE("a model without an answer for other sounds is warned of, once", "[runs]") {
  using nlohmann::json;
  const json two = {{"classes", {"dog", "cat"}}, {"multi_label", false}, {"negative_class", ""}};
  CHECK(runs::without_negatives(two).find("no negative class: the model calls every sound dog or cat,") == 0);
  json many = two;
  many["classes"] = {"a", "b", "c"};
  CHECK(runs::without_negatives(many).find("every sound one of its 3 classes") != std::string::npos);
  json with = two;
  with["negative_class"] = "other";
  CHECK(runs::without_negatives(with).empty());
  json several = two;
  several["multi_label"] = true;  // none of the classes is an answer too
  CHECK(runs::without_negatives(several).empty());
}
