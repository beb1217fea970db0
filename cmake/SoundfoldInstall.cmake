# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` copies. Component `library`: headers, libsoundfold, how CMake and pkg-config find it; it may be
# moved afterwards. Component `programs`: programs and configurations.
include(CMakePackageConfigHelpers)

if(TARGET soundfold AND SOUNDFOLD_SHARED)
  set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Soundfold)
  install(TARGETS soundfold EXPORT SoundfoldCore COMPONENT library
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT library)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/soundfold DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)
  install(EXPORT SoundfoldCore NAMESPACE Soundfold:: DESTINATION ${package_folder} COMPONENT library)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/SoundfoldConfig.cmake.in
    ${PROJECT_BINARY_DIR}/SoundfoldConfig.cmake INSTALL_DESTINATION ${package_folder})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/SoundfoldConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/SoundfoldConfig.cmake ${PROJECT_BINARY_DIR}/SoundfoldConfigVersion.cmake
    DESTINATION ${package_folder} COMPONENT library)

  # pkg-config knows where its file lies: the prefix is counted from there.
  set(pc_prefix ${CMAKE_INSTALL_PREFIX})
  if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
    file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
    string(REGEX REPLACE "/$" "" up "${up}")
    set(pc_prefix "\${pcfiledir}/${up}")
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/soundfold.pc.in ${PROJECT_BINARY_DIR}/soundfold.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/soundfold.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE
    DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT library)
endif()

get_property(programs GLOBAL PROPERTY SOUNDFOLD_PROGRAMS)
if(programs)
  set_target_properties(${programs} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS ${programs} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs DESTINATION ${CMAKE_INSTALL_DATADIR}/soundfold COMPONENT programs)
  include(SoundfoldManPages)
endif()
