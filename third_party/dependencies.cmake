# SPDX-License-Identifier: Apache-2.0
# How each dependency is found. Nothing is vendored: packages.txt names the Debian packages.
# Every dependency becomes a target soundfold_<name>; rooms link those and nothing else.

# Those of rooms that are not built are not looked for.

find_package(PkgConfig REQUIRED)

# soundfold_rooms_built(RESULT room ...): whether one of these is.
function(soundfold_rooms_built RESULT)
  set(${RESULT} FALSE PARENT_SCOPE)
  foreach(room ${ARGN})
    if(room IN_LIST SOUNDFOLD_ROOMS)
      set(${RESULT} TRUE PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# soundfold_pkg(NAME MODULE room ...) wraps a pkg-config module as soundfold_NAME, for these rooms.
function(soundfold_pkg NAME MODULE)
  soundfold_rooms_built(wanted ${ARGN})
  if(NOT wanted)
    return()
  endif()
  pkg_check_modules(SOUNDFOLD_${NAME} REQUIRED IMPORTED_TARGET GLOBAL ${MODULE})
  add_library(soundfold_${NAME} INTERFACE)
  target_link_libraries(soundfold_${NAME} INTERFACE PkgConfig::SOUNDFOLD_${NAME})
endfunction()

# soundfold_plain(NAME HEADER LIBRARY room ...) wraps a library that ships neither CMake nor pkg-config files.
function(soundfold_plain NAME HEADER LIBRARY)
  soundfold_rooms_built(wanted ${ARGN})
  if(NOT wanted)
    return()
  endif()
  find_path(SOUNDFOLD_${NAME}_INCLUDE ${HEADER} REQUIRED)
  find_library(SOUNDFOLD_${NAME}_LIBRARY ${LIBRARY} REQUIRED)
  add_library(soundfold_${NAME} INTERFACE)
  target_include_directories(soundfold_${NAME} SYSTEM INTERFACE ${SOUNDFOLD_${NAME}_INCLUDE})
  target_link_libraries(soundfold_${NAME} INTERFACE ${SOUNDFOLD_${NAME}_LIBRARY})
endfunction()

# soundfold_headers(NAME HEADER room ...) wraps a library of headers alone.
function(soundfold_headers NAME HEADER)
  soundfold_rooms_built(wanted ${ARGN})
  if(NOT wanted)
    return()
  endif()
  find_path(SOUNDFOLD_${NAME}_INCLUDE ${HEADER} REQUIRED)
  add_library(soundfold_${NAME} INTERFACE)
  target_include_directories(soundfold_${NAME} SYSTEM INTERFACE ${SOUNDFOLD_${NAME}_INCLUDE})
endfunction()

soundfold_pkg(sndfile sndfile decoding audio listening report)
soundfold_pkg(png libpng pictures)
# Optional: without librsvg, plotter writes SVG only.
option(SOUNDFOLD_RSVG "Let plotter write PNG by librsvg where it is installed" ON)
soundfold_rooms_built(wanted pictures)
if(SOUNDFOLD_RSVG AND wanted)
  pkg_check_modules(SOUNDFOLD_rsvg IMPORTED_TARGET GLOBAL librsvg-2.0>=2.52)
endif()
if(SOUNDFOLD_rsvg_FOUND)
  add_library(soundfold_rsvg INTERFACE)
  target_link_libraries(soundfold_rsvg INTERFACE PkgConfig::SOUNDFOLD_rsvg)
elseif(wanted)
  message(STATUS "librsvg is not used: plotter writes SVG, and refuses PNG")
endif()
soundfold_pkg(isal libisal tensorboard)
soundfold_headers(protozero protozero/pbf_writer.hpp tensorboard onnx)
soundfold_pkg(mpg123 libmpg123 decoding)
soundfold_pkg(soxr soxr audio augmentation)
# Optional: without SoundTouch, augmentation.pitch_semitones is refused.
option(SOUNDFOLD_SOUNDTOUCH "Change the pitch of training clips by SoundTouch where it is installed" ON)
soundfold_rooms_built(wanted augmentation)
if(SOUNDFOLD_SOUNDTOUCH AND wanted)
  pkg_check_modules(SOUNDFOLD_soundtouch IMPORTED_TARGET GLOBAL soundtouch>=2.1)
endif()
if(SOUNDFOLD_soundtouch_FOUND)
  add_library(soundfold_soundtouch INTERFACE)
  target_link_libraries(soundfold_soundtouch INTERFACE PkgConfig::SOUNDFOLD_soundtouch)
elseif(wanted)
  message(STATUS "SoundTouch is not used: augmentation.pitch_semitones will be refused")
endif()
# Optional: without FFmpeg (5.1 or later), the formats that it alone reads are refused by name.
option(SOUNDFOLD_FFMPEG "Read M4A, AAC, MP4, WebM, WMA and others with FFmpeg where it is installed" ON)
soundfold_rooms_built(wanted decoding)
if(SOUNDFOLD_FFMPEG AND wanted)
  pkg_check_modules(SOUNDFOLD_ffmpeg IMPORTED_TARGET GLOBAL
    libavformat>=59.27 libavcodec>=59.37 libavutil>=57.28 libswresample>=4.7)
endif()
if(SOUNDFOLD_ffmpeg_FOUND)
  add_library(soundfold_ffmpeg INTERFACE)
  target_link_libraries(soundfold_ffmpeg INTERFACE PkgConfig::SOUNDFOLD_ffmpeg)
elseif(wanted)
  message(STATUS "FFmpeg is not used: M4A, AAC, MP4, WebM, WMA and others will be refused")
endif()
soundfold_pkg(lmdb lmdb database)
soundfold_pkg(xxhash libxxhash support)
soundfold_pkg(kissfft kissfft-float frontend audit augmentation)
soundfold_pkg(curl libcurl remote)
soundfold_pkg(archive libarchive assets tar_shards)
soundfold_pkg(minizip minizip weights)
soundfold_pkg(crypto libcrypto support)
soundfold_pkg(httplib cpp-httplib serving)
soundfold_pkg(mosquitto libmosquitto mqtt)
soundfold_pkg(alsa alsa microphone)
soundfold_plain(csv csv.h csv text)
soundfold_pkg(utf8proc libutf8proc text)
# oneDNN, the library LibTorch itself computes with. Debian's CMake file for it asks for OpenCL, which is not needed.
soundfold_plain(dnnl dnnl.hpp dnnl primitives transformers engines heads search)

soundfold_rooms_built(wanted yaml config assets)
if(wanted)
  find_package(yaml-cpp REQUIRED)
  add_library(soundfold_yaml_cpp INTERFACE)
  target_link_libraries(soundfold_yaml_cpp INTERFACE yaml-cpp)
endif()

find_package(spdlog REQUIRED)
add_library(soundfold_spdlog INTERFACE)
target_link_libraries(soundfold_spdlog INTERFACE spdlog::spdlog)

soundfold_rooms_built(wanted device apps)
if(wanted)
  find_package(CLI11 REQUIRED)
  add_library(soundfold_cli11 INTERFACE)
  target_link_libraries(soundfold_cli11 INTERFACE CLI11::CLI11)
endif()

find_package(nlohmann_json REQUIRED)
add_library(soundfold_json INTERFACE)
target_link_libraries(soundfold_json INTERFACE nlohmann_json::nlohmann_json)

# For Keras files, which importer reads. HDF5's own module needs the C language; pkg-config does not.
soundfold_pkg(hdf5 hdf5 yamnet)

soundfold_rooms_built(wanted weights)
if(wanted)
  find_package(flatbuffers REQUIRED NAMES FlatBuffers flatbuffers)
  add_library(soundfold_flatbuffers INTERFACE)
  target_link_libraries(soundfold_flatbuffers INTERFACE flatbuffers)
endif()

find_package(Threads REQUIRED)

# LibTorch: Debian's, or any 2.x through -DCMAKE_PREFIX_PATH=<folder>. Its flags and headers are wrapped so that our
# warnings do not fire on them and so that only what is used is linked.
soundfold_rooms_built(wanted device)
if(wanted)
  find_package(Torch REQUIRED)
  if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
    message(FATAL_ERROR "The LibTorch in ${TORCH_INSTALL_PREFIX} was built with g++'s old ABI, in which std::string is another "
      "type than in every other library here. Take the zip with the cxx11 ABI (from 2.7 on all have it), or Debian's.")
  endif()
  add_library(soundfold_torch INTERFACE)
  target_include_directories(soundfold_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  target_link_libraries(soundfold_torch INTERFACE ${TORCH_LIBRARIES})
  separate_arguments(soundfold_torch_flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")
  target_compile_options(soundfold_torch INTERFACE ${soundfold_torch_flags})
endif()

if(SOUNDFOLD_TESTS)
  find_package(Catch2 REQUIRED)
  add_library(soundfold_catch2 INTERFACE)
  target_link_libraries(soundfold_catch2 INTERFACE Catch2::Catch2)
  if(NOT Catch2_VERSION VERSION_LESS 3)
    target_include_directories(soundfold_catch2 INTERFACE ${CMAKE_CURRENT_LIST_DIR}/catch2_3)
  endif()
endif()
