// SPDX-License-Identifier: Apache-2.0
#include "deploy/load_model.h"

#include "deploy/internal/model_file.h"
#include "runtime/model_path.h"
#include "support/errors.h"
#include "support/logging.h"

namespace soundfold::deploy {

FileKind file_kind(const std::filesystem::path& path) {
  const auto json = nlohmann::json::parse(read_any_model(path).metadata, nullptr, false);
  const std::string kind = json.is_object() && json.contains("kind") && json["kind"].is_string() ? json["kind"] : "";
  if (kind == kModelKind) return FileKind::model;
  if (kind == yamnet::kBackboneKind) return FileKind::yamnet;
  return FileKind::foreign;
}

Model load_model(const std::filesystem::path& file, const torch::Device& device, const std::string& trusted_scores) {
  if (trusted_scores.empty() || file_kind(file) != FileKind::foreign) return Model::load(file, device);
  logger().warn(
      "{}: not a model of Soundfold's; it is loaded because --trust-foreign-model says so, and what it contains "
      "runs with your privileges",
      file.string());
  const auto scores = trusted_scores == "logits" ? ForeignScores::logits : ForeignScores::probabilities;
  Model model = Model::load_foreign(file, device, scores);
  if (!model.names_are_known()) {
    logger().warn("{}: it does not name its classes; they are numbered from 0", file.string());
  }
  return model;
}

bool written_together(const runtime::ModelFile& plain, const std::filesystem::path& torch_file) {
  return plain.torchscript_digest == yamnet::torchscript_digest_of(read_any_model(torch_file).metadata);
}

std::filesystem::path torchscript_path(const std::filesystem::path& given) {
  const auto path = runtime::model_path(given, runtime::FirstChoice::torchscript);
  if (!runtime::is_model_file(path)) return path;
  auto beside = path;
  beside.replace_extension(".pt");
  const bool is_there = std::filesystem::exists(beside);
  if (!is_there || !written_together(runtime::read_model_file(path), beside)) {
    throw DataError(path.string() + ": LibTorch computes this, which needs the model.pt that trainer wrote with it, " +
                    (is_there ? "and " + beside.string() + " is of another training" : "and it is not beside it") +
                    "; classifier, server and plotter take model.safetensors");
  }
  logger().info("{}: its model.pt is used, {}", path.string(), beside.string());
  return beside;
}

}  // namespace soundfold::deploy
