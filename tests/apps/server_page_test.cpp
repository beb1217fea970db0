// SPDX-License-Identifier: Apache-2.0
// The page of the program server in Chromium, with a model of real recordings.
#include "apps/browser.h"
#include "apps/server_process.h"
#include "apps/workplace.h"
#include "pictures/png.h"
#include "support/files.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <thread>

using namespace soundfold;
using Catch::Contains;

namespace {

/// Waits until the expression is true, at most a minute. Returns whether it became so.
bool becomes_true(testing::Browser& browser, const std::string& expression) {
  for (int i = 0; i < 600; ++i) {
    if (browser.value(expression) == true) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return false;
}

}  // namespace

TEST_CASE("server's page classifies a file and a microphone in Chromium", "[apps][assets]") {
  const auto miaow = (testing::assets_folder() / "audio/miaow_16k.wav").string();
  if (testing::chromium().empty()) {
    WARN("skipped: no chromium in PATH");
    return;
  }
  const testing::Workplace place;
  const auto trained = place.train("dogcat_two_folds.yaml");
  INFO(trained.err);
  REQUIRE(trained.exit_code == 0);
  const testing::ServerProcess server(place.path(), {"--model", "experiments/dogcat_two_folds/latest/model.pt"});
  testing::Browser browser({"--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                            "--use-file-for-fake-audio-capture=" + miaow});
  for (const int width : {390, 1280}) {
    INFO(width);
    browser.open(server.address() + "/", width, 800);
    CHECK(browser.value("document.documentElement.scrollWidth <= innerWidth") == true);
    CHECK(browser.value("document.getElementById('result').hidden") == true);

    // A file, as if it had been dropped.
    const auto wav = pictures::base64(read_file(miaow));
    browser.value("takeFile(new File([Uint8Array.from(atob('" + wav +
                  "'), c => c.charCodeAt(0))], 'miaow.wav')).then(() => true)");
    CHECK(browser.value("document.getElementById('answer').textContent") == "cat");
    const std::string status = browser.value("document.getElementById('status').textContent");
    CHECK_THAT(status, Contains("miaow.wav: cat, 6.7 s of sound"));
    CHECK(browser.value("document.querySelectorAll('#events tr').length > 0") == true);
    CHECK_THAT(browser.value("document.getElementById('events').textContent").get<std::string>(), Contains("cat"));
    CHECK(browser.value("document.getElementById('picture').width >= 300") == true);
    CHECK(browser.value("document.documentElement.scrollWidth <= innerWidth") == true);

    browser.value("document.getElementById('record').click()");
    CHECK(becomes_true(browser, "recording !== null && recording.windows.length >= 6"));
    CHECK(browser.value("document.getElementById('record').getAttribute('aria-pressed')") == "true");
    CHECK(browser.value("recording.windows.some(w => w.classes[0] && w.classes[0].class === 'cat')") == true);
    CHECK(browser.value(
              "recording.windows.every((w, i) => Math.abs(w.start_s - 0.48 * i) < 0.001 && w.end_s - w.start_s > "
              "0.959)") == true);
    CHECK_THAT(browser.value("document.getElementById('events').textContent").get<std::string>(), Contains("cat"));
    browser.value("document.getElementById('record').click()");
    CHECK(becomes_true(browser, "document.getElementById('status').textContent.startsWith('Stopped after')"));

    browser.value("takeFile(new File(['no sound'], 'x.wav')).then(() => true)");
    CHECK(browser.value("document.getElementById('status').classList.contains('wrong')") == true);
  }
  // The refused file is a line in the console; nothing else is, violations of the page's policy among them.
  CHECK(!browser.complaints().empty());
  for (const auto& complaint : browser.complaints()) {
    INFO(complaint);
    CHECK_THAT(complaint, Contains("400 (Bad Request)"));
  }
}
