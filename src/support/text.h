#pragma once

#include <string>
#include <vector>

namespace soundfold {

/// The name in `known` with the smallest edit distance to `given`, for "did you mean"; empty when none is near
/// (more than a third of the letters differ). Case is ignored, two neighbours swapped count as one edit, and of equally
/// near names the first wins.
std::string nearest_name(const std::string& given, const std::vector<std::string>& known);

/// "a, b, c".
std::string join(const std::vector<std::string>& parts, const std::string& separator = ", ");

}  // namespace soundfold
