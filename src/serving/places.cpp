// SPDX-License-Identifier: Apache-2.0
#include "serving/places.h"

#include "serving/answer.h"

#include <string>

namespace soundfold::serving {

Places::Places(int computing, int waiting) : most_computing_(computing), most_(computing + waiting) {}

Places::Place::Place(Places& places) : places_(places) {
  const std::lock_guard<std::mutex> lock(places_.mutex_);
  if (places_.closed_) throw Refusal(503, "the server is stopping");
  if (places_.taken_ >= places_.most_) {
    throw Refusal(429, "the server has " + std::to_string(places_.taken_) +
                           " requests already, as many as it takes at once; try again later");
  }
  ++places_.taken_;
}

Places::Place::~Place() {
  const std::lock_guard<std::mutex> lock(places_.mutex_);
  --places_.taken_;
  if (!computes_) return;
  --places_.computing_;
  places_.changed_.notify_all();
}

void Places::Place::wait_for_turn(Deadline deadline) {
  std::unique_lock<std::mutex> lock(places_.mutex_);
  const auto ticket = places_.next_ticket_++;
  places_.line_.insert(ticket);
  const bool in_time = places_.changed_.wait_until(
      lock, deadline, [&] { return places_.computing_ < places_.most_computing_ && *places_.line_.begin() == ticket; });
  places_.line_.erase(ticket);
  // The next in line may have been waiting for this one to leave it.
  places_.changed_.notify_all();
  if (!in_time) throw Refusal(503, "the server is busy: the time allowed for a request passed before its turn came");
  ++places_.computing_;
  computes_ = true;
}

void Places::close() {
  const std::lock_guard<std::mutex> lock(mutex_);
  closed_ = true;
}

bool Places::is_closed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return closed_;
}

int Places::computing() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return computing_;
}

int Places::waiting() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return taken_ - computing_;
}

}  // namespace soundfold::serving
