// SPDX-License-Identifier: Apache-2.0
#include "deploy/model.h"

#include "deploy/export.h"
#include "deploy/load_model.h"
#include "small_model.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <torch/csrc/jit/serialization/pickle.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <random>
#include <sstream>

using namespace soundfold;
using namespace soundfold::testing;
using deploy::Model;

namespace {

const std::vector<std::string> kOddNames = {"dog, large", "Geräusch \"laut\"", "猫\nneko"};

/// An exported small model at `path`; gives its parity case.
deploy::ParityCase export_labels(const std::filesystem::path& path, bool multi_label = false,
                                 const nlohmann::json& metadata = {}) {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone(24);
  const auto head = random_head(small_spec(backbone, "both", "attention"));
  const auto parity = parity_case(backbone, head, made_up_waveform(50000));
  deploy::export_model(deploy::build_model(backbone, head, kOddNames, multi_label), head, metadata, {parity}, path);
  return parity;
}

/// The error that loading gives, which must be a DataError of one line.
std::string load_error(const std::filesystem::path& path) {
  try {
    Model::load(path, torch::kCPU);
  } catch (const DataError& error) {
    const std::string text = error.what();
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.find(path.string()) == 0);
    return text;
  }
  return "no error";
}

/// Saves a small module with this metadata.json.
void save_with_text(const std::string& metadata, const std::filesystem::path& path) {
  torch::jit::Module module("plain");
  module.define("def forward(self, x: Tensor) -> Tensor:\n    return x\n");
  std::ostringstream stream;
  module.save(stream, torch::jit::ExtraFilesMap{{"metadata.json", metadata}});
  write_file_atomically(path, stream.str());
}

/// Saves a small model with metadata of our choice, past export_model.
void save_with(const nlohmann::json& changes, const std::filesystem::path& path) {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  const auto model =
      deploy::build_model(backbone, random_head(small_spec(backbone, "both", "mean")), {"a", "b", "c"}, false);
  nlohmann::json metadata = {{"kind", "soundfold classifier"},
                             {"format_version", deploy::kModelFormatVersion},
                             {"class_names", {"a", "b", "c"}},
                             {"multi_label", false},
                             {"tensors_digest", yamnet::tensors_digest(model)}};
  metadata.update(changes);
  std::ostringstream stream;
  model.save(stream, torch::jit::ExtraFilesMap{{"metadata.json", metadata.dump()}});
  write_file_atomically(path, stream.str());
}

/// What the model in `bytes` says about `waveform`; nothing when it is refused with a DataError.
std::optional<Model::Result> try_model(const std::string& bytes, const std::filesystem::path& path,
                                       const std::vector<float>& waveform) {
  write_file_atomically(path, bytes);
  try {
    return Model::load(path, torch::kCPU).classify(waveform);
  } catch (const DataError&) {
    return std::nullopt;
  }
}

}  // namespace

TEST_CASE("a loaded model classifies as the trainer did and knows its names", "[deploy]") {
  const TempFolder folder;
  const auto parity = export_labels(folder / "model.pt", false, {{"config", "seed: 1"}, {"test", {{"accuracy", 0.5}}}});
  Model model = Model::load(folder / "model.pt", torch::kCPU);
  CHECK(model.class_names() == kOddNames);
  CHECK_FALSE(model.multi_label());
  CHECK(model.patch_hop_frames() == 24);
  const auto result = model.classify(parity.waveform);
  REQUIRE(result.logits.size() == 3);
  for (std::size_t k = 0; k < 3; ++k) CHECK(result.logits[k] == Approx(parity.trainer_logits[k]).margin(1e-4));
  CHECK(std::accumulate(result.probabilities.begin(), result.probabilities.end(), 0.0) == Approx(1));
  // 50000 samples, hop 24 frames of 160 samples: 1 + ceil((50000 - 15600) / 3840) = 1 + 9
  CHECK(result.window_logits.size() == 10);
  CHECK(result.window_logits.front().size() == 3);
  for (int i = 0; i < 3; ++i) CHECK(model.classify(parity.waveform).logits == result.logits);
}

TEST_CASE("metadata are read back completely", "[deploy]") {
  const TempFolder folder;
  export_labels(folder / "model.pt", true, {{"config", "ü: 1"}, {"test", {{"accuracy", 0.5}}}});
  const Model model = Model::load(folder / "model.pt", torch::kCPU);
  const auto& metadata = model.metadata();
  CHECK(model.multi_label());
  CHECK(metadata["config"] == "ü: 1");
  CHECK(metadata["test"]["accuracy"] == 0.5);
  CHECK(metadata["format_version"] == deploy::kModelFormatVersion);
  CHECK(metadata["class_names"] == kOddNames);
  CHECK(metadata["sample_rate"] == 16000);
  CHECK(metadata["head"]["pooling"] == "attention");
  CHECK(metadata["head"]["hidden"] == nlohmann::json({6}));
  CHECK(metadata["weights_digest"] == small_backbone(24).weights_digest);
  CHECK(metadata["created_by"].get<std::string>().find("soundfold ") == 0);
}

TEST_CASE("an unsuitable waveform is a clear error", "[deploy]") {
  const TempFolder folder;
  export_labels(folder / "model.pt");
  Model model = Model::load(folder / "model.pt", torch::kCPU);
  CHECK_THROWS_AS(model.classify({}), DataError);
  auto waveform = made_up_waveform(20000);
  waveform[12345] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(model.classify(waveform), Catch::Contains("not finite"));
  CHECK(std::isfinite(model.classify({0.5F}).logits.front()));
}

TEST_CASE("files that are not a model are refused in one line", "[deploy]") {
  const TempFolder folder;
  const auto file = folder / "model.pt";
  CHECK_THAT(load_error(file), Catch::Contains("no such file"));
  CHECK_THAT(load_error(folder.path()), Catch::Contains("not a regular file"));
  write_file_atomically(file, "");
  CHECK_THAT(load_error(file), Catch::Contains("not a TorchScript file"));
  write_file_atomically(file, "# a text\n");
  CHECK_THAT(load_error(file), Catch::Contains("not a TorchScript file"));
  const auto saved = torch::jit::pickle_save(torch::ones({2}));  // the format of Python's torch.save
  write_file_atomically(file, std::string(saved.begin(), saved.end()));
  CHECK_THAT(load_error(file), Catch::Contains("not a TorchScript file, but one of torch.save") &&
                                   Catch::Contains("torch.jit.script(model).save(FILE)"));

  torch::jit::Module plain("plain");
  plain.define("def forward(self, x: Tensor) -> Tensor:\n    return x\n");
  std::ostringstream stream;
  plain.save(stream);
  write_file_atomically(file, stream.str());
  CHECK_THAT(load_error(file), Catch::Contains("without metadata.json"));
}

TEST_CASE("metadata that do not fit the file are refused", "[deploy]") {
  const TempFolder folder;
  const auto file = folder / "model.pt";
  save_with(nlohmann::json::object(), file);
  CHECK(load_error(file) == "no error");
  save_with({{"kind", "soundfold yamnet"}}, file);
  CHECK_THAT(load_error(file), Catch::Contains("not an exported model but \"soundfold yamnet\""));
  save_with({{"format_version", deploy::kModelFormatVersion + 1}}, file);
  CHECK_THAT(load_error(file), Catch::Contains("use a newer Soundfold"));
  save_with({{"format_version", "1"}}, file);
  CHECK_THAT(load_error(file), Catch::Contains("format_version"));
  save_with({{"tensors_digest", "0123"}}, file);
  CHECK_THAT(load_error(file), Catch::Contains("changed or damaged"));
  std::string deep(100'000, '[');
  save_with_text(
      "{\"kind\": \"soundfold classifier\", \"tensors_digest\": " + deep + std::string(deep.size(), ']') + "}", file);
  CHECK_THAT(load_error(file), Catch::Contains("nested too deeply"));
  CHECK_THROWS_WITH(deploy::file_kind(file), Catch::Contains("nested too deeply"));
  save_with({{"class_names", {"a", "b", "d"}}}, file);
  CHECK_THAT(load_error(file), Catch::Contains("class names"));
}

TEST_CASE("a model truncated anywhere is refused", "[deploy]") {
  const TempFolder folder;
  export_labels(folder / "model.pt");
  const std::string bytes = read_file(folder / "model.pt");
  for (std::size_t part = 0; part < 20; ++part) {
    const std::size_t size = bytes.size() * part / 20;
    write_file_atomically(folder / "cut.pt", std::string_view(bytes).substr(0, size));
    INFO(size << " of " << bytes.size() << " bytes");
    CHECK(load_error(folder / "cut.pt") != "no error");
  }
  write_file_atomically(folder / "cut.pt", std::string_view(bytes).substr(0, bytes.size() - 1));
  CHECK(load_error(folder / "cut.pt") != "no error");
}

TEST_CASE("a damaged model is refused or says the same, wherever the damage is", "[deploy]") {
  const TempFolder folder;
  const auto parity = export_labels(folder / "model.pt");
  const std::string bytes = read_file(folder / "model.pt");
  const auto expected = try_model(bytes, folder / "flipped.pt", parity.waveform);
  REQUIRE(expected);
  std::mt19937 random(5);
  const std::size_t trials = 400;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < trials; ++i) {
    const std::size_t offset = bytes.size() * i / trials + random() % (bytes.size() / trials);
    std::string damaged = bytes;
    damaged[offset] = static_cast<char>(damaged[offset] ^ (1 << random() % 8));
    const auto result = try_model(damaged, folder / "flipped.pt", parity.waveform);
    refused += result ? 0 : 1;
    INFO("byte " << offset << " of " << bytes.size());
    if (result) REQUIRE(result->logits == expected->logits);
  }
  CHECK(refused > trials / 4);  // the rest hits padding and unused fields of the archive
}

TEST_CASE("no flipped bit of a tensor goes unnoticed", "[deploy]") {
  const TempFolder folder;
  const auto parity = export_labels(folder / "model.pt");
  const std::string bytes = read_file(folder / "model.pt");
  const auto model = torch::jit::load((folder / "model.pt").string());
  for (const auto& tensor : model.named_parameters()) {
    const torch::Tensor values = tensor.value.detach().contiguous();
    const std::string content(static_cast<const char*>(values.data_ptr()), values.nbytes());
    const std::size_t offset = bytes.find(content);
    INFO(tensor.name);
    REQUIRE(offset != std::string::npos);
    std::string damaged = bytes;
    damaged[offset + content.size() / 2] = static_cast<char>(damaged[offset + content.size() / 2] ^ 1);
    CHECK_FALSE(try_model(damaged, folder / "flipped.pt", parity.waveform));
  }
}
