// SPDX-License-Identifier: Apache-2.0
#include "serving/http_server.h"

#include "support/errors.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/threads.h"
#include "text/text.h"

#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <thread>

namespace soundfold::serving {
namespace {

using std::chrono::steady_clock;

/// Connections beyond the places of the service: for health, metrics, the page, and for saying that there is no place.
constexpr std::size_t kMoreConnections = 16;
constexpr int kSecondsIdle = 5;              ///< until a connection without requests is closed
constexpr int kSecondsOfSilence = 10;        ///< within a request, until it is given up
constexpr std::size_t kMostRequests = 1000;  ///< of one connection
constexpr auto kStopPolled = std::chrono::milliseconds(50);
/// A client may not read its answer while it sends: what is left of a refused body is read for so long.
constexpr auto kLongestDrain = std::chrono::seconds(2);

/// Two programs on one port, which SO_REUSEPORT allows, would each get some of the requests.
void reuse_address(socket_t socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

/// What is wrong with how a request says where it ends. A proxy that saw another end would take what follows for the
/// next request.
std::optional<Refusal> framing_problem(const httplib::Request& request) {
  const auto lengths = request.get_header_value_count("Content-Length");
  const auto length = request.get_header_value("Content-Length");
  const bool chunked = request.has_header("Transfer-Encoding");
  const bool is_number =
      !length.empty() && length.size() <= 18 && length.find_first_not_of("0123456789") == std::string::npos;
  if (lengths > 1 || (lengths == 1 && !is_number)) return Refusal(400, "Content-Length is not one whole number");
  if (chunked && lengths > 0) return Refusal(400, "Content-Length and Transfer-Encoding exclude each other");
  if (chunked && lower_case(request.get_header_value("Transfer-Encoding")) != "chunked") {
    return Refusal(400, "Transfer-Encoding other than chunked is not supported");
  }
  return std::nullopt;
}

bool announces_body(const httplib::Request& request) {
  return request.has_header("Transfer-Encoding") ||
         (request.has_header("Content-Length") && request.get_header_value("Content-Length") != "0");
}

std::optional<Refusal> problem_of(const httplib::Request& request, bool takes_body) {
  if (auto problem = framing_problem(request)) return problem;
  if (!takes_body && announces_body(request)) return Refusal(400, "a request of this method has no body here");
  if (takes_body && request.method != "DELETE" && !request.has_header("Content-Length") &&
      !request.has_header("Transfer-Encoding")) {
    return Refusal(411, "the request has neither Content-Length nor Transfer-Encoding: chunked");
  }
  // Pages may send forms and sounds to any address, this machine's own too, and browsers say so.
  if (takes_body && request.get_header_value("Sec-Fetch-Site") == "cross-site") {
    return Refusal(403, "pages of other sites are not answered");
  }
  const auto encoding = lower_case(request.get_header_value("Content-Encoding"));
  if (!encoding.empty() && encoding != "identity") {
    return Refusal(415, "Content-Encoding '" + shown(encoding) + "' is not supported; send the body as it is");
  }
  return std::nullopt;
}

}  // namespace

/// The body of one request, read at most once, and whether anything of it may be left in the connection.
class BodyInput {
 public:
  BodyInput(const httplib::Request& request, const httplib::ContentReader& content, std::size_t most_bytes)
      : request_(request), content_(content), most_bytes_(most_bytes) {}

  Body read(Deadline deadline) {
    Body body;
    bool large = false, late = false;
    std::size_t arrived = 0;
    auto end = deadline;
    const auto take = [&](const char* bytes, std::size_t count) {
      arrived += count;
      if (steady_clock::now() > end) {
        late = !large;
        return false;
      }
      if (!large && body.bytes.size() + count > most_bytes_) {
        large = true;
        end = std::min(deadline, steady_clock::now() + kLongestDrain);
        body.bytes = std::string();
      }
      if (!large) body.bytes.append(bytes, count);
      return true;
    };
    int parts = 0;
    const bool read = read_all(take, [&](const std::string& file_name) {
      if (++parts == 1) body.file_name = file_name;
    });
    if (large) throw Refusal(413, "the body is larger than the " + std::to_string(most_bytes_) + " bytes allowed");
    if (late) throw Refusal(408, "the body took longer to arrive than a request may");
    if (!read) throw Refusal(400, incomplete_text(arrived));
    if (request_.is_multipart_form_data() && parts != 1) {
      throw Refusal(400, "the form has " + std::to_string(parts) + " parts; send one, with the sound file");
    }
    return body;
  }

  /// Reads what nobody wanted, within bounds. False: some of the body may be left, and the connection must be closed.
  bool drain() {
    if (!started_) {
      const auto end = steady_clock::now() + kLongestDrain;
      std::size_t bytes = 0;
      read_all(
          [&](const char*, std::size_t count) {
            bytes += count;
            return bytes <= most_bytes_ && steady_clock::now() < end;
          },
          [](const std::string&) {});
    }
    return finished_;
  }

 private:
  /// Of a body that ended before all of it was read.
  std::string incomplete_text(std::size_t arrived) const {
    if (request_.is_multipart_form_data()) return "the form is truncated or malformed";
    if (request_.has_header("Transfer-Encoding")) return "the body is truncated, or its chunks are malformed";
    return "the body is truncated: " + std::to_string(arrived) + " of the " +
           request_.get_header_value("Content-Length") + " bytes of its Content-Length arrived";
  }

  template <typename Take, typename BeginPart>
  bool read_all(const Take& take, const BeginPart& begin_part) {
    started_ = true;
    if (request_.is_multipart_form_data()) {
      finished_ = content_(
          [&](const httplib::MultipartFormData& part) {
            begin_part(part.filename);
            return true;
          },
          take);
    } else {
      finished_ = content_(take);
    }
    return finished_;
  }

  const httplib::Request& request_;
  const httplib::ContentReader& content_;
  std::size_t most_bytes_;
  bool started_ = false, finished_ = false;
};

namespace {

void set_safe_headers(httplib::Response& response) {
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("Referrer-Policy", "no-referrer");
  response.set_header("Cross-Origin-Resource-Policy", "same-origin");
  response.set_header("Cache-Control", "no-store");
}

Request head_of(const httplib::Request& request, bool takes_body) {
  return {request.method, request.path, Query(request.params.begin(), request.params.end()),
          request.get_header_value("Content-Type"), problem_of(request, takes_body)};
}

}  // namespace

struct HttpServer::Impl {
  explicit Impl(Service& of) : service(of) {
    const auto& settings = service.settings();
    const auto connections =
        static_cast<std::size_t>(settings.threads) + static_cast<std::size_t>(settings.queue) + kMoreConnections;
    http.new_task_queue = [connections] { return new httplib::ThreadPool(connections); };
    http.set_socket_options(reuse_address);
    http.set_tcp_nodelay(true);
    http.set_keep_alive_timeout(kSecondsIdle);
    http.set_keep_alive_max_count(kMostRequests);
    http.set_read_timeout(kSecondsOfSilence);
    http.set_write_timeout(kSecondsOfSilence);
    answer_requests();
    answer_what_httplib_refuses();
  }

  void answer_requests() {
    http.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      // Answers are given whole, as servers may: many small ranges would make a long answer of a short one.
      const_cast<httplib::Request&>(request).ranges.clear();
      if (takes_body(request.method)) return httplib::Server::HandlerResponse::Unhandled;
      const auto head = head_of(request, false);
      const auto answer = service.answer(head, [](Deadline) { return Body(); });
      send(answer, response, head.problem && announces_body(request));
      return httplib::Server::HandlerResponse::Handled;
    });
    const auto with_body = [this](const httplib::Request& request, httplib::Response& response,
                                  const httplib::ContentReader& content) {
      const auto head = head_of(request, true);
      BodyInput input(request, content, service.settings().max_body_bytes);
      const auto answer = service.answer(head, [&](Deadline deadline) { return input.read(deadline); });
      // Where a body with such a header ends is not known.
      send(answer, response, head.problem || !input.drain());
    };
    constexpr const char* kAnyPath = R"([\s\S]*)";
    http.Post(kAnyPath, with_body).Put(kAnyPath, with_body).Patch(kAnyPath, with_body).Delete(kAnyPath, with_body);
  }

  /// What is no request of HTTP/1.1, or has too long a line.
  void answer_what_httplib_refuses() {
    const httplib::Server::HandlerWithResponse handler = [this](const httplib::Request&, httplib::Response& response) {
      if (!response.body.empty() || response.has_header("Content-Length") || response.content_length_ > 0) {
        return httplib::Server::HandlerResponse::Unhandled;
      }
      service.add_unreadable(response.status);
      const bool long_line = response.status == 414;
      const auto answer = refused(
          Refusal(response.status, long_line ? "the address is too long" : "this is not a request of HTTP/1.1"));
      send(answer, response, true);
      return httplib::Server::HandlerResponse::Handled;
    };
    http.set_error_handler(handler);
    http.set_exception_handler(
        [this](const httplib::Request& request, httplib::Response& response, const std::exception_ptr& failure) {
          send(service.failed(head_of(request, false), failure), response, true);
        });
  }

  static bool takes_body(const std::string& method) {
    return method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE";
  }

  void send(const Answer& answer, httplib::Response& response, bool then_close) const {
    response.status = answer.status;
    set_safe_headers(response);
    for (const auto& [name, value] : answer.headers) response.set_header(name, value);
    if (then_close || service.is_closed()) response.set_header("Connection", "close");
    if (!then_close || service.is_closed() || answer.body.empty()) {
      response.set_content(answer.body, answer.type);
      return;
    }
    // httplib closes a connection when the content's source fails: here, after all of it.
    response.set_content_provider(answer.body.size(), answer.type,
                                  [body = answer.body](std::size_t, std::size_t, httplib::DataSink& sink) {
                                    sink.write(body.data(), body.size());
                                    return false;
                                  });
  }

  Service& service;
  httplib::Server http;
};

HttpServer::HttpServer(Service& service) : impl_(std::make_unique<Impl>(service)) {}

HttpServer::~HttpServer() = default;

int HttpServer::bind(const std::string& host, int port) {
  errno = 0;
  const int bound = port == 0 ? impl_->http.bind_to_any_port(host) : impl_->http.bind_to_port(host, port) ? port : -1;
  if (bound > 0) return bound;
  throw DataError("cannot listen on " + host + " port " + std::to_string(port) +
                  (errno == 0 ? ": is that an address of this machine?" : std::string(": ") + std::strerror(errno)));
}

void HttpServer::run() {
  std::atomic<bool> ended{false}, failed{false};
  std::thread listener = start_thread([&] {
    failed = !impl_->http.listen_after_bind();
    ended = true;
  });
  while (!ended && interrupt_signal() == 0) std::this_thread::sleep_for(kStopPolled);
  const bool asked_to_stop = interrupt_signal() != 0;
  if (asked_to_stop) logger().info("stopping: requests that are running are finished, others are refused");
  impl_->service.close();
  while (!ended && !impl_->http.is_running()) std::this_thread::sleep_for(kStopPolled);  // or stop() does nothing
  impl_->http.stop();
  listener.join();
  if (failed && !asked_to_stop) throw DataError("the system closed the listening socket");
}

}  // namespace soundfold::serving
