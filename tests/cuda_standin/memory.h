// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <c10/core/Allocator.h>

#include <cstddef>

namespace soundfold::standin {

/// Device memory is mapped twice: at addresses that cannot be touched, which tensors hold, and at readable ones.
/// Gives out blocks of a data pointer on cuda:0.
c10::Allocator* device_allocator();

/// The readable address of what lies at `device_address`; nullptr for nullptr. Throws std::runtime_error for an address
/// that is no device memory.
void* readable(const void* device_address);

bool is_device_memory(const void* address);

}  // namespace soundfold::standin
