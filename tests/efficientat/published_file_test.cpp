// SPDX-License-Identifier: Apache-2.0
#include "efficientat/published_file.h"

#include "support/errors.h"
#include "support/files.h"
#include "testing/state_dict_file.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <functional>

using namespace soundfold;
using Catch::Contains;
using efficientat::read_efficientat;
using soundfold::testing::TensorFile;

namespace {

const std::vector<std::string> kFiveNames = {"one", "two", "three", "four", "five"};

std::vector<TensorFile> small_tensors() {
  const auto network = soundfold::testing::small_efficientat();
  return soundfold::testing::efficientat_tensors(*network.mobilenet, network.class_count);
}

TensorFile& tensor_named(std::vector<TensorFile>& tensors, const std::string& name) {
  for (auto& tensor : tensors) {
    if (tensor.name == name) return tensor;
  }
  throw std::runtime_error("no tensor " + name);
}

std::string efficientat_refusal(const std::function<void(std::vector<TensorFile>&)>& change) {
  auto tensors = small_tensors();
  change(tensors);
  const soundfold::testing::TempFolder folder;
  write_file_atomically(folder / "mn.pt", soundfold::testing::state_dict_bytes(tensors));
  try {
    read_efficientat(folder / "mn.pt", soundfold::testing::small_efficientat(), kFiveNames);
    return "";
  } catch (const DataError& error) {
    const std::string text = error.what();
    CHECK(text.find('\n') == std::string::npos);
    CHECK_THAT(text, Contains("mn.pt: "));
    return text;
  }
}

}  // namespace

TEST_CASE("a state dict of PyTorch's becomes a MobileNet", "[efficientat]") {
  const auto path = soundfold::testing::source_folder() / "tests" / "efficientat" / "small.pt";
  const auto network = soundfold::testing::small_efficientat();
  const auto weights = read_efficientat(path, network, kFiveNames);
  CHECK(weights.network.mobilenet == network.mobilenet);
  CHECK(weights.network.input == network::efficientat_input());
  CHECK(weights.class_count() == 5);
  CHECK(weights.embedding_size() == 48);
  CHECK(weights.network.classifier_inputs() == 16);
  CHECK(weights.classifier_kernel.size() == 5 * 16);
  CHECK_THAT(weights.source, Contains("EfficientAT, state dict") && Contains("sha256 "));
  const auto named = network::named_tensors(weights.network);
  REQUIRE(weights.tensors.size() == named.size());
  for (const auto& tensor : named) {
    INFO(tensor.name);
    REQUIRE(weights.tensors.count(tensor.name) == 1);
    CHECK(static_cast<std::int64_t>(weights.tensors.at(tensor.name).size()) == tensor.size());
  }
}

TEST_CASE("batch norms are folded with epsilon 0.001, and kernels turned", "[efficientat]") {
  auto tensors = small_tensors();
  const auto values = [&](const std::string& name) {
    const auto& tensor = tensor_named(tensors, name);
    return soundfold::testing::efficientat_values({name, tensor.shape});
  };
  const auto kernel = values("features.0.0.weight"), gamma = values("features.0.1.weight");
  const auto beta = values("features.0.1.bias"), mean = values("features.0.1.running_mean");
  const auto variance = values("features.0.1.running_var");
  const soundfold::testing::TempFolder folder;
  write_file_atomically(folder / "mn.pt", soundfold::testing::state_dict_bytes(tensors));
  const auto read = read_efficientat(folder / "mn.pt", soundfold::testing::small_efficientat(), kFiveNames);
  for (std::size_t c = 0; c < 8; ++c) {
    const double factor = gamma[c] / std::sqrt(variance[c] + 0.001);
    CHECK(read.tensors.at("stem.bias")[c] == Approx(beta[c] - mean[c] * factor).epsilon(1e-6));
    for (std::size_t band = 0; band < 3; ++band) {
      for (std::size_t frame = 0; frame < 3; ++frame) {
        CHECK(read.tensors.at("stem.kernel")[c * 9 + frame * 3 + band] ==
              Approx(kernel[c * 9 + band * 3 + frame] * factor).epsilon(1e-6));
      }
    }
  }
  CHECK(read.tensors.at("block3.squeeze.kernel") == values("features.3.block.2.conc_se_layers.0.fc1.weight"));
  CHECK(read.tensors.at("hidden.bias") == values("classifier.2.bias"));
  CHECK(read.classifier_kernel == values("classifier.5.weight"));
}

TEST_CASE("the width of EfficientAT's networks is found by their tensors", "[efficientat]") {
  const soundfold::testing::TempFolder folder;
  const auto path = folder / "mn01_as_mAP_298.pt";
  const auto network = network::efficientat_description(0.1);
  const auto tensors = soundfold::testing::efficientat_tensors(*network.mobilenet, 527);
  write_file_atomically(path, soundfold::testing::state_dict_bytes(tensors));
  const std::vector<std::string> names(527, "name");
  const auto read = read_efficientat(path, names);
  CHECK(read.network.mobilenet == network.mobilenet);
  CHECK(read.class_names == names);
  CHECK_THROWS_WITH(read_efficientat(path, kFiveNames), Contains("527 classes, but 5 names"));
  for (const char* other : {"mn10_as_hop_15_mAP_463.pt", "mn10_as_mels_40_mAP_453.pt"}) {
    CHECK_THROWS_WITH(read_efficientat(folder / other, names), Contains("another hop or other mel bands"));
  }
  for (const char* other : {"mn10_im.pt", "mn10_im_pytorch.pt"}) {
    CHECK_THROWS_WITH(read_efficientat(folder / other, names), Contains("trained on pictures alone"));
  }
  CHECK_THROWS_WITH(read_efficientat(folder / "mn40_as_no_im_pre_mAP_483.pt", names), !Contains("pictures"));
}

TEST_CASE("what is not exactly EfficientAT's published layout is refused by name", "[efficientat]") {
  CHECK(efficientat_refusal([](auto&) {}).empty());
  for (std::size_t i = 0; i < small_tensors().size(); i += 5) {
    const std::string name = small_tensors()[i].name;
    CHECK_THAT(efficientat_refusal([&](auto& all) { all.erase(all.begin() + static_cast<std::ptrdiff_t>(i)); }),
               Contains(name + ": missing"));
  }
  const std::string kernel = "features.2.block.0.0.weight", counter = "features.4.block.0.1.num_batches_tracked";
  CHECK_THAT(efficientat_refusal(
                 [](auto& all) { all.push_back(soundfold::testing::float_tensor("features.9.0.weight", {1}, {1})); }),
             Contains("features.9.0.weight: not one of its tensors"));
  CHECK_THAT(efficientat_refusal([&](auto& all) {
               tensor_named(all, kernel).shape = {8, 16, 1, 1};
             }),
             Contains(kernel + ": shape [8, 16, 1, 1], expected [16, 8, 1, 1]"));
  CHECK_THAT(efficientat_refusal([&](auto& all) {
               auto& tensor = tensor_named(all, counter);
               tensor.floating = true;
             }),
             Contains(counter + ": float32, expected a whole number"));
  CHECK_THAT(efficientat_refusal([&](auto& all) {
               auto& tensor = tensor_named(all, kernel);
               tensor.floating = false;
               tensor.shape = {16, 4};
             }),
             Contains(kernel + ": whole numbers, expected float32"));
  CHECK_THAT(efficientat_refusal([&](auto& all) {
               auto& tensor = tensor_named(all, "features.0.1.running_var");
               const float value = -0.5F;
               tensor.bytes.replace(8, 4, reinterpret_cast<const char*>(&value), 4);
             }),
             Contains("features.0.1.running_var: a value below 0"));
}
