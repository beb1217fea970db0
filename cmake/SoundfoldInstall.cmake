# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` copies, by components. `library`: libsoundfold; `library_dev`: headers, how CMake and pkg-config
# find it; `library_torch`, `library_torch_dev`: the same of libsoundfold_torch, beside it. These may be moved afterwards,
# together. `programs`: those without LibTorch; `programs_torch`: the others, helpers, configurations and the small network.
# `documents`: licence and notice. Each but the last is also a Debian package: see SoundfoldPackages.cmake.
include(CMakePackageConfigHelpers)

if(TARGET soundfold AND SOUNDFOLD_SHARED)
  set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Soundfold)
  install(TARGETS soundfold EXPORT SoundfoldCore
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT library_dev)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/soundfold DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library_dev
    PATTERN torchscript.h EXCLUDE PATTERN trainer.h EXCLUDE)
  install(EXPORT SoundfoldCore NAMESPACE Soundfold:: DESTINATION ${package_folder} COMPONENT library_dev)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/SoundfoldConfig.cmake.in
    ${PROJECT_BINARY_DIR}/SoundfoldConfig.cmake INSTALL_DESTINATION ${package_folder})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/SoundfoldConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/SoundfoldConfig.cmake ${PROJECT_BINARY_DIR}/SoundfoldConfigVersion.cmake
    DESTINATION ${package_folder} COMPONENT library_dev)

  # pkg-config knows where its file lies: the prefix is counted from there.
  set(pc_prefix ${CMAKE_INSTALL_PREFIX})
  if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
    file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
    string(REGEX REPLACE "/$" "" up "${up}")
    set(pc_prefix "\${pcfiledir}/${up}")
  endif()
  function(soundfold_install_pc NAME COMPONENT)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/${NAME}.pc.in ${PROJECT_BINARY_DIR}/${NAME}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${NAME}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT ${COMPONENT})
  endfunction()
  soundfold_install_pc(soundfold library_dev)

  if(TARGET soundfold_library_torch)
    set_target_properties(soundfold_library_torch PROPERTIES INSTALL_RPATH "$ORIGIN")  # where libsoundfold is
    install(TARGETS soundfold_library_torch EXPORT SoundfoldTorch
      LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library_torch NAMELINK_COMPONENT library_torch_dev)
    install(FILES ${PROJECT_SOURCE_DIR}/include/soundfold/torchscript.h ${PROJECT_SOURCE_DIR}/include/soundfold/trainer.h
      DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/soundfold COMPONENT library_torch_dev)
    install(EXPORT SoundfoldTorch NAMESPACE Soundfold:: DESTINATION ${package_folder} COMPONENT library_torch_dev)
    soundfold_install_pc(soundfold_torch library_torch_dev)
  endif()
endif()

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documents)

get_property(programs GLOBAL PROPERTY SOUNDFOLD_PROGRAMS)
if(programs)
  get_property(helpers GLOBAL PROPERTY SOUNDFOLD_HELPERS)
  set_target_properties(${programs} ${helpers} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  foreach(program ${programs})
    get_target_property(component ${program} SOUNDFOLD_COMPONENT)
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ${component})
  endforeach()
  install(TARGETS ${helpers} RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/soundfold COMPONENT programs_torch)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs ${PROJECT_SOURCE_DIR}/models
    DESTINATION ${CMAKE_INSTALL_DATADIR}/soundfold COMPONENT programs_torch)
  install(FILES ${PROJECT_SOURCE_DIR}/data/assets.yaml
    DESTINATION ${CMAKE_INSTALL_DATADIR}/soundfold/data COMPONENT programs)
  include(SoundfoldManPages)
endif()
if(PROJECT_IS_TOP_LEVEL)
  include(SoundfoldPackages)
endif()
