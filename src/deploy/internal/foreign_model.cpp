// SPDX-License-Identifier: Apache-2.0
#include "deploy/internal/foreign_model.h"

#include "deploy/internal/model_file.h"
#include "frontend/recipe.h"
#include "support/errors.h"
#include "yamnet/module.h"
#include "yamnet/torch_errors.h"

#include <sstream>

namespace soundfold::deploy {
namespace {

constexpr std::int64_t kProbeSamples = frontend::kSampleRateHz;

torch::jit::Module load(const std::filesystem::path& path, const torch::Device& device) {
  const yamnet::Archive archive = read_any_model(path);
  return yamnet::with_plain_errors(archive.name + ": LibTorch cannot load it",
                                   [&] { return module_in(archive, device); });
}

}  // namespace

ForeignModel::ForeignModel(const std::filesystem::path& path, const torch::Device& device)
    : module_(load(path, device)), name_(path.string()), device_(device) {
  find_form();
}

void ForeignModel::find_form() {
  const torch::Tensor silence = torch::zeros({kProbeSamples});
  std::string refused;
  for (const bool batched : {false, true}) {
    batched_ = batched;
    try {
      find_names(scores(silence).size(1));
      return;
    } catch (const DataError& error) {
      refused += (batched ? "; with [1, N]: " : "with a waveform [N]: ") + std::string(error.what());
    }
  }
  throw DataError(name_ + ": its forward does not turn a waveform into scores [K] or [P, K] (" + refused + ")");
}

void ForeignModel::find_names(std::int64_t classes) {
  class_names_.clear();
  named_ = module_.hasattr("class_names");
  if (named_) {
    class_names_ = yamnet::with_plain_errors(name_ + ": its class_names are not a list of str",
                                             [&] { return yamnet::class_names_of(module_); });
    if (static_cast<std::int64_t>(class_names_.size()) == classes) return;
    throw DataError(name_ + ": " + std::to_string(class_names_.size()) + " class_names for " + std::to_string(classes) +
                    " scores");
  }
  for (std::int64_t k = 0; k < classes; ++k) class_names_.push_back("class " + std::to_string(k));
}

torch::Tensor ForeignModel::call(const torch::Tensor& waveform) {
  const torch::Tensor input = waveform.to(device_);
  torch::jit::IValue given = module_.forward({batched_ ? input.unsqueeze(0) : input});
  if (given.isTuple() && !given.toTuple()->elements().empty()) given = given.toTuple()->elements()[0];
  if (!given.isTensor()) throw DataError("it gives no tensor");
  return given.toTensor();
}

torch::Tensor ForeignModel::scores(const torch::Tensor& waveform) {
  torch::Tensor values = yamnet::with_plain_errors(name_ + ": classifying failed", [&] { return call(waveform); });
  std::ostringstream shape;
  shape << values.sizes();
  if (values.dim() == 1) values = values.unsqueeze(0);
  const bool fits = values.dim() == 2 && values.size(0) > 0 && values.size(1) > 1 &&
                    (class_names_.empty() || values.size(1) == static_cast<std::int64_t>(class_names_.size()));
  if (!fits) throw DataError(name_ + ": it gives a tensor of shape " + shape.str() + ", not scores [K] or [P, K]");
  return values.to(torch::kCPU, torch::kFloat32).contiguous();
}

}  // namespace soundfold::deploy
