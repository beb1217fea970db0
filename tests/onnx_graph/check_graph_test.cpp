// SPDX-License-Identifier: Apache-2.0
#include "onnx_graph/check_graph.h"

#include "onnx_graph/graph_bytes.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

#include <functional>

using namespace soundfold;
using namespace soundfold::onnx_graph;
using Catch::Contains;

namespace {

/// x [rows, 2] -> y = (x + (1, 2)) * 3
Graph small_graph() {
  GraphBuilder builder;
  builder.graph().inputs = {{"x", ElementType::float32, {std::string("rows"), std::int64_t{2}}, "two numbers"}};
  const auto sums = builder.add("Add", {"x", builder.constant("offsets", {2}, std::vector<float>{1, 2})}, "sums");
  builder.add("Mul", {sums, builder.scalar("three", 3)}, "y");
  builder.graph().outputs = {{"y", ElementType::float32, {std::string("rows"), std::int64_t{2}}, "the answer"}};
  builder.graph().metadata = {{"kind", "small"}, {"text", "\"quoted\"\n\xc3\xa9"}};
  builder.graph().meaning = "for a test";
  return builder.graph();
}

/// What check_graph says of the small graph after `damage`; empty when it says nothing.
std::string said_of(const std::function<void(Graph&)>& damage) {
  Graph graph = small_graph();
  damage(graph);
  try {
    check_graph(graph);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a graph comes back from its bytes as it was", "[onnx_graph]") {
  Graph graph = small_graph();
  graph.nodes[0].attributes = {{"axis", std::int64_t{-1}}, {"pads", std::vector<std::int64_t>{0, 0, 1, 1}}};
  const Graph back = graph_of(graph_bytes(graph), "small.onnx");
  REQUIRE(back.nodes.size() == 2);
  CHECK(back.nodes[0].op == "Add");
  CHECK(back.nodes[0].inputs == std::vector<std::string>{"x", "offsets"});
  CHECK(back.nodes[0].attributes == graph.nodes[0].attributes);
  CHECK(back.nodes[1].outputs == std::vector<std::string>{"y"});
  REQUIRE(back.constants.size() == 2);
  CHECK(back.constants[0].dims == std::vector<std::int64_t>{2});
  CHECK(back.constants[0].bytes == graph.constants[0].bytes);
  CHECK(back.constants[1].dims.empty());
  CHECK(back.inputs[0].dims == graph.inputs[0].dims);
  CHECK(back.inputs[0].meaning == "two numbers");
  CHECK(back.outputs[0].name == "y");
  CHECK(back.metadata == graph.metadata);
  CHECK(back.meaning == "for a test");
  CHECK(graph_bytes(back) == graph_bytes(graph));
}

TEST_CASE("the bytes of a graph are those of the format", "[onnx_graph]") {
  // Field 1 (ir_version) varint 7, field 2 (producer_name) of 9 bytes: onnx.proto and protobuf's encoding by hand.
  const std::string bytes = graph_bytes(small_graph());
  CHECK(bytes.substr(0, 13) == std::string("\x08\x07\x12\x09soundfold"));
  // opset_import (field 8): a message of 2 bytes, version (field 2) 13
  CHECK_THAT(bytes, Contains(std::string("\x42\x02\x10\x0d")));
  // a TensorProto: dims (1) 2, data_type (2) 1, name (8) "offsets", raw_data (9) 1.0F, 2.0F
  CHECK_THAT(bytes,
             Contains(std::string("\x08\x02\x10\x01\x42\x07offsets\x4a\x08\x00\x00\x80\x3f\x00\x00\x00\x40", 23)));
}

TEST_CASE("truncated and foreign bytes are no graph", "[onnx_graph]") {
  const std::string bytes = graph_bytes(small_graph());
  std::size_t refused = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    try {
      graph_of(bytes.substr(0, size), "cut.onnx");
    } catch (const DataError& error) {
      CHECK_THAT(error.what(), Contains("cut.onnx"));
      ++refused;
    }
  }
  CHECK(refused > bytes.size() / 2);  // the rest ends between two fields, where protobuf sees nothing missing
  CHECK_THROWS_AS(graph_of("RIFF....WAVE", "sound.wav"), DataError);
}

TEST_CASE("constants that are shared are in a graph once", "[onnx_graph]") {
  GraphBuilder builder;
  CHECK(builder.shared("one half", {}, {0.5F}) == "one_half");
  CHECK(builder.shared("one half", {}, {0.5F}) == "one_half");
  CHECK(builder.list({1, -1}) == builder.list({1, -1}));
  CHECK(builder.list({1}) != builder.number(1));
  CHECK(builder.graph().constants.size() == 4);
}

TEST_CASE("what a runtime would refuse is refused", "[onnx_graph]") {
  CHECK(said_of([](Graph&) {}).empty());
  CHECK_THAT(said_of([](Graph& g) { std::swap(g.nodes[0], g.nodes[1]); }), Contains("'y' needs 'sums'"));
  CHECK_THAT(said_of([](Graph& g) { g.nodes[0].inputs.pop_back(); }), Contains("Add does not take 1 inputs"));
  CHECK_THAT(said_of([](Graph& g) { g.nodes[0].op = "Plus"; }), Contains("'Plus'"));
  CHECK_THAT(said_of([](Graph& g) { g.nodes[1].outputs = {"sums"}; }), Contains("name of two values"));
  CHECK_THAT(said_of([](Graph& g) { g.nodes[1].outputs = {"a b"}; }), Contains("'a b' has other characters"));
  CHECK_THAT(said_of([](Graph& g) { g.constants[0].dims = {3}; }), Contains("8 bytes, its shape needs 12"));
  CHECK_THAT(said_of([](Graph& g) { g.constants[0].dims = {0}; }), Contains("dimension of 0"));
  CHECK_THAT(said_of([](Graph& g) { g.outputs[0].name = "z"; }), Contains("'z' is not computed"));
  CHECK_THAT(said_of([](Graph& g) { g.nodes[1].inputs[1] = "sums"; }), Contains("nothing uses 'three'"));
  CHECK_THAT(said_of([](Graph& g) { g.outputs[0].name = "sums"; }), Contains("nothing uses 'y'"));
}
