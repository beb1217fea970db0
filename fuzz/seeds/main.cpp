// SPDX-License-Identifier: Apache-2.0
// make_fuzz_seeds OUT SOURCE [MIRROR]: see seeds.h. scripts/fuzz.sh runs it.
#include "seeds.h"
#include "support/errors.h"

#include <cstdio>

int main(int count, char** arguments) {
  return soundfold::run_program("make_fuzz_seeds", [&] {
    if (count < 3 || count > 4) throw soundfold::UsageError("usage: make_fuzz_seeds OUT SOURCE [MIRROR]");
    const soundfold::fuzz::Places places{arguments[1], count > 3 ? arguments[3] : "", arguments[2]};
    make_sounds(places);
    make_weight_files(places);
    make_large_weight_files(places);
    make_texts(places);
    make_tars(places);
    return 0;
  });
}
