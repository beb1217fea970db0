// SPDX-License-Identifier: Apache-2.0
#include "support/standard_error.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <stdexcept>

namespace soundfold::testing {

StandardError::StandardError(Kind kind) {
  int ends[2] = {-1, -1};
  if (kind == Kind::pipe) {
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  } else {
    ends[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (ends[0] < 0 || grantpt(ends[0]) != 0 || unlockpt(ends[0]) != 0) throw std::runtime_error("no terminal");
    ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
    const winsize size{24, 60, 0, 0};
    ioctl(ends[1], TIOCSWINSZ, &size);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
  }
  reading_ = ends[0];
  fcntl(reading_, F_SETFL, fcntl(reading_, F_GETFL) | O_NONBLOCK);
  before_ = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  close(ends[1]);
}

StandardError::~StandardError() {
  dup2(before_, STDERR_FILENO);
  close(before_);
  close(reading_);
}

std::string StandardError::taken() const {
  std::string text;
  char block[4096];
  for (ssize_t got = 0; (got = read(reading_, block, sizeof block)) > 0;) {
    text.append(block, static_cast<std::size_t>(got));
  }
  return text;
}

std::vector<std::string> screen_of(const std::string& bytes) {
  std::vector<std::string> lines{""};
  std::size_t column = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n') {
      lines.emplace_back();
    } else if (bytes[i] == '\r') {
      column = 0;
    } else if (bytes[i] == '\033') {
      while (std::isalpha(static_cast<unsigned char>(bytes[i])) == 0) ++i;
      if (bytes[i] == 'K') lines.back().resize(column);
    } else {
      lines.back().resize(std::max(lines.back().size(), column + 1), ' ');
      lines.back()[column++] = bytes[i];
    }
  }
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace soundfold::testing
