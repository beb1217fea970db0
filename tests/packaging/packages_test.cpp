// SPDX-License-Identifier: Apache-2.0
// The Debian packages as `make deb` writes them.
#include "install/consumers.h"
#include "support/files.h"
#include "testing/machine.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <map>

using namespace soundfold;
using Catch::Contains;
using testing::tool;
namespace fs = std::filesystem;

namespace {

/// A package's name to its file.
std::map<std::string, fs::path> written_packages(const fs::path& folder) {
  tool({"sh", "-c",
        "cd " + testing::build_folder().string() + " && cpack -D CPACK_DEBIAN_COMPRESSION_TYPE=none -B " +
            folder.string()});
  std::map<std::string, fs::path> packages;
  for (const auto& file : fs::directory_iterator(folder)) {
    const auto name = file.path().filename().string();
    if (file.path().extension() == ".deb") packages[name.substr(0, name.find('_'))] = file.path();
  }
  return packages;
}

std::string field(const fs::path& package, const std::string& name) {
  return tool({"dpkg-deb", "--field", package.string(), name});
}

/// Programs and libraries of an unpacked package are as Debian has them.
void check_binaries(const fs::path& folder) {
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file() || file.is_symlink()) continue;
    const auto kind = tool({"file", "--brief", file.path().string()});
    if (kind.find("ELF") == std::string::npos) continue;
    INFO(file.path().string() << ": " << kind);
    CHECK(kind.find("not stripped") == std::string::npos);
    const auto dynamic = tool({"readelf", "-d", file.path().string()});
    CHECK(dynamic.find("RUNPATH") == std::string::npos);
    CHECK(dynamic.find("RPATH") == std::string::npos);
  }
}

void check_documents(const fs::path& folder, const std::string& package) {
  const auto documents = folder / "usr/share/doc" / package;
  for (const char* name : {"copyright", "NOTICE", "changelog.Debian.gz", "soundfold.spdx.json"}) {
    INFO(name);
    CHECK(fs::exists(documents / name));
  }
  if (!fs::exists(folder / "usr/bin")) return;
  for (const auto& program : fs::directory_iterator(folder / "usr/bin")) {
    const auto name = program.path().filename().string();
    INFO(name);
    CHECK(fs::exists(folder / "usr/share/man/man1" / (name + ".1.gz")));
    CHECK(fs::exists(folder / "usr/share/bash-completion/completions" / name));
    CHECK(fs::exists(folder / "usr/share/zsh/vendor-completions" / ("_" + name)));
    CHECK(fs::exists(folder / "usr/share/fish/vendor_completions.d" / (name + ".fish")));
  }
}

}  // namespace

TEST_CASE("the packages depend on what they need, and nothing without LibTorch on it", "[packaging]") {
  for (const char* needed : {"dpkg-shlibdeps", "file"}) {
    if (!testing::has_program(needed)) return testing::skip_case(std::string("needs ") + needed);
  }
  const testing::TempFolder folder;
  const auto packages = written_packages(folder / "deb");
  REQUIRE(packages.size() == 6);
  const auto depends = [&](const std::string& package) { return field(packages.at(package), "Depends"); };
  const auto version = field(packages.at("soundfold"), "Version");
  const auto same = " (= " + version.substr(0, version.find('\n')) + ")";

  for (const char* package : {"soundfold", "libsoundfold0.1", "libsoundfold-dev"}) {
    CHECK_THAT(depends(package), !Contains("torch") && !Contains("libhdf5"));
  }
  CHECK_THAT(depends("soundfold"), Contains("libsndfile1") && Contains("libdnnl") && Contains("libc6"));
  CHECK_THAT(depends("soundfold-train"), Contains("soundfold" + same) && Contains("libtorch") && Contains("openblas"));
  CHECK_THAT(depends("libsoundfold-dev"), Contains("libsoundfold0.1" + same));
  for (const char* package : {"soundfold", "soundfold-train", "libsoundfold0.1", "libsoundfold-torch0.1"}) {
    CHECK_THAT(field(packages.at(package), "Recommends"), Contains("libavformat"));
  }
  CHECK_THAT(depends("libsoundfold-torch0.1"), Contains("libsoundfold0.1" + same) && Contains("libtorch"));
  CHECK_THAT(depends("libsoundfold-torch-dev"),
             Contains("libsoundfold-torch0.1" + same) && Contains("libsoundfold-dev" + same));

  const fs::path root = folder / "root";
  // written_packages() leaves out the compression, which takes longest.
  std::vector<std::string> lintian{"lintian", "--allow-root",    "--fail-on",
                                   "error",   "--suppress-tags", "uses-no-compression-for-data-tarball"};
  for (const auto& [package, file] : packages) {
    INFO(package);
    const fs::path unpacked = folder / package;
    tool({"dpkg-deb", "--extract", file.string(), unpacked.string()});
    check_binaries(unpacked);
    check_documents(unpacked, package);
    tool({"dpkg-deb", "--extract", file.string(), root.string()});
    lintian.push_back(file.string());
  }
  // What the Kubernetes job of examples/cluster needs, in the packages that its image installs.
  CHECK(fs::exists(folder / "soundfold-train/usr/bin/embedder"));
  CHECK(fs::exists(folder / "soundfold/usr/bin/store"));
  CHECK(tool({(root / "usr/bin/classifier").string(), "--version"}) == testing::run("classifier", {"--version"}).out);
  // No model: but the helper, from libexec, is what says so.
  write_file_atomically(folder / "no.pt", "no model");
  const auto helped = testing::run((root / "usr/bin/classifier").string(), {"--model", folder / "no.pt", "x.wav"});
  INFO(helped.err);
  CHECK_THAT(helped.err, Contains("no.pt") && !Contains("it needs LibTorch"));
  if (testing::has_program("lintian")) tool(lintian);
}
