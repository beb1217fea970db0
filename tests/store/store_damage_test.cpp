// SPDX-License-Identifier: Apache-2.0
#include "extraction/fixtures.h"
#include "store/record_format.h"
#include "store/store.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <lmdb.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

using namespace soundfold;
using namespace soundfold::store;
using testing::made_up_clip;
namespace fs = std::filesystem;

namespace {

/// Opens the store's environment as a stranger would and lets `change` loose in a write transaction on one database.
void tamper(const fs::path& folder, const char* database, const std::function<void(MDB_txn*, MDB_dbi)>& change) {
  MDB_env* environment = nullptr;
  REQUIRE(mdb_env_create(&environment) == 0);
  REQUIRE(mdb_env_set_maxdbs(environment, 8) == 0);
  REQUIRE(mdb_env_set_mapsize(environment, std::size_t{1} << 28) == 0);
  REQUIRE(mdb_env_open(environment, folder.c_str(), 0, 0644) == 0);
  MDB_txn* transaction = nullptr;
  REQUIRE(mdb_txn_begin(environment, nullptr, 0, &transaction) == 0);
  MDB_dbi handle = 0;
  REQUIRE(mdb_dbi_open(transaction, database, MDB_CREATE, &handle) == 0);
  change(transaction, handle);
  REQUIRE(mdb_txn_commit(transaction) == 0);
  mdb_env_close(environment);
}

std::string raw_get(MDB_txn* transaction, MDB_dbi database, const std::string& key) {
  MDB_val name{key.size(), const_cast<char*>(key.data())};
  MDB_val value{};
  REQUIRE(mdb_get(transaction, database, &name, &value) == 0);
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

void raw_put(MDB_txn* transaction, MDB_dbi database, const std::string& key, std::string value) {
  MDB_val name{key.size(), const_cast<char*>(key.data())};
  MDB_val content{value.size(), value.data()};
  REQUIRE(mdb_put(transaction, database, &name, &content, 0) == 0);
}

/// A store with a few hundred records, closed again.
void fill(const fs::path& folder) {
  Store store(folder);
  std::vector<Store::Record> records;
  for (int i = 0; i < 60; ++i) records.push_back({"key " + std::to_string(i), made_up_clip(4, 1024, 521, i)});
  store.write(records);
}

}  // namespace

TEST_CASE("any changed byte of a record makes it a counted miss", "[store]") {
  const testing::TempFolder folder;
  const auto clip = made_up_clip(2, 16, 5, 1);
  const std::size_t length = record_bytes(clip);
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < kRecordHeaderBytes; ++at) places.push_back(at);
  for (std::size_t at = kRecordHeaderBytes; at < length; at += 3) places.push_back(at);
  places.push_back(length - 1);
  {
    Store store(folder.path());
    std::vector<Store::Record> records;
    for (const auto at : places) records.push_back({"key " + std::to_string(at), clip});
    store.write(records);
  }
  tamper(folder.path(), "records", [&](MDB_txn* transaction, MDB_dbi records) {
    for (const auto at : places) {
      const std::string key = "key " + std::to_string(at);
      std::string bytes = raw_get(transaction, records, key);
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
      raw_put(transaction, records, key, bytes);
    }
  });
  Store store(folder.path());
  for (const auto at : places) {
    CAPTURE(at);
    CHECK(store.inspect("key " + std::to_string(at)) == RecordState::damaged);
    CHECK_FALSE(store.read("key " + std::to_string(at), [](const ClipEmbeddingsView&) { FAIL("it is damaged"); }));
  }
  CHECK(store.damaged_count() == static_cast<std::int64_t>(places.size()));
  store.write({{"key 0", clip}});
  CHECK(store.inspect("key 0") == RecordState::intact);
}

TEST_CASE("records of wrong length, of other keys and of no key are damaged", "[store]") {
  const testing::TempFolder folder;
  { Store(folder.path()).write({{"a", made_up_clip(2, 1024, 521, 1)}, {"b", made_up_clip(1, 8, 3, 2)}}); }
  tamper(folder.path(), "records", [&](MDB_txn* transaction, MDB_dbi records) {
    const std::string good = raw_get(transaction, records, "a");
    raw_put(transaction, records, "short", good.substr(0, good.size() - 4));
    raw_put(transaction, records, "long", good + "more");
    raw_put(transaction, records, "header", good.substr(0, kRecordHeaderBytes));
    raw_put(transaction, records, "half", good.substr(0, kRecordHeaderBytes / 2));
    raw_put(transaction, records, "empty", "");
    raw_put(transaction, records, "noise", std::string(5000, '\x5a'));
    raw_put(transaction, records, "b", good);
  });
  const Store store(folder.path());
  for (const char* key : {"short", "long", "header", "half", "empty", "noise", "b"}) {
    CAPTURE(key);
    CHECK(store.inspect(key) == RecordState::damaged);
  }
  CHECK(store.damaged_count() == 7);
  CHECK(store.inspect("a") == RecordState::intact);
}

TEST_CASE("a data file that is not LMDB's is refused and left alone", "[store]") {
  const testing::TempFolder folder;
  const fs::path data = folder / "data.mdb";
  for (const std::string& content : {std::string("hello"), std::string(100'000, '\0'), std::string(100'000, '\xff'),
                                     std::string("RIFF") + std::string(20'000, 'w')}) {
    write_file_atomically(data, content);
    CHECK_THROWS_WITH(Store(folder.path()), Catch::Contains("data.mdb") && Catch::Contains("delete"));
    CHECK(read_file(data) == content);
  }
}

TEST_CASE("a truncated data file is refused instead of crashing", "[store]") {
  const testing::TempFolder folder;
  fill(folder / "store");
  const fs::path data = folder / "store/data.mdb";
  const std::string whole = read_file(data);
  for (const std::size_t length : {whole.size() - 1, whole.size() - 4096, whole.size() / 2, std::size_t{40'000},
                                   std::size_t{8192}, std::size_t{5000}, std::size_t{4096}, std::size_t{100}}) {
    CAPTURE(length);
    write_file_atomically(data, whole.substr(0, length));
    CHECK_THROWS_WITH(Store(folder / "store"), Catch::Contains("truncated") && Catch::Contains("delete"));
  }
  write_file_atomically(data, whole);
  CHECK(Store(folder / "store").record_count() == 60);
}

TEST_CASE("an empty data file is made into a store", "[store]") {
  const testing::TempFolder folder;
  std::ofstream(folder / "data.mdb").flush();
  Store store(folder.path());
  store.write({{"a", made_up_clip(1, 8, 3, 1)}});
  CHECK(store.inspect("a") == RecordState::intact);
}

TEST_CASE("changed bytes in the first two pages never crash the opening", "[store]") {
  const testing::TempFolder folder;
  fill(folder / "store");
  const fs::path data = folder / "store/data.mdb";
  const std::string whole = read_file(data);
  int refused = 0;
  for (const std::size_t page : {0U, 4096U}) {
    // Page header, magic, version, page size and the roots of the two trees: what LMDB would follow blindly.
    for (std::size_t at = 0; at < 152; at += 3) {
      if ((at >= 24 && at < 40) || at >= 136) continue;  // address, map size; last page and transaction number
      std::string changed = whole;
      changed[page + at] = static_cast<char>(changed[page + at] ^ 0x40);
      std::ofstream(data, std::ios::binary | std::ios::trunc) << changed;
      const int code = testing::in_child([&] {
        try {
          const Store store(folder / "store");
          for (int i = 0; i < 60; ++i) store.inspect("key " + std::to_string(i));
        } catch (const DataError&) {
          _exit(3);
        }
      });
      CAPTURE(page, at);
      CHECK((code == 0 || code == 3));
      refused += code == 3 ? 1 : 0;
    }
  }
  CHECK(refused > 15);  // the roots in the page that LMDB does not go by are not looked at
}

TEST_CASE("what LMDB leaves of a meta page that it could not write does not damage the store", "[store]") {
  const testing::TempFolder folder;
  fill(folder / "store");
  const fs::path data = folder / "store/data.mdb";
  std::string bytes = read_file(data);
  // mdb_env_write_meta() of LMDB 0.9.24 then writes the new roots with the old last page and transaction number. The
  // second tree's root is at 128, the last page at 136, the transaction number at 144.
  const auto transaction = [&](std::size_t page) {
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data() + page + 144, sizeof number);
    return number;
  };
  const std::size_t unused = transaction(0) < transaction(4096) ? 0 : 4096;
  REQUIRE(transaction(0) != transaction(4096));
  const std::uint64_t last_page = 3, root = 40;
  std::memcpy(&bytes[unused + 136], &last_page, sizeof last_page);
  std::memcpy(&bytes[unused + 128], &root, sizeof root);
  write_file_atomically(data, bytes);
  const Store store(folder / "store");
  CHECK(store.record_count() == 60);
}

TEST_CASE("another program's LMDB environment is refused and left alone", "[store]") {
  const testing::TempFolder folder;
  tamper(folder.path(), "pictures",
         [](MDB_txn* transaction, MDB_dbi database) { raw_put(transaction, database, "cat", "miaow"); });
  CHECK_THROWS_WITH(Store(folder.path()), Catch::Contains("not an embedding store"));
  tamper(folder.path(), "pictures",
         [](MDB_txn* transaction, MDB_dbi database) { CHECK(raw_get(transaction, database, "cat") == "miaow"); });
}

TEST_CASE("a store of a newer format version is refused", "[store]") {
  const testing::TempFolder folder;
  { const Store made(folder.path()); }
  tamper(folder.path(), "meta",
         [](MDB_txn* transaction, MDB_dbi database) { raw_put(transaction, database, "format_version", "2"); });
  CHECK_THROWS_WITH(Store(folder.path()), Catch::Contains("format version 2, this program knows 1"));
}
