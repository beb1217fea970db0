// SPDX-License-Identifier: Apache-2.0
#include "triton/model_source.h"

#include "deploy/load_model.h"
#include "deploy/plain_model.h"
#include "runtime/model_path.h"
#include "support/errors.h"
#include "support/logging.h"
#include "yamnet/archive.h"

namespace soundfold::triton {
namespace fs = std::filesystem;
namespace {

/// Whether `plain` was written with this TorchScript file. A damaged one is left aside.
bool is_of_one_training(const runtime::ModelFile& plain, const fs::path& torch_file) {
  try {
    return deploy::written_together(plain, torch_file);
  } catch (const DataError& problem) {
    logger().warn("{}; left aside", problem.what());
    return false;
  }
}

/// The model.safetensors beside a TorchScript file, when both are of one training. A damaged one is left aside.
std::optional<runtime::ModelFile> read_plain_beside(const fs::path& beside, const fs::path& torch_file) {
  if (!fs::exists(beside)) return std::nullopt;
  try {
    auto plain = runtime::read_model_file(beside);
    if (deploy::written_together(plain, torch_file)) return plain;
    logger().warn("{}: not of the same training as {}, and left aside", beside.string(), torch_file.string());
  } catch (const DataError& problem) {
    logger().warn("{}; left aside", problem.what());
  }
  return std::nullopt;
}

ModelSource from_plain(const fs::path& path) {
  ModelSource source{runtime::read_model_file(path), path, {}};
  const auto torch_file = fs::path(path).replace_extension(".pt");
  if (fs::exists(torch_file) && is_of_one_training(source.plain, torch_file)) source.torch_file = torch_file;
  return source;
}

ModelSource from_torch(const fs::path& path) {
  const auto beside = deploy::plain_path(path);
  if (auto plain = read_plain_beside(beside, path)) return {*std::move(plain), beside, path};
  const auto archive = yamnet::read_archive(path, yamnet::kMaxModelBytes, "give the model.pt that trainer wrote");
  const auto model = deploy::Model::load(path, torch::kCPU);
  return {deploy::plain_model(model.module(), archive.metadata), {}, path};
}

}  // namespace

ModelSource read_model_source(const fs::path& given) {
  const auto path = runtime::model_path(given, runtime::FirstChoice::torchscript);
  return path.extension() == ".safetensors" ? from_plain(path) : from_torch(path);
}

}  // namespace soundfold::triton
