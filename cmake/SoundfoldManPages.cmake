# SPDX-License-Identifier: Apache-2.0
# Manual pages and shell completions, which the programs print of their own options, in the build's folder share/ as they
# are installed, with their program. Programs of another processor cannot be run here, and those with sanitizers are not for
# installation.
if(CMAKE_CROSSCOMPILING OR SOUNDFOLD_SANITIZE)
  return()
endif()

set(pages "")
set(share ${PROJECT_BINARY_DIR}/share)
foreach(program ${programs})
  set(own
    ${share}/man/man1/${program}.1.gz
    ${share}/bash-completion/completions/${program}
    ${share}/zsh/site-functions/_${program}
    ${share}/fish/vendor_completions.d/${program}.fish)
  get_target_property(component ${program} SOUNDFOLD_COMPONENT)
  foreach(page ${own})
    file(RELATIVE_PATH place ${share} ${page})
    get_filename_component(place ${place} DIRECTORY)
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_DATADIR}/${place} COMPONENT ${component} OPTIONAL)
  endforeach()
  add_custom_command(OUTPUT ${own}
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${program}> "-DPAGES=${own}"
            -P ${CMAKE_CURRENT_LIST_DIR}/write_pages.cmake
    DEPENDS ${program} ${CMAKE_CURRENT_LIST_DIR}/write_pages.cmake VERBATIM)
  list(APPEND pages ${own})
endforeach()
add_custom_target(manuals ALL DEPENDS ${pages})
