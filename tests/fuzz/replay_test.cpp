// SPDX-License-Identifier: Apache-2.0
#include "seeds/seeds.h"
#include "support/files.h"
#include "targets.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>

using namespace soundfold;
namespace fs = std::filesystem;

namespace {

constexpr int kMutations = 12;

/// A few changes like those of a fuzzer: bits flipped, bytes set, pieces removed, repeated and truncated at the end.
std::string mutated(std::string bytes, std::mt19937& random) {
  for (auto changes = 1 + random() % 4; changes > 0 && !bytes.empty(); --changes) {
    const std::size_t at = random() % bytes.size();
    const std::size_t count = std::min<std::size_t>(1 + random() % 16, bytes.size() - at);
    switch (random() % 6) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        break;
      case 1:
        bytes[at] = "\0\xFF\x7F\x80\"\n:'"[random() % 8];
        break;
      case 2:
        bytes.erase(at, count);
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, count));
        break;
      case 4:
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), count, random() % 2 == 0 ? '\0' : '\xFF');
        break;
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;  // sorted, so that the mutations are always the same
  for (const auto& entry : fs::directory_iterator(folder)) {
    files[entry.path().filename().string()] = read_file(entry.path());
  }
  return files;
}

void run(const fuzz::Target& target, const std::string& bytes) {
  // A copy of exactly this size: the address sanitizer then sees every read beyond it.
  const std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
  CHECK_NOTHROW(target.run(copy.data(), copy.size()));
}

}  // namespace

TEST_CASE("every reader accepts or refuses small files and mutations of them as it promises", "[fuzz]") {
  const testing::TempFolder folder;
  const fuzz::Places places{folder.path(), "", testing::source_folder()};
  fuzz::make_sounds(places);
  fuzz::make_weight_files(places);
  fuzz::make_texts(places);
  fuzz::make_tars(places);
  for (const auto& target : fuzz::targets()) {
    const auto seeds = files_in(folder / target.name);
    REQUIRE(!seeds.empty());
    std::mt19937 random(20'817);
    for (const auto& [name, bytes] : seeds) {
      INFO(target.name << " " << name);
      run(target, bytes);
      for (int i = 0; i < kMutations; ++i) run(target, mutated(bytes, random));
    }
    run(target, "");
  }
}
