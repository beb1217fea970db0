// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_files.h"
#include "audio/waveform.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>

using namespace soundfold;
using Catch::Contains;
using testing::kFloatWav;
using testing::tone;
using testing::write_bytes;
using testing::write_sound;

namespace {

constexpr int kWav = SF_FORMAT_WAV | SF_FORMAT_PCM_16;

void check_refused(const std::filesystem::path& path, const std::string& reason) {
  CAPTURE(reason);
  CHECK_THROWS_AS(audio::load_waveform(path), DataError);
  CHECK_THROWS_WITH(audio::load_waveform(path), Contains(path.string()) && Contains(reason));
}

}  // namespace

TEST_CASE("what is not a regular file is refused without waiting", "[audio]") {
  const testing::TempFolder folder;
  check_refused(folder / "none.wav", "no such file");
  check_refused(folder.path(), "not a regular file");
  REQUIRE(mkfifo((folder / "pipe.wav").c_str(), 0600) == 0);
  check_refused(folder / "pipe.wav", "not a regular file");
  check_refused("/dev/zero", "not a regular file");
  std::filesystem::create_symlink("nowhere", folder / "dangling.wav");
  check_refused(folder / "dangling.wav", "no such file");
}

TEST_CASE("a file that is not a sound is closed once, and no other file with it", "[audio]") {
  const testing::TempFolder folder;
  write_bytes(folder / "text.wav", std::string(3000, 'x'));
  std::atomic<bool> over{false};
  int lost = 0;
  std::thread other([&] {  // gets the number that the refused file had, again and again
    while (!over) {
      const int descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      std::this_thread::yield();
      if (descriptor >= 0 && ::close(descriptor) != 0 && errno == EBADF) ++lost;
    }
  });
  for (int i = 0; i < 3000; ++i) CHECK_THROWS_AS(audio::load_waveform(folder / "text.wav"), DataError);
  over = true;
  other.join();
  CHECK(lost == 0);
}

TEST_CASE("what is not a sound is refused", "[audio]") {
  const testing::TempFolder folder;
  write_bytes(folder / "empty.wav", "");
  check_refused(folder / "empty.wav", "empty (0 bytes)");
  write_bytes(folder / "text.wav", "this is not a sound, whatever its name says\n");
  check_refused(folder / "text.wav", "cannot be read as sound");
  write_bytes(folder / "zeros.flac", std::string(100'000, '\0'));
  check_refused(folder / "zeros.flac", "cannot be read as sound");
  write_bytes(folder / "riff.wav", std::string("RIFF\xff\xff\xff\xffWAVE", 12));
  check_refused(folder / "riff.wav", "cannot be read as sound");
}

TEST_CASE("a wrong extension does not matter", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "really_flac.wav", tone(1'000, 440, 16'000), 1, 16'000, SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  write_sound(folder / "really_wav.ogg", tone(1'000, 440, 16'000), 1, 16'000, kWav);
  write_sound(folder / "really_wav.vox", tone(1'000, 440, 16'000), 1, 16'000, kWav);
  CHECK(audio::load_waveform(folder / "really_flac.wav").size() == 1'000);
  CHECK(audio::load_waveform(folder / "really_wav.ogg").size() == 1'000);
  CHECK(audio::load_waveform(folder / "really_wav.vox").size() == 1'000);
}

TEST_CASE("very short sounds", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "none.wav", {}, 1, 16'000, kWav);
  check_refused(folder / "none.wav", "holds no samples");
  write_sound(folder / "one.wav", {0.25f}, 1, 16'000, kWav);
  CHECK(audio::load_waveform(folder / "one.wav") == std::vector<float>{0.25f});
  write_sound(folder / "one48.wav", {0.25f}, 1, 48'000, kWav);
  check_refused(folder / "one48.wav", "less than one sample at 16000 Hz");
  write_sound(folder / "two8.wav", {0.25f, 0.25f}, 1, 8'000, kWav);
  CHECK(audio::load_waveform(folder / "two8.wav").size() == 4);
}

TEST_CASE("samples that are no numbers or of another unit are refused and placed", "[audio]") {
  const testing::TempFolder folder;
  std::vector<float> samples = tone(100'000, 440, 44'100);
  for (const auto& [value, name] :
       {std::pair<float, std::string>{std::numeric_limits<float>::quiet_NaN(), "NaN"},
        {std::numeric_limits<float>::infinity(), "infinite"},
        {-std::numeric_limits<float>::infinity(), "infinite"},
        {-8123, "-8123, but full scale is 1; if these are 16-bit values in a float file, divide by 32768"}}) {
    samples[70'000] = value;
    write_sound(folder / "a.wav", samples, 1, 44'100, kFloatWav);
    check_refused(folder / "a.wav", "sample 70000 is " + name);
  }
  samples[70'000] = 100;  // loud, but no other unit
  write_sound(folder / "loud.wav", samples, 1, 44'100, kFloatWav);
  CHECK_NOTHROW(audio::load_waveform(folder / "loud.wav"));
  // In one channel of two.
  samples[70'000] = std::numeric_limits<float>::infinity();
  write_sound(folder / "b.wav", samples, 2, 44'100, kFloatWav);
  check_refused(folder / "b.wav", "sample 35000 is infinite");
}

TEST_CASE("too many channels and impossible rates are refused", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.wav", std::vector<float>(650, 0.1f), 65, 16'000, kWav);
  check_refused(folder / "a.wav", "65 channels; 1 to 64");
  write_sound(folder / "b.wav", std::vector<float>(650, 0.1f), 1, 1'000'000, kWav);
  check_refused(folder / "b.wav", "1000000 Hz; 1 to 768000");
}
