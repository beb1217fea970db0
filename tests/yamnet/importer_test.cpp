// SPDX-License-Identifier: Apache-2.0
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"
#include "weights/keras_file.h"
#include "weights/published.h"
#include "weights/sample_weights.h"
#include "weights/weights.h"
#include "yamnet/import_network.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"
#include "yamnet/official_checks.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::yamnet;
using namespace soundfold::weights;
using namespace soundfold::weights::testing;
namespace fs = std::filesystem;

namespace {

soundfold::testing::ProgramResult import(std::vector<std::string> arguments) {
  return soundfold::testing::run("importer", arguments);
}

std::string asset(const std::string& name) {
  return (soundfold::testing::assets_folder() / "yamnet" / name).string();
}

}  // namespace

TEST_CASE("importer has a help text", "[yamnet]") {
  const auto help = import({"--help"});
  CHECK(help.exit_code == 0);
  CHECK_THAT(help.out, Catch::Contains("importer --from") && Catch::Contains("--class-map"));
  CHECK(import({"--version"}).exit_code == 0);
}

TEST_CASE("importer refuses wrong usage with code 2 and missing files with code 1", "[yamnet]") {
  const soundfold::testing::TempFolder folder;
  CHECK(import({}).exit_code == 2);
  CHECK(import({"--from", "x", "--activation", "gelu"}).exit_code == 2);
  CHECK(import({"--from", "x", "--patch-hop-frames", "0"}).exit_code == 2);
  CHECK(import({"--from", "x", "--device", "tpu"}).exit_code == 2);
  const auto missing = import({"--from", (folder / "none.h5").string(), "--out", (folder / "a.pt").string()});
  CHECK(missing.exit_code == 1);
  CHECK_THAT(missing.err, Catch::Contains("none.h5: no such file"));
  CHECK(missing.out.empty());
}

TEST_CASE("the published files are those of data/assets.yaml", "[yamnet]") {
  const std::string manifest = read_file(soundfold::testing::source_folder() / "data/assets.yaml");
  for (const auto& file : kPublishedFiles) {
    CHECK_THAT(manifest, Catch::Contains(std::string("sha256: ") + file.sha256));
    CHECK(is_published(std::string("a.h5 (Keras HDF5, sha256 ") + file.sha256 + ")"));
  }
  CHECK_FALSE(is_published("a.h5 (Keras HDF5, sha256 13c3)"));
  CHECK_FALSE(is_published(""));
}

TEST_CASE("importer writes nothing for weights that fail the official checks", "[yamnet]") {
  const soundfold::testing::TempFolder folder;
  write_keras_file(folder / "random.h5",
                   keras_datasets(random_weights(1, network::kYamnetClasses, 12, network::Activation::relu)));
  std::string map = class_map_text();
  for (const auto& [number, name] : {std::pair{"494", "Silence"}, {"495", "Sine wave"}, {"514", "White noise"}}) {
    const std::string row = "\"class " + std::string(number) + "\"";
    map.replace(map.find(row), row.size(), name);
  }
  write_file_atomically(folder / "map.csv", map);
  const auto refused = import({"--from", (folder / "random.h5").string(), "--class-map", (folder / "map.csv").string(),
                               "--out", (folder / "yamnet.pt").string()});
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.err, Catch::Contains("fails YAMNet's official checks") && Catch::Contains("nothing was written"));
  CHECK_THAT(
      refused.err,
      Catch::Contains("random.h5") && Catch::Contains("not one of the files that Google publishes") &&
          Catch::Contains("0 of 110 tensors are those of Google's published float YAMNet: these are other weights"));
  CHECK_FALSE(fs::exists(folder / "yamnet.pt"));
}

TEST_CASE("importer converts a Soundfold network to a small file and back", "[yamnet]") {
  const soundfold::testing::TempFolder folder;
  const Weights weights = random_weights(8, 7, 3, network::Activation::relu6);
  save_module(build_module(weights), weights, folder / "student.pt");
  const std::string small = (folder / "made/small.safetensors").string();
  const std::vector<std::string> shrink{"--from", (folder / "student.pt").string(), "--out", small};
  CHECK_THAT(import(shrink).out, Catch::StartsWith("wrote ") && Catch::Contains("float16"));
  CHECK_THAT(import(shrink).out, Catch::Contains("is up to date"));
  CHECK(fs::file_size(small) < 2 * static_cast<std::uintmax_t>(weights.parameter_count()) + 10'000);

  // Random values know no silence; the checks say so and the file is written, because its digest holds.
  const std::string back = (folder / "back.pt").string();
  const auto grown = import({"--from", small, "--out", back});
  INFO(grown.err);
  CHECK(grown.exit_code == 0);
  CHECK_THAT(grown.err, Catch::Contains("check silence: FAILED") && Catch::Contains("written all the same"));
  const LoadedModule loaded = load_module(back, torch::kCPU);
  CHECK(loaded.embedding_size == 128);
  CHECK(loaded.class_names == weights.class_names);
  CHECK_THAT(loaded.source, Catch::Contains("small.safetensors (float16 safetensors, sha256 "));
  CHECK_THAT(import({"--from", small, "--out", back}).out, Catch::Contains("is up to date"));

  CHECK(import({"--from", small, "--out", back, "--activation", "relu"}).exit_code == 2);
  CHECK(import({"--from", (folder / "student.pt").string(), "--out", back, "--activation", "relu6"}).exit_code == 2);
  const std::string bytes = read_file(small);
  write_file_atomically(small, bytes.substr(0, bytes.size() - 2));
  const auto cut = import({"--from", small, "--out", back});
  CHECK(cut.exit_code == 1);
  CHECK_THAT(cut.err, Catch::Contains("truncated"));
}

TEST_CASE("an import says what became of the output; failed checks refuse only the files of others", "[yamnet]") {
  const soundfold::testing::TempFolder folder;
  const Weights weights = random_weights(8, 7, 3, network::Activation::relu6);
  save_module(build_module(weights), weights, folder / "student.pt");
  ImportRequest request;
  request.from = folder / "student.pt";
  request.out = folder / "made/yamnet.pt";
  CHECK_THAT(import_network(request), Catch::StartsWith("wrote ") && Catch::Contains(", digest "));
  CHECK_THAT(import_network(request), Catch::EndsWith("yamnet.pt is up to date"));
  request.force = true;
  CHECK_THAT(import_network(request), Catch::StartsWith("wrote "));
  request.activation = network::Activation::relu6;
  CHECK_THROWS_AS(read_network(request), UsageError);

  auto module = build_module(weights);
  CHECK_NOTHROW(check_network(module, request.from, torch::kCPU));
  CHECK_THROWS_WITH(check_network(module, folder / "yamnet.h5", torch::kCPU),
                    Catch::Contains("fails YAMNet's official checks: silence (expected Silence)"));
}

TEST_CASE("the built-in backbone is complete, small, and recognises silence, a tone and noise", "[yamnet]") {
  const auto path = soundfold::testing::source_folder() / "models/soundfold-small/soundfold-small.safetensors";
  CHECK(fs::file_size(path) <= 2'000'000);
  const Weights weights = read_weights(path, "", std::nullopt);
  CHECK(weights.embedding_size() == 512);
  CHECK(weights.class_count() == network::kYamnetClasses);
  CHECK(weights.parameter_count() == 875'409);
  auto module = build_module(weights);
  for (const auto& check : run_official_checks(module)) {
    INFO(check.signal);
    CHECK(check.passed);
  }
}

TEST_CASE("importer writes a file once, and again only for a reason", "[yamnet][assets]") {
  const soundfold::testing::TempFolder folder;
  const std::string out = (folder / "made/yamnet.pt").string();
  const std::vector<std::string> basic{"--from", asset("yamnet_classification_int8.tflite"), "--out", out};
  const auto with = [&basic](std::vector<std::string> more) {
    more.insert(more.begin(), basic.begin(), basic.end());
    return more;
  };
  const auto first = import(basic);
  CHECK(first.exit_code == 0);
  CHECK_THAT(first.out, Catch::StartsWith("wrote ") && Catch::Contains("digest"));
  CHECK_THAT(first.err, Catch::Contains("3,751,369 parameters") && Catch::Contains("relu6") &&
                            Catch::Contains("check white noise: passed") && !Catch::Contains("not one of the files"));
  const std::string bytes = read_file(out);
  CHECK_THAT(import(basic).out, Catch::Contains("is up to date"));
  CHECK_THAT(import(with({"--force"})).out, Catch::StartsWith("wrote "));
  CHECK(read_file(out) == bytes);
  CHECK_THAT(import(with({"--patch-hop-frames", "24"})).out, Catch::StartsWith("wrote "));
  CHECK(load_module(out, torch::kCPU).patch_hop_frames == 24);
  write_file_atomically(out, bytes.substr(0, 5000));
  const auto repaired = import(basic);
  CHECK(repaired.exit_code == 0);
  CHECK_THAT(repaired.err, Catch::Contains("it will be replaced"));
  CHECK(read_file(out) == bytes);
}

TEST_CASE("importer reads the Keras layout with its class map", "[yamnet][assets]") {
  const soundfold::testing::TempFolder folder;
  const std::string out = (folder / "yamnet.pt").string();
  const auto made = import({"--from", asset("yamnet_keras_layout.h5"), "--class-map", asset("yamnet_class_map.csv"),
                            "--out", out, "--quiet"});
  CHECK(made.exit_code == 0);
  // Made from the TFLite file by another author: correct, and not Google's.
  CHECK_THAT(made.err, Catch::Contains("not one of the files that Google publishes"));
  CHECK(made.err.find('\n') == made.err.size() - 1);
  CHECK(load_module(out, torch::kCPU).network.activation == network::Activation::relu6);
  const auto copied = import({"--from", out, "--out", (folder / "copy.pt").string(), "--quiet"});
  CHECK(copied.exit_code == 0);
  CHECK(load_module(folder / "copy.pt", torch::kCPU).weights_digest == load_module(out, torch::kCPU).weights_digest);
  const auto without_map =
      import({"--from", asset("yamnet_keras_layout.h5"), "--class-map", (folder / "none.csv").string(), "--out", out});
  CHECK(without_map.exit_code == 1);
  CHECK_THAT(without_map.err, Catch::Contains("none.csv"));
}
