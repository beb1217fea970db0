// SPDX-License-Identifier: Apache-2.0
#include "assets/download.h"

#include "support/files.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/progress.h"
#include "support/version.h"
#include "text/text.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

namespace soundfold {
namespace fs = std::filesystem;
namespace {

/// What identifies a version of a file on a server.
struct Validator {
  std::string url;
  std::string etag;
  std::string last_modified;

  bool known() const { return !etag.empty() || !last_modified.empty(); }
  /// HTTP allows only a strong ETag, or the date, in If-Range (RFC 9110, section 13.1.5).
  std::string for_if_range() const { return etag.empty() ? last_modified : etag; }
};

fs::path info_path(const fs::path& part) {
  return part.string() + ".info";
}

Validator read_validator(const fs::path& part) {
  Validator validator;
  if (!fs::exists(info_path(part))) return validator;
  std::istringstream lines(read_file(info_path(part), 100'000));
  std::getline(lines, validator.url);
  std::getline(lines, validator.etag);
  std::getline(lines, validator.last_modified);
  return validator;
}

std::optional<std::uintmax_t> number(const std::string& text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return std::stoull(text);
}

/// The part file, open for writing.
class PartFile {
 public:
  explicit PartFile(const fs::path& path) : path_(path) {
    make_folder(path.parent_path());
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd_ < 0) throw DataError("cannot create " + path.string() + ": " + std::strerror(errno));
    size_ = static_cast<std::uintmax_t>(std::max<off_t>(0, ::lseek(fd_, 0, SEEK_END)));
  }
  ~PartFile() { ::close(fd_); }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  std::uintmax_t size() const { return size_; }

  void clear() {
    if (::ftruncate(fd_, 0) != 0 || ::lseek(fd_, 0, SEEK_SET) != 0) throw DataError("cannot empty " + path_.string());
    size_ = 0;
  }

  void append(const char* bytes, std::size_t count) {
    while (count > 0) {
      const ssize_t written = ::write(fd_, bytes, count);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw DataError("cannot write " + path_.string() + ": " + std::strerror(errno));
      bytes += written;
      count -= static_cast<std::size_t>(written);
      size_ += static_cast<std::uintmax_t>(written);
    }
  }

 private:
  fs::path path_;
  int fd_ = -1;
  std::uintmax_t size_ = 0;
};

enum class Outcome { done, retry, start_over };

/// One request. libcurl calls back into it; exceptions are kept and rethrown after libcurl has returned.
class Transfer {
 public:
  Transfer(std::string url, PartFile& file, fs::path part, std::string what, const DownloadLimits& limits)
      : url_(std::move(url)), file_(file), part_(std::move(part)), what_(std::move(what)), limits_(limits) {}

  /// True when the server resumed where an earlier attempt had stopped.
  bool resumed() const { return resume_from_ > 0 && started_ && status_ == 206; }

  /// Asks for the bytes from file.size() on. `problem` says why when the outcome is not done.
  Outcome run(const Validator& validator, std::string& problem) {
    handle_.reset(curl_easy_init());
    if (!handle_) throw std::bad_alloc();
    resume_from_ = file_.size();
    set_options(validator);
    const CURLcode code = curl_easy_perform(handle_.get());
    if (failure_) std::rethrow_exception(failure_);
    throw_if_interrupted("interrupted while downloading " + what_ + " (" + human_size(file_.size()) +
                         " kept); run the same command again to resume");
    return judge(code, problem);
  }

 private:
  struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  void set_options(const Validator& validator) {
    CURL* curl = handle_.get();
    const bool only_https = url_.rfind("https://", 0) == 0;
    curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http,file");
    // A redirect may not lead to local files, nor from a protected address to an open one.
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, only_https ? "https" : "https,http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, (std::string("soundfold/") + version()).c_str());
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect_timeout_ms));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1000L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits_.stalled_after_s));
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_text_);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_tick);
    if (resume_from_ == 0) return;
    // CURLOPT_RESUME_FROM would fail on servers that ignore ranges; a plain range lets us see the answer and adapt.
    curl_easy_setopt(curl, CURLOPT_RANGE, (std::to_string(resume_from_) + "-").c_str());
    headers_.reset(curl_slist_append(nullptr, ("If-Range: " + validator.for_if_range()).c_str()));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
  }

  /// Runs `body` and keeps what it throws: an exception may not pass through libcurl.
  template <typename Body>
  std::size_t guarded(std::size_t count, const Body& body) noexcept {
    try {
      body();
      return count;
    } catch (...) {
      failure_ = std::current_exception();
      return count + 1;  // any other number than count makes libcurl stop
    }
  }

  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    return transfer->guarded(size * count, [&] { transfer->take_header(std::string(bytes, size * count)); });
  }

  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    return transfer->guarded(size * count, [&] { transfer->take_body(bytes, size * count); });
  }

  static int on_tick(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return interrupt_signal() != 0 ? 1 : 0; }

  void take_header(const std::string& line) {
    if (line.rfind("HTTP/", 0) == 0) {  // a new answer: the one before was a redirect
      range_start_.reset();
      answered_ = Validator{url_, "", ""};
      return;
    }
    const auto colon = line.find(':');
    if (colon == std::string::npos) return;
    const std::string name = lower_case(line.substr(0, colon));
    const std::string value = trimmed(line.substr(colon + 1));
    if (name == "etag" && value.rfind("W/", 0) != 0) answered_.etag = value;
    if (name == "last-modified") answered_.last_modified = value;
    if (name != "content-range") return;
    // "bytes 5-9/10", or "bytes */10" when nothing is left to send (RFC 9110, section 14.4).
    if (value.rfind("bytes */", 0) == 0) {
      whole_size_ = number(value.substr(8));
    } else if (value.rfind("bytes ", 0) == 0) {
      range_start_ = number(value.substr(6, value.find('-', 6) - 6));
    }
  }

  long status() const {
    long code = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &code);
    return code;  // 0 for file://
  }

  void take_body(const char* bytes, std::size_t count) {
    const long code = status();
    if (code >= 300) return;  // an error page is not the file
    if (!started_) start_body(code);
    if (wrong_range_) return;
    if (file_.size() + count > limits_.max_bytes) {
      throw DownloadFailed(what_ + ": the file at " + url_ + " is larger than the " + human_size(limits_.max_bytes) +
                           " expected");
    }
    file_.append(bytes, count);
    progress_->advance(static_cast<std::int64_t>(count));
  }

  /// Before the first byte: does the answer resume where we stopped, or is it the whole file?
  void start_body(long code) {
    started_ = true;
    status_ = code;
    if (code == 206 && resume_from_ > 0) {
      wrong_range_ = range_start_ != resume_from_;
    } else if (resume_from_ > 0) {
      spdlog::debug("{}: the server sends the whole file again", what_);
      file_.clear();
    }
    if (!wrong_range_ && code != 0) {
      write_file_atomically(info_path(part_),
                            answered_.url + "\n" + answered_.etag + "\n" + answered_.last_modified + "\n");
    }
    curl_off_t coming = -1;
    curl_easy_getinfo(handle_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &coming);
    const auto here = static_cast<std::int64_t>(file_.size());
    progress_.emplace("downloading " + what_, coming > 0 ? here + static_cast<std::int64_t>(coming) : 0, "bytes");
    progress_->advance(here);
  }

  Outcome judge(CURLcode code, std::string& problem) const {
    const std::string detail = error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code);
    if (code == CURLE_OK) return judge_status(status(), problem);
    problem = detail;
    // A connection without a TLS handshake counts as none: some networks accept connections for every host and then
    // send nothing.
    double connected_s = 0;
    const bool encrypted = url_.rfind("https://", 0) == 0;
    curl_easy_getinfo(handle_.get(), encrypted ? CURLINFO_APPCONNECT_TIME : CURLINFO_CONNECT_TIME, &connected_s);
    const bool never_connected = code == CURLE_OPERATION_TIMEDOUT && connected_s <= 0;
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_CONNECT ||
        never_connected) {
      throw Unreachable("no connection to " + host() + " (" + detail + ")");
    }
    for (const CURLcode passing : {CURLE_OPERATION_TIMEDOUT, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR,
                                   CURLE_GOT_NOTHING, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_SSL_CONNECT_ERROR}) {
      if (code == passing) return Outcome::retry;
    }
    throw DownloadFailed("cannot download " + url_ + ": " + detail);
  }

  Outcome judge_status(long code, std::string& problem) const {
    problem = "the server answered " + std::to_string(code);
    if (code == 416 && whole_size_ == resume_from_) return Outcome::done;
    if (wrong_range_ || code == 416) return Outcome::start_over;
    if (code == 0 || code == 200 || code == 206) {
      if (started_) return Outcome::done;
      problem = "the server sent an empty file";
      return Outcome::retry;
    }
    if (code == 408 || code == 429 || code >= 500) return Outcome::retry;
    throw DownloadFailed("cannot download " + url_ + ": " + problem + (code == 404 ? " (not found)" : ""));
  }

  std::string host() const {
    const auto begin = url_.find("://") + 3;
    return url_.substr(begin, url_.find('/', begin) - begin);
  }

  std::string url_;
  PartFile& file_;
  fs::path part_;
  std::string what_;
  DownloadLimits limits_;
  std::unique_ptr<CURL, FreeHandle> handle_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  char error_text_[CURL_ERROR_SIZE] = "";
  std::uintmax_t resume_from_ = 0;
  Validator answered_;
  std::optional<std::uintmax_t> range_start_;
  std::optional<std::uintmax_t> whole_size_;
  bool started_ = false;
  long status_ = 0;
  bool wrong_range_ = false;
  std::optional<Progress> progress_;
  std::exception_ptr failure_;
};

/// Waits before another attempt; Ctrl-C ends the wait.
void pause(int milliseconds, const std::string& what) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  while (std::chrono::steady_clock::now() < until) {
    throw_if_interrupted("interrupted while downloading " + what + "; run the same command again to resume");
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(50, milliseconds)));
  }
}

std::string gave_up(const std::string& url, const std::string& problem, int attempts, std::uintmax_t kept) {
  return "cannot download " + url + ": " + problem + ", " + std::to_string(attempts) + " times in a row" +
         (kept > 0 ? "; " + human_size(kept) + " are kept, run the same command again to resume" : "");
}

void start_libcurl_once() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw DataError(std::string("cannot start libcurl: ") + curl_easy_strerror(code));
}

}  // namespace

bool download(const std::string& url, const fs::path& part, const std::string& what, const DownloadLimits& limits) {
  start_libcurl_once();
  PartFile file(part);
  bool reused = false;
  bool started_over = false;
  for (int fruitless = 0;;) {
    const Validator validator = read_validator(part);
    if (file.size() > 0 && (validator.url != url || !validator.known())) file.clear();
    const std::uintmax_t before = file.size();
    std::string problem;
    Transfer transfer(url, file, part, what, limits);
    const Outcome outcome = transfer.run(validator, problem);
    if (file.size() > before || outcome == Outcome::done) reused = transfer.resumed();
    if (outcome == Outcome::done) return reused;
    if (outcome == Outcome::start_over && !started_over) {
      started_over = true;
      file.clear();
      continue;
    }
    fruitless = file.size() > before ? 0 : fruitless + 1;
    if (fruitless >= limits.attempts) throw DownloadFailed(gave_up(url, problem, limits.attempts, file.size()));
    spdlog::info("{}: {}; trying again", what, problem);
    pause(limits.first_pause_ms << std::clamp(fruitless - 1, 0, 6), what);
  }
}

void discard_download(const fs::path& part) {
  std::error_code ignored;
  fs::remove(part, ignored);
  fs::remove(info_path(part), ignored);
}

}  // namespace soundfold
