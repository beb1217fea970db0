// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "support/files.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("exporter writes ONNX files and a Triton repository of a run", "[apps]") {
  const testing::SmallPlace place;
  const auto run = place.train("1").string();
  place.run("exporter", {"--model", run, "--onnx", "model.onnx", "--triton", "repository", "--backend", "both"});
  const auto file = read_file(place / "model.onnx");
  CHECK_THAT(file, Contains("[\"dog\",\"cat\"]") && Contains("waveform") && Contains("probabilities"));
  CHECK(read_file(place / "repository/sound_onnxruntime/1/model.onnx") == file);
  CHECK(fs::exists(place / "repository/sound_pytorch/1/model.pt"));
  CHECK(fs::exists(place / "repository/README.md"));
  place.run("exporter", {"--model", run + "/model.pt", "--onnx", "again.onnx"});
  CHECK(read_file(place / "again.onnx") == file);

  place.run("exporter", {"--model", run, "--safetensors", "small.safetensors"});
  CHECK(static_cast<double>(fs::file_size(place / "small.safetensors")) <
        0.7 * static_cast<double>(fs::file_size(run + "/model.safetensors")));
  place.run("classifier", {"--model", "small.safetensors", "set/audio"});

  const auto refused = [&](int exit_code, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "--model");
    const auto result = testing::run("exporter", arguments, place.path());
    INFO(result.err);
    CHECK(result.exit_code == exit_code);
    return result.err;
  };
  constexpr int kDataError = 1, kUsageError = 2;
  CHECK_THAT(refused(kUsageError, {run}), Contains("nothing to write"));
  CHECK_THAT(refused(kUsageError, {run, "--onnx", "int8.onnx", "--int8"}), Contains("int8"));
  CHECK_THAT(refused(kUsageError, {run, "--safetensors", "int8.safetensors", "--int8"}), Contains("--int8 is of ONNX"));
  CHECK_THAT(refused(kUsageError, {run, "--triton", "int8", "--backend", "pytorch", "--int8"}),
             Contains("--int8 is of"));
  for (const char* name : {"int8.onnx", "int8.safetensors", "int8"}) CHECK(!fs::exists(place / name));
  CHECK_THAT(refused(kDataError, {"a.yaml", "--onnx", "none.onnx"}), Contains("a.yaml"));
  CHECK_THAT(refused(kDataError, {"data/yamnet.pt", "--onnx", "none.onnx"}), Contains("yamnet.pt"));
  CHECK_THAT(refused(kDataError, {"set", "--onnx", "none.onnx"}), Contains("neither"));
  CHECK_THAT(refused(kUsageError, {run, "--onnx", "none.onnx", "--name", "x"}), Contains("--triton"));
  CHECK(!fs::exists(place / "none.onnx"));
}
