// SPDX-License-Identifier: Apache-2.0
#pragma once

/// What Soundfold uses of LibTorch. <torch/torch.h> includes all of it and takes longer to compile; a source that needs
/// more includes that by itself.
#include <torch/autograd.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/cuda.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>
#include <torch/utils.h>
