// SPDX-License-Identifier: Apache-2.0
// model.safetensors as a user has it: written by trainer, run without LibTorch.
#include "apps/small_place.h"
#include "support/files.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// A trained model, made once for all tests of this file.
struct TrainedPlace : testing::SmallPlace {
  TrainedPlace() { run_folder = fs::relative(train("1"), path()); }

  std::string model(const std::string& name) const { return (run_folder / name).string(); }
  testing::ProgramResult classify(const std::string& program, const std::vector<std::string>& arguments) const {
    return testing::run(program, arguments, path());
  }

  fs::path run_folder;
};

const TrainedPlace& trained() {
  static const TrainedPlace made;
  return made;
}

/// classifier_torch, which classifier runs where LibTorch is needed.
std::string with_torch() {
  return (testing::build_folder() / "libexec/soundfold/classifier_torch").string();
}

/// Answers to the same sounds in the same order: the same classes, and probabilities that differ by rounding.
void check_same_answers(const std::string& a, const std::string& b) {
  std::istringstream first(a), second(b);
  int lines = 0;
  for (std::string line, other; std::getline(first, line); ++lines) {
    REQUIRE(std::getline(second, other));
    const auto one = nlohmann::json::parse(line), two = nlohmann::json::parse(other);
    CHECK(one["file"] == two["file"]);
    REQUIRE(one["timeline"].size() == two["timeline"].size());
    REQUIRE(one["classes"].size() == two["classes"].size());
    for (std::size_t k = 0; k < one["classes"].size(); ++k) {
      CHECK(one["classes"][k]["class"] == two["classes"][k]["class"]);
      CHECK(one["classes"][k]["probability"].get<double>() ==
            Approx(two["classes"][k]["probability"].get<double>()).margin(1e-4));
    }
  }
  CHECK(lines == 10);
}

}  // namespace

TEST_CASE("classifier gives the same answers with model.safetensors and with LibTorch", "[apps]") {
  const auto answers = [](const std::string& program, const std::string& model) {
    const auto result =
        trained().classify(program, {"--model", trained().model(model), "--json", "--timeline", "set/audio"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return result.out;
  };
  const auto plain = answers("classifier", "model.safetensors");
  CHECK(answers("classifier", "model.pt") == plain);  // the file beside it is used
  check_same_answers(answers(with_torch(), "model.pt"), plain);
  CHECK(answers(with_torch(), "model.safetensors") == plain);
}

TEST_CASE("classifier needs no LibTorch, and leaves a model.pt that stands alone to classifier_torch", "[apps]") {
  const auto needed = testing::run("/usr/bin/env", {"ldd", testing::program_path("classifier").string()});
  REQUIRE(needed.exit_code == 0);
  CHECK(needed.out.find("libtorch") == std::string::npos);
  CHECK(needed.out.find("libc10") == std::string::npos);

  const testing::TempFolder folder;
  const auto source = trained() / trained().run_folder.string();
  fs::copy_file(source / "model.pt", folder / "model.pt");
  const auto classify = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"--verbose", "--json", "--timeline", "--model", (folder / "model.pt").string(),
                                       "set/audio"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return trained().classify("classifier", arguments);
  };
  const auto alone = classify({});
  INFO(alone.err);
  CHECK(alone.exit_code == 0);
  CHECK(alone.err.find("is used, which was written with") == std::string::npos);
  CHECK(classify({"--precision", "bfloat16"}).exit_code == 2);

  fs::copy_file(source / "model.safetensors", folder / "model.safetensors");
  const auto paired = classify({});
  CHECK_THAT(paired.err, Contains("is used, which was written with"));
  check_same_answers(alone.out, paired.out);
  auto bytes = read_file(folder / "model.safetensors");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_file_atomically(folder / "model.safetensors", bytes);  // damaged: the other way
  const auto other = classify({});
  CHECK_THAT(other.err, Contains("is not used") && Contains("digest"));
  CHECK(other.out == alone.out);
}

TEST_CASE("classifier describes both files, and refuses what it cannot do with one", "[apps]") {
  const auto described = [](const std::string& model) {
    const auto result = trained().classify("classifier", {"--describe", trained().model(model), "--json"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return nlohmann::json::parse(result.out);
  };
  const auto plain = described("model.safetensors"), torch = described("model.pt");
  for (const char* key : {"kind", "class_names", "multi_label", "decision", "window_seconds", "window_hop_seconds",
                          "weights_digest", "parameters", "macs", "parts"}) {
    INFO(key);
    CHECK(plain[key] == torch[key]);
  }
  CHECK(plain["inputs"][0]["name"] == "waveform");
  const auto file = trained().model("model.safetensors");
  const auto refused = [&](const std::vector<std::string>& arguments, int code, const std::string& text) {
    const auto result = trained().classify("classifier", arguments);
    INFO(result.err);
    CHECK(result.exit_code == code);
    CHECK_THAT(result.err, Contains(text));
  };
  refused({"--model", file, "--device", "cuda", "set/audio"}, 2, "runs on the processor");
  refused({"--model", file, "--precision", "int8", "set/audio"}, 2, "int8");
  refused({"--model", "none.safetensors", "set/audio"}, 1, "none.safetensors");
}
