// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"

#include <string>

namespace soundfold {

/// Turns `auto`, `cpu`, `cuda` or `cuda:N` into a device. `auto` is the first CUDA device when this LibTorch sees one,
/// otherwise the CPU. Throws UsageError for other strings and when the requested CUDA device does not exist.
torch::Device choose_device(const std::string& name);

/// Why choose_device(name) gives what it gives: "requested", "auto: this LibTorch sees no CUDA device", "auto: the CUDA
/// device", "auto: the first of 2 CUDA devices".
std::string device_reason(const std::string& name);

/// "cpu (2 threads)", "cuda:0": for logs. `threads` are Soundfold's own.
std::string describe_device(const torch::Device& device, int threads);

/// Whether CUDA may round the factors of matrix products and convolutions to TF32 (10 bits of mantissa), here and in
/// cuDNN, whose own default is that it may. For the whole process.
void set_tf32(bool allowed);

/// Whether values computed on `device` may be rounded so.
bool tf32_used(const torch::Device& device);

/// choose_device(name), and set_tf32(tf32): what a program does before it computes.
torch::Device use_device(const std::string& name, bool tf32 = false);

/// Keeps LibTorch's operators on the calling thread. Call it first in main and first in every worker thread.
/// Soundfold's parallelism is its own, over clips and folds: operators this small gain nothing from more threads, and
/// on a busy machine OpenMP's waiting threads slow them down.
void use_one_torch_thread();

/// For work within another program: while it lives, use_one_torch_thread() holds; at its end the process has the
/// settings again that it changes, and those of set_tf32(): threads of LibTorch and OpenBLAS, TF32, oneDNN within
/// LibTorch. Other threads that use LibTorch meanwhile see the changes.
class BorrowedTorch {
 public:
  BorrowedTorch();
  ~BorrowedTorch();
  BorrowedTorch(const BorrowedTorch&) = delete;
  BorrowedTorch& operator=(const BorrowedTorch&) = delete;

 private:
  int torch_threads_, blas_threads_, second_pool_;
  bool onednn_, tf32_products_, tf32_convolutions_;
};

/// Turns LibTorch's use of oneDNN off, for the whole process, where it would compute wrong values (processor.h), with a
/// warning the first time.
void avoid_wrong_onednn();

}  // namespace soundfold
