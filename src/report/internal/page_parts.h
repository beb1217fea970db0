// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace soundfold::report {

/// The pages' script.
extern const char* const kPageScript;

}  // namespace soundfold::report
