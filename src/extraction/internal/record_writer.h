// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/store.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace soundfold::extraction {

/// The one writer of an extraction: a thread that stores records in batches (64 records, 4 MB or 2 s, whichever comes
/// first), so that each sync to the disk serves many. add() waits while more than 8 MB are pending.
class RecordWriter {
 public:
  RecordWriter(store::Store& store, store::Recipe recipe);
  /// Stores what is pending when finish() was not called; swallows errors.
  ~RecordWriter();
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  /// Takes a record. After a failed write it takes no more: failed() says so.
  void add(store::Store::Record record);
  /// Takes a file's digest, to be remembered now and then and at the end.
  void add(store::Store::FileDigest digest);
  bool failed() const;
  /// Stores everything and ends the thread. Throws what a write threw.
  void finish();

 private:
  void work();
  bool wait_for_batch(std::vector<store::Store::Record>& batch, std::vector<store::Store::FileDigest>& digests);
  bool batch_is_due() const;
  void stop();

  store::Store& store_;
  store::Recipe recipe_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<store::Store::Record> pending_;
  std::vector<store::Store::FileDigest> digests_;
  std::size_t pending_bytes_ = 0;
  std::chrono::steady_clock::time_point oldest_;
  std::exception_ptr error_;
  bool closing_ = false;
  bool recipe_known_ = false;
  std::thread thread_;
};

}  // namespace soundfold::extraction
