#pragma once

#include <string>
#include <vector>

namespace soundfold {

/// The name in `known` nearest to `given` by edit distance, for "did you mean"; empty when none is near (more than a
/// third of the letters differ).
std::string nearest_text(const std::string& given, const std::vector<std::string>& known);

/// "a, b, c".
std::string join(const std::vector<std::string>& parts, const std::string& separator = ", ");

}  // namespace soundfold
