// SPDX-License-Identifier: Apache-2.0
#include "heads/internal/linear.h"

#include "support/processor.h"

#include <dnnl.hpp>

namespace soundfold::heads {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

/// One factor of a product: a contiguous row-major matrix, read as it is ('N') or transposed ('T').
struct Factor {
  const torch::Tensor& matrix;
  char read;
};

/// c = a b for contiguous float32 matrices; c [rows, columns] is overwritten.
void multiply(const Factor& a, const Factor& b, const torch::Tensor& c) {
  const auto inner = a.matrix.size(a.read == 'N' ? 1 : 0);
  const auto status =
      dnnl_sgemm(a.read, b.read, c.size(0), c.size(1), inner, 1.0F, a.matrix.data_ptr<float>(), a.matrix.size(1),
                 b.matrix.data_ptr<float>(), b.matrix.size(1), 0.0F, c.data_ptr<float>(), c.size(1));
  TORCH_CHECK(status == dnnl_success, "oneDNN refused a matrix product of ", c.size(0), " x ", inner, " x ", c.size(1));
}

/// x W^T. sgemm packs its second factor, so the smaller one goes there: with few rows W x^T is faster.
torch::Tensor product(const torch::Tensor& x, const torch::Tensor& weight) {
  if (x.size(0) < weight.size(0)) {
    const auto transposed = torch::empty({weight.size(0), x.size(0)}, x.options());
    multiply({weight, 'N'}, {x, 'T'}, transposed);
    return transposed.t();
  }
  const auto result = torch::empty({x.size(0), weight.size(0)}, x.options());
  multiply({x, 'N'}, {weight, 'T'}, result);
  return result;
}

torch::Tensor affine(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias) {
  auto result = torch::empty({x.size(0), weight.size(0)}, x.options());
  return torch::add_out(result, product(x, weight), bias);
}

struct LinearFunction : torch::autograd::Function<LinearFunction> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, const torch::Tensor& weight,
                               const torch::Tensor& bias) {
    context->save_for_backward({x, weight});
    context->saved_data["x_needs_gradient"] = x.requires_grad();
    return affine(x, weight, bias);
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1];
    const auto gradient = gradients[0].contiguous();
    torch::Tensor of_x;
    if (context->saved_data["x_needs_gradient"].toBool()) {
      of_x = torch::empty(x.sizes(), x.options());
      multiply({gradient, 'N'}, {weight, 'N'}, of_x);
    }
    const auto of_weight = torch::empty(weight.sizes(), weight.options());
    multiply({gradient, 'T'}, {x, 'N'}, of_weight);
    return {of_x, of_weight, gradient.sum(0)};
  }
};

/// Elsewhere than on x86-64 with AVX2 or more oneDNN has only plain loops.
bool processor_suits() {
  if (!onednn_processor_problem().empty()) return false;
  const auto avx2 = static_cast<unsigned>(dnnl::cpu_isa::avx2);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & avx2) == avx2;
}

bool plain(const torch::Tensor& tensor) {
  return tensor.device().is_cpu() && tensor.scalar_type() == torch::kFloat32;
}

}  // namespace

torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias) {
  static const bool fast = processor_suits();
  const bool suits = fast && plain(x) && plain(weight) && weight.is_contiguous() && x.dim() == 2 && x.numel() > 0;
  if (!suits) return torch::linear(x, weight, bias);
  return LinearFunction::apply(x.contiguous(), weight, bias);
}

}  // namespace soundfold::heads
