// SPDX-License-Identifier: Apache-2.0
#include "extraction/internal/record_writer.h"

#include "store/record_format.h"
#include "support/threads.h"

#include <iterator>
#include <utility>

namespace soundfold::extraction {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatchRecords = 64;
constexpr std::size_t kBatchBytes = std::size_t{4} << 20;
constexpr std::chrono::seconds kBatchAge{2};
constexpr std::size_t kMaxPendingBytes = std::size_t{8} << 20;
constexpr std::size_t kDigestsPerWrite = 1024;

}  // namespace

RecordWriter::RecordWriter(store::Store& store, store::Recipe recipe)
    : store_(store), recipe_(std::move(recipe)), thread_(start_thread([this] { work(); })) {}

RecordWriter::~RecordWriter() {
  stop();
}

void RecordWriter::add(store::Store::Record record) {
  const std::size_t bytes = record.part_checksums.empty() ? store::record_bytes(record.value) : 0;
  std::unique_lock lock(mutex_);
  // A record larger than the limit gets in when nothing else waits.
  changed_.wait(lock, [&] { return error_ || pending_.empty() || pending_bytes_ + bytes <= kMaxPendingBytes; });
  if (error_) return;
  if (pending_.empty()) oldest_ = Clock::now();
  pending_.push_back(std::move(record));
  pending_bytes_ += bytes;
  changed_.notify_all();
}

void RecordWriter::add(store::Store::FileDigest digest) {
  const std::lock_guard lock(mutex_);
  if (!error_) digests_.push_back(std::move(digest));
  if (digests_.size() >= kDigestsPerWrite) changed_.notify_all();
}

bool RecordWriter::failed() const {
  const std::lock_guard lock(mutex_);
  return error_ != nullptr;
}

bool RecordWriter::batch_is_due() const {
  return closing_ || pending_.size() >= kBatchRecords || pending_bytes_ >= kBatchBytes ||
         digests_.size() >= kDigestsPerWrite || (!pending_.empty() && Clock::now() - oldest_ >= kBatchAge);
}

bool RecordWriter::wait_for_batch(std::vector<store::Store::Record>& batch,
                                  std::vector<store::Store::FileDigest>& digests) {
  std::unique_lock lock(mutex_);
  while (!batch_is_due()) {
    if (pending_.empty()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, oldest_ + kBatchAge);
    }
  }
  batch.assign(std::make_move_iterator(pending_.begin()), std::make_move_iterator(pending_.end()));
  pending_.clear();
  pending_bytes_ = 0;
  if (closing_ || digests_.size() >= kDigestsPerWrite) digests = std::exchange(digests_, {});
  changed_.notify_all();
  return !closing_ || !batch.empty() || !digests.empty();
}

void RecordWriter::work() {
  std::vector<store::Store::Record> batch;
  std::vector<store::Store::FileDigest> digests;
  try {
    while (wait_for_batch(batch, digests)) {
      if (!batch.empty() && !std::exchange(recipe_known_, true)) store_.remember_recipe(recipe_);
      store_.write(batch);
      if (!store_.read_only()) store_.remember(digests);
      batch.clear();
      digests.clear();
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    error_ = std::current_exception();
    pending_.clear();
    pending_bytes_ = 0;
    changed_.notify_all();
  }
}

void RecordWriter::stop() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void RecordWriter::finish() {
  stop();
  if (error_) std::rethrow_exception(error_);
}

}  // namespace soundfold::extraction
