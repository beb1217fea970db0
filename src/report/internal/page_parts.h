// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace soundfold::report {

/// The pages' style sheet and script.
extern const char* const kPageStyle;
extern const char* const kPageScript;

}  // namespace soundfold::report
