// SPDX-License-Identifier: Apache-2.0
#include "support/errors.h"

#include "support/interrupt.h"
#include "support/logging.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
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
  print_last_line(program, spdlog::level::err, without_backtrace(text), log_format());
  return code;
}

/// Opens /dev/null for each standard stream that the caller has closed: a file opened later would get its number, and
/// what is printed would be written into that file.
void open_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) != -1 || errno != EBADF) continue;
    if (open("/dev/null", O_RDWR | O_CLOEXEC) < 0) continue;  // takes the lowest free number, which is this stream's
    fcntl(stream, F_SETFD, 0);
  }
}

/// A reader that closed its end of the pipe, as head does, has all it needs.
bool reader_left() {
  pollfd out = {STDOUT_FILENO, POLLOUT, 0};
  return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/// Throws DataError when not all that was printed could be written to standard output.
void flush_results() {
  errno = 0;
  std::cout.flush();
  const bool flushed = std::fflush(stdout) == 0;
  if (flushed && std::cout.good() && std::ferror(stdout) == 0) return;
  const std::string reason = errno == 0 ? "" : std::string(" (") + std::strerror(errno) + ")";
  if (reader_left()) return;
  throw DataError("the results could not be written to standard output" + reason +
                  "; if it goes to a file: is the disk full, or the size of files limited?");
}

}  // namespace

int run_program(const std::string& program, const std::function<int()>& body) {
  open_closed_streams();
  install_interrupt_handler();
  try {
    const int code = body();
    flush_results();
    flush_logs();
    return code;
  } catch (const Interrupted& stop) {
    print_last_line(program, spdlog::level::warn, stop.what(), log_format());
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
