// SPDX-License-Identifier: Apache-2.0
#include "serving/service.h"

#include "serving/inference.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <new>
#include <utility>

namespace soundfold::serving {
namespace {

std::string dumped_line(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

/// "audio/wav" of "Audio/WAV; rate=16000".
std::string media_type(const std::string& content_type) {
  return lower_case(trimmed(content_type.substr(0, content_type.find(';'))));
}

/// What a sound may be sent as: its content decides what it is, and curl --data-binary names no other type than a form.
bool may_be_sound(const std::string& type) {
  return type.empty() || begins_with(type, "audio/") || begins_with(type, "video/") || type == "application/ogg" ||
         type == "application/octet-stream" || type == "application/x-www-form-urlencoded" ||
         type == "multipart/form-data";
}

}  // namespace

/// A path that is served. In a path, "{model}" stands for the model's name.
struct Service::Route {
  enum class Target { page, recorder, health, metrics, server, live, ready, model, model_ready, infer, classify };

  const char* path;
  Target target;
  Endpoint endpoint;
  bool computes;  ///< POST with a body; otherwise GET or HEAD
};

namespace {

constexpr const char* kServerFailed = "the server failed; its log says why";
constexpr const char* kModelPath = "/v2/models/";

}  // namespace

const Service::Route& Service::route_of(const Request& request, const Settings& settings) {
  using Target = Route::Target;
  static constexpr std::array<Route, 11> kRoutes = {{
      {"/", Target::page, Endpoint::page, false},
      {"/recorder.js", Target::recorder, Endpoint::page, false},
      {"/healthz", Target::health, Endpoint::status, false},
      {"/metrics", Target::metrics, Endpoint::status, false},
      {"/v2", Target::server, Endpoint::model, false},
      {"/v2/health/live", Target::live, Endpoint::status, false},
      {"/v2/health/ready", Target::ready, Endpoint::status, false},
      {"/v2/models/{model}", Target::model, Endpoint::model, false},
      {"/v2/models/{model}/ready", Target::model_ready, Endpoint::status, false},
      {"/v2/models/{model}/infer", Target::infer, Endpoint::infer, true},
      {"/classify", Target::classify, Endpoint::classify, true},
  }};
  std::string path = request.path;
  if (begins_with(path, kModelPath)) {
    const std::size_t begin = std::string(kModelPath).size(), end = std::min(path.find('/', begin), path.size());
    if (path.substr(begin, end - begin) != settings.model_name) {
      throw Refusal(404, "unknown model '" + shown(path.substr(begin, end - begin)) + "'; this server has '" +
                             settings.model_name + "'");
    }
    path.replace(begin, end - begin, "{model}");
  }
  for (const auto& route : kRoutes) {
    if (path != route.path) continue;
    const std::string allowed = route.computes ? "POST" : "GET, HEAD";
    const bool fits = route.computes ? request.method == "POST" : request.method == "GET" || request.method == "HEAD";
    if (fits) return route;
    throw Refusal(405, "method " + shown(request.method) + " is not allowed here; use " + allowed, "Allow", allowed);
  }
  throw Refusal(404, "unknown path '" + shown(request.path) + "'; the page at / names those there are");
}

void Service::check_type(const Route& route, const std::string& content_type) {
  const auto type = media_type(content_type);
  if (route.target == Route::Target::classify && !may_be_sound(type)) {
    throw Refusal(415, "Content-Type '" + shown(type) +
                           "' is not a sound; send audio/..., application/octet-stream or a multipart/form-data form");
  }
  if (route.target == Route::Target::infer && !type.empty() && type != kJson) {
    throw Refusal(415, "Content-Type '" + shown(type) + "' is not application/json");
  }
}

Service::Service(const runtime::Classifier& model, Settings settings)
    : model_(model),
      settings_(std::move(settings)),
      page_(make_page(model_, settings_)),
      places_(settings_.threads, settings_.queue) {}

Answer Service::answer(const Request& request, const BodyReader& read_body) {
  const auto start = std::chrono::steady_clock::now();
  const auto limit = std::chrono::duration<double>(settings_.time_limit_s);
  const auto deadline = start + std::chrono::duration_cast<std::chrono::steady_clock::duration>(limit);
  auto endpoint = Endpoint::unknown;
  Answer answer;
  std::string why;
  try {
    if (request.problem) throw Refusal(*request.problem);
    const auto& route = route_of(request, settings_);
    endpoint = route.endpoint;
    answer = carried_out(request, route, read_body, deadline);
  } catch (const Refusal& refusal) {
    answer = refused(refusal);
    why = std::string(": ") + refusal.what();
  } catch (const std::bad_alloc&) {
    answer = refused(Refusal(503, "the server has not enough memory for this request"));
    why = ": not enough memory";
  } catch (const std::exception& error) {
    answer = refused(Refusal(500, kServerFailed));
    why = std::string(": ") + error.what();
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  metrics_.add_request(endpoint, answer.status, seconds);
  const bool is_work = endpoint == Endpoint::classify || endpoint == Endpoint::infer;
  const auto level = answer.status >= 500 ? spdlog::level::warn : is_work ? spdlog::level::info : spdlog::level::debug;
  logger().log(level, "{} {} {} {:.1f} ms{}", shown(request.method), shown(request.path), answer.status, 1000 * seconds,
               shown(why, 500));
  return answer;
}

Answer Service::failed(const Request& request, const std::exception_ptr& failure) {
  std::string why = "an exception of unknown kind";
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    why = shown(error.what(), 500);
  } catch (...) {
  }
  logger().error("{} {} 500: {}", shown(request.method), shown(request.path), why);
  add_unreadable(500);
  return refused(Refusal(500, kServerFailed));
}

Answer Service::carried_out(const Request& request, const Route& route, const BodyReader& read_body,
                            Deadline deadline) {
  using Target = Route::Target;
  switch (route.target) {
    case Target::page:
      return {200,
              page_.html,
              "text/html; charset=utf-8",
              {{"Content-Security-Policy", page_.policy},
               {"Permissions-Policy", "microphone=(self), camera=(), geolocation=()"}}};
    case Target::recorder:
      return {200, kRecorderScript, "text/javascript; charset=utf-8"};
    case Target::metrics:
      return {200, metrics_.text(places_.computing(), places_.waiting(), settings_.model_name), Metrics::kType};
    case Target::server:
      return {200, dumped_line(server_metadata())};
    case Target::model:
      return {200, dumped_line(model_metadata(model_, settings_.model_name))};
    case Target::live:
      return {200, dumped_line({{"live", true}})};
    case Target::health:
    case Target::ready:
    case Target::model_ready:
      return health();
    case Target::infer:
    case Target::classify:
      break;
  }
  return computed(request, route, read_body, deadline);
}

Answer Service::computed(const Request& request, const Route& route, const BodyReader& read_body, Deadline deadline) {
  check_type(route, request.content_type);
  Places::Place place(places_);
  const auto body = read_body(deadline);
  place.wait_for_turn(deadline);
  if (settings_.prepare_thread) settings_.prepare_thread();
  if (route.target == Route::Target::classify) {
    auto found = answer_sound(model_, settings_, body, request.query, deadline);
    metrics_.add_sound(found.seconds);
    return {200, std::move(found.line)};
  }
  const auto found = infer(model_, settings_, body.bytes, deadline);
  metrics_.add_sound(found.seconds);
  return {200, dumped_line(found.response)};
}

Answer Service::health() const {
  const bool ready = !is_closed();
  return {ready ? 200 : 503, dumped_line({{"name", settings_.model_name}, {"ready", ready}})};
}

}  // namespace soundfold::serving
