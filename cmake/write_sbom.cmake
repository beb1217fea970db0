# SPDX-License-Identifier: Apache-2.0
# cmake -DVERSION=0.1.0 -DPACKAGES=third_party/packages.txt -DOUT=soundfold.spdx.json -P write_sbom.cmake: what Soundfold is
# linked with, by the lines of PACKAGES that have a licence, with the versions installed here, as SPDX 2.3 in JSON.
string(TIMESTAMP created "%Y-%m-%dT%H:%M:%SZ" UTC)
set(packages [[
    {"SPDXID": "SPDXRef-soundfold", "name": "soundfold", "versionInfo": "@VERSION@", "primaryPackagePurpose": "APPLICATION",
     "downloadLocation": "NOASSERTION", "filesAnalyzed": false, "licenseConcluded": "Apache-2.0",
     "licenseDeclared": "Apache-2.0", "copyrightText": "Copyright 2026 The Soundfold authors"}]])
set(relationships [[
    {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-soundfold"}]])

file(STRINGS ${PACKAGES} lines REGEX "# (linked|compiled in): ")
foreach(line ${lines})
  string(REGEX MATCH "^([^ ]+) +# ([a-z ]+): (.+)$" matched "${line}")
  set(name ${CMAKE_MATCH_1})
  set(how "${CMAKE_MATCH_2}")
  set(licence "${CMAKE_MATCH_3}")
  execute_process(
    COMMAND dpkg-query --show "--showformat=\${db:Status-Status}|\${Version}|\${Architecture}|\${source:Package} \${source:Version}" ${name}
    OUTPUT_VARIABLE installed ERROR_QUIET)
  if(NOT installed MATCHES "^installed\\|(.*)\\|(.*)\\|(.*)$")
    continue()  # one of the optional packages, or another LibTorch
  endif()
  set(installed_version ${CMAKE_MATCH_1})
  set(architecture ${CMAKE_MATCH_2})
  set(source ${CMAKE_MATCH_3})
  string(REPLACE "+" "%2B" url_version ${installed_version})
  string(REPLACE ":" "%3A" url_version ${url_version})
  set(relationship DYNAMIC_LINK)
  if(how STREQUAL "compiled in")
    set(relationship STATIC_LINK)
  endif()
  string(APPEND packages ",
    {\"SPDXID\": \"SPDXRef-${name}\", \"name\": \"${name}\", \"versionInfo\": \"${installed_version}\",
     \"supplier\": \"Organization: Debian\", \"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false,
     \"sourceInfo\": \"Debian source package ${source}\", \"licenseConcluded\": \"NOASSERTION\",
     \"licenseDeclared\": \"${licence}\", \"copyrightText\": \"NOASSERTION\",
     \"externalRefs\": [{\"referenceCategory\": \"PACKAGE-MANAGER\", \"referenceType\": \"purl\",
       \"referenceLocator\": \"pkg:deb/debian/${name}@${url_version}?arch=${architecture}\"}]}")
  string(APPEND relationships ",
    {\"spdxElementId\": \"SPDXRef-soundfold\", \"relationshipType\": \"${relationship}\", \"relatedSpdxElement\": \"SPDXRef-${name}\"}")
endforeach()

string(CONFIGURE "${packages}" packages @ONLY)
string(SHA256 digest "${packages}${relationships}")
file(WRITE ${OUT} "{
  \"spdxVersion\": \"SPDX-2.3\",
  \"dataLicense\": \"CC0-1.0\",
  \"SPDXID\": \"SPDXRef-DOCUMENT\",
  \"name\": \"soundfold-${VERSION}\",
  \"documentNamespace\": \"https://spdx.org/spdxdocs/soundfold-${VERSION}-${digest}\",
  \"creationInfo\": {\"created\": \"${created}\", \"creators\": [\"Organization: The Soundfold authors\"]},
  \"packages\": [
${packages}
  ],
  \"relationships\": [
${relationships}
  ]
}
")
