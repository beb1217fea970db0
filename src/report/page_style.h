// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace soundfold::report {

/// The style sheet of all our pages, light and dark. A library of its own, soundfold_page_style.
extern const char* const kPageStyle;

}  // namespace soundfold::report
