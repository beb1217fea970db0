// SPDX-License-Identifier: Apache-2.0
#include "promise.h"

#include "support/errors.h"
#include "targets.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace soundfold::fuzz {
namespace {

/// libFuzzer finds them by the name of their section, and clears them before each run.
__attribute__((section("__libfuzzer_extra_counters"))) std::array<std::uint8_t, 2048> counters;

void check_message(const std::string& message, bool noted) {
  if (noted) note(message);
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  require(!message.empty(), "an error without a message");
  require(std::none_of(message.begin(), message.end(), control), "a message that is not one line: " + message);
}

}  // namespace

void note(const std::string& text) {
  std::uint32_t hash = 2166136261U;  // FNV-1a
  bool quoted = false;
  for (const char c : text) {
    if (c == '\'') quoted = !quoted;
    if (quoted || (c >= '0' && c <= '9')) continue;
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  }
  counters[hash % counters.size()] = 1;
}

void require(bool holds, const std::string& what) {
  if (!holds) throw BrokenPromise(what);
}

bool accepted(const std::function<void()>& read, bool note_refusals) {
  try {
    read();
    return true;
  } catch (const BrokenPromise&) {
    throw;
  } catch (const UsageError& error) {
    check_message(error.what(), note_refusals);
  } catch (const DataError& error) {
    check_message(error.what(), note_refusals);
  } catch (const std::exception& error) {
    throw BrokenPromise(std::string("neither UsageError nor DataError: ") + error.what());
  }
  return false;
}

}  // namespace soundfold::fuzz
