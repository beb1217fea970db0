// SPDX-License-Identifier: Apache-2.0
#include "support/interrupt.h"

#include "support/errors.h"

#include <signal.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>

namespace soundfold {
namespace {

std::atomic<int> pending_signal{0};

thread_local const std::function<bool()>* stop_wanted = nullptr;

extern "C" void on_signal(int signal) {
  int none = 0;
  if (pending_signal.compare_exchange_strong(none, signal)) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

/// Handles `signal` on an alternate stack: oneDNN's compiled matrix products seem to use the stack pointer for other
/// purposes, and a handler on the thread's stack corrupts the heap. Only the calling thread has the alternate stack: it
/// must be the first one, to which the kernel delivers a process's signals; the others block them (threads.cpp).
void install_on_alternate_stack(int signal) {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void install_interrupt_handler() {
  alignas(64) static std::array<char, std::size_t{1} << 16> stack;  // AVX-512 registers alone are 2.5 kB of a frame
  stack_t alternate = {};
  alternate.ss_sp = stack.data();
  alternate.ss_size = stack.size();
  sigaltstack(&alternate, nullptr);
  install_on_alternate_stack(SIGINT);
  install_on_alternate_stack(SIGTERM);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // past a file-size limit write() itself says so
}

int interrupt_signal() noexcept {
  const int signal = pending_signal.load();
  if (signal != 0 || stop_wanted == nullptr || !*stop_wanted) return signal;
  return (*stop_wanted)() ? SIGINT : 0;
}

StopRequest::StopRequest(const std::function<bool()>& wanted) : before_(stop_wanted) {
  stop_wanted = &wanted;
}

StopRequest::~StopRequest() {
  stop_wanted = before_;
}

const std::function<bool()>* StopRequest::current() noexcept {
  return stop_wanted;
}

void clear_interrupt() noexcept {
  pending_signal = 0;
}

void throw_if_interrupted(const std::string& what) {
  if (const int signal = interrupt_signal(); signal != 0) throw Interrupted(what, signal);
}

}  // namespace soundfold
