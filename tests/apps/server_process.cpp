// SPDX-License-Identifier: Apache-2.0
#include "apps/server_process.h"

#include <arpa/inet.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace soundfold::testing {
namespace {

std::vector<std::string> on_a_free_port(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--port", "0"});
  return arguments;
}

httplib::Client client_of(int port) {
  httplib::Client client("127.0.0.1", port);
  client.set_read_timeout(60);
  return client;
}

HttpAnswer answer_of(const httplib::Result& result) {
  if (!result) return {};
  return {result->status, result->body, {result->headers.begin(), result->headers.end()}};
}

}  // namespace

std::string HttpAnswer::header(const std::string& name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

ServerProcess::ServerProcess(const std::filesystem::path& folder, std::vector<std::string> arguments)
    : program_("server", on_a_free_port(std::move(arguments)), folder) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (program_.out().find('\n') == std::string::npos) {
    if (program_.has_ended()) throw std::runtime_error("server ended: " + program_.err());
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("server prints no address");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const auto line = program_.out();
  port_ = std::stoi(line.substr(line.rfind(':') + 1));
}

HttpAnswer ServerProcess::get(const std::string& path, const std::string& method) const {
  auto client = client_of(port_);
  httplib::Request request;
  request.method = method;
  request.path = path;
  return answer_of(client.send(request));
}

HttpAnswer ServerProcess::post(const std::string& path, const std::string& body, const std::string& type) const {
  return answer_of(client_of(port_).Post(path.c_str(), body, type.c_str()));
}

HttpAnswer ServerProcess::post_form(const std::string& path,
                                    const std::vector<std::pair<std::string, std::string>>& files) const {
  httplib::MultipartFormDataItems items;
  for (const auto& [name, content] : files) items.push_back({"file", content, name, "application/octet-stream"});
  return answer_of(client_of(port_).Post(path.c_str(), items));
}

double ServerProcess::metric(const std::string& name) const {
  std::istringstream lines(get("/metrics").body);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(name + " ", 0) == 0) return std::stod(line.substr(name.size() + 1));
  }
  return -1;
}

RawConnection::RawConnection(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    throw std::runtime_error("no connection to port " + std::to_string(port));
  }
}

RawConnection::~RawConnection() {
  ::close(socket_);
}

void RawConnection::send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;  // the server has closed it
    sent += static_cast<std::size_t>(count);
  }
}

std::string RawConnection::receive(double silent_seconds) const {
  timeval limit = {};
  limit.tv_sec = static_cast<time_t>(silent_seconds);
  limit.tv_usec = static_cast<suseconds_t>(1e6 * (silent_seconds - static_cast<double>(limit.tv_sec)));
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::string all;
  std::array<char, 4096> bytes{};
  for (ssize_t count = 1; count > 0;) {
    count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count > 0) all.append(bytes.data(), static_cast<std::size_t>(count));
  }
  return all;
}

}  // namespace soundfold::testing
