// SPDX-License-Identifier: Apache-2.0
#include "serving/page.h"

#include "classification/fake_classifier.h"
#include "pictures/png.h"
#include "support/hashing.h"
#include "testing/markup.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <regex>

using namespace soundfold;
using Catch::Contains;

namespace {

std::string content_of(const std::string& html, const std::string& begin, const std::string& end) {
  const auto from = html.find(begin) + begin.size();
  return html.substr(from, html.find(end, from) - from);
}

/// The bytes of a hexadecimal SHA-256, as a policy names them.
std::string as_policy_names_it(const std::string& content) {
  const auto digest = hash_bytes(HashKind::sha256, content);
  std::string bytes;
  for (std::size_t i = 0; i < digest.size(); i += 2) {
    bytes += static_cast<char>(std::stoul(digest.substr(i, 2), nullptr, 16));
  }
  return "'sha256-" + pictures::base64(bytes) + "'";
}

}  // namespace

TEST_CASE("the page's policy allows its own script and style and no other source", "[serving]") {
  testing::FakeClassifier model;
  model.names = {"</script><b>", "rain & wind"};
  serving::Settings settings;
  settings.model_name = "yard";
  const auto page = serving::make_page(model, settings);
  CHECK_THAT(page.html, Contains("&lt;/script&gt;&lt;b&gt;, rain &amp; wind") && !Contains("</script><b>"));
  CHECK_THAT(page.policy, Contains("default-src 'none'") && Contains("connect-src 'self'") && !Contains("unsafe"));
  CHECK_THAT(page.policy, Contains(as_policy_names_it(content_of(page.html, "<script>", "</script>"))));
  CHECK_THAT(page.policy, Contains(as_policy_names_it(content_of(page.html, "<style>", "</style>"))));
  CHECK_THAT(page.html,
             !Contains("http://") && !Contains("https://") && !Contains(" style=") && !Contains(" onclick="));
  const auto numbers =
      nlohmann::json::parse(content_of(page.html, "<script type=\"application/json\" id=\"numbers\">", "</script>"));
  CHECK(numbers["rate"] == 16000);
  CHECK(numbers["hopSeconds"] == 0.48);
  CHECK(numbers["colours"].size() == 64);
}

TEST_CASE("the page is well formed, and every element that its script asks for is there", "[serving]") {
  const auto html = serving::make_page(testing::FakeClassifier(), {}).html;
  const std::regex wanted(R"(by\('([a-z]+)'\))");
  const auto script = content_of(html, "<script>", "</script>");
  int found = 0;
  for (std::sregex_iterator at(script.begin(), script.end(), wanted), end; at != end; ++at, ++found) {
    INFO((*at)[1]);
    CHECK(testing::occurrences(html, "id=\"" + (*at)[1].str() + "\"") == 1);
  }
  CHECK(found > 20);
}
