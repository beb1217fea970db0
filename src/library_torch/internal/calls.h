// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "library/log_lines.h"
#include "yamnet/torch_errors.h"

#include <exception>
#include <mutex>
#include <string>
#include <utility>

/// Private to this room.
namespace soundfold {

/// Calls of the caller's own functions on our way: what they throw passes through as it is, whatever is above them
/// here.
class CallerFunctions {
 public:
  template <typename Call>
  auto run(Call call) -> decltype(call()) {
    try {
      return call();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!thrown_) thrown_ = std::current_exception();
      throw;
    }
  }
  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr thrown_;
};

/// Runs `body` as a call of the library: its lines go to the caller's log callback, and besides what the caller's
/// functions throw it throws UsageError, DataError ("<what>: ...") and std::bad_alloc only.
template <typename Body>
auto library_call(const std::string& what, const CallerFunctions& functions, Body body) -> decltype(body()) {
  give_lines_to_callback();
  try {
    auto result = yamnet::with_plain_errors(what, std::move(body));
    functions.rethrow();
    return result;
  } catch (...) {
    functions.rethrow();
    throw;
  }
}

}  // namespace soundfold
