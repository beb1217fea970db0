# SPDX-License-Identifier: Apache-2.0
# CPack runs this between installing and packing, for what is otherwise under /usr in Debian than elsewhere.
file(GLOB_RECURSE files ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/usr/bin/* ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/usr/lib/*.so.*
  ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/usr/libexec/*)
foreach(file ${files})
  if(NOT IS_SYMLINK ${file})
    file(RPATH_REMOVE FILE ${file})  # the loader knows Debian's folders
  endif()
endforeach()
file(GLOB folders ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/usr/share/zsh)
foreach(folder ${folders})
  file(RENAME ${folder}/site-functions ${folder}/vendor-completions)  # where Debian's zsh looks
endforeach()
