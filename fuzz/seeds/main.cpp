// make_fuzz_seeds OUT SOURCE [MIRROR]: see seeds.h. scripts/fuzz.sh runs it.
#include "seeds.h"
#include "support/errors.h"
#include "support/files.h"

#include <cstdio>

namespace soundfold::fuzz {

void Places::add(const std::string& target, const std::string& name, std::string_view bytes) const {
  make_folder(out / target);
  write_file_atomically(out / target / name, bytes);
}

}  // namespace soundfold::fuzz

int main(int count, char** arguments) {
  return soundfold::run_program("make_fuzz_seeds", [&] {
    if (count < 3 || count > 4) throw soundfold::UsageError("usage: make_fuzz_seeds OUT SOURCE [MIRROR]");
    const soundfold::fuzz::Places places{arguments[1], count > 3 ? arguments[3] : "", arguments[2]};
    make_sounds(places);
    make_weight_files(places);
    make_texts(places);
    return 0;
  });
}
