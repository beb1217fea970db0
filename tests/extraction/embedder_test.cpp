// SPDX-License-Identifier: Apache-2.0
#include "extraction/fixtures.h"
#include "support/files.h"
#include "tar_shards/tar_writer.h"
#include "tensor_files/safetensors.h"
#include "testing/http_server.h"
#include "testing/testing.h"
#include "text/npy.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <fstream>
#include <random>

using namespace soundfold;
namespace fs = std::filesystem;

namespace {

/// YAMNet's layers with random values: no asset is needed to run the program.
weights::Weights made_up_weights() {
  std::mt19937 generator(7);
  const auto random = [&](std::int64_t count, double spread) {
    std::normal_distribution<float> normal(0.0F, static_cast<float>(spread));
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = normal(generator);
    return values;
  };
  weights::Weights weights;
  weights.network = network::yamnet_description();
  for (const auto& layer : weights.network.layers) {
    network::LayerValues values;
    values.kernel = random(layer.kernel_size(), std::sqrt(2.0 / static_cast<double>(layer.taps())));
    const auto channels = static_cast<std::size_t>(layer.out_channels);
    values.beta.assign(channels, 0.05F);
    values.mean.assign(channels, 0.0F);
    values.variance.assign(channels, 1.0F);
    weights.layers.push_back(std::move(values));
  }
  weights.classifier_kernel = random(network::kYamnetClasses * weights.embedding_size(), 0.02);
  weights.classifier_bias.assign(network::kYamnetClasses, 0.0F);
  for (int i = 0; i < network::kYamnetClasses; ++i) weights.class_names.push_back("class " + std::to_string(i));
  weights.source = "made up";
  return weights;
}

/// A folder with yamnet.pt, three sounds and one file that is none.
void furnish(const testing::TempFolder& folder) {
  const auto weights = made_up_weights();
  yamnet::save_module(yamnet::build_module(weights), weights, folder / "yamnet.pt");
  fs::create_directories(folder / "in/deep");
  testing::write_tone(folder / "in/a.wav", 1, 300);
  testing::write_tone(folder / "in/deep/b.wav", 3, 600);
  testing::write_tone(folder / "in/deep/c.wav", 0.2, 900);
}

/// The file has the values of the .npy files.
void check_safetensors(const fs::path& file, const fs::path& npy, std::int64_t patches) {
  using tensor_files::TensorType;
  const std::string bytes = read_file(file);
  tensor_files::SafetensorsReader reader(tensor_files::source_of(bytes), file.string());
  reader.check_entries({{"embeddings", TensorType::float32}, {"scores", TensorType::float32}});
  CHECK(reader.text("clip") == "in/deep/b.wav");
  CHECK(reader.values("embeddings", {patches, 1024}, TensorType::float32) ==
        read_npy(npy.string() + ".embeddings.npy").values);
  CHECK(reader.values("scores", {patches, 521}, TensorType::float32) == read_npy(npy.string() + ".scores.npy").values);
  reader.check_end();
}

testing::ProgramResult embedder(const testing::TempFolder& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--weights", "yamnet.pt", "--store", "store", "--threads", "1"});
  return testing::run("embedder", arguments, folder.path());
}

}  // namespace

TEST_CASE("the embedder fills a store and writes .npy files; its second run computes nothing", "[embedder]") {
  const testing::TempFolder folder;
  furnish(folder);
  const auto first = embedder(folder, {"in", "--out-npy", "out"});
  CAPTURE(first.err);
  REQUIRE(first.exit_code == 0);
  CHECK_THAT(first.out, Catch::StartsWith("3/3 clips extracted"));
  // 3 s: 1 + ceil((48000 - 15600) / 7680) = 6 patches.
  CHECK(read_npy(folder / "out/deep/b.embeddings.npy").shape == std::vector<std::int64_t>{6, 1024});
  CHECK(read_npy(folder / "out/deep/b.scores.npy").shape == std::vector<std::int64_t>{6, 521});
  CHECK(read_npy(folder / "out/a.embeddings.npy").shape == std::vector<std::int64_t>{2, 1024});
  CHECK(read_npy(folder / "out/deep/c.embeddings.npy").shape == std::vector<std::int64_t>{1, 1024});
  CHECK(embedder(folder, {"in", "--out-safetensors", "tensors"}).exit_code == 0);
  check_safetensors(folder / "tensors/deep/b.safetensors", folder / "out/deep/b", 6);

  const auto second = embedder(folder, {"in", "--json"});
  CHECK_THAT(second.out, Catch::Contains("\"from_store\": 3") && Catch::Contains("\"computed\": 0") &&
                             Catch::Contains("\"patches\": 9"));
  const auto info = testing::run("store", {"info", "store"}, folder.path());
  CHECK_THAT(info.out, Catch::Contains("3 records") && Catch::Contains("patch_hop_frames=48"));
}

TEST_CASE("the embedder takes one channel on request, and warns of channels that cancel each other", "[embedder]") {
  const testing::TempFolder folder;
  furnish(folder);
  testing::write_stereo_tone(folder / "opposite.wav", 300, 1, -1);
  const auto mean = embedder(folder, {"opposite.wav"});
  CHECK_THAT(mean.err, Catch::Contains("opposite.wav: its channels cancel each other: their mean is silent"));
  CHECK_THAT(mean.out, Catch::Contains("1 whose channels cancel each other"));
  const auto left = embedder(folder, {"opposite.wav", "--channels", "left", "--json"});
  CHECK(left.err.find("cancel") == std::string::npos);
  CHECK_THAT(left.out, Catch::Contains("\"computed\": 1") && Catch::Contains("\"channels_cancel\": 0"));
  const auto wrong = embedder(folder, {"opposite.wav", "--channels", "middle"});
  CHECK(wrong.exit_code == 2);
}

TEST_CASE("the embedder names bad clips, and skips them on request", "[embedder]") {
  const testing::TempFolder folder;
  furnish(folder);
  std::ofstream(folder / "in/garbled.wav") << "not a sound";
  write_file_atomically(folder / "list.txt", std::string_view("in/garbled.wav\nin/gone.wav\n"));
  const auto fails = embedder(folder, {"in"});
  CHECK(fails.exit_code == 1);
  CHECK_THAT(fails.err, Catch::Contains("embedder: error: clip in/garbled.wav"));
  const auto skips = embedder(folder, {"in", "--list", "list.txt", "--on-bad-clip", "skip"});
  CHECK(skips.exit_code == 0);
  CHECK_THAT(skips.out, Catch::Contains("2 bad"));
  CHECK_THAT(skips.err, Catch::Contains("in/garbled.wav") && Catch::Contains("in/gone.wav: no such file"));
  const auto all_bad = embedder(folder, {"--list", "list.txt", "--on-bad-clip", "skip"});
  CHECK(all_bad.exit_code == 1);
}

TEST_CASE("mistakes on the embedder's command line are one line and code 2", "[embedder]") {
  const testing::TempFolder folder;
  const std::vector<std::vector<std::string>> mistakes = {{},
                                                          {"x.wav", "--patch-hop-frames", "0"},
                                                          {"x.wav", "--engine", "onnx"},
                                                          {"x.wav", "--precision", "float7"},
                                                          {"a/x.wav", "a/x.flac", "--out-npy", "out"}};
  for (const auto& arguments : mistakes) {
    const auto result = testing::run("embedder", arguments, folder.path());
    CAPTURE(result.err);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, Catch::StartsWith("embedder: error: "));
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
    CHECK(result.out.empty());
  }
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("the embedder takes tars as it takes folders", "[embedder]") {
  const testing::TempFolder folder;
  furnish(folder);
  const auto bytes = [&](const std::string& name) { return read_file(folder / ("in/" + name)); };
  const auto tar = testing::tar_of({{"a.wav", bytes("a.wav")}, {"a.cls", "3"}, {"deep/b.wav", bytes("deep/b.wav")}});
  write_file_atomically(folder / "s-00.tar", tar);
  write_file_atomically(folder / "s-01.tar.gz",
                        testing::tar_of({{"c.wav", bytes("deep/c.wav")}}, testing::TarFilter::gzip));
  const auto first = embedder(folder, {"s-{00..00}.tar", "s-01.tar.gz", "--out-npy", "out", "--json"});
  CAPTURE(first.err);
  REQUIRE(first.exit_code == 0);
  CHECK_THAT(first.out, Catch::Contains("\"clips\": 3") && Catch::Contains("\"path\":\"s-00.tar/deep/b.wav\""));
  CHECK(read_npy(folder / "out/s-00.tar/deep/b.embeddings.npy").shape == std::vector<std::int64_t>{6, 1024});
  CHECK(read_npy(folder / "out/s-01.tar.gz/c.embeddings.npy").shape == std::vector<std::int64_t>{1, 1024});
  const auto folder_after = embedder(folder, {"in"});
  CHECK_THAT(folder_after.out, Catch::StartsWith("3/3 clips from the store"));

  const auto like = embedder(folder, {"--like", "in/deep/c.wav", "--top", "1"});
  CHECK(like.exit_code == 0);
}

TEST_CASE("wrong tars and addresses are one line each", "[embedder]") {
  const testing::TempFolder folder;
  furnish(folder);
  const std::string sound = read_file(folder / "in/a.wav");
  const auto put = [&](const std::string& name, const std::string& bytes) {
    write_file_atomically(folder / name, bytes);
  };
  put("text.tar", "these are words");
  put("empty.tar", testing::tar_of({}));
  put("leaves.tar", testing::tar_of({{"../a.wav", sound}}));
  put("short.tar", testing::tar_of({{"a.wav", sound}, {"b.wav", sound}}).substr(0, 40'000));
  testing::HttpServer server;
  server.fail_first = 1000;
  server.fail_status = 404;
  server.fail_page = "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>";
  const std::string endpoint = server.url().substr(0, server.url().rfind('/'));
  const std::vector<std::string> keys = {"AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=secret",
                                         "AWS_ENDPOINT_URL=" + endpoint, "AWS_ENDPOINT_URL_S3="};
  const std::vector<std::string> no_keys = {"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="};
  struct Wrong {
    std::string input;
    std::vector<std::string> environment;
    int code;
    std::string message;
  };
  const std::vector<Wrong> all = {
      {"none.tar", {}, 1, "none.tar: no such file"},
      {"text.tar", {}, 1, "text.tar: is no tar"},
      {"empty.tar", {}, 1, "empty.tar: no sound file in it"},
      {"leaves.tar", {}, 1, "leaves.tar: the member '../a.wav' leads out of the tar"},
      {"short.tar", {}, 1, "short.tar: is truncated (at byte "},
      {"s-{3..1}.tar", {}, 2, "runs backwards"},
      {"http://example.org/a.tar", {}, 2, "http:// is not encrypted"},
      {"s3://sounds/a.tar", no_keys, 2, "s3://sounds/a.tar: AWS_ACCESS_KEY_ID is not set"},
      {"s3://sounds", keys, 2, "names no key"},
      {"s3://sounds/a.tar", keys, 1, "s3://sounds/a.tar: the server answered 404 (NoSuchBucket: The specified"},
      {endpoint + "/a.wav", {}, 1, "/a.wav: the server answered 404"},
  };
  for (const auto& wrong : all) {
    CAPTURE(wrong.input);
    const auto result = testing::run(
        "embedder", {wrong.input, "--weights", "yamnet.pt", "--store", "store", "--threads", "1", "--quiet"},
        folder.path(), wrong.environment);
    CAPTURE(result.err);
    CHECK(result.exit_code == wrong.code);
    CHECK_THAT(result.err, Catch::StartsWith("embedder: error: ") && Catch::Contains(wrong.message));
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
    CHECK(result.out.empty());
  }
}
