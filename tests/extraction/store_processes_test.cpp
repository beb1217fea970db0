// SPDX-License-Identifier: Apache-2.0
#include "extraction/extraction.h"
#include "extraction/fixtures.h"
#include "store/store.h"
#include "support/errors.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <thread>

using namespace soundfold;
using namespace soundfold::store;
using namespace soundfold::extraction;
using testing::made_up_clip;
namespace fs = std::filesystem;

namespace {

void require(bool fact, const char* what) {
  if (!fact) throw std::runtime_error(what);
}

/// Lets one process wait for another.
class Gate {
 public:
  Gate() { REQUIRE(::pipe(ends_.data()) == 0); }
  void open() { require(::write(ends_[1], "x", 1) == 1, "pipe"); }
  void pass() {
    char byte = 0;
    require(::read(ends_[0], &byte, 1) == 1, "pipe");
  }

 private:
  std::array<int, 2> ends_{};
};

}  // namespace

TEST_CASE("a writer killed at any moment leaves whole batches only", "[extraction]") {
  const testing::TempFolder folder;
  constexpr int kBatch = 5;
  for (int round = 0; round < 4; ++round) {
    const pid_t child = testing::start_child([&] {
      Store store(folder.path());
      for (int batch = 0;; ++batch) {
        std::vector<Store::Record> records;
        for (int i = 0; i < kBatch; ++i) {
          const int seed = batch * kBatch + i;
          records.push_back({std::to_string(round) + "/" + std::to_string(seed), made_up_clip(6, 1024, 521, seed)});
        }
        store.write(records);
      }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(60 + 37 * round));
    REQUIRE(::kill(child, SIGKILL) == 0);
    CHECK(testing::wait_for_child(child) == 128 + SIGKILL);
  }
  Store store(folder.path());
  CHECK(store.record_count() > 0);
  CHECK(store.record_count() % kBatch == 0);
  std::int64_t whole = 0;
  for (int round = 0; round < 4; ++round) {
    for (int seed = 0;; ++seed) {
      const std::string key = std::to_string(round) + "/" + std::to_string(seed);
      bool same = false;
      const auto clip = made_up_clip(6, 1024, 521, seed);
      if (!store.read(key, [&](const ClipEmbeddingsView& view) { same = testing::equal(clip, view); })) break;
      CHECK(same);
      ++whole;
    }
  }
  CHECK(whole == store.record_count());
  CHECK(store.damaged_count() == 0);
  store.write({{"after", made_up_clip(1, 8, 3, 1)}});
  CHECK(store.inspect("after") == RecordState::intact);
}

TEST_CASE("a process follows the growth that another caused", "[extraction]") {
  const testing::TempFolder folder;
  Gate opened;
  StoreOptions options;
  options.initial_map_bytes = 256 * 1024;
  // Forked before the store is open here: LMDB forbids to carry an environment over a fork.
  const pid_t child = testing::start_child([&] {
    opened.pass();
    Store store(folder.path(), options);
    for (int i = 0; i < 40; ++i) store.write({{"big " + std::to_string(i), made_up_clip(10, 1024, 521, i)}});
  });
  Store store(folder.path(), options);
  CHECK(store.map_bytes() == 256 * 1024);
  opened.open();
  CHECK(testing::wait_for_child(child) == 0);
  CHECK(testing::stored(store, "big 39").embeddings == made_up_clip(10, 1024, 521, 39).embeddings);
  store.write({{"ours", made_up_clip(10, 1024, 521, 7)}});
  CHECK(store.record_count() == 41);
}

TEST_CASE("two processes extract into one store at once", "[extraction]") {
  const testing::TempFolder folder;
  std::vector<ClipFile> clips;
  for (int i = 0; i < 12; ++i) {
    const fs::path path = folder / ("tone" + std::to_string(i) + ".wav");
    testing::write_tone(path, 1.5, 200 + 50 * i);
    clips.push_back({path.filename().string(), path});
  }
  const auto embed_all = [&] {
    testing::FakeBackbone backbone;
    Store store(folder / "store");
    const auto report = extract(clips, backbone, store, ExtractionOptions{});
    require(report.computed + report.from_store == 12, "every clip must be there");
    for (const auto& clip : report.clips)
      require(store.inspect(clip.key) == RecordState::intact, "a record is missing");
  };
  const pid_t first = testing::start_child(embed_all);
  const pid_t second = testing::start_child(embed_all);
  CHECK(testing::wait_for_child(first) == 0);
  CHECK(testing::wait_for_child(second) == 0);
  CHECK(Store(folder / "store").record_count() == 12);
}

TEST_CASE("a full disk is a clear error and the store stays as it was", "[extraction]") {
  const testing::TempFolder folder;
  const int code = testing::in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    Store store(folder.path());
    store.write({{"before", made_up_clip(10, 1024, 521, 1)}});
    struct rlimit limit {};
    require(::getrlimit(RLIMIT_FSIZE, &limit) == 0, "getrlimit");
    const rlim_t unlimited = limit.rlim_cur;
    limit.rlim_cur = 200'000;
    require(::setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
    std::vector<Store::Record> records;
    for (int i = 0; i < 20; ++i) records.push_back({std::to_string(i), made_up_clip(10, 1024, 521, i)});
    std::string message;
    try {
      store.write(records);
    } catch (const DataError& error) {
      message = error.what();
    }
    require(message.find(folder.path().string()) != std::string::npos, "the message names the folder");
    require(message.find("what was stored is intact") != std::string::npos, message.c_str());
    require(store.record_count() == 1 && store.inspect("before") == RecordState::intact, "the store is as before");
    limit.rlim_cur = unlimited;
    require(::setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
    store.write(records);
    require(store.record_count() == 21, "with room again, writing works");
  });
  CHECK(code == 0);
  const Store store(folder.path());
  CHECK(store.record_count() == 21);
  CHECK(testing::stored(store, "before").embeddings == made_up_clip(10, 1024, 521, 1).embeddings);
}

TEST_CASE("a store that may only be read opens for reading and refuses to write", "[extraction]") {
  const testing::TempFolder folder;
  const fs::path path = folder / "store";
  { Store(path).write({{"a", made_up_clip(3, 8, 3, 1)}}); }
  ::chmod(folder.path().c_str(), 0755);
  ::chmod((path / "data.mdb").c_str(), 0444);
  ::chmod((path / "lock.mdb").c_str(), 0444);
  ::chmod(path.c_str(), 0555);
  const int code = testing::in_child([&] {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0) require(::setgid(kNobody) == 0 && ::setuid(kNobody) == 0, "setuid");
    Store store(path);
    require(store.read_only(), "it is read-only");
    require(testing::stored(store, "a").patch_count == 3, "it can be read");
    std::string message;
    try {
      store.write({{"b", made_up_clip(1, 8, 3, 1)}});
    } catch (const DataError& error) {
      message = error.what();
    }
    require(message.find("is read-only") != std::string::npos, "writing says why not");
    try {
      Store other(path / "new");
      message = "made";
    } catch (const DataError& error) {
      message = error.what();
    }
    require(message.find("cannot make the folder") != std::string::npos, "a new store cannot be made there");
  });
  ::chmod(path.c_str(), 0755);
  CHECK(code == 0);
}
