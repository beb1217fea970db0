#include "support/errors.h"

#include "support/interrupt.h"
#include "support/logging.h"

#include <cstdio>
#include <new>

namespace soundfold {
namespace {

/// LibTorch appends a C++ backtrace to its messages; a user needs the first lines only.
std::string without_backtrace(std::string text) {
  const auto at = text.find("\nException raised from");
  if (at != std::string::npos) text.resize(at);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

int report(const std::string& program, const std::string& text, int code) {
  flush_logs();
  std::fprintf(stderr, "%s: error: %s\n", program.c_str(), without_backtrace(text).c_str());
  return code;
}

}  // namespace

int run_program(const std::string& program, const std::function<int()>& body) {
  install_interrupt_handler();
  try {
    const int code = body();
    flush_logs();
    return code;
  } catch (const Interrupted& stop) {
    flush_logs();
    std::fprintf(stderr, "%s: %s\n", program.c_str(), stop.what());
    return 128 + stop.signal;
  } catch (const UsageError& error) {
    return report(program, error.what(), 2);
  } catch (const std::bad_alloc&) {
    return report(program, "out of memory", 1);
  } catch (const std::exception& error) {
    return report(program, error.what(), 1);
  }
}

}  // namespace soundfold
