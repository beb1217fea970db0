#include "promise.h"

#include "support/errors.h"
#include "targets.h"

#include <algorithm>

namespace soundfold::fuzz {
namespace {

void check_message(const std::string& message) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  require(!message.empty(), "an error without a message");
  require(std::none_of(message.begin(), message.end(), control), "a message that is not one line: " + message);
}

}  // namespace

void require(bool holds, const std::string& what) {
  if (!holds) throw BrokenPromise(what);
}

bool accepted(const std::function<void()>& read) {
  try {
    read();
    return true;
  } catch (const BrokenPromise&) {
    throw;
  } catch (const UsageError& error) {
    check_message(error.what());
  } catch (const DataError& error) {
    check_message(error.what());
  } catch (const std::exception& error) {
    throw BrokenPromise(std::string("neither UsageError nor DataError: ") + error.what());
  }
  return false;
}

}  // namespace soundfold::fuzz
