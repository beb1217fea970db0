#include "deploy/model.h"

#include "deploy/archive.h"
#include "deploy/torch_errors.h"
#include "support/errors.h"

#include <torch/csrc/jit/runtime/graph_executor.h>

#include <cmath>

namespace soundfold::deploy {
namespace {

std::vector<float> values_of(const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.to(torch::kCPU, torch::kFloat32).contiguous();
  return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

std::vector<std::vector<float>> rows_of(const torch::Tensor& tensor) {
  const std::vector<float> values = values_of(tensor);
  const auto columns = static_cast<std::ptrdiff_t>(tensor.size(1));
  std::vector<std::vector<float>> rows;
  for (auto row = values.begin(); row != values.end(); row += columns) rows.emplace_back(row, row + columns);
  return rows;
}

}  // namespace

Model Model::load(const std::filesystem::path& path, const torch::Device& device) {
  // LibTorch's graph optimiser would take the first two calls to compile, and gains nothing here. The switch belongs to
  // the process, so it is set once, before threads share the model.
  torch::jit::setGraphExecutorOptimize(false);
  Archive archive = read_archive(path);
  Model model;
  model.module_ = module_from(archive, device);
  model.device_ = device;
  model.name_ = archive.name;
  model.metadata_ = std::move(archive.metadata);
  with_plain_errors(model.name_ + ": not a complete model", [&] {
    model.class_names_ = class_names_of(model.module_);
    model.multi_label_ = model.module_.attr("multi_label").toBool();
    model.patch_hop_frames_ = static_cast<int>(model.module_.attr("patch_hop_frames").toInt());
    model.module_.get_method("classify");
  });
  return model;
}

Model::Result Model::classify(const std::vector<float>& waveform) {
  if (waveform.empty()) throw DataError(name_ + ": the waveform to classify has no samples");
  return with_plain_errors(name_ + ": classifying failed", [&] {
    const c10::InferenceMode no_gradients;
    const auto count = static_cast<std::int64_t>(waveform.size());
    // The model only reads it.
    const torch::Tensor samples = torch::from_blob(const_cast<float*>(waveform.data()), {count}, torch::kFloat32);
    const auto given = module_.get_method("classify")({samples.to(device_)}).toGenericDict();
    Result result;
    result.logits = values_of(given.at("classifier").toTensor());
    result.probabilities = values_of(given.at("probabilities").toTensor());
    result.frame_logits = rows_of(given.at("frame_logits").toTensor());
    for (const float logit : result.logits) {
      if (!std::isfinite(logit)) throw DataError(name_ + ": logits that are not finite; does the audio hold NaN?");
    }
    return result;
  });
}

}  // namespace soundfold::deploy
