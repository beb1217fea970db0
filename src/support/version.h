// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace soundfold {

/// "0.1.0": the version of this build.
const char* version();

}  // namespace soundfold
