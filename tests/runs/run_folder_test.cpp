// SPDX-License-Identifier: Apache-2.0
#include "runs/run_folder.h"

#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

using namespace soundfold;
using runs::RunFolder;
namespace fs = std::filesystem;

namespace {

/// A run folder of a given name with a config.yaml.
fs::path make_run(const fs::path& experiment, const std::string& name) {
  fs::create_directories(experiment / name);
  std::ofstream(experiment / name / "config.yaml") << "name: x\n";
  return experiment / name;
}

}  // namespace

TEST_CASE("a run is named after the time and never shares a folder", "[runs]") {
  const testing::TempFolder folder;
  std::set<fs::path> paths;
  for (int i = 0; i < 12; ++i) paths.insert(RunFolder::create(folder.path(), "dogcat").path());
  CHECK(paths.size() == 12);
  for (const auto& path : paths) {
    CHECK(fs::is_directory(path));
    CHECK(path.parent_path() == folder / "dogcat");
    CHECK(std::regex_match(path.filename().string(), std::regex(R"(\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(-\d+)?)")));
  }
  CHECK_THROWS_AS(RunFolder::create(folder.path(), "../x"), UsageError);
  CHECK_THROWS_AS(RunFolder::create(folder.path(), ""), UsageError);
}

TEST_CASE("runs are sorted by creation time, whatever the local time", "[runs]") {
  const testing::TempFolder folder;
  const char* const before = std::getenv("TZ");
  const std::string restored = before == nullptr ? "" : before;
  std::vector<std::string> names;
  // West of it, then east of it, then an hour back as in autumn: local time would go forth and back.
  for (const char* zone : {"AAA12", "AAA-14", "AAA-2", "AAA-1"}) {
    ::setenv("TZ", zone, 1);
    ::tzset();
    const auto run = RunFolder::create(folder.path(), "dogcat");
    write_file_atomically(run.config_file(), "name: dogcat\n");
    names.push_back(run.path().filename().string());
    CHECK(RunFolder::newest_unfinished(folder.path(), "dogcat")->path() == run.path());
  }
  std::tm utc{};
  REQUIRE(::strptime(names.back().c_str(), "%Y-%m-%d_%H-%M-%S", &utc) != nullptr);
  const auto age_s = std::difftime(std::time(nullptr), ::timegm(&utc));
  CHECK(age_s >= 0);
  CHECK(age_s < 1800);  // half an hour is the smallest step between time zones
  before == nullptr ? ::unsetenv("TZ") : ::setenv("TZ", restored.c_str(), 1);
  ::tzset();
}

TEST_CASE("the newest unfinished run is found by time, then number", "[runs]") {
  const testing::TempFolder folder;
  CHECK_FALSE(RunFolder::newest_unfinished(folder.path(), "dogcat").has_value());
  const auto experiment = folder / "dogcat";
  make_run(experiment, "2026-11-22_07-40-11");
  make_run(experiment, "2026-11-22_07-40-11-2");
  make_run(experiment, "2026-11-22_07-40-11-10");
  make_run(experiment, "2026-11-21_23-00-00");
  make_run(experiment, "zzz-my-notes");
  fs::create_directories(experiment / "2026-12-01_00-00-00");  // no config.yaml: nothing to resume
  auto newest = RunFolder::newest_unfinished(folder.path(), "dogcat");
  REQUIRE(newest.has_value());
  CHECK(newest->path().filename() == "2026-11-22_07-40-11-10");
  newest->finish("{}");
  CHECK(RunFolder::newest_unfinished(folder.path(), "dogcat")->path().filename() == "2026-11-22_07-40-11-2");
}

TEST_CASE("finishing marks the run, drops its checkpoint and points latest at it", "[runs]") {
  const testing::TempFolder folder;
  CHECK_FALSE(RunFolder::latest_finished(folder.path(), "dogcat").has_value());
  const auto first = RunFolder::open(make_run(folder / "dogcat", "2026-11-22_07-40-11"));
  const auto second = RunFolder::open(make_run(folder / "dogcat", "2026-11-22_07-50-11"));
  std::ofstream(first.checkpoint_file()) << "x";
  CHECK_FALSE(first.finished());
  first.finish("{\"epochs\": 3}");
  CHECK(first.finished());
  CHECK_FALSE(fs::exists(first.checkpoint_file()));
  CHECK(read_file(first.result_file()) == "{\"epochs\": 3}");
  const auto latest = folder / "dogcat" / "latest";
  CHECK(fs::read_symlink(latest) == "2026-11-22_07-40-11");
  CHECK(RunFolder::latest_finished(folder.path(), "dogcat")->path().filename() == "2026-11-22_07-40-11");
  second.finish("{}");
  CHECK(fs::read_symlink(latest) == "2026-11-22_07-50-11");
  fs::remove_all(second.path());  // a link that leads nowhere
  CHECK(RunFolder::latest_finished(folder.path(), "dogcat")->path() == first.path());
}

TEST_CASE("a run is the same however its folder is written", "[runs]") {
  const testing::TempFolder folder;
  const auto path = make_run(folder / "dogcat", "2026-11-22_07-40-11");
  fs::create_directory_symlink(path, folder / "link");
  for (const auto& written : {path / "", path / ".", path / "checkpoints/..", folder / "link"}) {
    INFO(written.string());
    fs::create_directories(path / "checkpoints");
    fs::remove(folder / "dogcat/latest");
    fs::remove(path / "result.json");
    RunFolder::open(written).finish("{}");
    CHECK(fs::read_symlink(folder / "dogcat/latest") == "2026-11-22_07-40-11");
  }
}

TEST_CASE("opening a run that was killed while it finished completes that", "[runs]") {
  const testing::TempFolder folder;
  const auto old = RunFolder::open(make_run(folder / "dogcat", "2026-11-22_07-40-11"));
  old.finish("{}");
  const auto killed = RunFolder::open(make_run(folder / "dogcat", "2026-11-22_07-50-11"));
  std::ofstream(killed.checkpoint_file()) << "x";
  std::ofstream(killed.result_file()) << "{}";
  CHECK(RunFolder::open(killed.path()).finished());
  CHECK_FALSE(fs::exists(killed.checkpoint_file()));
  CHECK(fs::read_symlink(folder / "dogcat/latest") == "2026-11-22_07-50-11");
  CHECK(RunFolder::open(old.path()).finished());
  CHECK(fs::read_symlink(folder / "dogcat/latest") == "2026-11-22_07-50-11");
}

TEST_CASE("a start removes what a run left that was killed before its configuration was there", "[runs]") {
  const testing::TempFolder folder;
  const auto run = folder / "dogcat" / "2026-11-22_07-50-11";
  const auto half = run / ".config.yaml.123-0.tmp";
  const auto other = folder / "dogcat" / "2026-11-22_07-50-12";
  fs::create_directories(run);
  fs::create_directories(other);
  std::ofstream(half) << "na";
  std::ofstream(other / "notes.txt") << "mine";
  const int writer = ::open(half.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(::flock(writer, LOCK_EX) == 0);
  RunFolder::create(folder.path(), "dogcat");
  CHECK(fs::exists(half));  // its writer lives
  ::close(writer);
  RunFolder::create(folder.path(), "dogcat");
  CHECK_FALSE(fs::exists(run));
  CHECK(fs::exists(other / "notes.txt"));
}

TEST_CASE("a start removes the new link of a killed process and keeps that of a running one", "[runs]") {
  const testing::TempFolder folder;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);  // its number is free now
  const auto run = make_run(folder / "dogcat", "2026-11-22_07-40-11");
  const auto dead = folder / "dogcat" / (".latest." + std::to_string(child));
  const auto alive = folder / "dogcat" / (".latest." + std::to_string(::getppid()));
  for (int start = 0; start < 2; ++start) {
    for (const auto& link : {dead, alive}) {
      if (!fs::is_symlink(link)) fs::create_directory_symlink("2026-11-22_07-40-11", link);
    }
    start == 0 ? RunFolder::create(folder.path(), "dogcat") : RunFolder::open(run);
    CHECK_FALSE(fs::is_symlink(dead));
    CHECK(fs::is_symlink(alive));
  }
  CHECK(fs::exists(run / "config.yaml"));
}

TEST_CASE("only a run's folder can be opened", "[runs]") {
  const testing::TempFolder folder;
  CHECK_THROWS_WITH(RunFolder::open(folder / "none"), Catch::Contains("no such run folder"));
  CHECK_THROWS_WITH(RunFolder::open(folder.path()), Catch::Contains("no config.yaml"));
}
