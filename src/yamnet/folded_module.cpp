// SPDX-License-Identifier: Apache-2.0
#include "yamnet/folded_module.h"

#include "weights/weights.h"
#include "yamnet/internal/network_source.h"

#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace soundfold::yamnet {
namespace {

using torch::jit::Module;
using Unit = std::shared_ptr<torch::jit::CompilationUnit>;

const std::vector<const char*> kSettings{"stride", "padding", "groups"};

/// y = (k * x - mean) / sqrt(variance + epsilon) + beta, with both factors moved into kernel and bias. In float64.
void fold(const Module& from, Module& block) {
  const auto values = [&](const char* name) { return from.attr(name).toTensor().to(torch::kCPU, torch::kFloat64); };
  const torch::Tensor factor = torch::rsqrt(values("variance") + weights::kBatchNormEpsilon);
  block.setattr("kernel", (values("kernel") * factor.reshape({-1, 1, 1, 1})).to(torch::kFloat32));
  block.setattr("bias", (values("beta") - values("mean") * factor).to(torch::kFloat32));
  for (const char* name : kSettings) block.setattr(name, from.attr(name));
}

/// Types of blocks, one piece of code in the file each.
struct Prototypes {
  Module convolution, separable;

  Prototypes(const Unit& unit, weights::Activation activation)
      : convolution("__torch__.soundfold.yamnet.FoldedConvolution", unit),
        separable("__torch__.soundfold.yamnet.FoldedSeparable", unit) {
    for (const char* name : {"kernel", "bias"}) convolution.register_parameter(name, torch::zeros(1), false);
    for (const char* name : kSettings) convolution.register_attribute(name, c10::IntType::get(), 1);
    convolution.define(convolution_source(activation, BatchNorm::folded));
    for (const char* name : {"depthwise", "pointwise"}) separable.register_module(name, convolution);
    separable.define(separable_source(BatchNorm::folded));
  }

  Module folded(const Module& block) const {
    const bool single = block.hasattr("kernel");
    Module made = (single ? convolution : separable).copy();
    if (single) {
      fold(block, made);
      return made;
    }
    for (const char* name : {"depthwise", "pointwise"})
      made.setattr(name, folded(block.attr(name).toModule())._ivalue());
    return made;
  }
};

/// Copies what is neither a submodule nor code.
void copy_values(const Module& from, Module& to) {
  for (const auto& attribute : from.named_attributes(false)) {
    const c10::IValue& value = attribute.value;
    if (value.isModule()) continue;
    if (!value.isTensor()) {
      to.register_attribute(attribute.name, value.type(), value);
      continue;
    }
    const torch::Tensor tensor = value.toTensor().detach().to(torch::kCPU).clone();
    const bool parameter = from.type()->is_parameter(from.type()->getAttributeSlot(attribute.name));
    parameter ? to.register_parameter(attribute.name, tensor, false) : to.register_buffer(attribute.name, tensor);
  }
}

/// "3, 7" as the network's attribute has it.
std::vector<std::int64_t> taps_of(const Module& network) {
  std::vector<std::int64_t> taps;
  if (!network.hasattr("taps")) return taps;
  std::istringstream text(network.attr("taps").toStringRef());
  for (std::string number; std::getline(text, number, ',');) taps.push_back(std::stoll(number));
  return taps;
}

Module folded_network(const Module& network, const Unit& unit) {
  const bool relu6 = network.attr("activation").toStringRef() == weights::activation_name(weights::Activation::relu6);
  const Prototypes prototypes(unit, relu6 ? weights::Activation::relu6 : weights::Activation::relu);
  Module folded("__torch__.soundfold.yamnet.FoldedNetwork", unit);
  std::vector<std::string> blocks;
  for (const auto& child : network.named_children()) {
    folded.register_module(child.name, prototypes.folded(child.value));
    blocks.push_back(child.name);
  }
  copy_values(network, folded);
  folded.define(network_source(blocks, taps_of(network), BatchNorm::folded));
  return folded;
}

}  // namespace

torch::jit::Module folded_module(const torch::jit::Module& module) {
  const torch::NoGradGuard no_gradients;
  const Unit unit = std::make_shared<torch::jit::CompilationUnit>();
  Module root("__torch__.soundfold.yamnet.FoldedYAMNet", unit);
  root.register_module("network", folded_network(module.attr("network").toModule(), unit));
  copy_values(module, root);
  root.define(waveform_source(BatchNorm::folded));
  return root;
}

}  // namespace soundfold::yamnet
