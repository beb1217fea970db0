// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cfenv>

namespace soundfold::optimization {

/// While it lives, this thread treats numbers too small for a normal float as zero. Moments of units that get no
/// gradient decay into that range, where some processors are a hundred times slower. The thread's settings are put back
/// at the end.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  std::fenv_t saved_{};
};

}  // namespace soundfold::optimization
