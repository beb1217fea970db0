# SPDX-License-Identifier: Apache-2.0
# cmake -DPROGRAM=program -DPAGES="man page.gz;bash;zsh;fish" -P write_pages.cmake: writes what the program prints of its
# options.
function(write_page number)
  list(GET PAGES ${number} page)
  string(REGEX REPLACE "\\.gz$" "" page ${page})
  get_filename_component(folder ${page} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  execute_process(COMMAND ${PROGRAM} ${ARGN} OUTPUT_FILE ${page} ERROR_VARIABLE problem RESULT_VARIABLE failed)
  if(failed)
    file(REMOVE ${page})
    message(FATAL_ERROR "${PROGRAM} ${ARGN}: ${problem}")
  endif()
  if(number EQUAL 0)
    execute_process(COMMAND gzip -9nf ${page} COMMAND_ERROR_IS_FATAL ANY)
  endif()
endfunction()

write_page(0 --man)
write_page(1 --completion bash)
write_page(2 --completion zsh)
write_page(3 --completion fish)
