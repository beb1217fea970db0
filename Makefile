# SPDX-License-Identifier: Apache-2.0
# The two commands for a fresh machine are `make dogcat` and `make test`; `make` lists the rest.
# CMAKE_FLAGS adds to the configuration, for example CMAKE_FLAGS=-DCMAKE_PREFIX_PATH=/opt/libtorch

SHELL := /bin/bash
JOBS ?= $(shell scripts/jobs.sh)
CMAKE_FLAGS ?=
SOURCES = $(shell git ls-files --cached --others --exclude-standard '*.cpp' '*.h')
CONFIGURATION := CMakeLists.txt CMakePresets.json $(wildcard cmake/*.cmake third_party/*.cmake src/CMakeLists.txt \
  src/*/CMakeLists.txt tests/CMakeLists.txt tests/*/CMakeLists.txt bench/CMakeLists.txt bench/*/CMakeLists.txt)

.DEFAULT_GOAL := help
.PHONY: help dogcat test test-full build programs deb bench bench-peers docs packages format lint asan-quick asan tsan gpu-check clean
.DELETE_ON_ERROR:

help:
	@echo 'make dogcat   everything from nothing: install, build, fetch, train, evaluate, export and classify a file'
	@echo 'make test     install what is missing, build, and run every test'
	@echo 'make test-full   make test, asan, tsan, fuzzing, then the torture programs: kills, corruption, odd input'
	@echo 'make build    install what is missing and build (release)'
	@echo 'make bench    build and run the benchmarks'
	@echo 'make bench-peers   beside ONNX Runtime and PyTorch, which it installs (ARGS=--quick for a short one)'
	@echo 'make docs     the site of docs in build/docs: public headers and pages, with Doxygen, which it installs'
	@echo 'make deb      Debian packages in build/release/deb: programs and libraries, with and without LibTorch'
	@echo 'make gpu-check   on a machine with a GPU: build with LIBTORCH=<folder>, test there, measure beside PyTorch'
	@echo 'make asan     build and test with AddressSanitizer and UndefinedBehaviorSanitizer; asan-quick: without LibTorch'
	@echo 'make tsan     build what uses threads with ThreadSanitizer and run its tests'
	@echo 'make format   format the sources with clang-format'
	@echo 'make lint     check the sources with clang-tidy (ARGS=--quick without its static analyzer)'
	@echo 'make clean    remove the builds (build/); fetched data and experiments stay'
	@echo
	@echo 'SOUNDFOLD_MIRROR=<folder> is looked in before the network is tried. JOBS=N sets the compiler jobs (here $(JOBS)).'

packages:
	@scripts/install_packages.sh

# A preset is configured once, and again when a build file appears or changes.
build/%/build.ninja: $(CONFIGURATION) | packages
	@cmake --preset $* $(CMAKE_FLAGS)
	@touch $@

build: build/release/build.ninja | packages
	@cmake --build build/release --parallel $(JOBS)

# The programs without the tests: a third of the work.
programs: build/release/build.ninja | packages
	@cmake --build build/release --parallel $(JOBS) --target programs

deb: build/release/build.ninja | packages
	@scripts/install_packages.sh third_party/packages_deb.txt
	@cmake --build build/release --parallel $(JOBS) --target deb

test: build
	@scripts/run_tests.sh build/release --parallel $(JOBS)

test-full:
	@JOBS='$(JOBS)' CMAKE_FLAGS='$(CMAKE_FLAGS)' scripts/test_full.sh $(ARGS)

dogcat: programs
	@scripts/dogcat.sh

bench: build/release/build.ninja | packages
	@cmake --build build/release --parallel $(JOBS) --target soundfold_bench
	@build/release/bin/soundfold_bench

bench-peers: build/release/build.ninja | packages
	@cmake --build build/release --parallel $(JOBS) --target programs soundfold_bench \
	  backbone_rate model_latency runtime_latency
	@CMAKE_FLAGS='$(CMAKE_FLAGS)' scripts/bench_peers.sh $(ARGS)

docs:
	@scripts/install_packages.sh third_party/packages_docs.txt
	@scripts/docs.sh build/docs

# The tests that need no LibTorch, in a few minutes: part of the continuous build.
asan-quick: build/asan/build.ninja | packages
	@cmake --build build/asan --parallel $(JOBS) --target soundfold_tests fetcher
	@scripts/run_tests.sh build/asan --parallel $(JOBS) --label-regex '^light$$'

asan tsan: %: build/%/build.ninja | packages
	@cmake --build build/$@ --parallel $(JOBS)
	@scripts/run_tests.sh build/$@ --parallel $(JOBS)

gpu-check:
	@JOBS='$(JOBS)' CMAKE_FLAGS='$(CMAKE_FLAGS)' scripts/gpu_check.sh

format:
	@command -v clang-format >/dev/null || { echo 'clang-format is missing: apt-get install clang-format' >&2; exit 1; }
	@clang-format -i $(SOURCES)

lint:
	@scripts/lint.sh --jobs $(JOBS) $(ARGS)

clean:
	@rm -rf build
