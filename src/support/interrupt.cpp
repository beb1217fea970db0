#include "support/interrupt.h"

#include "support/errors.h"

#include <atomic>
#include <csignal>

namespace soundfold {
namespace {

std::atomic<int> pending_signal{0};

extern "C" void on_signal(int signal) {
  int none = 0;
  if (pending_signal.compare_exchange_strong(none, signal)) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

void install_interrupt_handler() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // past a file-size limit write() itself says so
}

int interrupt_signal() noexcept {
  return pending_signal.load();
}

void clear_interrupt() noexcept {
  pending_signal = 0;
}

void throw_if_interrupted(const std::string& what) {
  if (const int signal = interrupt_signal(); signal != 0) throw Interrupted(what, signal);
}

}  // namespace soundfold
