// SPDX-License-Identifier: Apache-2.0
#include "onnx/model_graph.h"

#include "onnx/made_up_model.h"
#include "onnx/write_onnx.h"
#include "onnx_graph/check_graph.h"
#include "onnx_graph/graph_bytes.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"
#include "weights/sample_weights.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <map>

using namespace soundfold;
using namespace soundfold::onnx;
using namespace soundfold::onnx_graph;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

std::map<std::string, std::int64_t> operators_of(const Graph& graph) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& node : graph.nodes) ++counts[node.op];
  return counts;
}

const Tensor& constant(const Graph& graph, const std::string& name) {
  const auto found = std::find_if(graph.constants.begin(), graph.constants.end(),
                                  [&](const Tensor& tensor) { return tensor.name == identifier(name); });
  REQUIRE(found != graph.constants.end());
  return *found;
}

const Value& output(const Graph& graph, const std::string& name) {
  const auto found =
      std::find_if(graph.outputs.begin(), graph.outputs.end(), [&](const Value& value) { return value.name == name; });
  REQUIRE(found != graph.outputs.end());
  return *found;
}

std::int64_t last_size(const Value& value) {
  return std::get<std::int64_t>(value.dims.back());
}

runtime::ModelFile quantized_model() {
  auto model = testing::made_up_model(testing::all_forms()[0]);
  model.backbone.quantization = weights::testing::working_quantization(model.backbone, 3);
  return model;
}

}  // namespace

TEST_CASE("every form of head becomes a graph that a runtime could load", "[onnx]") {
  for (const auto& form : testing::all_forms()) {
    INFO(testing::text_of(form));
    const auto model = testing::made_up_model(form);
    const Graph graph = model_graph(model);
    CHECK_NOTHROW(check_graph(graph));
    CHECK(operators_of(graph)["Conv"] == static_cast<std::int64_t>(model.backbone.network.layers.size()));
    CHECK(operators_of(graph)["Erf"] == (form.head.activation == head_spec::Activation::gelu
                                             ? 2 * static_cast<std::int64_t>(form.head.hidden.size())
                                             : 0));
    CHECK(last_size(output(graph, "probabilities")) == 3);
    CHECK(last_size(output(graph, "scores")) == 5);
    const auto parts = form.head.input == head_spec::HeadInput::embeddings ? 0 : 5;
    if (form.head.input != head_spec::HeadInput::scores) {
      CHECK(last_size(output(graph, "embeddings")) == model.head.spec.input_size - parts);
    }
    CHECK(graph_bytes(graph) == graph_bytes(model_graph(model)));
  }
}

TEST_CASE("convolutions are those of the network", "[onnx]") {
  const auto model = testing::made_up_model(testing::all_forms()[6]);
  const Graph graph = model_graph(model);
  std::size_t layer = 0;
  for (const auto& node : graph.nodes) {
    if (node.op != "Conv") continue;
    const auto& is = model.backbone.network.layers.at(layer++);
    INFO(is.name);
    CHECK(node.outputs[0] == identifier(is.name + ".sums"));
    CHECK(std::get<std::int64_t>(node.attributes.at("group")) == is.groups());
    CHECK(std::get<std::vector<std::int64_t>>(node.attributes.at("strides")) ==
          std::vector<std::int64_t>(2, is.stride));
    const std::vector<std::int64_t> pads{is.padding_before(), is.padding_before(), is.padding_after(),
                                         is.padding_after()};
    CHECK(std::get<std::vector<std::int64_t>>(node.attributes.at("pads")) == pads);
    CHECK(constant(graph, is.name + ".kernel").dims == is.kernel_shape());
  }
  CHECK(layer == model.backbone.network.layers.size());
}

TEST_CASE("patches are raised to top_db below their largest value, short and whole ones", "[onnx]") {
  for (const auto& form : testing::transformer_forms()) {
    INFO(testing::text_of(form));
    const Graph graph = model_graph(testing::made_up_model(form));
    const auto raised = std::find_if(graph.nodes.begin(), graph.nodes.end(), [](const auto& node) {
      return node.outputs.front() == identifier("patches above their least");
    });
    REQUIRE((raised != graph.nodes.end()) == (form.network.input.top_db > 0));
    if (raised == graph.nodes.end()) continue;
    const auto is_used = [&](const auto& node) {
      return std::count(node.inputs.begin(), node.inputs.end(), raised->outputs.front()) > 0;
    };
    CHECK(std::any_of(graph.nodes.begin(), graph.nodes.end(), is_used));
  }
}

TEST_CASE("a transformer becomes products, norms and attention", "[onnx]") {
  for (const auto& form : testing::transformer_forms()) {
    INFO(testing::text_of(form));
    const auto model = testing::made_up_model(form);
    const auto& is = *form.network.transformer;
    const Graph graph = model_graph(model);
    CHECK_NOTHROW(check_graph(graph));
    auto operators = operators_of(graph);
    CHECK(operators["Conv"] == 1);
    CHECK(operators["Gemm"] == 4 * is.depth + 1);  // qkv, proj, fc1 and fc2 of each block; the classifier
    CHECK(operators["Erf"] == is.depth);
    CHECK(operators["Split"] == is.depth + (form.in_parts ? 2 : 0));
    const int known = form.head.known_norm_epsilon > 0 ? 1 : 0;  // of the known classes
    CHECK(operators["Pow"] == 2 * is.depth + 2 + known);  // two norms of each block, one after them, the classifier's
    const auto taps = static_cast<std::int64_t>(form.taps.size());
    CHECK(last_size(output(graph, "embeddings")) == is.embedding_size * (1 + 2 * taps));
    CHECK(graph_bytes(graph) == graph_bytes(model_graph(model)));
    CHECK_THROWS_WITH(model_graph(model, Precision::int8), Contains("int8") && Contains("float32"));
  }
}

TEST_CASE("values of a transformer are in the graph in another order, or scaled", "[onnx]") {
  const auto model = testing::made_up_model(testing::transformer_forms().front());
  const Graph graph = model_graph(model);
  const auto value = [&](const std::string& name, std::size_t i) {
    float read = 0;
    std::memcpy(&read, constant(graph, name).bytes.data() + i * sizeof read, sizeof read);
    return read;
  };
  const auto& published = model.backbone.tensors;
  const std::string qkv = "encoder.blocks.1.attn.qkv.weight";
  CHECK(value(qkv, 5) == published.at(qkv)[5] / 4);  // a query: heads of 16 values
  CHECK(value(qkv, 48 * 48) == published.at(qkv)[48 * 48]);
  // Kernel 2, band 3, frame 5 is row 5, column 3: patches have frames first.
  CHECK(value("kernel of tokens", 2 * 256 + 5 * 16 + 3) ==
        published.at("encoder.patch_embed.proj.weight")[2 * 256 + 3 * 16 + 5]);
  // Row 2, column 7, value 11.
  CHECK(value("positions of all columns", (2 * 63 + 7) * 48 + 11) ==
        published.at("encoder.time_pos_embed")[11 * 63 + 7] + published.at("encoder.freq_pos_embed")[11 * 4 + 2]);
}

TEST_CASE("int8 takes kernels, biases and scales from the file", "[onnx]") {
  const auto model = quantized_model();
  const auto& integers = *model.backbone.quantization;
  const Graph graph = model_graph(model, Precision::int8);
  CHECK_NOTHROW(check_graph(graph));
  // patches, each layer, means and the classifier's sums
  const auto activations = static_cast<std::int64_t>(integers.layers.size()) + 3;
  CHECK(operators_of(graph)["QuantizeLinear"] == activations);
  // beside these the last map and the means both as steps and as values, a kernel and a bias of each layer and of the
  // classifier, and what is tapped
  const auto layers = static_cast<std::int64_t>(integers.layers.size());
  CHECK(operators_of(graph)["DequantizeLinear"] ==
        activations + 1 + 2 * (layers + 1) + operators_of(graph)["GlobalMaxPool"]);
  const auto& first = integers.layers[0];
  const auto& kernel = constant(graph, first.name + ".kernel.u8");
  CHECK(kernel.type == ElementType::uint8);
  REQUIRE(kernel.bytes.size() == first.kernel.size());
  for (std::size_t i = 0; i < first.kernel.size(); ++i) {
    CHECK(static_cast<unsigned char>(kernel.bytes[i]) == first.kernel[i] + 128);
  }
  CHECK(constant(graph, first.name + ".bias.s32").bytes.size() == first.bias.size() * 4);
  // The factor from sums to steps, rounded once from float64.
  std::vector<float> factors(first.kernel_scales.size());
  std::memcpy(factors.data(), constant(graph, first.name + ".kernel.scale").bytes.data(),
              factors.size() * sizeof(float));
  const double scale = double{integers.input_scale} * double{first.kernel_scales[0]} / double{first.output_scale};
  CHECK(factors[0] == static_cast<float>(scale));
  CHECK(constant(graph, first.name + ".bias.scale").bytes == constant(graph, first.name + ".kernel.scale").bytes);
  CHECK(constant(graph, first.name + ".kernel.zero").bytes == std::string(first.kernel_scales.size(), '\x80'));
}

TEST_CASE("int8 of weights without integers is refused", "[onnx]") {
  const auto model = testing::made_up_model(testing::all_forms()[0]);
  CHECK_THROWS_WITH(model_graph(model, Precision::int8), Contains("int8") && Contains("float32"));
}

TEST_CASE("texts beside the graph say what a program needs", "[onnx]") {
  auto model = testing::made_up_model(testing::all_forms()[3]);
  model.decision.thresholds = {0.2, 0.5, 0.7};
  const Graph graph = model_graph(model);
  const std::map<std::string, std::string> texts(graph.metadata.begin(), graph.metadata.end());
  CHECK(texts.at("kind") == "soundfold classifier");
  CHECK(nlohmann::json::parse(texts.at("class_names")).get<std::vector<std::string>>() == model.class_names);
  CHECK(texts.at("sample_rate") == "16000");
  CHECK(texts.at("patch_samples") == "15600");
  CHECK(texts.at("patch_hop_samples") == "7680");
  const auto decision =
      evaluation::DecisionRule::from_json(nlohmann::json::parse(texts.at("decision")), model.class_names);
  CHECK(decision.temperature == 1.7);
  CHECK(decision.thresholds == model.decision.thresholds);
  CHECK(decision.negative_class == model.decision.negative_class);
  CHECK(decision.silence_gate->dbfs == -40);
  CHECK(nlohmann::json::parse(texts.at("score_names")).size() == 5);
  CHECK(texts.at("weights_digest") == "0123");
  CHECK(nlohmann::json::parse(texts.at("training")).at("experiment") == "made up");
  CHECK_THAT(texts.at("notice"), Contains("Apache-2.0"));

  const Graph transformer = model_graph(testing::made_up_model(testing::transformer_forms().front()));
  const std::map<std::string, std::string> its(transformer.metadata.begin(), transformer.metadata.end());
  CHECK(its.at("patch_samples") == "161920");
  CHECK(its.at("patch_hop_samples") == "160000");
  const auto front_end = nlohmann::json::parse(its.at("front_end"));
  CHECK(front_end.at("decibels") == true);
  CHECK(front_end.at("top_db") == 120);
  CHECK(front_end.at("min_patch_frames") == 16);
  CHECK(nlohmann::json::parse(texts.at("front_end")).at("centered") == false);
}

TEST_CASE("a file of a graph gets its name at once, or none", "[onnx]") {
  const testing::TempFolder folder;
  const auto model = testing::made_up_model(testing::all_forms()[2]);
  const auto written = write_onnx(model, Precision::float32, folder / "model.onnx");
  CHECK(written.bytes == fs::file_size(folder / "model.onnx"));
  const Graph graph = graph_of(read_file(folder / "model.onnx"), "model.onnx");
  CHECK(graph.nodes.size() == written.operations);
  CHECK(graph.constants.size() == written.constants);
  CHECK_THROWS_AS(write_onnx(model, Precision::int8, folder / "int8.onnx"), UsageError);
  CHECK_THROWS_AS(write_onnx(model, Precision::float32, folder / "model.onnx/in a file.onnx"), DataError);
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a front end that the graph would not compute is refused", "[onnx]") {
  const auto model = testing::made_up_model(testing::transformer_forms().front());
  CHECK_NOTHROW(model_graph(model));
  auto emphasised = model, symmetric = model;
  emphasised.backbone.network.input.preemphasis = 0.97;
  symmetric.backbone.network.input.symmetric_window = true;
  for (const auto* refused : {&emphasised, &symmetric}) {
    CHECK_THROWS_AS(model_graph(*refused), UsageError);
    CHECK_THROWS_WITH(model_graph(*refused), Contains("preemphasis or a symmetric window"));
  }
}

TEST_CASE("a model that answers its backbone's classes too is refused", "[onnx]") {
  auto model = testing::made_up_model(testing::all_forms().front());
  CHECK_NOTHROW(model_graph(model, Precision::float32));
  model.metadata["append"] = "backbone";
  CHECK_THROWS_WITH(model_graph(model, Precision::float32),
                    Contains("ONNX gives a model's own classes only") && Contains("head.append: none"));
}
