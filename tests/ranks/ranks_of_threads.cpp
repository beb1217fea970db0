// SPDX-License-Identifier: Apache-2.0
#include "ranks/ranks_of_threads.h"

#include "device/device.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

namespace soundfold::testing {

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool found = bind(socket, generic, size) == 0 && getsockname(socket, generic, &size) == 0;
  ::close(socket);
  if (!found) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

std::string loopback_meeting() {
  return "127.0.0.1:" + std::to_string(free_port());
}

std::vector<std::string> run_ranks(int size, const std::string& meeting,
                                   const std::function<void(ranks::Group& group)>& body,
                                   const ranks::Patience& patience) {
  std::vector<std::string> ended(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      use_one_torch_thread();
      try {
        ranks::with_ranks(
            {rank, size, meeting}, [&](ranks::Group* group) { body(*group); }, patience);
      } catch (const std::exception& error) {
        ended[static_cast<std::size_t>(rank)] = error.what();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return ended;
}

}  // namespace soundfold::testing
