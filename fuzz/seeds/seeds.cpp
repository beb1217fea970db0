// SPDX-License-Identifier: Apache-2.0
#include "seeds.h"

#include "support/errors.h"
#include "support/files.h"

#include <fstream>

namespace soundfold::fuzz {

void Places::add(const std::string& target, const std::string& name, std::string_view bytes) const {
  make_folder(out / target);
  std::ofstream file(out / target / name, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw DataError((out / target / name).string() + ": cannot be written");
}

}  // namespace soundfold::fuzz
