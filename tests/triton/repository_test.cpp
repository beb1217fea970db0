// SPDX-License-Identifier: Apache-2.0
#include "triton/repository.h"

#include "deploy/model.h"
#include "deploy/small_model.h"
#include "onnx_graph/graph_bytes.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/generated_weights.h"
#include "testing/testing.h"
#include "triton/model_config.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace soundfold;
using namespace soundfold::testing;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// A folder with model.pt and model.safetensors of one made-up training.
struct Run {
  explicit Run(bool multi_label = false, const yamnet::LoadedModule& backbone = small_backbone()) {
    const heads::Head head = random_head(small_spec(backbone, "embeddings", "mean"));
    evaluation::DecisionRule rule;
    rule.temperature = 2;
    const auto model = deploy::build_model(backbone, head, kNames, multi_label, rule);
    deploy::export_model(model, head, {}, {parity_case(backbone, head, made_up_waveform(20000))}, file());
  }
  fs::path file() const { return folder / "model.pt"; }
  TempFolder folder;
};

/// A small transformer, with a tapped block.
yamnet::LoadedModule tapped_transformer() {
  return yamnet::tapped_module(generated_weights(small_ced()), 1000, {1});
}

torch::jit::Module served(const fs::path& repository) {
  return torch::jit::load((repository / "sound_pytorch/1/model.pt").string());
}

}  // namespace

TEST_CASE("a repository for both backends is as Triton wants it", "[triton]") {
  const Run run(false, GENERATE(false, true) ? tapped_transformer() : small_backbone());
  const auto source = triton::read_model_source(run.folder.path());
  CHECK(source.torch_file == run.file());
  CHECK(source.plain_file == run.folder / "model.safetensors");
  triton::RepositoryRequest request;
  request.folder = run.folder / "repository";
  request.backends = {triton::Backend::onnxruntime, triton::Backend::pytorch};
  const auto files = triton::write_repository(source, request);
  CHECK(files.size() == 7);
  for (const auto& file : files) CHECK(fs::file_size(file) > 0);
  for (const char* name : {"sound_onnxruntime", "sound_pytorch"}) {
    INFO(name);
    const auto faults = model_faults(request.folder / name);
    CHECK(faults == std::vector<std::string>{});
    CHECK(read_file(request.folder / name / "labels.txt") == "dog\ncat\nrain\n");
    CHECK_THAT(read_file(request.folder / "README.md"), Contains("/v2/models/" + std::string(name) + "/infer"));
  }
}

TEST_CASE("names and sizes in the repository are those of the graph", "[triton]") {
  const Run run(false, GENERATE(false, true) ? tapped_transformer() : small_backbone());
  triton::RepositoryRequest request;
  request.folder = run.folder / "repository";
  triton::write_repository(triton::read_model_source(run.file()), request);
  const auto folder = request.folder / "sound_onnxruntime";
  const auto graph = onnx_graph::graph_of(read_file(folder / "1/model.onnx"), "model.onnx");
  const auto config = read_text_message(read_file(folder / "config.pbtxt"));
  const auto matches = [](const std::vector<TextMessage::Value>& served, const std::vector<onnx_graph::Value>& values) {
    for (const auto& tensor : served) {
      const auto& io = tensor.message.at(0);
      const auto found = std::find_if(values.begin(), values.end(),
                                      [&](const onnx_graph::Value& value) { return value.name == io.scalar("name"); });
      REQUIRE(found != values.end());
      REQUIRE(found->dims.size() == io.all("dims").size() + 1);
      CHECK(std::holds_alternative<std::string>(found->dims[0]));
      for (std::size_t i = 1; i < found->dims.size(); ++i) {
        const auto* size = std::get_if<std::int64_t>(&found->dims[i]);
        CHECK(io.all("dims")[i - 1].scalar == std::to_string(size == nullptr ? -1 : *size));
      }
    }
  };
  CHECK(config.all("input").size() == graph.inputs.size());
  matches(config.all("input"), graph.inputs);
  matches(config.all("output"), graph.outputs);
}

TEST_CASE("the module for Triton takes tensors and gives a tuple of tensors", "[triton]") {
  for (const bool multi_label : {false, true}) {
    const Run run(multi_label, multi_label ? tapped_transformer() : small_backbone());
    triton::RepositoryRequest request;
    request.folder = run.folder / "repository";
    request.backends = {triton::Backend::pytorch};
    triton::write_repository(triton::read_model_source(run.file()), request);
    auto module = served(request.folder);
    const auto& arguments = module.get_method("forward").function().getSchema().arguments();
    REQUIRE(arguments.size() == 2);  // self, waveform: Triton counts them, and refuses an Optional
    CHECK(arguments[1].type()->kind() == c10::TypeKind::TensorType);
    auto model = deploy::Model::load(run.file(), torch::kCPU).module();
    for (const std::int64_t samples : {1, 100, 15600, 40000, 170000}) {
      const auto waveform = as_tensor(made_up_waveform(samples)).unsqueeze(0).repeat({2, 1});
      const auto given = module.forward({waveform}).toTuple();
      const auto logits = model.forward({waveform[0]}).toTensor();
      CHECK(largest_difference(given->elements()[1].toTensor()[1], logits) <= 1e-5);
      const auto expected = multi_label ? torch::sigmoid(logits / 2.0) : torch::softmax(logits / 2.0, 0);
      CHECK(largest_difference(given->elements()[0].toTensor()[1], expected) <= 1e-5);
    }
  }
}

TEST_CASE("files of one name are a pair, and a damaged one is left aside", "[triton]") {
  const Run run;
  const auto plain = run.folder / "yard.safetensors", torch_file = run.folder / "yard.pt";
  fs::rename(run.folder / "model.safetensors", plain);
  CHECK(triton::read_model_source(plain).torch_file.empty());
  fs::rename(run.file(), torch_file);
  CHECK(triton::read_model_source(plain).torch_file == torch_file);
  CHECK(triton::read_model_source(torch_file).plain_file == plain);

  const auto intact = read_file(torch_file);
  write_file_atomically(torch_file, intact.substr(0, intact.size() / 2));
  const auto without_torch = triton::read_model_source(plain);
  CHECK(without_torch.torch_file.empty());
  CHECK_THROWS_AS(triton::read_model_source(torch_file), DataError);
  write_file_atomically(torch_file, intact);
  write_file_atomically(plain, read_file(plain).substr(0, 1000));
  const auto without_plain = triton::read_model_source(torch_file);
  CHECK(without_plain.plain_file.empty());
  CHECK(onnx_graph::graph_bytes(onnx::model_graph(without_plain.plain)) ==
        onnx_graph::graph_bytes(onnx::model_graph(without_torch.plain)));
  CHECK_THROWS_AS(triton::read_model_source(plain), DataError);
}

TEST_CASE("a model is found in its run, and without model.safetensors made of model.pt", "[triton]") {
  const Run run, other;
  const auto whole = triton::read_model_source(run.folder / "model.safetensors");
  CHECK(whole.torch_file == run.file());
  const auto graph = onnx_graph::graph_bytes(onnx::model_graph(whole.plain));
  fs::remove(run.folder / "model.safetensors");
  const auto from_torch = triton::read_model_source(run.folder.path());
  CHECK(from_torch.plain_file.empty());
  CHECK(onnx_graph::graph_bytes(onnx::model_graph(from_torch.plain)) == graph);
  fs::remove(run.file());
  CHECK_THROWS_WITH(triton::read_model_source(run.folder.path()), Contains("neither model.pt nor model.safetensors"));
  CHECK_THROWS_AS(triton::read_model_source(run.folder / "gone.pt"), DataError);
  fs::remove(other.file());
  triton::RepositoryRequest request;
  request.folder = run.folder / "repository";
  request.backends = {triton::Backend::pytorch};
  CHECK_THROWS_WITH(triton::write_repository(triton::read_model_source(other.folder.path()), request),
                    Contains("needs the model.pt"));
  CHECK(!fs::exists(request.folder));
}

TEST_CASE("names that a server could not use are refused", "[triton]") {
  const Run run;
  auto source = triton::read_model_source(run.folder.path());
  triton::RepositoryRequest request;
  request.folder = run.folder / "repository";
  for (const char* name : {"", "two words", "../up", "a\"b"}) {
    request.name = name;
    CHECK_THROWS_AS(triton::write_repository(source, request), UsageError);
  }
  request.name = "fine";
  source.plain.class_names[0] = "two\nlines";
  CHECK_THROWS_WITH(triton::write_repository(source, request), Contains("several lines"));
}
