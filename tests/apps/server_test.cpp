// SPDX-License-Identifier: Apache-2.0
// The program server, over real connections.
#include "apps/markdown.h"
#include "apps/server_process.h"
#include "apps/small_place.h"
#include "audio/waveform.h"
#include "support/files.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

using namespace soundfold;
using Catch::Contains;
using nlohmann::json;
using testing::HttpAnswer;
using testing::RawConnection;
using testing::ServerProcess;
namespace fs = std::filesystem;

namespace {

constexpr const char* kWav = "audio/wav";

/// Noise whose loudness changes, so that its windows differ.
std::vector<float> restless(double seconds) {
  std::vector<float> samples(static_cast<std::size_t>(16000 * seconds));
  std::uint32_t state = 7;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    state = state * 1664525U + 1013904223U;
    const double noise = state / 4294967296.0 - 0.5;
    samples[i] = static_cast<float>(noise * (0.3 + 0.25 * std::sin(static_cast<double>(i) / 9000)));
  }
  return samples;
}

/// A trained model, sounds, and the server on them that all tests share which do not change it.
struct ServedPlace : testing::SmallPlace {
  ServedPlace() {
    train("1");
    audio::write_wav(*this / "restless.wav", restless(4), 16000);
    audio::write_wav(*this / "long.wav", restless(61), 16000);
    audio::write_wav(*this / "high.wav", restless(2), 44100);
    server = std::make_unique<ServerProcess>(path(), std::vector<std::string>{"--model", model, "--threads", "2"});
  }

  std::string bytes(const std::string& file) const { return read_file(path() / file); }

  /// What classifier answers, without the file's name, which the server is not told.
  json classified(const std::string& file, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"--model", model, "--json", file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto answer = json::parse(run("classifier", arguments));
    answer["file"] = "";
    return answer;
  }

  const std::string model = "experiments/a/latest/model.pt";
  std::unique_ptr<ServerProcess> server;
};

const ServedPlace& served() {
  static const ServedPlace made;
  return made;
}

/// The one line of an error.
std::string error_of(const HttpAnswer& answer) {
  INFO(answer.status << " " << answer.body);
  CHECK(std::count(answer.body.begin(), answer.body.end(), '\n') == 1);
  CHECK(answer.header("Content-Type") == "application/json");
  const auto error = json::parse(answer.body, nullptr, false);
  REQUIRE(error.is_object());
  CHECK(error.size() == 1);
  return error.value("error", "");
}

void wait_for(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("what is waited for does not happen");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

/// The head of a POST /classify whose body is announced.
std::string head_of_upload(std::size_t bytes) {
  return "POST /classify HTTP/1.1\r\nHost: a\r\nContent-Type: audio/wav\r\nContent-Length: " + std::to_string(bytes) +
         "\r\n\r\n";
}

}  // namespace

TEST_CASE("server answers a sound as classifier does, however it is sent", "[apps]") {
  const auto& server = *served().server;
  for (const std::string file : {"restless.wav", "high.wav"}) {
    const auto expected = served().classified(file);
    const auto raw = server.post("/classify", served().bytes(file), kWav);
    INFO(raw.body);
    REQUIRE(raw.status == 200);
    CHECK(json::parse(raw.body) == expected);
    CHECK(json::parse(server.post("/classify", served().bytes(file), "application/x-www-form-urlencoded").body) ==
          expected);
    auto form = json::parse(server.post_form("/classify", {{"../a/b.wav", served().bytes(file)}}).body);
    CHECK(form["file"] == "../a/b.wav");
    form["file"] = "";
    CHECK(form == expected);
  }
  const auto windows = server.post("/classify?windows=1&top=1", served().bytes("restless.wav"), kWav);
  CHECK(json::parse(windows.body) == served().classified("restless.wav", {"--timeline", "--top", "1"}));
  const auto all = server.post("/classify?all=1", served().bytes("restless.wav"), kWav);
  CHECK(json::parse(all.body) == served().classified("restless.wav", {"--all"}));

  RawConnection chunked(server.port());
  const auto bytes = served().bytes("restless.wav");
  std::ostringstream request;
  request << "POST /classify HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < bytes.size(); at += 10'000) {
    const auto part = bytes.substr(at, 10'000);
    request << std::hex << part.size() << "\r\n" << part << "\r\n";
  }
  chunked.send(request.str() + "0\r\n\r\n");
  const auto answer = chunked.receive();
  CHECK(json::parse(answer.substr(answer.find("\r\n\r\n") + 4)) == served().classified("restless.wav"));
}

TEST_CASE("server answers with a TorchScript file alone, and with a backbone itself, as classifier does", "[apps]") {
  fs::copy_file(served() / served().model, served() / "alone.pt", fs::copy_options::overwrite_existing);
  for (const std::string model : {"alone.pt", "data/yamnet.pt"}) {
    INFO(model);
    const ServerProcess server(served().path(), {"--model", model, "--threads", "2"});
    auto expected = json::parse(served().run("classifier", {"--model", model, "--json", "restless.wav"}));
    expected["file"] = "";
    CHECK(json::parse(server.post("/classify", served().bytes("restless.wav"), kWav).body) == expected);
  }
}

TEST_CASE("server takes a TorchScript file that is not ours only when told to", "[apps]") {
  // Without the entry metadata.json it could be anybody's.
  auto bytes = served().bytes(served().model);
  const std::string name = "extra/metadata.json";
  for (auto at = bytes.find(name); at != std::string::npos; at = bytes.find(name)) bytes[at + name.size() - 1] = '_';
  write_file_atomically(served() / "foreign.pt", bytes);
  CHECK_THROWS_WITH(ServerProcess(served().path(), {"--model", "foreign.pt"}), Contains("--trust-foreign-model"));
  const std::vector<std::string> trusting = {"--model", "foreign.pt", "--trust-foreign-model", "logits"};
  const ServerProcess server(served().path(), trusting);
  auto arguments = trusting;
  arguments.insert(arguments.end(), {"--json", "restless.wav"});
  auto expected = json::parse(served().run("classifier", arguments));
  expected["file"] = "";
  CHECK(json::parse(server.post("/classify", served().bytes("restless.wav"), kWav).body) == expected);
}

TEST_CASE("server speaks the inference protocol", "[apps]") {
  const auto& server = *served().server;
  CHECK(json::parse(server.get("/v2").body)["name"] == "soundfold");
  CHECK(json::parse(server.get("/v2/health/live").body)["live"] == true);
  CHECK(json::parse(server.get("/v2/health/ready").body)["ready"] == true);
  CHECK(json::parse(server.get("/v2/models/model/ready").body)["ready"] == true);
  const auto model = json::parse(server.get("/v2/models/model").body);
  const auto names = model["parameters"]["class_names"];
  CHECK(std::set<std::string>(names.begin(), names.end()) == std::set<std::string>{"cat", "dog"});
  CHECK(model["outputs"].size() == 3);

  const auto samples = audio::load_waveform(served() / "restless.wav");
  json request = {
      {"id", "7"},
      {"inputs",
       {{{"name", "waveform"}, {"datatype", "FP32"}, {"shape", {2, samples.size()}}, {"data", {samples, samples}}}}}};
  const auto answer = server.post("/v2/models/model/infer", request.dump(), "application/json");
  REQUIRE(answer.status == 200);
  const auto response = json::parse(answer.body);
  CHECK(response["model_name"] == "model");
  CHECK(response["id"] == "7");
  // In the order of the classes, and of the answer.
  std::vector<double> probabilities;
  std::vector<std::string> labels;
  const auto expected = served().classified("restless.wav")["classes"];
  for (const auto& entry : expected) labels.push_back(entry["class"]);
  for (const auto& name : names) {
    probabilities.push_back((expected[0]["class"] == name ? expected[0] : expected[1])["probability"]);
  }
  const auto twice = [](auto row) {
    const auto once = row;
    row.insert(row.end(), once.begin(), once.end());
    return json(row);
  };
  std::map<std::string, json> data;
  for (const auto& output : response["outputs"]) {
    CHECK(output["shape"] == json({2, 2}));
    data[output["name"]] = output["data"];
  }
  REQUIRE(data.size() == 3);
  CHECK(data["labels"] == twice(labels));
  CHECK(data["probabilities"] == twice(probabilities));
  const double z0 = data["logits"][0], z1 = data["logits"][1];
  CHECK(1 / (1 + std::exp(z1 - z0)) == Approx(probabilities[0]).margin(1e-6));
  CHECK(data["logits"][2] == z0);
}

TEST_CASE("server answers eight clients at once as classifier answers each", "[apps]") {
  const auto& server = *served().server;
  std::vector<std::string> files = {"restless.wav", "high.wav"};
  std::vector<json> expected;
  for (int i = 0; i < 6; ++i) {
    const auto name = "n" + std::to_string(i) + ".wav";
    audio::write_wav(served() / name, restless(1.1 + 0.4 * i), 16000);
    files.push_back(name);
  }
  for (const auto& file : files) expected.push_back(served().classified(file, {"--timeline"}));
  std::atomic<int> right{0};
  std::vector<std::thread> clients;
  for (std::size_t client = 0; client < files.size(); ++client) {
    clients.emplace_back([&, client] {
      for (std::size_t i = 0; i < 10; ++i) {
        const auto k = (client + i) % files.size();
        const auto answer = server.post("/classify?windows=1", served().bytes(files[k]), kWav);
        if (answer.status == 200 && json::parse(answer.body) == expected[k]) ++right;
      }
    });
  }
  for (auto& client : clients) client.join();
  CHECK(right == 80);
  CHECK(server.metric("soundfold_queue_length") == 0);
}

TEST_CASE("server refuses bad requests with one line that says why", "[apps]") {
  const ServerProcess server(served().path(), {"--model", served().model, "--max-body", "0.2", "--max-seconds", "5"});
  const auto wav = served().bytes("restless.wav");
  const std::string infer = "/v2/models/model/infer", as_json = "application/json";
  const auto tensor = [](const std::string& more) {
    return R"({"inputs":[{"name":"waveform","datatype":"FP32",)" + more + "}]}";
  };
  std::string float_wav = wav;  // 32-bit floats of which many are NaN or huge
  float_wav[20] = 3;
  float_wav[34] = 32;
  audio::write_wav(served() / "six.wav", restless(6), 16000);
  const std::string playlist =
      "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n" + (served() / "restless.wav").string() + "\n#EXT-X-ENDLIST\n";
  const std::string concat = "ffconcat version 1.0\nfile '" + (served() / "restless.wav").string() + "'\n";
  struct Bad {
    const char* method;
    std::string path, body, type;
    int status;
    std::string reason;
  };
  const std::vector<Bad> cases = {
      {"POST", "/classify", "", kWav, 400, "the body is empty"},
      {"POST", "/classify", "this is no sound at all", kWav, 400, "the sound: "},
      {"POST", "/classify", std::string(5000, '\0'), kWav, 400, "the sound: "},
      {"POST", "/classify", wav.substr(0, 30), kWav, 400, "the sound: "},
      {"POST", "/classify", wav.substr(0, wav.size() / 2), kWav, 400, "the sound: "},
      {"POST", "/classify", wav.substr(0, 44), kWav, 400, "the sound: "},
      {"POST", "/classify", float_wav, kWav, 400, "the sound: sample "},
      {"POST", "/classify", playlist, kWav, 400, "the sound: "},
      {"POST", "/classify", concat, kWav, 400, "the sound: "},
      {"POST", "/classify", served().bytes("six.wav"), kWav, 413, "longer than the 5 s allowed"},
      {"POST", "/classify", served().bytes("long.wav"), kWav, 413, "the body is larger than the 209715 bytes"},
      {"POST", "/classify", wav, "application/json", 415, "'application/json' is not a sound"},
      {"POST", "/classify", wav, "text/plain", 415, "'text/plain' is not a sound"},
      {"POST", "/classify?window=1", wav, kWav, 400, "unknown parameter 'window'; known are windows, top, all"},
      {"POST", "/classify?windows=yes", wav, kWav, 400, "windows: 'yes' is not 0 or 1"},
      {"POST", "/classify?top=0", wav, kWav, 400, "top: '0' is not a whole number"},
      {"POST", "/classify?top=3x", wav, kWav, 400, "top: '3x' is not a whole number"},
      {"POST", "/classify", "--x\r\nno form", "multipart/form-data; boundary=x", 400, ""},
      {"POST", "/classify", "no form", "multipart/form-data", 400, ""},
      {"POST", "/Classify", wav, kWav, 404, "unknown path '/Classify'"},
      {"POST", "/classify/", wav, kWav, 404, "unknown path"},
      {"GET", "/../../etc/passwd", "", "", 404, "unknown path"},
      {"GET", "/" + std::string(7000, 'a') + "%0Ab", "", "", 404, "unknown path"},
      {"GET", "/" + std::string(9000, 'a'), "", "", 414, "too long"},
      {"GET", "/classify", "", "", 405, "method GET is not allowed here; use POST"},
      {"DELETE", "/classify", "", "", 405, "method DELETE"},
      {"PUT", "/metrics", "x", kWav, 405, "method PUT is not allowed here; use GET, HEAD"},
      {"POST", "/", "x", kWav, 405, "method POST"},
      {"OPTIONS", "/classify", "", "", 405, "method OPTIONS"},
      {"GET", "/v2/models/other", "", "", 404, "unknown model 'other'; this server has 'model'"},
      {"POST", "/v2/models/other/infer", "{}", as_json, 404, "unknown model 'other'"},
      {"POST", infer, "", as_json, 400, "the body is empty"},
      {"POST", infer, "{", as_json, 400, "not JSON"},
      {"POST", infer, "{}", "audio/wav", 415, "'audio/wav' is not application/json"},
      {"POST", infer, R"({"inputs":[{"name":"sound"}]})", as_json, 400, "unknown tensor 'sound'"},
      {"POST", infer, R"({"inputs":[{"name":"waveform","datatype":"INT8"}]})", as_json, 400, "'INT8'"},
      {"POST", infer, tensor(R"("shape":[3],"data":[0,0])"), as_json, 400, "2 values, its shape 3"},
      {"POST", infer, tensor(R"("shape":[2],"data":[0,NaN])"), as_json, 400, "not JSON"},
      {"POST", infer, tensor(R"("shape":[2],"data":[0,"1"])"), as_json, 400, "not a number"},
      {"POST", infer, tensor(R"("shape":[],"data":[])"), as_json, 400, "its shape is []; give [N]"},
      {"POST", infer, tensor(R"("shape":[90000],"data":[0)") + "]", as_json, 400, "not JSON"},
  };
  for (const auto& bad : cases) {
    INFO(bad.method << " " << bad.path.substr(0, 100) << " " << bad.type << " " << bad.body.substr(0, 60));
    const bool has_body = std::string(bad.method) == "POST";
    const auto answer = has_body ? server.post(bad.path, bad.body, bad.type) : server.get(bad.path, bad.method);
    CHECK(answer.status == bad.status);
    CHECK_THAT(error_of(answer), Contains(bad.reason) && !Contains(served().path().string()));
    CHECK(answer.header("Allow").empty() == (bad.status != 405));
  }
  CHECK(server.post("/classify", wav, kWav).status == 200);
  CHECK(error_of(server.post_form("/classify", {{"a.wav", wav.substr(0, 9000)}, {"b.wav", wav.substr(0, 9000)}})) ==
        "the form has 2 parts; send one, with the sound file");
  CHECK_THAT(error_of(server.post_form("/classify", {{"a.wav", "no sound"}})), Contains("a.wav: "));
}

TEST_CASE("server refuses requests that do not say clearly where they end, and closes the connection", "[apps]") {
  const auto& server = *served().server;
  const std::string post = "POST /classify HTTP/1.1\r\nHost: a\r\nContent-Type: audio/wav\r\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"what is this\r\n\r\n", "this is not a request of HTTP/1.1"},
      {"FETCH / HTTP/1.1\r\n\r\n", "this is not a request of HTTP/1.1"},
      {post + "\r\n", "neither Content-Length nor"},
      {post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd", "not one whole number"},
      {post + "Content-Length: -1\r\n\r\n", "not one whole number"},
      {post + "Content-Length: 99999999999999999999\r\n\r\n", "not one whole number"},
      {post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "exclude each other"},
      {post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "other than chunked"},
      {post + "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", "'gzip' is not supported"},
      {post + "Sec-Fetch-Site: cross-site\r\nContent-Length: 4\r\n\r\nabcd", "pages of other sites"},
      {"GET /metrics HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd", "has no body here"},
  };
  for (const auto& [request, reason] : cases) {
    INFO(request);
    const RawConnection connection(server.port());
    connection.send(request + "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n");
    const auto answer = connection.receive();
    CHECK_THAT(answer, Contains("HTTP/1.1 4") && Contains("{\"error\":\"") && Contains(reason));
    if (request.rfind("POST", 0) == 0) CHECK_THAT(answer, !Contains("HTTP/1.1 200"));
  }
}

TEST_CASE("a client that is killed in mid-upload changes nothing", "[apps]") {
  ServerProcess server(served().path(), {"--model", served().model, "--threads", "1", "--queue", "4"});
  const auto bytes = served().bytes("long.wav");
  for (int i = 0; i < 20; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const RawConnection connection(server.port());
      connection.send(head_of_upload(bytes.size()) + bytes.substr(0, bytes.size() / 2));
      for (;;) pause();
    }
    if (i % 5 == 0) wait_for([&] { return server.metric("soundfold_queue_length") > 0; });
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  wait_for([&] { return server.metric("soundfold_queue_length") == 0; });
  const auto answer = server.post("/classify", served().bytes("restless.wav"), kWav);
  CHECK(answer.status == 200);
  CHECK(json::parse(answer.body) == served().classified("restless.wav"));
  CHECK(!server.program().has_ended());
}

TEST_CASE("server lets in as many requests as it has places, and answers 429 beyond", "[apps]") {
  const ServerProcess server(served().path(), {"--model", served().model, "--threads", "1", "--queue", "1"});
  const auto bytes = served().bytes("restless.wav");
  {
    const RawConnection one(server.port()), two(server.port());
    for (const auto* connection : {&one, &two}) connection->send(head_of_upload(bytes.size()) + bytes.substr(0, 1000));
    wait_for([&] { return server.metric("soundfold_queue_length") == 2; });
    const auto refused = server.post("/classify", bytes, kWav);
    CHECK(refused.status == 429);
    CHECK(refused.header("Retry-After") == "1");
    CHECK_THAT(error_of(refused), Contains("2 requests already"));
    CHECK(server.get("/healthz").status == 200);
    one.send(bytes.substr(1000));
    CHECK_THAT(one.receive(1), Contains("HTTP/1.1 200"));
  }
  wait_for([&] { return server.metric("soundfold_queue_length") == 0; });
  CHECK(server.post("/classify", bytes, kWav).status == 200);
  CHECK(server.metric("soundfold_requests_total{endpoint=\"classify\",code=\"429\"}") == 1);
}

TEST_CASE("a body that does not arrive in time is refused", "[apps]") {
  const ServerProcess server(served().path(), {"--model", served().model, "--time-limit", "0.3"});
  const RawConnection slow(server.port());
  slow.send(head_of_upload(100'000));
  std::string answer;
  for (int i = 0; i < 100 && answer.empty(); ++i) {
    slow.send("0123456789");
    answer = slow.receive(0.05);
  }
  CHECK_THAT(answer, Contains("HTTP/1.1 408") && Contains("took longer to arrive"));
}

TEST_CASE("on SIGTERM server finishes what it has let in and takes nothing new", "[apps]") {
  for (const int signal : {SIGTERM, SIGINT}) {
    ServerProcess server(served().path(), {"--model", served().model, "--threads", "1"});
    const auto bytes = served().bytes("long.wav");
    const RawConnection running(server.port()), idle(server.port());
    running.send(head_of_upload(bytes.size()) + bytes.substr(0, bytes.size() / 2));
    wait_for([&] { return server.metric("soundfold_queue_length") == 1; });
    server.program().send_signal(signal);
    wait_for([&] { return server.program().err().find("stopping") != std::string::npos; });
    wait_for([&] { return server.get("/healthz").status == 0; });
    running.send(bytes.substr(bytes.size() / 2));
    const auto answer = running.receive();
    CHECK_THAT(answer, Contains("HTTP/1.1 200") && Contains("Connection: close") && Contains("\"seconds\":61.0"));
    const auto ended = server.program().result();
    INFO(ended.err);
    CHECK(ended.exit_code == 0);
    CHECK(ended.out == server.address() + "/\n");
  }
}

TEST_CASE("server counts what it does, and logs it as other programs do", "[apps]") {
  ServerProcess server(served().path(), {"--model", served().model, "--log-format", "json", "--name", "my cats"});
  CHECK(server.post("/classify", served().bytes("restless.wav"), kWav).status == 200);
  CHECK(server.post("/classify", "no sound", kWav).status == 400);
  CHECK(server.get("/v2/models/my-cats").status == 200);
  CHECK(server.get("/", "HEAD").status == 200);
  const std::string of_classify = "{endpoint=\"classify\",code=\"";
  CHECK(server.metric("soundfold_requests_total" + of_classify + "200\"}") == 1);
  CHECK(server.metric("soundfold_requests_total" + of_classify + "400\"}") == 1);
  CHECK(server.metric("soundfold_request_seconds_count{endpoint=\"classify\"}") == 2);
  CHECK(server.metric("soundfold_sound_seconds_total") == 4);
  CHECK(server.get("/metrics").header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  server.program().send_signal(SIGTERM);
  const auto ended = server.program().result();
  std::istringstream lines(ended.err);
  std::vector<std::string> messages;
  for (std::string line; std::getline(lines, line);) messages.push_back(json::parse(line)["message"]);
  const auto logged = [&](const std::string& beginning) {
    return std::count_if(messages.begin(), messages.end(),
                         [&](const auto& message) { return message.rfind(beginning, 0) == 0; });
  };
  CHECK(logged("POST /classify 200 ") == 1);
  CHECK(logged("POST /classify 400 ") == 1);
  CHECK(logged("stopping") == 1);
}

TEST_CASE("the requests of docs/server.md work as written", "[apps]") {
  const auto page = testing::MarkdownPage::read(testing::source_folder() / "docs/server.md");
  ServerProcess server(served().path(), {"--model", served().model});
  fs::copy_file(served() / "restless.wav", served() / "miaow_16k.wav", fs::copy_options::overwrite_existing);
  int run = 0;
  for (const auto& block : page.blocks) {
    for (const auto& command : testing::shell_commands(block.content)) {
      if (command.text.rfind("curl ", 0) != 0) continue;
      auto text = command.text;
      const std::string written = "http://127.0.0.1:8080";
      text.replace(text.find(written), written.size(), server.address());
      const auto result = testing::run("/bin/sh", {"-c", text}, served().path());
      INFO(text << "\n" << result.err);
      CHECK(result.exit_code == 0);
      CHECK(result.out.size() > 50);
      ++run;
    }
  }
  CHECK(run == 5);
}

TEST_CASE("server's page has a policy against foreign content, and a taken port is one line", "[apps]") {
  const auto& server = *served().server;
  const auto page = server.get("/");
  CHECK(page.status == 200);
  CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
  CHECK_THAT(page.header("Content-Security-Policy"), Contains("default-src 'none'") && Contains("'sha256-"));
  CHECK(page.header("X-Content-Type-Options") == "nosniff");
  CHECK_THAT(page.header("Permissions-Policy"), Contains("microphone=(self)"));
  CHECK_THAT(page.body, Contains("cat, dog") || Contains("dog, cat"));
  const RawConnection ranges(server.port());
  ranges.send("GET / HTTP/1.1\r\nRange: bytes=0-1,2-3\r\nConnection: close\r\n\r\n");
  CHECK_THAT(ranges.receive(), Contains("HTTP/1.1 200") && Contains(page.body));
  CHECK_THAT(server.get("/recorder.js").body, Contains("registerProcessor"));
  const auto second =
      testing::run("server", {"--model", served().model, "--port", std::to_string(server.port())}, served().path());
  CHECK(second.exit_code == 1);
  CHECK_THAT(second.err,
             Contains("cannot listen on 127.0.0.1 port " + std::to_string(server.port())) && Contains("in use"));
  CHECK(second.out.empty());
}
