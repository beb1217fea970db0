// SPDX-License-Identifier: Apache-2.0
#include "tar_shards/s3_server.h"

#include "support/files.h"
#include "testing/machine.h"

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

namespace soundfold::testing {
namespace {

std::filesystem::path s3rver() {
  return npm_packages() / "node_modules/s3rver/bin/s3rver.js";
}

}  // namespace

bool has_s3_server() {
  if (has_program("node") && std::filesystem::exists(s3rver())) return true;
  skip_case("needs node and s3rver in " + npm_packages().string() +
            " (npm install --prefix THERE --ignore-scripts s3rver)");
  return false;
}

S3Server::S3Server() {
  make_folder(folder_ / "sounds");
  start();
  environment_ = std::make_unique<Environment>(Variables{{"AWS_ENDPOINT_URL", endpoint()},
                                                         {"AWS_ENDPOINT_URL_S3", ""},
                                                         {"AWS_ACCESS_KEY_ID", "S3RVER"},
                                                         {"AWS_SECRET_ACCESS_KEY", "S3RVER"},
                                                         {"AWS_SESSION_TOKEN", ""},
                                                         {"AWS_REGION", "us-east-1"}});
}

void S3Server::put(const std::string& key, const std::string& bytes) const {
  // As s3rver keeps objects.
  const auto file = folder_ / ("sounds/" + key + "._S3rver_object");
  make_folder(file.parent_path());
  write_file_atomically(file, bytes);
}

void S3Server::kill() {
  program_->send_signal(SIGKILL);
  program_.reset();
}

void S3Server::start() {
  const std::vector<std::string> arguments = {
      s3rver().string(), "-s", "-d", folder_.path().string(), "-a", "127.0.0.1", "-p", std::to_string(port_)};
  program_ = std::make_unique<RunningProgram>(found_in_path("node").string(), arguments);
  const std::string sign = "listening on 127.0.0.1:";
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (program_->out().find(sign) == std::string::npos) {
    if (program_->has_ended()) throw std::runtime_error("s3rver ended: " + program_->err());
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("s3rver does not start");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const std::string out = program_->out();
  port_ = std::stoi(out.substr(out.find(sign) + sign.size()));
}

}  // namespace soundfold::testing
