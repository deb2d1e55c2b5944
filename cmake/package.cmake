# What programs outside get of Yin: libyin, its headers, and how CMake and pkg-config find them.
#
#   yin::yin         shared; only what yin.h declares can be seen
#   yin::yin_static  the same in the program
#
# Both stand in a build tree too (FetchContent), under the same names. `cmake --install` and cpack
# take them with the command `yin`.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The number in the library's name is that of yin.h, not of the release.
file(STRINGS bindings/c/yin.h YIN_ABI_VERSION REGEX "^#define YIN_ABI_VERSION [0-9]+")
string(REGEX MATCH "[0-9]+" YIN_ABI_VERSION "${YIN_ABI_VERSION}")

function(yin_package)
  if(EMSCRIPTEN OR YIN_SANITIZE OR YIN_FUZZ)
    return()
  endif()
  foreach(layer IN ITEMS substrate dao ast vm scheduler c)
    list(APPEND objects $<TARGET_OBJECTS:yin_${layer}>)
  endforeach()
  set(map ${PROJECT_SOURCE_DIR}/cmake/libyin.map)
  add_library(libyin SHARED ${objects})
  add_library(yin_static STATIC ${objects})
  add_library(yin::yin ALIAS libyin)
  add_library(yin::yin_static ALIAS yin_static)
  set_target_properties(libyin PROPERTIES
    OUTPUT_NAME yin EXPORT_NAME yin LINKER_LANGUAGE CXX LINK_DEPENDS ${map}
    SOVERSION ${YIN_ABI_VERSION} VERSION ${YIN_ABI_VERSION}.${PROJECT_VERSION})
  set_target_properties(yin_static PROPERTIES OUTPUT_NAME yin LINKER_LANGUAGE CXX)
  target_link_options(libyin PRIVATE -Wl,--version-script=${map} -Wl,-z,defs)
  target_link_libraries(libyin PRIVATE yin_mapping ${native_libraries})
  # A C program that takes the static library has no C++ compiler to add these.
  target_link_libraries(yin_static INTERFACE stdc++ m)
  if(native_libraries)  # who links it has no asmjit
    file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/packages/merge.mri CONTENT
      "open $<TARGET_FILE:yin_static>\naddlib $<TARGET_FILE:yin_assembler>\nsave\nend\n")
    add_custom_command(TARGET yin_static POST_BUILD
      COMMAND ${CMAKE_AR} -M < ${PROJECT_BINARY_DIR}/packages/merge.mri)
  endif()
  foreach(library IN ITEMS libyin yin_static)
    target_include_directories(${library} INTERFACE
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/bindings/c>
      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  endforeach()
endfunction()

function(yin_install)
  if(NOT YIN_INSTALL OR NOT TARGET libyin)
    return()
  endif()
  install(TARGETS libyin yin_static EXPORT yinTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  if(TARGET yin)
    install(TARGETS yin RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
  install(FILES bindings/c/yin.h bindings/c/yin.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(FILES LICENSE README.md docs/guides/c.md docs/guides/pod.md
    DESTINATION ${CMAKE_INSTALL_DOCDIR})
  install(FILES examples/c/counter.c examples/c/counter.cc
    DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

  set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/yin)
  install(EXPORT yinTargets NAMESPACE yin:: DESTINATION ${config_dir})
  configure_package_config_file(cmake/yinConfig.cmake.in ${PROJECT_BINARY_DIR}/yinConfig.cmake
    INSTALL_DESTINATION ${config_dir})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/yinConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/yinConfig.cmake ${PROJECT_BINARY_DIR}/yinConfigVersion.cmake
    DESTINATION ${config_dir})

  # From where the file lies to the prefix, so that an installation may be moved.
  set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  file(RELATIVE_PATH YIN_PREFIX_FROM_PC /${pkgconfig_dir} /)
  configure_file(cmake/yin.pc.in ${PROJECT_BINARY_DIR}/yin.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/yin.pc DESTINATION ${pkgconfig_dir})

  set(CPACK_GENERATOR TGZ DEB)
  set(CPACK_PACKAGE_NAME yin)
  set(CPACK_PACKAGE_CONTACT "the Yin project")
  set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Immutable values, atoms and agents in shared memory")
  set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
  set(CPACK_STRIP_FILES ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
  set(CPACK_DEBIAN_PACKAGE_SECTION libs)
  include(CPack)
endfunction()

# Installs into a place of its own and builds programs against it, as somebody else would.
function(yin_package_test)
  if(NOT TARGET libyin OR NOT Catch2_FOUND OR NOT YIN_INSTALL)
    return()
  endif()
  yin_ctest(c/package ${PROJECT_SOURCE_DIR}/tests/c/package/check
    ${PROJECT_BINARY_DIR} ${CMAKE_COMMAND})
endfunction()
