// SPDX-License-Identifier: Apache-2.0
#include "tar_shards/member_names.h"

#include "audio/sound_names.h"
#include "remote/address.h"
#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <filesystem>

namespace soundfold::tar_shards {
namespace fs = std::filesystem;

bool is_tar_name(const std::string& input) {
  const std::string name = lower_case(remote::is_address(input) ? remote::without_query(input) : input);
  for (const std::string end : {".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.bz2", ".tar.xz"}) {
    if (name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0) return true;
  }
  return false;
}

bool is_sound_member(const std::string& name) {
  const fs::path path(name);
  return audio::is_sound_name(path) && std::none_of(path.begin(), path.end(), audio::is_system_name);
}

std::string checked_member_name(const std::string& tar, const std::string& name) {
  fs::path kept;
  for (const auto& part : fs::path(name)) {
    if (part == ".." || part.is_absolute()) {
      throw DataError(tar + ": the member '" + shown(name) + "' leads out of the tar; only names such as " +
                      "000001.wav or dog/000001.wav are allowed");
    }
    if (!part.empty() && part != ".") kept /= part;
  }
  return kept.string();
}

std::string member_stem(const std::string& name) {
  const auto slash = name.rfind('/');
  return name.substr(0, name.find('.', slash == std::string::npos ? 0 : slash));
}

}  // namespace soundfold::tar_shards
