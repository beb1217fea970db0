// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/classifier.h"
#include "serving/answer.h"
#include "serving/metrics.h"
#include "serving/page.h"
#include "serving/places.h"
#include "serving/settings.h"
#include "serving/sound_answer.h"

#include <exception>
#include <functional>
#include <optional>
#include <string>

namespace soundfold::serving {

/// The head of a request.
struct Request {
  std::string method;                   ///< "GET", in capitals
  std::string path;                     ///< decoded
  Query query;                          ///< decoded
  std::string content_type;             ///< as sent, or ""
  std::optional<Refusal> problem = {};  ///< what the transport has against it
};

/// Reads the body of the request that is answered, once. Throws Refusal: 400 when it is truncated, 408 after the
/// deadline, 413 when it is too large.
using BodyReader = std::function<Body(Deadline)>;

/// What the server does, whatever carries requests and answers. May be used by several threads at once; the model must
/// live longer.
class Service {
 public:
  Service(const runtime::Classifier& model, Settings settings);

  /// Carries out a request, or refuses it: never throws, and counts and logs what it did. Reads the body of a request
  /// that computes, of no other.
  Answer answer(const Request& request, const BodyReader& read_body);

  /// Counts and logs a request that the transport failed on; the answer to it.
  Answer failed(const Request& request, const std::exception_ptr& failure);

  /// Counts a request that the transport itself refused, with this status.
  void add_unreadable(int status) { metrics_.add_request(Endpoint::unknown, status, 0); }

  /// From here on, requests are refused with 503, but those that are let in are carried out.
  void close() { places_.close(); }
  bool is_closed() const { return places_.is_closed(); }
  const Settings& settings() const { return settings_; }

 private:
  struct Route;
  static void check_type(const Route& route, const std::string& content_type);
  static const Route& route_of(const Request& request, const Settings& settings);
  Answer carried_out(const Request& request, const Route& route, const BodyReader& read_body, Deadline deadline);
  Answer computed(const Request& request, const Route& route, const BodyReader& read_body, Deadline deadline);
  Answer health() const;

  const runtime::Classifier& model_;
  const Settings settings_;
  const Page page_;
  Places places_;
  Metrics metrics_;
};

}  // namespace soundfold::serving
