# SPDX-License-Identifier: Apache-2.0
# Flags shared by every target of the project, and the one way a room (a folder in src/) becomes a library.

# Ordinary variables end with this folder; what would outlive it is set for a project of its own only.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
  endif()

  # ccache needs to be told that a precompiled header is safe to cache.
  find_program(CCACHE_PROGRAM ccache)
  if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        ${CCACHE_PROGRAM})
  endif()
endif()

# Flags of our own targets. Nothing that is installed or that another project links carries them.
add_library(soundfold_options INTERFACE)
target_include_directories(soundfold_options INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tools)
target_compile_options(soundfold_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-align -Woverloaded-virtual
  $<$<BOOL:${CCACHE_PROGRAM}>:-fpch-preprocess>
  $<$<BOOL:${SOUNDFOLD_WARNINGS_AS_ERRORS}>:-Werror>)
# LibTorch names hundreds of libraries; load only those that are used.
target_link_options(soundfold_options INTERFACE -Wl,--as-needed)

if(SOUNDFOLD_SANITIZE)
  if(SOUNDFOLD_SANITIZE MATCHES "thread" AND SOUNDFOLD_SANITIZE MATCHES "address")
    message(FATAL_ERROR "SOUNDFOLD_SANITIZE: thread and address cannot be combined; build twice")
  endif()
  string(REPLACE "+" "," sanitizers "${SOUNDFOLD_SANITIZE}")
  target_compile_options(soundfold_options INTERFACE -fsanitize=${sanitizers} -fno-omit-frame-pointer)
  target_link_options(soundfold_options INTERFACE -fsanitize=${sanitizers})
endif()

# Sources of a room are compiled several together: their headers are then read once. -DSOUNDFOLD_UNITY=OFF compiles each
# by itself, for work on one room (and to see that each includes what it needs, as clang-tidy does).
option(SOUNDFOLD_UNITY "Compile the sources of a room several together" ON)
set(CMAKE_UNITY_BUILD ${SOUNDFOLD_UNITY})
set(CMAKE_UNITY_BUILD_BATCH_SIZE 12)

# soundfold_room(NAME [TORCH] SOURCES a.cpp ... [ROOMS room ...] [LIBRARIES lib ...])
# makes the static library soundfold_NAME from one folder. ROOMS are the rooms whose headers it includes, LIBRARIES what
# else it uses. TORCH rooms share one precompiled header, the others another. The rooms and arrows named here are written to
# rooms.txt in the build folder, from which scripts/architecture.cmake draws them and which the tests hold the sources to.
function(soundfold_room NAME)
  soundfold_part(${NAME} ROOM ${NAME} ${ARGN})
endfunction()

# soundfold_part(NAME ROOM room ...) makes a library of its own from some sources of a room.
function(soundfold_part NAME)
  cmake_parse_arguments(PART "TORCH" "ROOM" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
  add_library(soundfold_${NAME} STATIC ${PART_SOURCES})
  list(TRANSFORM PART_ROOMS PREPEND soundfold_ OUTPUT_VARIABLE rooms)
  target_link_libraries(soundfold_${NAME} PUBLIC soundfold_options ${rooms} PRIVATE ${PART_LIBRARIES})
  if(PART_TORCH)
    soundfold_use_torch(soundfold_${NAME})
  else()
    soundfold_use_pch(soundfold_${NAME})
  endif()
  list(JOIN PART_ROOMS " " arrows)
  set_property(GLOBAL APPEND PROPERTY SOUNDFOLD_ARROWS "${PART_ROOM}: ${arrows}")
endfunction()

# soundfold_use_pch(TARGET) reuses the precompiled header of the rooms without LibTorch.
function(soundfold_use_pch TARGET)
  target_precompile_headers(${TARGET} REUSE_FROM soundfold_pch)
endfunction()

# soundfold_use_torch(TARGET) links LibTorch and reuses the shared precompiled header.
function(soundfold_use_torch TARGET)
  target_link_libraries(${TARGET} PUBLIC soundfold_torch soundfold_support)
  # CMake compiles programs with -fPIE and libraries with -fPIC; the header serves both only when the flags agree.
  get_target_property(type ${TARGET} TYPE)
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${TARGET} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${TARGET} PRIVATE -fPIC)
  endif()
  target_precompile_headers(${TARGET} REUSE_FROM soundfold_torch_pch)
endfunction()
