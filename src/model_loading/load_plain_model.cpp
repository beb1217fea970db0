// SPDX-License-Identifier: Apache-2.0
#include "model_loading/load_model.h"
#include "runtime/load_classifier.h"
#include "runtime/model_file.h"
#include "support/errors.h"
#include "support/logging.h"
#include "yamnet/archive.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace soundfold::model_loading {
namespace fs = std::filesystem;
namespace {

/// Runs the program of this name with _torch, which is in libexec/soundfold beside the folder of this one, in its
/// place.
[[noreturn]] void run_with_torch(const ModelRequest& request) {
  std::error_code ignored;
  const auto self = fs::read_symlink("/proc/self/exe", ignored);
  const auto helper = self.parent_path() / "../libexec/soundfold" / (self.filename().string() + "_torch");
  const fs::path program = helper.lexically_normal();
  execv(program.c_str(), request.command_line);
  throw DataError(request.file + ": it needs LibTorch, and " + program.string() + " cannot be run (" +
                  std::strerror(errno) + "); give the model.safetensors that trainer writes beside a model.pt");
}

/// The model of model.safetensors beside a TorchScript file, when both were written together and it does what is asked.
std::unique_ptr<runtime::Classifier> same_model_beside(const ModelRequest& request) {
  const auto beside = fs::path(request.file).replace_extension(".safetensors");
  const bool on_processor = request.device == "auto" || request.device == "cpu";
  if (!on_processor || !request.trusted_scores.empty() || !runtime::is_model_file(beside)) return nullptr;
  try {
    const auto archive = yamnet::read_archive(request.file, yamnet::kMaxModelBytes, "");
    auto model = runtime::read_model_file(beside);
    if (model.torchscript_digest != yamnet::torchscript_digest_of(archive.metadata)) return nullptr;
    logger().debug("{} is used, which was written with {}", beside.string(), request.file);
    return runtime::classifier_of(std::move(model), request.file, engines::settled(request.precision));
  } catch (const DataError& error) {
    logger().debug("{} is not used: {}", beside.string(), error.what());
    return nullptr;
  }
}

}  // namespace

std::unique_ptr<runtime::Classifier> load_model(const ModelRequest& request) {
  if (runtime::is_model_file(request.file)) {
    if (request.device != "auto" && request.device != "cpu") {
      throw UsageError("--device " + request.device + ": " + request.file +
                       " runs on the processor; give the model.pt for another device");
    }
    return runtime::load_classifier(request.file, engines::settled(request.precision));
  }
  if (auto model = same_model_beside(request)) return model;
  run_with_torch(request);
}

inspection::ModelDescription describe_model(const ModelRequest& request) {
  if (!runtime::is_model_file(request.file)) run_with_torch(request);
  return inspection::describe_plain_model(request.file);
}

void prepare_thread() {}

}  // namespace soundfold::model_loading
