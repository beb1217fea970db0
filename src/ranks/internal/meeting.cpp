// SPDX-License-Identifier: Apache-2.0
#include "ranks/internal/meeting.h"

#include "ranks/internal/first_line.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "text/text.h"

#include <netdb.h>
#include <sys/socket.h>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <thread>
#include <vector>

namespace soundfold::ranks {
namespace {

/// Of a single request to rank 0.
constexpr std::chrono::seconds kLeastTimeout{30};

/// Where to meet, as host and port.
struct Address {
  std::string host;
  std::uint16_t port = 0;
};

Address address_of(const std::string& meeting) {
  const auto colon = meeting.rfind(':');
  return {meeting.substr(0, colon), static_cast<std::uint16_t>(std::stoi(meeting.substr(colon + 1)))};
}

std::string seconds_text(std::chrono::milliseconds time) {
  return fixed(std::chrono::duration<double>(time).count(), 0) + " s";
}

/// Connects a new socket of that type (SOCK_STREAM, SOCK_DGRAM) to `to` and gives `use` the socket; false: it could
/// not.
bool with_connection(const Address& to, int type, const std::function<void(int socket)>& use) {
  addrinfo wanted{}, *found = nullptr;
  wanted.ai_socktype = type;
  if (getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &wanted, &found) != 0) return false;
  bool connected = false;
  for (const auto* each = found; each != nullptr && !connected; each = each->ai_next) {
    const int socket = ::socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC, each->ai_protocol);
    if (socket < 0) continue;
    connected = connect(socket, each->ai_addr, each->ai_addrlen) == 0;
    if (connected) use(socket);
    ::close(socket);
  }
  freeaddrinfo(found);
  return connected;
}

/// This machine's numeric address on the way to `to`; empty when that cannot be found out. Nothing is sent.
std::string address_towards(const Address& to) {
  std::string own;
  with_connection(to, SOCK_DGRAM, [&](int socket) {
    sockaddr_storage here{};
    socklen_t size = sizeof here;
    char text[NI_MAXHOST] = "";
    auto* address = reinterpret_cast<sockaddr*>(&here);
    if (getsockname(socket, address, &size) != 0) return;
    if (getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0) own = text;
  });
  return own;
}

/// Waits until rank 0 listens: LibTorch's own waiting can neither be interrupted nor named.
void wait_for_first(const Place& place, const Address& at, const Patience& patience) {
  const auto end = std::chrono::steady_clock::now() + patience.to_meet;
  while (!with_connection(at, SOCK_STREAM, [](int /*socket*/) {})) {
    throw_if_interrupted("stopped while waiting for rank 0");
    if (std::chrono::steady_clock::now() > end) {
      throw DataError("rank " + std::to_string(place.rank) + " of " + std::to_string(place.size) + ": no rank 0 at " +
                      place.meeting + " within " + seconds_text(patience.to_meet) +
                      "; was it started, and can it be reached there?");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

c10::intrusive_ptr<c10d::Store> open_store(const Place& place, const Patience& patience) {
  if (place.meeting.find('/') != std::string::npos) {
    return c10::make_intrusive<c10d::FileStore>(place.meeting, place.size);
  }
  const auto address = address_of(place.meeting);
  if (place.rank != 0) wait_for_first(place, address, patience);
  c10d::TCPStoreOptions options;
  options.port = address.port;
  options.isServer = place.rank == 0;
  options.numWorkers = static_cast<std::size_t>(place.size);
  options.waitWorkers = false;  // wait_for_others() names those who are missing
  options.timeout = std::max<std::chrono::milliseconds>(patience.to_meet, kLeastTimeout);
  return c10::make_intrusive<c10d::TCPStore>(address.host, options);
}

std::string place_key(int rank) {
  return "place/" + std::to_string(rank);
}

}  // namespace

Meeting::Meeting(const Place& place, const Patience& patience) {
  if (place.meeting.find('/') == std::string::npos) own_address_ = address_towards(address_of(place.meeting));
  try {
    store_ = open_store(place, patience);
  } catch (const DataError&) {
    throw;
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception& error) {
    throw DataError("rank " + std::to_string(place.rank) + ": cannot open the meeting of the ranks at " +
                    place.meeting + ": " + first_line(error.what()));
  }
  take_place(place);
  wait_for_others(place, patience);
}

Meeting::~Meeting() = default;

void Meeting::set(const std::string& key, const std::string& text) {
  store_->set(key, std::vector<std::uint8_t>(text.begin(), text.end()));
}

std::optional<std::string> Meeting::get(const std::string& key) {
  if (!store_->check({key})) return std::nullopt;
  const auto bytes = store_->get(key);
  return std::string(bytes.begin(), bytes.end());
}

std::int64_t Meeting::add(const std::string& key, std::int64_t more) {
  return store_->add(key, more);
}

void Meeting::remove(const std::string& key) {
  store_->deleteKey(key);
}

void Meeting::take_place(const Place& place) {
  if (add(place_key(place.rank), 1) == 1) return;
  const bool file = place.meeting.find('/') != std::string::npos;
  throw UsageError(place.meeting + ": rank " + std::to_string(place.rank) + " is here already; " +
                   (file ? "the file is another start's, or was left by one that was killed: delete it or give another"
                         : "two processes have this rank, or two jobs this port"));
}

void Meeting::wait_for_others(const Place& place, const Patience& patience) {
  const auto end = std::chrono::steady_clock::now() + patience.to_meet;
  while (true) {
    std::vector<std::string> missing;
    for (int rank = 0; rank < place.size; ++rank) {
      if (!store_->check({place_key(rank)})) missing.push_back(std::to_string(rank));
    }
    if (missing.empty()) return;
    if (std::chrono::steady_clock::now() > end) {
      throw DataError("rank " + join(missing) + " of " + std::to_string(place.size) + " did not come to " +
                      place.meeting + " within " + seconds_text(patience.to_meet) +
                      "; was it started, and does it reach that place?");
    }
    throw_if_interrupted("stopped while waiting for the other ranks");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace soundfold::ranks
