// SPDX-License-Identifier: Apache-2.0
// In place of raster.cpp where librsvg is not installed.
#include "pictures/raster.h"
#include "support/errors.h"

namespace soundfold::pictures {

bool can_rasterise() {
  return false;
}

std::string png_of_svg(const std::string& /*svg*/, double /*scale*/) {
  throw UsageError(
      "this build of Soundfold has no librsvg and writes no PNG; give --out a name that ends in .svg, or install "
      "librsvg2-dev and build again");
}

}  // namespace soundfold::pictures
