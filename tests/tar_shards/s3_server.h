// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "testing/environment.h"
#include "testing/running_program.h"
#include "testing/testing.h"

#include <memory>
#include <string>

namespace soundfold::testing {

/// Whether s3rver, an S3 server for tests of npm (CONTRIBUTING.md says how it is installed), can be run; otherwise
/// reports the case as skipped.
bool has_s3_server();

/// It, running on 127.0.0.1, with the bucket "sounds". It knows its keys' names, but
/// does not check signatures. While the object lives, this process's
/// environment names it and its keys.
class S3Server {
 public:
  S3Server();

  /// Puts an object into the bucket.
  void put(const std::string& key, const std::string& bytes) const;
  /// Ends it at once (SIGKILL), and starts it again at the same address.
  void kill();
  void start();
  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  TempFolder folder_;
  int port_ = 0;
  std::unique_ptr<RunningProgram> program_;
  std::unique_ptr<Environment> environment_;
};

}  // namespace soundfold::testing
