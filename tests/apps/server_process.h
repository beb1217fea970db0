// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "testing/running_program.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace soundfold::testing {

/// What a server answered.
struct HttpAnswer {
  int status = 0;  ///< 0: it did not answer
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;

  /// The value of the first header of that name; "" without one.
  std::string header(const std::string& name) const;
};

/// The program server on a free port of 127.0.0.1.
class ServerProcess {
 public:
  /// Starts it in `folder` and waits for its address. Throws when it ends before.
  ServerProcess(const std::filesystem::path& folder, std::vector<std::string> arguments);

  int port() const { return port_; }
  std::string address() const { return "http://127.0.0.1:" + std::to_string(port_); }
  RunningProgram& program() { return program_; }

  HttpAnswer get(const std::string& path, const std::string& method = "GET") const;
  HttpAnswer post(const std::string& path, const std::string& body, const std::string& type) const;
  /// As a form with one part for each of `files`, name and content.
  HttpAnswer post_form(const std::string& path, const std::vector<std::pair<std::string, std::string>>& files) const;
  /// The value of a metric, given with its labels; -1: there is none.
  double metric(const std::string& name) const;

 private:
  RunningProgram program_;
  int port_ = 0;
};

/// A connection to a server on 127.0.0.1, for what clients should not send.
class RawConnection {
 public:
  explicit RawConnection(int port);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  void send(const std::string& bytes) const;
  /// What arrives until the server closes the connection, or is silent for so long.
  std::string receive(double silent_seconds = 5) const;

 private:
  int socket_ = -1;
};

}  // namespace soundfold::testing
