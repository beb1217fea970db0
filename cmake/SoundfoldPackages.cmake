# SPDX-License-Identifier: Apache-2.0
# Debian packages, by CPack: the target `deb` (`make deb`) writes them to the build's folder deb/, one for each component of
# SoundfoldInstall.cmake. docs/packages.md says what is in them.
if(CMAKE_CROSSCOMPILING OR SOUNDFOLD_SANITIZE OR NOT TARGET soundfold OR NOT SOUNDFOLD_SHARED)
  return()
endif()

set(SOUNDFOLD_PACKAGE_REVISION 1 CACHE STRING "Revision of the Debian packages")
set(SOUNDFOLD_PACKAGE_MAINTAINER "The Soundfold authors <soundfold@example.org>" CACHE STRING
    "Who makes the Debian packages: name and address")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "${SOUNDFOLD_PACKAGE_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/prepare_packages.cmake)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/src/library)  # of libsoundfold_torch
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${SOUNDFOLD_PACKAGE_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_SOURCE soundfold)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${SOUNDFOLD_PACKAGE_REVISION})

# What every package says of itself.
set(documents ${PROJECT_BINARY_DIR}/packaging)
set(CPACK_DEBIAN_PACKAGE_VERSION ${PROJECT_VERSION}-${SOUNDFOLD_PACKAGE_REVISION})
string(TIMESTAMP package_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${PROJECT_SOURCE_DIR}/packaging/changelog.in ${documents}/changelog.Debian @ONLY)
set(CPACK_DEBIAN_PACKAGE_VERSION ${PROJECT_VERSION})  # CPack adds the revision
add_custom_target(package_documents
  COMMAND gzip -9nkf changelog.Debian
  COMMAND ${CMAKE_COMMAND} -DVERSION=${PROJECT_VERSION} -DPACKAGES=${PROJECT_SOURCE_DIR}/third_party/packages.txt
          -DOUT=soundfold.spdx.json -P ${CMAKE_CURRENT_LIST_DIR}/write_sbom.cmake
  WORKING_DIRECTORY ${documents} VERBATIM)

# soundfold_package(COMPONENT NAME SECTION DESCRIPTION [NEEDS component ...] [DEPENDS package ...])
# makes a component the package NAME. The first line of DESCRIPTION is its short one; NEEDS are components whose packages it
# depends on, of its own version, DEPENDS others that dpkg-shlibdeps does not find.
macro(soundfold_package COMPONENT NAME SECTION DESCRIPTION)
  cmake_parse_arguments(THIS "" "" "NEEDS;DEPENDS" ${ARGN})
  string(TOUPPER ${COMPONENT} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${NAME})
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${SECTION})
  set(CPACK_DEBIAN_${upper}_DESCRIPTION ${DESCRIPTION})
  set(CPACK_COMPONENT_${upper}_DEPENDS ${THIS_NEEDS})
  list(JOIN THIS_DEPENDS ", " CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS)
  list(APPEND CPACK_COMPONENTS_ALL ${COMPONENT})
  install(FILES ${PROJECT_SOURCE_DIR}/packaging/copyright ${PROJECT_SOURCE_DIR}/NOTICE ${documents}/changelog.Debian.gz
    ${documents}/soundfold.spdx.json DESTINATION share/doc/${NAME} COMPONENT ${COMPONENT} EXCLUDE_FROM_ALL)
endmacro()

set(interface ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(triggers ${PROJECT_SOURCE_DIR}/packaging/triggers)
set(built soundfold)
# With the reference BLAS that LibTorch's packages alone ask for, everything is 30 times slower.
set(blas libopenblas0-pthread)
soundfold_package(library libsoundfold${interface} libs
  "classifies environmental sound (library)
Loads a model.safetensors and answers which classes a sound has, from C and
C++: files, samples of any rate, live streams. Also sound files to embeddings,
data sets and metrics. It needs no LibTorch.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${triggers})
soundfold_package(library_dev libsoundfold-dev libdevel
  "classifies environmental sound (development files)
Headers for C and C++, and what CMake and pkg-config need to find
libsoundfold."
  NEEDS library)
if(TARGET soundfold_library_torch)
  list(APPEND built soundfold_library_torch)
  soundfold_package(library_torch libsoundfold-torch${interface} libs
    "trains classifiers of environmental sound (library)
Trains, tests and exports classifiers with LibTorch, and runs TorchScript
models."
    NEEDS library DEPENDS ${blas})
  set(CPACK_DEBIAN_LIBRARY_TORCH_PACKAGE_CONTROL_EXTRA ${triggers})
  soundfold_package(library_torch_dev libsoundfold-torch-dev libdevel
    "trains classifiers of environmental sound (development files)
Headers, and what CMake and pkg-config need to find libsoundfold_torch."
    NEEDS library_torch library_dev)
endif()
if(TARGET trainer)
  list(APPEND built programs manuals)
  soundfold_package(programs soundfold sound
    "classifies environmental sound (programs)
The programs classifier and server answer which classes a sound has, by a
model.safetensors, in a terminal and over HTTP; others fetch and synthesise
sounds. They need no LibTorch.")
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SUGGESTS soundfold-train)
  soundfold_package(programs_torch soundfold-train sound
    "trains classifiers of environmental sound (programs)
The programs train, test, export, compare and draw classifiers with LibTorch.
With this package classifier and server run TorchScript models too."
    NEEDS programs DEPENDS ${blas})
endif()

# FFmpeg is loaded when a file needs it, which dpkg-shlibdeps does not see. Debian's names end with the version in the library's.
if(SOUNDFOLD_ffmpeg_FOUND)
  set(ffmpeg "")
  foreach(part avformat avcodec avutil swresample)
    string(REGEX MATCH "^[0-9]+" version "${SOUNDFOLD_ffmpeg_lib${part}_VERSION}")
    list(APPEND ffmpeg lib${part}${version})
  endforeach()
  list(JOIN ffmpeg ", " CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS)
  foreach(component LIBRARY_TORCH PROGRAMS PROGRAMS_TORCH)
    set(CPACK_DEBIAN_${component}_PACKAGE_RECOMMENDS ${CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS})
  endforeach()
endif()

add_custom_target(deb
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${PROJECT_BINARY_DIR}/deb
  COMMAND ${CMAKE_CPACK_COMMAND} -B ${PROJECT_BINARY_DIR}/deb
  DEPENDS ${built} package_documents WORKING_DIRECTORY ${PROJECT_BINARY_DIR} VERBATIM)
include(CPack)
