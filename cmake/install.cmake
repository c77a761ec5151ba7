# What `cmake --install` puts where, for find_package(gradus) and for pkg-config.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gradus)

install(TARGETS gradus gradus_static EXPORT gradus)
install(EXPORT gradus NAMESPACE gradus:: DESTINATION ${package_dir} FILE gradus-targets.cmake)
install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gradus)
install(FILES gradus.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# Training on several processes: find_package(gradus COMPONENTS mpi), or pkg-config's gradus_mpi.
if(TARGET gradus_mpi)
  install(TARGETS gradus_mpi gradus_mpi_static EXPORT gradus_mpi)
  install(EXPORT gradus_mpi NAMESPACE gradus:: DESTINATION ${package_dir} FILE gradus-mpi-targets.cmake)
  install(FILES nn/mpi/mpi.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gradus)
endif()

if(GRADUS_PROGRAMS)
  install(TARGETS gradus_cli) # the command `gradus`
  install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME gradus)
endif()

configure_package_config_file(cmake/gradus-config.cmake.in gradus-config.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(gradus-config-version.cmake COMPATIBILITY SameMinorVersion)
# Relative, so that the installed tree can be moved: from LIBDIR/pkgconfig up to the prefix.
file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
set(pc_prefix "\${pcfiledir}/${up}")
configure_file(cmake/gradus.pc.in gradus.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/gradus-config.cmake
              ${PROJECT_BINARY_DIR}/gradus-config-version.cmake DESTINATION ${package_dir})
install(FILES ${PROJECT_BINARY_DIR}/gradus.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(TARGET gradus_mpi)
  configure_file(cmake/gradus_mpi.pc.in gradus_mpi.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/gradus_mpi.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
if(PROJECT_IS_TOP_LEVEL)
  add_custom_target(uninstall VERBATIM WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
                    COMMAND ${CMAKE_COMMAND} -P ${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake)
endif()
