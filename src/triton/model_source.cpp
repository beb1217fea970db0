// SPDX-License-Identifier: Apache-2.0
#include "triton/model_source.h"

#include "deploy/model.h"
#include "deploy/plain_model.h"
#include "support/errors.h"
#include "support/hashing.h"
#include "support/logging.h"
#include "yamnet/archive.h"

namespace soundfold::triton {
namespace fs = std::filesystem;
namespace {

constexpr const char* kTorchName = "model.pt";
constexpr const char* kPlainName = "model.safetensors";
constexpr std::uintmax_t kMaxModelBytes = 4'000'000'000;

/// Whether both were written together.
bool belong_together(const runtime::ModelFile& plain, const fs::path& torch_file) {
  const auto archive = yamnet::read_archive(torch_file, kMaxModelBytes, "give the model.pt that trainer wrote");
  return plain.torchscript_digest == hash_bytes(HashKind::xxh3_128, archive.metadata);
}

ModelSource from_plain(const fs::path& path) {
  ModelSource source{runtime::read_model_file(path), path, {}};
  const auto torch_file = path.parent_path() / kTorchName;
  if (fs::exists(torch_file) && belong_together(source.plain, torch_file)) source.torch_file = torch_file;
  return source;
}

ModelSource from_torch(const fs::path& path) {
  const auto beside = deploy::plain_path(path);
  if (fs::exists(beside)) {
    ModelSource source{runtime::read_model_file(beside), beside, path};
    if (belong_together(source.plain, path)) return source;
    logger().warn("{}: not of the same training as {}, and left aside", beside.string(), path.string());
  }
  const auto archive = yamnet::read_archive(path, kMaxModelBytes, "give the model.pt that trainer wrote");
  const auto model = deploy::Model::load(path, torch::kCPU);
  return {deploy::plain_model(model.module(), archive.metadata), {}, path};
}

}  // namespace

ModelSource read_model_source(const fs::path& path) {
  if (fs::is_directory(path)) {
    if (fs::exists(path / kTorchName)) return from_torch(path / kTorchName);
    if (fs::exists(path / kPlainName)) return from_plain(path / kPlainName);
    throw DataError(path.string() + ": neither " + kTorchName + " nor " + kPlainName +
                    " is in this folder; give a run's folder, or one of these files");
  }
  return path.extension() == ".safetensors" ? from_plain(path) : from_torch(path);
}

}  // namespace soundfold::triton
