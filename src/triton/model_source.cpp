// SPDX-License-Identifier: Apache-2.0
#include "triton/model_source.h"

#include "deploy/load_model.h"
#include "deploy/plain_model.h"
#include "runtime/model_path.h"
#include "support/logging.h"
#include "yamnet/archive.h"

namespace soundfold::triton {
namespace fs = std::filesystem;
namespace {

constexpr const char* kTorchName = "model.pt";
constexpr std::uintmax_t kMaxModelBytes = 4'000'000'000;

ModelSource from_plain(const fs::path& path) {
  ModelSource source{runtime::read_model_file(path), path, {}};
  const auto torch_file = path.parent_path() / kTorchName;
  if (fs::exists(torch_file) && deploy::written_together(source.plain, torch_file)) source.torch_file = torch_file;
  return source;
}

ModelSource from_torch(const fs::path& path) {
  const auto beside = deploy::plain_path(path);
  if (fs::exists(beside)) {
    ModelSource source{runtime::read_model_file(beside), beside, path};
    if (deploy::written_together(source.plain, path)) return source;
    logger().warn("{}: not of the same training as {}, and left aside", beside.string(), path.string());
  }
  const auto archive = yamnet::read_archive(path, kMaxModelBytes, "give the model.pt that trainer wrote");
  const auto model = deploy::Model::load(path, torch::kCPU);
  return {deploy::plain_model(model.module(), archive.metadata), {}, path};
}

}  // namespace

ModelSource read_model_source(const fs::path& given) {
  const auto path = runtime::model_path(given, runtime::FirstChoice::torchscript);
  return path.extension() == ".safetensors" ? from_plain(path) : from_torch(path);
}

}  // namespace soundfold::triton
