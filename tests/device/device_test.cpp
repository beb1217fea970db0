// SPDX-License-Identifier: Apache-2.0
#include "device/device.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;

TEST_CASE("the device comes with the reason for it", "[device]") {
  CHECK(choose_device("cpu").is_cpu());
  CHECK(device_reason("cpu") == "requested");
  const bool has_cuda = torch::cuda::is_available() && torch::cuda::device_count() > 0;
  CHECK(choose_device("auto").is_cuda() == has_cuda);
  CHECK(device_reason("auto").find(has_cuda ? "auto: the " : "auto: this LibTorch sees no CUDA device") == 0);
  CHECK(describe_device(torch::kCPU, 1) == "cpu (1 thread)");
  CHECK(describe_device(torch::kCPU, 2) == "cpu (2 threads)");
  CHECK_THROWS_AS(choose_device("gpu"), UsageError);
  CHECK_THROWS_AS(choose_device("cuda:x"), UsageError);
}

TEST_CASE("TF32 is off until it is asked for, in cuDNN too", "[device]") {
  const torch::Device cuda(torch::kCUDA, 0);
  set_tf32(true);
  CHECK(tf32_used(cuda));
  CHECK_FALSE(tf32_used(torch::kCPU));
  CHECK(use_device("cpu").is_cpu());
  CHECK_FALSE(tf32_used(cuda));
  CHECK_FALSE(at::globalContext().allowTF32CuDNN());
  CHECK_FALSE(at::globalContext().allowTF32CuBLAS());
}

TEST_CASE("borrowed LibTorch has one thread, and its own settings again afterwards", "[device]") {
  const int before = torch::get_num_threads();
  torch::set_num_threads(3);
  set_tf32(true);
  {
    const BorrowedTorch borrowed;
    CHECK(torch::get_num_threads() == 1);
    set_tf32(false);
  }
  CHECK(torch::get_num_threads() == 3);
  CHECK(at::globalContext().allowTF32CuBLAS());
  CHECK(at::globalContext().allowTF32CuDNN());
  set_tf32(false);
  torch::set_num_threads(before);
}
