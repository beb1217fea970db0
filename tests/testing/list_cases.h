// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace soundfold::testing {

/// Prints one line of CMake for every test case of this program, for tests/ctest_cases.cmake:
///   soundfold_case(<group> <TRUE when it needs recordings> [==[<name>]==] [==[<its name for the command line>]==])
/// The group is the first tag besides [assets].
void list_cases();

}  // namespace soundfold::testing
