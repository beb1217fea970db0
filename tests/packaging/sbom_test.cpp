// SPDX-License-Identifier: Apache-2.0
#include "install/consumers.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <regex>
#include <set>
#include <sstream>

using namespace soundfold;
using nlohmann::json;
using testing::tool;
namespace fs = std::filesystem;

namespace {

json materials() {
  return json::parse(read_file(testing::build_folder() / "packaging/soundfold.spdx.json"));
}

/// The libraries that a program or library names as needed.
void add_needed(const fs::path& file, std::set<std::string>& libraries) {
  static const std::regex needed(R"(\(NEEDED\).*\[(.+)\])");
  std::istringstream lines(tool({"readelf", "-d", file.string()}));
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_search(line, match, needed)) libraries.insert(match[1]);
  }
}

/// The Debian source package that a shared library comes from.
std::string source_of(const std::string& library) {
  const auto found = tool({"dpkg-query", "--search", "*/" + library});
  return tool({"dpkg-query", "--show", "--showformat=${source:Package}", found.substr(0, found.find(": "))});
}

}  // namespace

TEST_CASE("the list of materials has the shape of SPDX 2.3", "[packaging]") {
  const auto document = materials();
  CHECK(document.at("spdxVersion") == "SPDX-2.3");
  CHECK(document.at("dataLicense") == "CC0-1.0");
  CHECK(document.at("SPDXID") == "SPDXRef-DOCUMENT");
  CHECK_THAT(document.at("documentNamespace").get<std::string>(), Catch::Matches(R"(https://[^#\s]+)"));
  CHECK_THAT(document.at("creationInfo").at("created").get<std::string>(),
             Catch::Matches(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"));
  CHECK_FALSE(document.at("creationInfo").at("creators").empty());

  const auto notice = read_file(testing::source_folder() / "NOTICE");
  std::set<std::string> ids{"SPDXRef-DOCUMENT"}, related;
  for (const auto& package : document.at("packages")) {
    const auto id = package.at("SPDXID").get<std::string>();
    INFO(id);
    CHECK_THAT(id, Catch::Matches(R"(SPDXRef-[A-Za-z0-9.+-]+)"));
    CHECK(ids.insert(id).second);
    for (const char* key : {"name", "versionInfo", "downloadLocation", "licenseConcluded", "copyrightText"}) {
      CHECK_FALSE(package.at(key).get<std::string>().empty());
    }
    CHECK(package.at("filesAnalyzed") == false);
    std::istringstream words(package.at("licenseDeclared").get<std::string>());
    for (std::string word; words >> word;) {
      if (id != "SPDXRef-soundfold" && word != "AND") CHECK_THAT(notice, Catch::Contains(word));
    }
  }
  const std::set<std::string> kinds{"DESCRIBES", "DYNAMIC_LINK", "STATIC_LINK"};
  for (const auto& each : document.at("relationships")) {
    CHECK(kinds.count(each.at("relationshipType").get<std::string>()) == 1);
    CHECK(ids.count(each.at("spdxElementId").get<std::string>()) == 1);
    related.insert(each.at("relatedSpdxElement").get<std::string>());
  }
  related.insert("SPDXRef-DOCUMENT");
  CHECK(related == ids);
}

TEST_CASE("the list of materials has the packages of all that is linked", "[packaging]") {
  std::set<std::string> sources{"glibc", "gcc-12", "gcc-14"};
  const auto document = materials();
  for (const auto& package : document.at("packages")) {
    std::istringstream words(package.value("sourceInfo", ""));
    std::string source;
    for (int i = 0; i < 4; ++i) words >> source;  // Debian source package NAME VERSION
    sources.insert(source);
  }
  std::set<std::string> libraries;
  for (const auto& program : testing::programs()) add_needed(testing::program_path(program), libraries);
  for (const char* library : {"library/libsoundfold.so", "library_torch/libsoundfold_torch.so"}) {
    const auto file = testing::build_folder() / "src" / library;
    if (fs::exists(file)) add_needed(file, libraries);
  }
  CHECK(libraries.size() > 20);
  for (const auto& library : libraries) {
    if (library.rfind("libsoundfold", 0) == 0) continue;
    INFO(library);
    const auto source = source_of(library);
    INFO(source);
    CHECK(sources.count(source) == 1);
  }
}
