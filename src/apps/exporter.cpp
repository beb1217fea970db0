// SPDX-License-Identifier: Apache-2.0
// exporter: a trained model for other programs: ONNX, and folders for Triton Inference Server.

#include "command_line/program.h"
#include "device/device.h"
#include "onnx/write_onnx.h"
#include "runtime/model_file.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "triton/repository.h"

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  exporter --model experiments/dogcat/latest --onnx dogcat.onnx
  exporter --model experiments/dogcat/latest/model.safetensors --onnx dogcat_int8.onnx --int8
  exporter --model experiments/dogcat/latest/model.pt --triton repository --backend both --name dogcat
  exporter --model experiments/dogcat/latest --safetensors dogcat_small.safetensors

A graph takes a waveform of any length and gives probabilities: the front end is in it, for YAMNet and CED alike
(docs/onnx.md). The file gets its name once it reads back complete. Loading a model.pt runs the code in it: use files from
people you trust.
)";

/// Which backends of Triton a repository is for.
enum class Backends { onnxruntime, pytorch, both };

constexpr ChoiceNames<Backends> choice_names_of(Backends) {
  return {{"onnxruntime", "pytorch", "both"}};
}

struct Arguments {
  command_line::CommonOptions common;
  std::string model, onnx, triton, small;
  std::string backend = name_of(Backends::onnxruntime);
  std::string name = triton::RepositoryRequest().name;
  bool int8 = false;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("--model", arguments.model,
                 "A run's folder, its model.safetensors, or its model.pt, beside which model.safetensors is looked for")
      ->required();
  app.add_option("--onnx", arguments.onnx, "Write an ONNX file of this name: waveforms to probabilities, float32");
  app.add_flag("--int8", arguments.int8,
               "The network in the integers of Google's TFLite file, where the model was trained on it; CED has none");
  auto* folder = app.add_option("--triton", arguments.triton,
                                "Write a model repository for Triton Inference Server into this folder");
  app.add_option("--backend", arguments.backend, "For --triton: onnxruntime, pytorch or both")
      ->capture_default_str()
      ->check(CLI::IsMember(choice_names<Backends>()))
      ->needs(folder);
  app.add_option("--name", arguments.name,
                 "For --triton: the model's name in the server, before _onnxruntime or _pytorch")
      ->capture_default_str()
      ->needs(folder);
  app.add_option(
      "--safetensors", arguments.small,
      "Write a model.safetensors of this name with the network in float16: half the size, for the same programs");
  command_line::add_common_options(app, arguments.common, /*computes=*/false);
}

triton::RepositoryRequest repository_request(const Arguments& arguments, onnx::Precision precision) {
  triton::RepositoryRequest request;
  request.folder = arguments.triton;
  request.name = arguments.name;
  request.precision = precision;
  const auto chosen = *choice_named<Backends>(arguments.backend);
  if (chosen == Backends::pytorch) request.backends = {triton::Backend::pytorch};
  if (chosen == Backends::both) request.backends = {triton::Backend::onnxruntime, triton::Backend::pytorch};
  return request;
}

void write_small(runtime::ModelFile model, const std::string& file) {
  model.torchscript_digest.clear();  // no longer what a model.pt computes, bit for bit
  model.weight_format = runtime::WeightFormat::float16;
  const auto bytes = runtime::model_file_bytes(model);
  write_file_atomically(file, bytes);
  logger().info("written: {} ({}, network in float16)", file, human_size(bytes.size()));
}

int export_model(const Arguments& arguments) {
  if (arguments.onnx.empty() && arguments.triton.empty() && arguments.small.empty()) {
    throw UsageError("nothing to write: give --onnx FILE, --triton FOLDER, --safetensors FILE, or several of them");
  }
  const bool graph =
      !arguments.onnx.empty() || (!arguments.triton.empty() && arguments.backend != name_of(Backends::pytorch));
  if (arguments.int8 && !graph) {
    throw UsageError(
        "--int8 is of ONNX files: give --onnx FILE, or --triton FOLDER with the backend onnxruntime or both");
  }
  use_one_torch_thread();
  const auto source = triton::read_model_source(arguments.model);
  const auto precision = arguments.int8 ? onnx::Precision::int8 : onnx::Precision::float32;
  if (!arguments.onnx.empty()) {
    const auto written = onnx::write_onnx(source.plain, precision, arguments.onnx);
    logger().info("written: {} ({}, {} operations, {})", arguments.onnx, human_size(written.bytes), written.operations,
                  name_of(precision));
  }
  if (!arguments.small.empty()) write_small(source.plain, arguments.small);
  if (!arguments.triton.empty()) {
    for (const auto& file : triton::write_repository(source, repository_request(arguments, precision))) {
      logger().info("written: {}", file.string());
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Writes a trained model for other programs: ONNX, folders for Triton Inference Server, a smaller "
      "model.safetensors.",
      "exporter"};
  app.footer(kExamples);
  Arguments arguments;
  declare(app, arguments);
  return command_line::run_app(app, argc, argv, arguments.common, [&] { return export_model(arguments); });
}
