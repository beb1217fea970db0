// SPDX-License-Identifier: Apache-2.0
#include "triton/repository.h"

#include "onnx/write_onnx.h"
#include "support/errors.h"
#include "support/files.h"
#include "triton/serving_module.h"

#include <algorithm>

namespace soundfold::triton {
namespace fs = std::filesystem;
namespace {

std::string folder_name(const RepositoryRequest& request, Backend backend) {
  return request.name + "_" + name_of(backend);
}

void check_request(const ModelSource& source, const RepositoryRequest& request) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (request.name.empty() || !std::all_of(request.name.begin(), request.name.end(), allowed)) {
    throw UsageError("the name of a served model has letters, digits, _ and - alone, given: '" + request.name + "'");
  }
  for (const auto& name : source.plain.class_names) {
    if (name.find_first_of("\r\n") == std::string::npos) continue;
    throw UsageError("labels.txt has a class on each line, but a class's name has several lines: '" + name + "'");
  }
  const bool by_torch =
      std::find(request.backends.begin(), request.backends.end(), Backend::pytorch) != request.backends.end();
  if (by_torch && source.torch_file.empty()) {
    throw UsageError("the PyTorch backend needs the model.pt that was written with " + source.plain_file.string() +
                     "; put it beside it, or take the backend onnxruntime");
  }
}

ServedModel served_model(const ModelSource& source, const RepositoryRequest& request, Backend backend) {
  const std::int64_t classes = source.plain.head.spec.class_count;
  ServedModel model;
  model.name = folder_name(request, backend);
  model.backend = backend;
  if (backend == Backend::pytorch) {  // its tensors have no names of their own
    model.inputs = {{"INPUT__0", {-1}}};
    model.outputs = {{"OUTPUT__0", {classes}, true}, {"OUTPUT__1", {classes}, true}};
    return model;
  }
  model.inputs = {{"waveform", {-1}}};
  model.outputs = {{"probabilities", {classes}, true},
                   {"logits", {classes}, true},
                   {"window_logits", {-1, classes}},
                   {"window_levels", {-1}}};
  return model;
}

/// A command that sends a sound file and prints the classes; the two shell variables are computed from its samples.
std::string request_text(const ServedModel& model, const ModelSource& source) {
  const std::string rate = std::to_string(source.plain.backbone.network.input.sample_rate_hz);
  return "```sh\nffmpeg -loglevel error -i yard.flac -ac 1 -ar " + rate +
         " -f f32le samples.f32\n"
         "bytes=$(stat -c %s samples.f32)\n"
         "json='{\"inputs\": [{\"name\": \"" +
         model.inputs[0].name +
         "\", \"datatype\": \"FP32\", \"shape\": [1, '$((bytes / 4))'], '\\\n"
         "'\"parameters\": {\"binary_data_size\": '$bytes'}}], '\\\n"
         "'\"outputs\": [{\"name\": \"" +
         model.outputs[0].name +
         "\", \"parameters\": {\"classification\": " + std::to_string(source.plain.head.spec.class_count) +
         "}}]}'\n"
         "{ printf %s \"$json\"; cat samples.f32; } | curl --silent --data-binary @- \\\n"
         "  --header \"Inference-Header-Content-Length: ${#json}\" localhost:8000/v2/models/" +
         model.name + "/infer\n```\n";
}

std::string readme_text(const std::vector<ServedModel>& models, const ModelSource& source) {
  std::string text =
      "# A sound classifier for Triton Inference Server\n\n"
      "```sh\ndocker run --rm -p8000:8000 -v \"$PWD\":/models nvcr.io/nvidia/tritonserver:<version>-py3 \\\n"
      "  tritonserver --model-repository=/models\n"
      "curl localhost:8000/v2/health/ready --verbose\n```\n\n"
      "Each model takes mono float32 samples from -1 to 1 at " +
      std::to_string(source.plain.backbone.network.input.sample_rate_hz) +
      " Hz, [batch, samples], and\n"
      "gives probabilities and logits, [batch, classes]. Requests of one length are computed together. The answer to "
      "a\n"
      "command below lists `probability:number:class`, most probable first.\n";
  for (const auto& model : models) text += "\n## " + model.name + "\n\n" + request_text(model, source);
  return text;
}

std::string labels_text(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += name + "\n";
  return text;
}

}  // namespace

std::vector<fs::path> write_repository(const ModelSource& source, const RepositoryRequest& request) {
  check_request(source, request);
  std::vector<fs::path> written;
  std::vector<ServedModel> models;
  const auto write = [&](const fs::path& file, const std::string& text) {
    write_file_atomically(file, text);
    written.push_back(file);
  };
  for (const auto backend : request.backends) {
    models.push_back(served_model(source, request, backend));
    const auto folder = request.folder / models.back().name;
    const auto file = folder / "1" / model_file_of(backend);
    make_folder(file.parent_path());
    if (backend == Backend::onnxruntime) {
      onnx::write_onnx(source.plain, request.precision, file);
      written.push_back(file);
    } else {
      write(file, serving_module_bytes(source.torch_file));
    }
    write(folder / "labels.txt", labels_text(source.plain.class_names));
    write(folder / "config.pbtxt", config_text(models.back()));
  }
  write(request.folder / "README.md", readme_text(models, source));
  return written;
}

}  // namespace soundfold::triton
