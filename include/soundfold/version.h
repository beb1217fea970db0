// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/export.h>

/// The version of these headers; CMake reads it from here. Before 1.0 a new minor version may change the interface.
#define SOUNDFOLD_VERSION_MAJOR 0
#define SOUNDFOLD_VERSION_MINOR 1
#define SOUNDFOLD_VERSION_PATCH 0

namespace soundfold {

/// "0.1.0": the version of the library that is loaded.
SOUNDFOLD_API const char* library_version() noexcept;

}  // namespace soundfold
