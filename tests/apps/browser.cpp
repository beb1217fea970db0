// SPDX-License-Identifier: Apache-2.0
#include "apps/browser.h"

#include "testing/machine.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

namespace soundfold::testing {
namespace {

constexpr int kSecondsToAnswer = 60;
/// Descriptors that the browser reads commands from and answers to.
constexpr int kCommands = 3, kAnswers = 4;

[[noreturn]] void become_browser(const std::string& binary, const std::vector<std::string>& arguments, int commands,
                                 int answers) {
  setpgid(0, 0);
  // First to numbers that are neither of the two.
  const int in = fcntl(commands, F_DUPFD, 10), out = fcntl(answers, F_DUPFD, 10);
  const int nowhere = open("/dev/null", O_RDWR);
  for (const int stream : {0, 1, 2}) dup2(nowhere, stream);
  dup2(in, kCommands);
  dup2(out, kAnswers);
  std::vector<char*> words{const_cast<char*>(binary.c_str())};
  for (const auto& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execv(binary.c_str(), words.data());
  _exit(127);
}

}  // namespace

std::string chromium() {
  for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
    if (const auto file = found_in_path(name); !file.empty()) return file.string();
  }
  return "";
}

Browser::Browser(const std::vector<std::string>& more_arguments) {
  std::vector<std::string> arguments = {"--headless=new",          "--no-sandbox",
                                        "--remote-debugging-pipe", "--no-first-run",
                                        "--disable-gpu",           "--user-data-dir=" + profile_.path().string()};
  arguments.insert(arguments.end(), more_arguments.begin(), more_arguments.end());
  std::array<int, 2> commands{}, answers{};
  if (pipe2(commands.data(), O_CLOEXEC) != 0 || pipe2(answers.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe to the browser");
  }
  const auto binary = chromium();
  process_ = fork();
  if (process_ == 0) become_browser(binary, arguments, commands[0], answers[1]);
  close(commands[0]);
  close(answers[1]);
  to_ = commands[1];
  from_ = answers[0];
  call("Browser.getVersion", nlohmann::json::object());
}

Browser::~Browser() {
  close(to_);
  close(from_);
  kill(-process_, SIGKILL);  // with the processes that it has started
  waitpid(process_, nullptr, 0);
}

nlohmann::json Browser::next_message() {
  while (received_.find('\0') == std::string::npos) {
    pollfd ready = {from_, POLLIN, 0};
    std::array<char, 65536> bytes{};
    const ssize_t count =
        poll(&ready, 1, 1000 * kSecondsToAnswer) > 0 ? read(from_, bytes.data(), bytes.size()) : ssize_t{0};
    if (count <= 0) throw std::runtime_error("the browser does not answer");
    received_.append(bytes.data(), static_cast<std::size_t>(count));
  }
  const auto end = received_.find('\0');
  auto message = nlohmann::json::parse(received_.substr(0, end));
  received_.erase(0, end + 1);
  return message;
}

void Browser::keep_complaint(const nlohmann::json& message) {
  const auto method = message.value("method", "");
  if (method == "Runtime.exceptionThrown" || method == "Log.entryAdded" || method == "Runtime.consoleAPICalled") {
    complaints_.push_back(message["params"].dump());
  }
}

nlohmann::json Browser::call(const std::string& method, const nlohmann::json& parameters) {
  nlohmann::json command = {{"id", ++last_call_}, {"method", method}, {"params", parameters}};
  if (!session_.empty()) command["sessionId"] = session_;
  const auto text = command.dump() + '\0';
  if (write(to_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("the browser takes no commands");
  }
  while (true) {
    const auto message = next_message();
    keep_complaint(message);
    if (message.value("id", 0) != last_call_) continue;
    if (message.contains("error")) throw std::runtime_error(method + ": " + message["error"].dump());
    return message["result"];
  }
}

void Browser::open(const std::string& address, int width, int height) {
  session_.clear();
  const auto target = call("Target.createTarget", {{"url", "about:blank"}})["targetId"];
  session_ = call("Target.attachToTarget", {{"targetId", target}, {"flatten", true}})["sessionId"];
  for (const char* domain : {"Page.enable", "Runtime.enable", "Log.enable"}) call(domain, nlohmann::json::object());
  call("Emulation.setDeviceMetricsOverride",
       {{"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", width < 600}});
  call("Page.navigate", {{"url", address}});
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(kSecondsToAnswer);
  while (value("location.href + document.readyState") != address + "complete") {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error(address + " is not loaded");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

nlohmann::json Browser::value(const std::string& expression) {
  const auto result =
      call("Runtime.evaluate",
           {{"expression", expression}, {"awaitPromise", true}, {"returnByValue", true}, {"userGesture", true}});
  if (result.contains("exceptionDetails")) throw std::runtime_error(result["exceptionDetails"].dump());
  return result["result"].value("value", nlohmann::json());
}

}  // namespace soundfold::testing
