# The JVM binding: yin_jni, the native library; yin.jar, with it inside; its tests, which run Clojure from
# Debian's jars. Where there is no JDK or no Clojure, it is left out.

if(EMSCRIPTEN OR YIN_SANITIZE)
  return()
endif()
find_package(JNI QUIET COMPONENTS JVM)
find_program(JAVAC javac)
find_program(JAVA java)
find_program(JAR jar)
set(clojure_jars)
foreach(name IN ITEMS clojure spec.alpha core.specs.alpha)
  find_file(CLOJURE_JAR_${name} ${name}.jar PATHS /usr/share/java)
  list(APPEND clojure_jars ${CLOJURE_JAR_${name}})
endforeach()
find_file(TEST_CHECK_JAR test.check.jar PATHS /usr/share/java)
mark_as_advanced(JAVAC JAVA JAR TEST_CHECK_JAR)
if(NOT JNI_FOUND OR NOT JAVAC OR NOT JAR OR clojure_jars MATCHES "NOTFOUND")
  message(STATUS "No JDK, or no Clojure: building without its binding (script/setup clojure brings them)")
  return()
endif()

add_library(yin_jni SHARED ${native_sources})
target_compile_options(yin_jni PRIVATE -fno-exceptions)
target_include_directories(yin_jni SYSTEM PRIVATE ${JNI_INCLUDE_DIRS})
# It is loaded by JVMs elsewhere: brings the C++ library along, and shows nothing but its natives.
target_link_libraries(yin_jni PRIVATE yin_c)
target_link_options(yin_jni PRIVATE
  -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL -Wl,-z,defs)
if(CMAKE_BUILD_TYPE STREQUAL Release)
  target_link_options(yin_jni PRIVATE -s)
endif()
# Where yin.Native looks in the jar: the same names.
string(TOLOWER ${CMAKE_SYSTEM_NAME} clojure_platform)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "AMD64")
  string(APPEND clojure_platform -x86_64)
else()
  string(APPEND clojure_platform -${CMAKE_SYSTEM_PROCESSOR})
endif()

set(clojure_home ${PROJECT_SOURCE_DIR}/bindings/clojure)
file(GLOB_RECURSE clojure_java CONFIGURE_DEPENDS ${clojure_home}/java/*.java)
set(clojure_text ${clojure_home}/src/yin/core.clj ${clojure_home}/src/data_readers.cljc)
list(JOIN clojure_jars ":" clojure_path)
set(clojure_build ${PROJECT_BINARY_DIR}/clojure)
set(clojure_jar ${clojure_build}/yin-${PROJECT_VERSION}.jar)
configure_file(${clojure_home}/pom.xml.in ${clojure_build}/pom.xml @ONLY)
configure_file(${clojure_home}/deps.edn ${clojure_build}/deps.edn COPYONLY)

add_custom_command(OUTPUT ${clojure_jar}
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${clojure_build}/classes
  COMMAND ${JAVAC} --release 17 -Xlint:all -Xlint:-serial -Werror -cp ${clojure_path}
    -d ${clojure_build}/classes ${clojure_java}
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${clojure_home}/src ${clojure_build}/classes
  COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:yin_jni>
    ${clojure_build}/classes/META-INF/native/${clojure_platform}/$<TARGET_FILE_NAME:yin_jni>
  COMMAND ${CMAKE_COMMAND} -E copy ${clojure_build}/pom.xml
    ${clojure_build}/classes/META-INF/maven/io.github.yin-lang/yin/pom.xml
  COMMAND ${JAR} --create --file ${clojure_jar} -C ${clojure_build}/classes .
  DEPENDS yin_jni ${clojure_java} ${clojure_text} ${clojure_home}/pom.xml.in
  COMMENT "Packing ${clojure_jar}"
  VERBATIM)
add_custom_target(jar ALL DEPENDS ${clojure_jar})

# The other process of bench/clojure/watch_bench.clj.
if(YIN_BENCHES)
  add_executable(watch_writer EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/bench/clojure/watch_writer.c)
  target_link_libraries(watch_writer PRIVATE yin_c)
  set_target_properties(watch_writer PROPERTIES LINKER_LANGUAGE CXX)
endif()

# What the benches, and the story of all hosts (tests/bindings), start.
set(clojure_path "${clojure_jar}:${clojure_path}:${TEST_CHECK_JAR}")
file(CONFIGURE OUTPUT ${clojure_build}/classpath CONTENT "${clojure_path}" @ONLY)
set(YIN_CLOJURE_COMMAND ${clojure_build}/counter)
file(CONFIGURE OUTPUT ${YIN_CLOJURE_COMMAND} CONTENT "#!/bin/sh
exec ${JAVA} -XX:+UseSerialGC -cp ${clojure_path} clojure.main ${PROJECT_SOURCE_DIR}/tests/bindings/counter.clj \"$@\"
" @ONLY)
file(CHMOD ${YIN_CLOJURE_COMMAND} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)

if(YIN_TESTS AND TEST_CHECK_JAR)
  add_executable(clojure_orders ${PROJECT_SOURCE_DIR}/tests/clojure/orders.cc)
  target_link_libraries(clojure_orders PRIVATE yin_substrate)
  foreach(test IN LISTS clojure_tests)
    string(REPLACE "_" "-" namespace ${test})
    yin_ctest(clojure/${test} ${JAVA} -XX:+UseSerialGC
      -cp "${clojure_path}:${PROJECT_SOURCE_DIR}/tests/clojure"
      -Dyin.source=${PROJECT_SOURCE_DIR} -Dyin.orders=$<TARGET_FILE:clojure_orders>
      clojure.main -m yin.test-runner yin.${namespace}-test)
    set_tests_properties(clojure/${test} PROPERTIES TIMEOUT 3600)  # with --long ten times the work
  endforeach()
endif()
