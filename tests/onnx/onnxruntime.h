// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// ONNX Runtime, as node has it, for tests.
namespace soundfold::testing {

/// native: onnxruntime-node; wasm: onnxruntime-web in node; browser: the same in headless Chromium.
enum class OnnxRuntime { native, wasm, browser };

/// One output of one call.
struct OnnxOutput {
  std::vector<std::int64_t> dims;
  std::vector<double> values;
};

/// Whether node, that package (in the folder that SOUNDFOLD_ONNXRUNTIME names, or where bench-peers puts it) and for a
/// browser chromium are installed. Otherwise the case is reported as skipped, and the caller should return.
bool has_onnxruntime(OnnxRuntime runtime);

/// The outputs, by name, of a model for each of the batches; a batch is [rows] waveforms of one length. `wanted` names
/// outputs; empty: all. Throws when it fails.
std::vector<std::map<std::string, OnnxOutput>> run_onnx(OnnxRuntime runtime, const std::filesystem::path& model,
                                                        const std::vector<std::vector<std::vector<float>>>& batches,
                                                        const std::vector<std::string>& wanted = {});

}  // namespace soundfold::testing
