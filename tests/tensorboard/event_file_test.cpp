// SPDX-License-Identifier: Apache-2.0
#include "tensorboard/event_file.h"

#include "support/errors.h"
#include "support/files.h"
#include "tensorboard/event_reader.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <ctime>
#include <limits>

using namespace soundfold;
using namespace soundfold::testing;
using tensorboard::Event;

namespace {

std::uint32_t unmasked(std::uint32_t masked) {
  const std::uint32_t rotated = masked - 0xa282ead8U;
  return rotated << 15 | rotated >> 17;
}

}  // namespace

TEST_CASE("checksums are RFC 3720's CRC-32C, masked", "[tensorboard]") {
  CHECK(unmasked(tensorboard::masked_crc32c("123456789")) == 0xE3069283U);
  CHECK(unmasked(tensorboard::masked_crc32c(std::string(32, '\0'))) == 0x8A9136AAU);
  CHECK(unmasked(tensorboard::masked_crc32c(std::string(32, '\xFF'))) == 0x62A8AB43U);
  CHECK(unmasked(tensorboard::masked_crc32c("")) == 0);
  // Longer than any vector register, at every alignment of the end.
  for (std::size_t size = 250; size < 270; ++size) {
    const std::string bytes(size, 'x');
    CHECK(unmasked(tensorboard::masked_crc32c(bytes)) == slow_crc32c(bytes));
  }
}

TEST_CASE("a record is length, checksum, data, checksum", "[tensorboard]") {
  const auto record = tensorboard::record("abc");
  REQUIRE(record.size() == 8 + 4 + 3 + 4);
  CHECK(record.substr(0, 8) == std::string("\x03\0\0\0\0\0\0\0", 8));
  CHECK(record.substr(12, 3) == "abc");
  CHECK(records_of(record + tensorboard::record("")) == std::vector<std::string>{"abc", ""});
  for (std::size_t i = 0; i < record.size(); ++i) {
    auto damaged = record;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    CHECK_THROWS(records_of(damaged));
  }
}

TEST_CASE("an event holds its step, its time and its scalars", "[tensorboard]") {
  Event event(7);
  event.scalar("loss/training", 0.1).scalar("missing", std::nan("")).scalar("learning_rate", 1e-30);
  const auto& bytes = event.bytes();
  CHECK(field_at(bytes, {1}).as_double() == Approx(static_cast<double>(std::time(nullptr))).margin(60));
  CHECK(field_at(bytes, {2}).bits == 7);
  std::vector<std::string> tags;
  for (const auto& field : fields_of(bytes)) {
    if (field.number == 5) tags.push_back(field_at(field.bytes, {1, 1}).bytes);
  }
  CHECK(tags == std::vector<std::string>{"loss/training", "learning_rate"});
  CHECK(field_at(bytes, {5, 1, 2}).as_float() == 0.1F);
}

TEST_CASE("texts and pictures are given as TensorBoard's plugins take them", "[tensorboard]") {
  Event event(1);
  event.text("configuration", "name: a|b\n").image("picture", "\x89PNG and more", 300, 20);
  const auto text = fields_of(event.bytes())[2].bytes;
  CHECK(field_at(text, {1, 9, 1, 1}).bytes == "text");
  CHECK(field_at(text, {1, 8, 1}).bits == 7);        // DT_STRING
  CHECK(field_at(text, {1, 8, 2, 2, 1}).bits == 1);  // one of them
  CHECK(field_at(text, {1, 8, 8}).bytes == "name: a|b\n");
  const auto image = fields_of(event.bytes())[3].bytes;
  CHECK(field_at(image, {1, 4, 1}).bits == 20);   // height
  CHECK(field_at(image, {1, 4, 2}).bits == 300);  // width
  CHECK(field_at(image, {1, 4, 4}).bytes == "\x89PNG and more");
}

TEST_CASE("hyperparameters keep their kinds, and a session its end", "[tensorboard]") {
  Event event(0);
  event.hyperparameters({{"rate", "0.001"}, {"kind", "adam"}, {"on", "true"}, {"layers", "[512]"}}).session_end(false);
  const auto start = field_at(event.bytes(), {5, 1}).bytes;
  CHECK(field_at(start, {1}).bytes == "_hparams_/session_start_info");
  CHECK(field_at(start, {9, 1, 1}).bytes == "hparams");
  const auto settings = fields_of(field_at(start, {9, 1, 2, 3}).bytes);
  REQUIRE(settings.size() == 5);  // and the time of the start
  CHECK(field_at(settings[0].bytes, {1}).bytes == "rate");
  CHECK(field_at(settings[0].bytes, {2, 2}).as_double() == 0.001);
  CHECK(field_at(settings[1].bytes, {2, 3}).bytes == "adam");
  CHECK(field_at(settings[2].bytes, {2, 4}).bits == 1);
  CHECK(field_at(settings[3].bytes, {2, 3}).bytes == "[512]");
  const auto end = fields_of(event.bytes())[3].bytes;
  CHECK(field_at(end, {1, 1}).bytes == "_hparams_/session_end_info");
  CHECK(field_at(end, {1, 9, 1, 2, 4, 1}).bits == 2);  // failure
}

TEST_CASE("event files of a folder sort by time and are read together", "[tensorboard]") {
  const TempFolder folder;
  const auto runs = folder / "run";
  tensorboard::EventFile first(runs);
  first.write(Event(1).scalar("loss", 2));
  first.write(Event(2).scalar("loss", 1));
  tensorboard::EventFile second(runs);
  second.write(Event(2).session_start());
  second.write(Event(2).scalar("loss", 0.5));
  CHECK(first.path().filename() < second.path().filename());
  const auto events = events_in(runs);
  CHECK(events.files == 2);
  CHECK(events.scalars.at("loss") == std::map<std::int64_t, float>{{1, 2.0F}, {2, 0.5F}});
  CHECK(events.session_starts == std::vector<std::int64_t>{2});
  write_file_atomically(folder / "file", "in the way");
  CHECK_THROWS_AS(tensorboard::EventFile(folder / "file"), DataError);
}
