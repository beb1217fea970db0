// SPDX-License-Identifier: Apache-2.0
#include "dataset/class_places.h"
#include "dataset/internal/layouts.h"
#include "dataset/sample_data.h"
#include "support/files.h"
#include "support/logging.h"
#include "testing/testing.h"
#include "text/text.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::dataset;
using testing::message_of;
using testing::put_file;
namespace fs = std::filesystem;

namespace {

struct SmallFolders {
  testing::TempFolder folder;
  DataOptions options;

  SmallFolders() {
    options.layout = Layout::folders;
    options.root = folder.path();
    for (const char* name : {"dog/b.wav", "dog/a.FLAC", "dog/park/deep/c.Mp3", "cat/x.ogg"}) put_file(folder / name);
  }
  template <typename Error>
  std::string failure() const {
    return message_of<Error>([this] { load(options); });
  }
};

std::vector<std::string> ids(const Dataset& data) {
  std::vector<std::string> list;
  for (const auto& clip : data.clips) list.push_back(clip.id);
  return list;
}

}  // namespace

TEST_CASE("folders are classes, sorted, with the files below them", "[dataset]") {
  const SmallFolders folders;
  const Dataset data = load(folders.options);
  CHECK(data.class_names == std::vector<std::string>{"cat", "dog"});
  CHECK(ids(data) == std::vector<std::string>{"cat/x.ogg", "dog/a.FLAC", "dog/b.wav", "dog/park/deep/c.Mp3"});
  CHECK(data.clips[3].labels == std::vector<std::int64_t>{1});
  CHECK(data.clips[3].path == folders.folder / "dog/park/deep/c.Mp3");
  CHECK(data.clips[3].source == data.clips[3].id);
  CHECK(data.folds().empty());
  CHECK_FALSE(data.folds_are_published);
  CHECK(data.name == folders.folder.path().filename().string());
  CHECK(data.description == data.name + ", 2 classes, 4 clips: cat 1, dog 3");
}

TEST_CASE("hidden files and other kinds of files are ignored", "[dataset]") {
  const SmallFolders folders;
  for (const char* name : {"dog/._b.wav", "dog/.cache/b.wav", ".git/x.wav", "dog/notes.txt", "dog/wav", "stray.wav",
                           "__MACOSX/dog/._b.wav", "dog/__MACOSX/b.wav", ".DS_Store", "dog/.DS_Store"}) {
    put_file(folders.folder / name);
  }
  CHECK(load(folders.options).clips.size() == 4);
  CHECK(load(folders.options).class_names.size() == 2);
}

TEST_CASE("an embedding store beside the class folders is no class", "[dataset]") {
  const SmallFolders folders;
  put_file(folders.folder / "embeddings/data.mdb");
  put_file(folders.folder / "embeddings/lock.mdb");
  CHECK(load(folders.options).class_names == std::vector<std::string>{"cat", "dog"});
}

TEST_CASE("sounds of every format that some build reads are clips", "[dataset]") {
  const SmallFolders folders;
  for (const char* name :
       {"dog/d.m4a", "dog/e.webm", "cat/f.WMA", "cat/g.bwf", "cat/h.mp2", "cat/i.wave", "cat/j.wv"}) {
    put_file(folders.folder / name);
  }
  CHECK(load(folders.options).clips.size() == 11);
}

TEST_CASE("classes of folders are chosen by name and order", "[dataset]") {
  SmallFolders folders;
  put_file(folders.folder / "empty/notes.txt");
  folders.options.classes = {"dog", "cat"};
  const Dataset data = load(folders.options);
  CHECK(data.class_names == folders.options.classes);
  CHECK(data.clips[0].labels.front() == 1);
  CHECK_THAT(data.description, Catch::Contains("2 of 3 classes chosen, 4 clips: dog 3, cat 1"));
  folders.options.classes = {"Dogs"};
  CHECK_THAT(folders.failure<UsageError>(),
             Catch::Contains("class 'Dogs' is not in") &&
                 Catch::Contains("did you mean 'dog'? Its 3 classes are: cat, dog, empty"));
}

TEST_CASE("a class without a sound file, and a root without classes", "[dataset]") {
  const SmallFolders folders;
  fs::create_directory(folders.folder / "bird");
  CHECK_THAT(folders.failure<DataError>(),
             Catch::Contains("class 'bird' has no sound file") && Catch::Contains("nothing"));
  put_file(folders.folder / "bird/list.txt");
  CHECK_THAT(folders.failure<DataError>(), Catch::Contains("holds 1 file of other kinds"));

  DataOptions options = folders.options;
  options.root = folders.folder / "cat";
  CHECK_THAT(message_of<DataError>([&] { load(options); }), Catch::Contains("holds no folder but 1 sound file"));
  options.root = folders.folder / "nowhere";
  CHECK_THAT(message_of<DataError>([&] { load(options); }), Catch::Contains("does not exist"));
}

TEST_CASE("a root one level too high or too low is answered with the folder of the classes", "[dataset]") {
  const SmallFolders folders;
  const testing::TempFolder above;
  for (const char* name : {"pets/cat/a.wav", "pets/dog/b.wav"}) put_file(above / name);
  DataOptions options = folders.options;
  const auto failure = [&](const fs::path& root) {
    options.root = root;
    return message_of<DataError>([&] { load(options); });
  };
  const std::string hint = "the classes seem to be in '" + (above / "pets").string() + "' (cat, dog): give that folder";
  CHECK(load(options).class_names.size() == 2);
  CHECK(hint_at_classes(above / "pets") == "; " + hint);
  CHECK(hint_at_classes(above.path()).empty());  // one folder, and no sound straight in it
  CHECK_THAT(failure(above / "pets/cat"), Catch::Contains("holds no folder but 1 sound file") && Catch::Contains(hint));
  CHECK_THAT(failure(above / "pets/cat/"), Catch::Contains(hint));
  make_folder(above / "app");
  CHECK_THAT(failure(above.path()), Catch::Contains("class 'app' has no sound file") && Catch::Contains(hint));
  fs::remove(above / "app");
  for (const char* name : {"insects/fly/a.wav", "insects/bee/b.wav"}) put_file(above / name);
  {
    const KeptLog kept;  // two data sets side by side may also be two classes
    options.root = above.path();
    CHECK(load(options).class_names.size() == 2);
    CHECK_THAT(join(kept.lines(), "\n"),
               Catch::Contains("if its folders are data sets and not classes; the classes seem"));
  }
  fs::remove_all(above / "insects");
  put_file(above / "notes/a.wav");
  options.classes = {"dog", "cat"};
  CHECK_THAT(failure(above.path()), Catch::Contains("holds none of the classes in data.classes; " + hint));
  options.classes = {"hen"};  // is nowhere
  CHECK_THAT(message_of<UsageError>([&] { load(options); }), Catch::Contains("class 'hen' is not in"));
  options.layout = Layout::esc50;
  CHECK_THAT(failure(above / "pets"), Catch::Contains("holds no meta/esc50.csv but folders with sounds (cat, dog); if "
                                                      "they are the classes, set data.layout: folders"));
}

TEST_CASE("links in class folders: inside is fine once, out is refused, cycles are not followed", "[dataset]") {
  const SmallFolders folders;
  const testing::TempFolder elsewhere;
  put_file(elsewhere / "wolf/w.wav");
  fs::create_directory_symlink("..", folders.folder / "dog/circle");
  CHECK(load(folders.options).clips.size() == 4);

  fs::create_symlink("b.wav", folders.folder / "dog/again.wav");
  CHECK_THAT(folders.failure<DataError>(), Catch::Contains("class 'dog'") && Catch::Contains("already listed"));
  fs::remove(folders.folder / "dog/again.wav");

  fs::create_symlink(elsewhere / "wolf/w.wav", folders.folder / "dog/w.wav");
  CHECK_THAT(folders.failure<DataError>(), Catch::Contains("'dog/w.wav' is or goes through a link that leads out"));
  fs::remove(folders.folder / "dog/w.wav");

  fs::create_symlink("gone.wav", folders.folder / "dog/w.wav");
  CHECK_THAT(folders.failure<DataError>(), Catch::Contains("class 'dog'") && Catch::Contains("does not exist"));
  fs::remove(folders.folder / "dog/w.wav");

  fs::create_directory_symlink(elsewhere / "wolf", folders.folder / "wolf");
  CHECK_THAT(folders.failure<DataError>(), Catch::Contains("leads out of the root"));
}
