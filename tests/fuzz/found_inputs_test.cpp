// SPDX-License-Identifier: Apache-2.0
// What fuzzing and the thoughts that come with it found, as the smallest inputs that still show it.
#include "assets/zip_writer.h"
#include "support/errors.h"
#include "support/files.h"
#include "targets.h"
#include "testing/testing.h"
#include "weights/zip_reader.h"
#include "yamnet/internal/metadata.h"

#include <catch2/catch.hpp>

#include <cstring>

using namespace soundfold;

namespace {

std::uint32_t number_at(const std::string& bytes, std::size_t at) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

void set_number(std::string& bytes, std::size_t at, std::uint32_t number, std::size_t size = 4) {
  std::memcpy(bytes.data() + at, &number, size);
}

/// An archive of `copies` entries, each the only one of `archive`. Format: PKWARE's APPNOTE, 4.3.
std::string repeated(const std::string& archive, std::uint32_t copies) {
  constexpr std::size_t kEndBytes = 22;
  std::string end = archive.substr(archive.size() - kEndBytes);
  const std::size_t directory_bytes = number_at(end, 12);
  const std::size_t local_bytes = number_at(end, 16);
  const std::string local = archive.substr(0, local_bytes);
  std::string entry = archive.substr(local_bytes, directory_bytes);
  std::string locals, directory;
  for (std::uint32_t i = 0; i < copies; ++i) {
    set_number(entry, 42, static_cast<std::uint32_t>(locals.size()));
    directory += entry;
    locals += local;
  }
  set_number(end, 8, copies, 2);
  set_number(end, 10, copies, 2);
  set_number(end, 12, static_cast<std::uint32_t>(directory.size()));
  set_number(end, 16, static_cast<std::uint32_t>(locals.size()));
  return locals + directory + end;
}

}  // namespace

TEST_CASE("an archive that unpacks to hundreds of times its size is refused", "[fuzz]") {
  const testing::TempFolder folder;
  testing::write_zip(folder / "small.zip", {{"zeros", std::string(4'000'000, '\0'), ""}});
  const std::string small = read_file(folder / "small.zip");
  const auto nothing = [](const std::string&) { return false; };
  CHECK_NOTHROW(weights::read_zip(repeated(small, 10), "ten.zip", nothing, 1));
  const std::string bomb = repeated(small, 70);
  CHECK(bomb.size() < 400'000);
  CHECK_THROWS_WITH(weights::read_zip(bomb, "bomb.zip", nothing, 1),
                    Catch::Contains("bomb.zip: its parts unpack to far more than the archive holds"));
}

TEST_CASE("numbers in metadata that their types do not hold are refused by name", "[fuzz]") {
  yamnet::Metadata metadata;
  metadata.class_count = 521;
  const std::string text = yamnet::metadata_text(metadata);
  CHECK(yamnet::parse_metadata(text, "a.pt").class_count == 521);
  for (const std::string number : {"1e88", "521.5", "18446744073709551615", "-3000000000", "3000000000"}) {
    auto broken = text;
    broken.replace(broken.find("521"), 3, number);
    CHECK_THROWS_WITH(yamnet::parse_metadata(broken, "a.pt"), Catch::Contains("class_count is not a whole number"));
  }
}

TEST_CASE("metadata nested without end are refused and do not overflow the stack", "[fuzz]") {
  const std::string deep(400'000, '[');
  for (const std::string& json : {deep, "{\"kind\":" + deep + std::string(deep.size(), ']') + "}",
                                  "{\"kind\":\"soundfold yamnet\",\"format_version\":" + deep}) {
    CHECK_THROWS_WITH(yamnet::parse_metadata(json, "a.pt"), Catch::Contains("a.pt: its metadata.json is nested too"));
  }
  CHECK_THROWS_WITH(yamnet::parse_metadata(std::string(2'000'000, ' '), "a.pt"), Catch::Contains("too large"));
}
