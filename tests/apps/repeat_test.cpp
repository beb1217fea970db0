// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "support/files.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <sstream>

using namespace soundfold;
using testing::SmallPlace;
namespace fs = std::filesystem;

namespace {

/// metrics.jsonl without the seconds.
std::string epochs_of(const fs::path& run) {
  std::istringstream lines(read_file(run / "metrics.jsonl"));
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    auto epoch = nlohmann::json::parse(line);
    epoch.erase("seconds");
    text += epoch.dump() + "\n";
  }
  return text;
}

double largest_difference(const fs::path& run, const fs::path& other) {
  const auto a = nlohmann::json::parse(read_file(run / "test_logits.json"));
  const auto b = nlohmann::json::parse(read_file(other / "test_logits.json"));
  REQUIRE(a.size() == 2);
  double largest = 0;
  for (const auto& [clip, logits] : a.items()) {
    for (std::size_t k = 0; k < logits.size(); ++k) {
      const double gap = std::abs(logits[k].get<double>() - b.at(clip).at(k).get<double>());
      largest = gap <= largest ? largest : gap;  // a NaN stays
    }
  }
  return largest;
}

}  // namespace

TEST_CASE("two processes, one seed, one thread: the same bytes; two threads: the same numbers", "[apps]") {
  const SmallPlace one, other;
  const auto first = one.train("1"), second = other.train("1");
  REQUIRE(epochs_of(first).size() > 4 * 50);
  CHECK(epochs_of(first) == epochs_of(second));
  for (const char* name :
       {"model.pt", "model.safetensors", "test_logits.json", "predictions.csv", "report.txt", "config.yaml"}) {
    INFO(name);
    CHECK(read_file(first / name) == read_file(second / name));
  }
  const auto stored = one.train("1");  // with the embeddings of the first
  CHECK(read_file(first / "model.pt") == read_file(stored / "model.pt"));
  fs::remove_all(other / "data/embeddings");
  CHECK(largest_difference(first, other.train("2")) <= 1e-4);
  // Another seed gives another model, or the comparisons above would say nothing.
  CHECK(largest_difference(first, one.train("1", "6")) > 1e-3);
}

TEST_CASE("evaluator reports the model's difference from the trainer, and a NaN is the largest", "[apps]") {
  const SmallPlace place;
  const auto run = place.train("1");
  const std::vector<std::string> evaluate{"--model", (run / "model.pt").string(), "--json"};
  const auto whole = nlohmann::json::parse(place.run("evaluator", evaluate))["difference_to_trainer"];
  CHECK(whole["clips"] == 2);
  CHECK(whole["largest"].get<double>() <= 1e-4);

  auto logits = nlohmann::json::parse(read_file(run / "test_logits.json"));
  auto& first = logits.begin().value()[0];
  first = first.get<double>() + 0.5;
  write_file_atomically(run / "test_logits.json", logits.dump());
  const auto moved = nlohmann::json::parse(place.run("evaluator", evaluate))["difference_to_trainer"];
  CHECK(moved["largest"].get<double>() == Approx(0.5).margin(1e-3));

  first = nullptr;  // how JSON writes a NaN
  write_file_atomically(run / "test_logits.json", logits.dump());
  const auto lost = nlohmann::json::parse(place.run("evaluator", evaluate))["difference_to_trainer"];
  CHECK((lost["clips"] == 2 && lost["largest"].is_null()));  // infinite
  CHECK_THAT(place.run("evaluator", {"--model", (run / "model.pt").string()}), Catch::Contains("logits: inf over 2"));
}
