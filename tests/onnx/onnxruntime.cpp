// SPDX-License-Identifier: Apache-2.0
#include "onnx/onnxruntime.h"

#include "support/files.h"
#include "testing/machine.h"
#include "testing/testing.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <stdexcept>

namespace soundfold::testing {
namespace fs = std::filesystem;
namespace {

const char* package_of(OnnxRuntime runtime) {
  return runtime == OnnxRuntime::native ? "onnxruntime-node" : "onnxruntime-web";
}

fs::path packages() {
  const char* folder = std::getenv("SOUNDFOLD_ONNXRUNTIME");
  return folder == nullptr || *folder == '\0' ? npm_packages() : fs::path(folder);
}

}  // namespace

bool has_onnxruntime(OnnxRuntime runtime) {
  const auto package = packages() / "node_modules" / package_of(runtime);
  const bool in_browser = runtime == OnnxRuntime::browser;
  if (fs::exists(package) && has_program("node") && (!in_browser || has_program("chromium"))) return true;
  skip_case(std::string(in_browser ? "needs chromium, node and " : "needs node and ") + package_of(runtime) + " in " +
            packages().string() + " (npm install --prefix THERE --ignore-scripts " + package_of(runtime) + ")");
  return false;
}

std::vector<std::map<std::string, OnnxOutput>> run_onnx(OnnxRuntime runtime, const fs::path& model,
                                                        const std::vector<std::vector<std::vector<float>>>& batches,
                                                        const std::vector<std::string>& wanted) {
  const TempFolder folder;
  const bool in_browser = runtime == OnnxRuntime::browser;
  const auto script = source_folder() / "tests/onnx" / (in_browser ? "run_in_browser.mjs" : "run_model.mjs");
  std::vector<std::string> arguments{"node",
                                     script.string(),
                                     packages().string(),
                                     in_browser ? "chromium" : package_of(runtime),
                                     model.string(),
                                     (folder / "outputs.json").string(),
                                     join(wanted, ",")};
  for (const auto& batch : batches) {
    std::string bytes;
    for (const auto& waveform : batch) {
      bytes.append(reinterpret_cast<const char*>(waveform.data()), waveform.size() * sizeof(float));
    }
    const auto file = folder / (std::to_string(arguments.size()) + ".f32");
    write_file_atomically(file, bytes);
    arguments.push_back(std::to_string(batch.size()) + ":" + file.string());
  }
  const auto result = run("/usr/bin/env", arguments);
  if (result.exit_code != 0) throw std::runtime_error("node: " + result.err);
  std::vector<std::map<std::string, OnnxOutput>> answers;
  for (const auto& call : nlohmann::json::parse(read_file(folder / "outputs.json"))) {
    auto& outputs = answers.emplace_back();
    for (const auto& [name, output] : call.items()) {
      outputs[name] = {output.at("dims").get<std::vector<std::int64_t>>(),
                       output.at("values").get<std::vector<double>>()};
    }
  }
  return answers;
}

}  // namespace soundfold::testing
