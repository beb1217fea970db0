// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_names.h"

#include "audio/sound_files.h"
#include "support/errors.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <vector>

using namespace soundfold;
namespace fs = std::filesystem;

TEST_CASE("sound names are those of every format that some build reads", "[audio]") {
  for (const char* name : {"a.wav", "a.WAVE", "a.bwf",  "b.FLAC", "a.ogg", "a.oga", "a.opus", "a.mp3",
                           "a.mp2", "a.aif",  "a.aiff", "a.aifc", "a.au",  "a.caf", "a.w64",  "a.rf64",
                           "a.m4a", "a.aac",  "a.mp4",  "a.webm", "a.wma", "a.amr", "a.wv",   "x/y.z/a.Wav"}) {
    CAPTURE(name);
    CHECK(audio::is_sound_name(name));
  }
  for (const char* name : {"", ".", "wav", ".wav", "a.txt", "a.wav2", "a.csv", "a.wav.part", "a.json", "a.png"}) {
    CAPTURE(name);
    CHECK_FALSE(audio::is_sound_name(name));
  }
}

TEST_CASE("system files have names of their own", "[audio]") {
  for (const char* name :
       {"._dog.wav", "x/._dog.wav", ".DS_Store", ".hidden", "__MACOSX", "Thumbs.db", "desktop.ini"}) {
    CAPTURE(name);
    CHECK(audio::is_system_name(name));
  }
  for (const char* name : {"dog.wav", "_.wav", "__macosx.wav", "x/.y/dog.wav", ""}) {
    CAPTURE(name);
    CHECK_FALSE(audio::is_system_name(name));
  }
}

TEST_CASE("a folder's sounds are listed, and ignored entries are counted", "[audio]") {
  const testing::TempFolder folder;
  for (const char* name : {"b.wav", "a/c.m4a", "a/d/e.WV", "a-/f.wav", "a/notes.txt", "._b.wav", "a/.DS_Store",
                           "__MACOSX/a/._c.m4a", ".cache/g.wav"}) {
    fs::create_directories((folder / name).parent_path());
    testing::write_bytes(folder / name, "x");
  }
  fs::create_directory_symlink(folder / "a", folder / "again");
  fs::create_symlink("nowhere", folder / "lost.wav");
  const auto contents = audio::list_sounds(folder.path());
  CHECK(contents.sounds == std::vector<fs::path>{"a/c.m4a", "a/d/e.WV", "a-/f.wav", "b.wav", "lost.wav"});
  CHECK(contents.other_files == 1);
  CHECK(contents.system_files == 4);
  CHECK(contents.linked_folders == 1);
  CHECK(contents.ignored() ==
        "1 file without a sound file's extension, 4 system files (such as ._dog.wav, .DS_Store), 1 link to a folder");
  CHECK(audio::FolderContents{}.ignored().empty());
  CHECK_THROWS_AS(audio::list_sounds(folder / "none"), DataError);
}
