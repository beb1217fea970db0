// SPDX-License-Identifier: Apache-2.0
#include "yamnet/folded_module.h"

#include "device/tensor_values.h"
#include "network/batch_norm.h"
#include "support/errors.h"
#include "yamnet/internal/network_source.h"
#include "yamnet/module.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::yamnet {
namespace {

using torch::jit::Module;
using Unit = std::shared_ptr<torch::jit::CompilationUnit>;

const std::vector<const char*> kSettings{"stride", "padding", "groups"};

void fold(const Module& from, Module& block, double epsilon) {
  const auto values = [&](const char* name) { return values_of(from.attr(name).toTensor()); };
  const auto folded =
      network::fold_batch_norm({values("kernel"), values("beta"), values("mean"), values("variance")}, epsilon);
  const auto tensor = [](const std::vector<float>& of, at::IntArrayRef shape) {
    return torch::tensor(of, torch::kFloat32).reshape(shape).clone();
  };
  block.setattr("kernel", tensor(folded.kernel, from.attr("kernel").toTensor().sizes()));
  block.setattr("bias", tensor(folded.bias, {static_cast<std::int64_t>(folded.bias.size())}));
  for (const char* name : kSettings) block.setattr(name, from.attr(name));
}

/// Types of blocks. Their code is the network's.
struct Prototypes {
  Module convolution, separable;
  double epsilon;

  Prototypes(const Unit& unit, const network::Description& network)
      : convolution("__torch__.soundfold.yamnet.FoldedConvolution", unit),
        separable("__torch__.soundfold.yamnet.FoldedSeparable", unit),
        epsilon(network.batch_norm_epsilon) {
    for (const char* name : {"kernel", "bias"}) convolution.register_parameter(name, torch::zeros(1), false);
    for (const char* name : kSettings) convolution.register_attribute(name, c10::IntType::get(), 1);
    for (const char* name : {"depthwise", "pointwise"}) separable.register_module(name, convolution);
  }

  Module folded(const Module& block) const {
    const bool single = block.hasattr("kernel");
    Module made = (single ? convolution : separable).copy();
    if (single) {
      fold(block, made, epsilon);
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

Module folded_network(const Module& module, const Unit& unit, const network::Description& network) {
  if (static_cast<std::size_t>(module.named_children().size()) != network::blocks(network).size()) {
    throw UsageError("folding: the module is not of the network described");
  }
  const Prototypes prototypes(unit, network);
  Module folded("__torch__.soundfold.yamnet.FoldedNetwork", unit);
  for (const auto& child : module.named_children()) {
    folded.register_module(child.name, prototypes.folded(child.value));
  }
  copy_values(module, folded);
  folded.define(folded_network_source(network, taps_of(module)));
  return folded;
}

}  // namespace

torch::jit::Module folded_module(const torch::jit::Module& module, const network::Description& network) {
  const torch::NoGradGuard no_gradients;
  if (!network.has_layers()) return module.deepcopy();  // nothing to fold
  const Unit unit = std::make_shared<torch::jit::CompilationUnit>();
  Module root("__torch__.soundfold.yamnet.FoldedYAMNet", unit);
  root.register_module("network", folded_network(module.attr("network").toModule(), unit, network));
  copy_values(module, root);
  root.register_buffer("unfrozen", torch::zeros(1).requires_grad_());
  root.define(waveform_source(network.input, BatchNorm::folded));
  return root;
}

}  // namespace soundfold::yamnet
