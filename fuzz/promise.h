// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

namespace soundfold::fuzz {

/// Throws BrokenPromise saying `what` unless `holds`.
void require(bool holds, const std::string& what);

/// Tells libFuzzer that `text` (without its digits and what is in quotes) occurred, as if it were code that ran:
/// libraries that are not compiled for fuzzing show nothing else of themselves.
void note(const std::string& text);

/// Runs `read` and returns whether it accepted its input. A UsageError or DataError of one printable line is a refusal;
/// any other exception, and a message with control characters, is a BrokenPromise. BrokenPromise itself passes through.
/// `note_refusals` notes the messages.
bool accepted(const std::function<void()>& read, bool note_refusals = false);

}  // namespace soundfold::fuzz
