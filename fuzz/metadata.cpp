// SPDX-License-Identifier: Apache-2.0
#include "yamnet/internal/metadata.h"

#include "promise.h"
#include "targets.h"

namespace soundfold::fuzz {

void try_metadata(const std::uint8_t* bytes, std::size_t count) {
  const std::string json(reinterpret_cast<const char*>(bytes), count);
  std::string written;
  if (!accepted([&] { written = yamnet::metadata_text(yamnet::parse_metadata(json, "input.pt")); })) return;
  std::string again;
  const bool reads_back = accepted([&] { again = yamnet::metadata_text(yamnet::parse_metadata(written, "input.pt")); });
  require(reads_back && again == written, "metadata that do not read back as they were written");
}

}  // namespace soundfold::fuzz
