#pragma once

#include <torch/torch.h>

#include <string>

namespace soundfold {

/// Turns `auto`, `cpu`, `cuda` or `cuda:N` into a device. `auto` is the first CUDA device when this LibTorch sees one,
/// otherwise the CPU. Throws UsageError for other texts and when a CUDA device was asked for that is not there.
torch::Device choose_device(const std::string& name);

/// "cpu (2 threads)", "cuda:0": for logs.
std::string describe_device(const torch::Device& device);

/// Sets LibTorch's thread counts; 0 means the processors this process may use. Call once, before any tensor work.
void set_torch_threads(int requested);

}  // namespace soundfold
