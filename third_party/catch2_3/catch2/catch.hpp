#pragma once

// Catch2 3 under the header and the names of Catch2 2, so that the tests build with either.

#include <catch2/catch_all.hpp>

#include <string>

namespace Catch {

inline auto Contains(const std::string& text) {
  return Matchers::ContainsSubstring(text);
}
using Matchers::EndsWith;
using Matchers::Equals;
using Matchers::Matches;
using Matchers::StartsWith;

}  // namespace Catch

using Catch::Approx;
