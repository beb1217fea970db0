// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace soundfold::testing {

/// What is wrong with an XML element: a tag that is not closed or in the wrong order, an attribute without quotes or
/// given twice, a bare & or <. Empty when it is well formed.
std::string xml_fault(const std::string& xml);

/// How often `part` occurs in `text`.
std::size_t occurrences(const std::string& text, const std::string& part);

}  // namespace soundfold::testing
