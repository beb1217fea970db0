// SPDX-License-Identifier: Apache-2.0
#include "deploy/load_model.h"
#include "deploy/model.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <sstream>

using namespace soundfold;
using Catch::Contains;
using deploy::ForeignScores;
using deploy::Model;

namespace {

/// A TorchScript module with this forward, as another program might save it.
std::string foreign_bytes(const std::string& forward, const std::vector<std::string>& class_names = {}) {
  torch::jit::Module module("theirs");
  if (!class_names.empty()) module.register_attribute("class_names", c10::ListType::ofStrings(), class_names);
  module.define("def forward(self, waveform: Tensor)" + forward);
  std::ostringstream stream;
  module.save(stream);
  return stream.str();
}

const std::string kThreeLogits = " -> Tensor:\n    return torch.stack([waveform.sum(), waveform[0], waveform[1]])\n";

Model load_foreign_bytes(const std::filesystem::path& path, const std::string& bytes,
                         ForeignScores scores = ForeignScores::logits) {
  write_file_atomically(path, bytes);
  return Model::load_foreign(path, torch::kCPU, scores);
}

}  // namespace

TEST_CASE("a foreign model is distinguished from ours and loaded only by its own call", "[deploy]") {
  const testing::TempFolder folder;
  const auto file = folder / "theirs.pt";
  Model model = load_foreign_bytes(file, foreign_bytes(kThreeLogits));
  CHECK(deploy::file_kind(file) == deploy::FileKind::foreign);
  CHECK_THROWS_WITH(Model::load(file, torch::kCPU), Contains("--trust-foreign-model") && Contains("your privileges"));
  CHECK(model.is_foreign());
  CHECK_FALSE(model.names_are_known());
  CHECK(model.class_names() == std::vector<std::string>{"class 0", "class 1", "class 2"});
  CHECK(model.patch_hop_frames() == 0);
  const auto result = model.classify({0.5F, -0.25F, 0.75F});
  CHECK(result.logits == std::vector<float>{1.0F, 0.5F, -0.25F});
  CHECK(result.window_logits == std::vector<std::vector<float>>{result.logits});
  const double sum = std::exp(1.0) + std::exp(0.5) + std::exp(-0.25);
  CHECK(result.probabilities[1] == Approx(std::exp(0.5) / sum));
}

TEST_CASE("a foreign model's rows are averaged and its probabilities become logits", "[deploy]") {
  const testing::TempFolder folder;
  const std::string rows =
      " -> Tuple[Tensor, Tensor]:\n"
      "    return (torch.tensor([[0.25, 1.0], [0.75, 0.5]]), waveform)\n";
  Model model =
      load_foreign_bytes(folder / "theirs.pt", foreign_bytes(rows, {"rain", "wind"}), ForeignScores::probabilities);
  CHECK(model.names_are_known());
  CHECK(model.class_names() == std::vector<std::string>{"rain", "wind"});
  CHECK(model.multi_label());
  const auto result = model.classify({0.0F});
  CHECK(result.probabilities == std::vector<float>{0.5F, 0.75F});
  CHECK(result.logits[0] == Approx(0).margin(1e-6));
  CHECK(result.logits[1] == Approx(std::log(3.0)));
  REQUIRE(result.window_logits.size() == 2);
  CHECK(result.window_logits[0][0] == Approx(-std::log(3.0)));
  CHECK(std::isfinite(result.window_logits[0][1]));

  Model beyond = load_foreign_bytes(folder / "theirs.pt", foreign_bytes(kThreeLogits), ForeignScores::probabilities);
  CHECK_THROWS_WITH(beyond.classify({2.0F, 1.0F}), Contains("not probabilities"));
}

TEST_CASE("a foreign model that takes only batches gets a batch of one", "[deploy]") {
  const testing::TempFolder folder;
  const std::string batches =
      " -> Tensor:\n    assert waveform.dim() == 2, \"batches only\"\n"
      "    return waveform.mean(1, keepdim=True) * torch.tensor([[1.0, 2.0]])\n";
  Model model = load_foreign_bytes(folder / "theirs.pt", foreign_bytes(batches));
  CHECK(model.classify({1.0F, 3.0F}).logits == std::vector<float>{2.0F, 4.0F});
}

TEST_CASE("a foreign model of another form is a clear error", "[deploy]") {
  const testing::TempFolder folder;
  const auto file = folder / "theirs.pt";
  CHECK_THROWS_WITH(load_foreign_bytes(file, foreign_bytes(" -> int:\n    return 3\n")), Contains("gives no tensor"));
  CHECK_THROWS_WITH(load_foreign_bytes(file, foreign_bytes(" -> Tensor:\n    return waveform.sum()\n")),
                    Contains("of shape []"));
  CHECK_THROWS_WITH(load_foreign_bytes(file, foreign_bytes(kThreeLogits, {"a", "b"})),
                    Contains("2 class_names for 3 scores"));
  CHECK_THROWS_AS(load_foreign_bytes(file, "not a model"), DataError);
  CHECK_THROWS_AS(load_foreign_bytes(file, foreign_bytes(kThreeLogits).substr(0, 500)), DataError);
  Model model = load_foreign_bytes(file, foreign_bytes(kThreeLogits));
  CHECK_THROWS_AS(model.classify({}), DataError);
  CHECK_THROWS_AS(model.classify({1.0F}), DataError);  // its forward wants two samples
  CHECK_THROWS_WITH(model.classify({NAN, 0.0F}), Contains("not finite"));
}
