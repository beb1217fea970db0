// SPDX-License-Identifier: Apache-2.0
#include "testing/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>

namespace soundfold::testing {
namespace {

/// False when the client has gone.
bool send_all(int socket, const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t sent = ::send(socket, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    done += static_cast<std::size_t>(sent);
  }
  return true;
}

std::string header_of(const std::string& request, const std::string& name) {
  const auto at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

}  // namespace

HttpServer::HttpServer() {
  ::setenv("no_proxy", "127.0.0.1", 1);  // a proxy of the developer's must not see these requests
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || ::bind(listener_, raw, size) != 0 || ::listen(listener_, 8) != 0 ||
      ::getsockname(listener_, raw, &size) != 0) {
    throw std::runtime_error("the test cannot listen on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

HttpServer::~HttpServer() {
  stop_ = true;
  thread_.join();
  ::close(listener_);
}

std::string HttpServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/file.bin";
}

std::vector<std::string> HttpServer::requests() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return requests_;
}

void HttpServer::serve() {
  while (!stop_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0) continue;
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) continue;
    answer(client);
    ::close(client);
  }
}

void HttpServer::answer(int client) {
  std::string request;
  char block[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = ::recv(client, block, sizeof block, 0);
    if (got <= 0) return;
    request.append(block, static_cast<std::size_t>(got));
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    requests_.push_back(request);
  }
  if (fail_first > 0) {
    --fail_first;
    send_all(client, "HTTP/1.1 " + std::to_string(fail_status) + " No\r\nContent-Length: " +
                         std::to_string(fail_page.size()) + "\r\nConnection: close\r\n\r\n" + fail_page);
  } else if (!redirect_to.empty()) {
    send_all(client,
             "HTTP/1.1 302 Found\r\nLocation: " + redirect_to + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  } else {
    send_file(client, request);
  }
}

void HttpServer::send_file(int client, const std::string& request) {
  std::size_t first = 0;
  const std::string range = header_of(request, "Range");
  if (honours_ranges && range.rfind("bytes=", 0) == 0) first = std::stoul(range.substr(6));
  if (first >= content.size() && first > 0) {
    send_all(client, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */" + std::to_string(content.size()) +
                         "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return;
  }
  std::string head = first > 0 ? "HTTP/1.1 206 Partial Content\r\n" : "HTTP/1.1 200 OK\r\n";
  if (first > 0 && names_ranges) {
    head += "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(content.size() - 1) + "/" +
            std::to_string(content.size()) + "\r\n";
  }
  if (!etag.empty()) head += "ETag: " + etag + "\r\n";
  head += "Content-Length: " + std::to_string(content.size() - first) + "\r\nConnection: close\r\n\r\n";
  const std::string body = content.substr(first);
  if (cut_first > 0) {
    --cut_first;
    send_all(client, head + body.substr(0, cut_after));
    return;
  }
  if (!send_all(client, head + body.substr(0, stall_ms > 0 ? cut_after : std::string::npos)) || stall_ms == 0) return;
  for (int waited = 0; waited < stall_ms && !stop_; waited += 20) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  send_all(client, body.substr(cut_after));
}

}  // namespace soundfold::testing
