#pragma once

#include <functional>
#include <string>

namespace soundfold::fuzz {

/// Throws BrokenPromise saying `what` unless `holds`.
void require(bool holds, const std::string& what);

/// Runs `read` and returns whether it accepted its input. A UsageError or DataError of one printable line is a refusal;
/// any other exception, and a message with control characters, is a BrokenPromise. BrokenPromise itself passes through.
bool accepted(const std::function<void()>& read);

}  // namespace soundfold::fuzz
