# SPDX-License-Identifier: Apache-2.0
# Run by ctest when it starts: makes every test case of the test programs a test of its own, so that a crash hides none.
# The list of a program is made again when the program is newer.

# soundfold_cases(PROGRAM NAME=value ...): the environment is that of all its cases.
function(soundfold_cases program)
  if(NOT EXISTS "${program}")
    get_filename_component(name "${program}" NAME)
    add_test("${name} is not built" "${program}")
    return()
  endif()
  set(list ${program}_cases.cmake)
  if("${program}" IS_NEWER_THAN "${list}")
    execute_process(COMMAND env SOUNDFOLD_LIST_CASES=1 "${program}" OUTPUT_FILE "${list}" RESULT_VARIABLE failed)
    if(failed)
      file(REMOVE "${list}")
      add_test("${program} cannot list its cases" "${program}" --list-tests)
      return()
    endif()
  endif()
  set(environment ${ARGN})
  include("${list}")
endfunction()

# soundfold_case(GROUP TRUE|FALSE name escaped-name): one line of a list.
function(soundfold_case group recordings name escaped)
  set(test "${group}: ${name}")
  if(recordings AND NOT IS_DIRECTORY "$ENV{SOUNDFOLD_MIRROR}")
    add_test("${test}" sh -c "echo 'needs the real recordings: set SOUNDFOLD_MIRROR'; exit 77")
  else()
    add_test("${test}" "${program}" "${escaped}")
  endif()
  set(labels ${group})
  list(FIND light_groups ${group} place)
  if(place GREATER -1)
    list(APPEND labels light)
  endif()
  set_tests_properties("${test}" PROPERTIES LABELS "${labels}" ENVIRONMENT "${environment}" SKIP_RETURN_CODE 77
    WORKING_DIRECTORY "${source_folder}" TIMEOUT ${case_seconds})
endfunction()
