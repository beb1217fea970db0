// SPDX-License-Identifier: Apache-2.0
#include "named_modules/module_tensors.h"

#include "device/tensor_values.h"
#include "network/description_text.h"
#include "support/errors.h"
#include "weights/network_tensors.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace soundfold::named_modules {
namespace {

using torch::jit::Module;

torch::Tensor tensor_of(const std::vector<float>& values, const std::vector<std::int64_t>& shape) {
  return torch::tensor(values, torch::kFloat32).reshape(shape).clone();
}

}  // namespace

Home home_of(const std::string& tensor) {
  constexpr const char* kEncoder = "encoder.";
  constexpr const char* kBlocks = "blocks.";
  std::string name = tensor.rfind(kEncoder, 0) == 0 ? tensor.substr(std::string(kEncoder).size()) : tensor;
  Home home;
  if (name.rfind(kBlocks, 0) == 0) {
    name.erase(0, std::string(kBlocks).size());
    const auto end = name.find('.');
    home.block = "block" + name.substr(0, end);
    name.erase(0, end + 1);
  }
  std::replace(name.begin(), name.end(), '.', '_');
  home.name = std::move(name);
  return home;
}

void enter(Module& module, const std::string& name, const torch::Tensor& tensor) {
  const bool statistic = name.find("running_") != std::string::npos;
  statistic ? module.register_buffer(name, tensor) : module.register_parameter(name, tensor, false);
}

void enter_all(Module& network, const weights::Weights& weights) {
  const network::Description& described = weights.network;
  for (const auto& tensor : network::named_tensors(described)) {
    const Home home = home_of(tensor.name);
    const torch::Tensor values = tensor_of(weights.tensors.at(tensor.name), tensor.shape);
    if (home.block.empty()) {
      enter(network, home.name, values);
    } else {
      network.attr(home.block).toModule().setattr(home.name, values);
    }
  }
  const std::int64_t classes = described.class_count;
  network.register_parameter("classifier_kernel",
                             tensor_of(weights.classifier_kernel, {classes, described.classifier_inputs()}), false);
  network.register_parameter("classifier_bias", tensor_of(weights.classifier_bias, {classes}), false);
  network.register_attribute("geometry", c10::StringType::get(), network::geometry_text(described));
}

bool is_named(const Module& network) {
  return network.hasattr("geometry");
}

network::Description description_of(const Module& network) {
  network::Description described = network::described(network.attr("geometry").toStringRef());
  if (described.has_layers()) throw DataError("its geometry is that of layers");
  described.class_count = network.attr("classifier_kernel").toTensor().size(0);
  return described;
}

weights::Weights weights_of(const Module& network) {
  weights::Weights weights;
  weights.network = description_of(network);
  for (const auto& tensor : network::named_tensors(weights.network)) {
    const Home home = home_of(tensor.name);
    const Module holder = home.block.empty() ? network : network.attr(home.block).toModule();
    weights.tensors[tensor.name] = values_of(holder.attr(home.name).toTensor());
  }
  weights.classifier_kernel = values_of(network.attr("classifier_kernel").toTensor());
  weights.classifier_bias = values_of(network.attr("classifier_bias").toTensor());
  try {
    weights::check_tensors(weights);
  } catch (const UsageError& error) {
    throw DataError(error.what());
  }
  return weights;
}

}  // namespace soundfold::named_modules
