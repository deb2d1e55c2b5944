# How Yin's targets are made; which targets there are stands in CMakeLists.txt.

option(YIN_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(YIN_CLI "Build the command yin" ${PROJECT_IS_TOP_LEVEL})
option(YIN_BENCHES "Know the benches" ${PROJECT_IS_TOP_LEVEL})
option(YIN_INSTALL "Install what programs outside need" ${PROJECT_IS_TOP_LEVEL})
option(YIN_CHECK_HEADERS "Compile every header alone" OFF)
option(YIN_FUZZ "Build the fuzzers (clang; with YIN_SANITIZE as the preset fuzz has it)" OFF)
set(YIN_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# The layers also become part of shared libraries: those of the bindings.
if(NOT EMSCRIPTEN)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  set(CMAKE_CXX_VISIBILITY_PRESET hidden)
  set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
endif()
if(YIN_TESTS)
  enable_testing()
endif()

# ---- platform: the suffixes that files carry ----------------------------------------------------

if(EMSCRIPTEN)
  set(YIN_OS emscripten)
  set(YIN_KERNEL emscripten)
  set(YIN_CPU wasm)
  set(arch_flags -msimd128)
else()
  set(YIN_OS posix)
  string(TOLOWER ${CMAKE_SYSTEM_NAME} YIN_KERNEL)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    set(YIN_CPU x86_64)
    set(arch_flags -march=x86-64-v3)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    set(YIN_CPU arm64)
    set(arch_flags -march=armv8.1-a)  # the first with single-instruction atomics
  endif()
endif()
set(YIN_ARCH_FLAGS "${arch_flags}" CACHE STRING "Flags that choose the instruction set")

# ---- flags of everything we compile -------------------------------------------------------------

add_compile_options(${YIN_ARCH_FLAGS} -Wall -Wextra -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options(-Wno-restrict)  # false on std::string's operator+ (GCC bug 105651)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang AND NOT EMSCRIPTEN)
  add_compile_options(-Wno-deprecated-declarations)  # libstdc++ 12's own, within std::stable_sort
endif()
include_directories(${PROJECT_SOURCE_DIR})
if(NOT CMAKE_BUILD_TYPE STREQUAL Release)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()

if(EMSCRIPTEN)
  # 64-bit offsets become 32-bit sizes wherever bytes in memory are meant; whatever is in memory fits.
  add_compile_options(-pthread -Wno-shorten-64-to-32)
  add_link_options(-pthread)
else()
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED)
  link_libraries(Threads::Threads)
endif()

if(YIN_SANITIZE)
  add_compile_options(-fsanitize=${YIN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${YIN_SANITIZE})
  if(YIN_FUZZ)
    # Telling the fuzzer what every comparison compares took two thirds of the time, and the words
    # that are looked for stand in dictionaries and corpora; those of memcmp() it still sees.
    add_compile_options(-fno-sanitize-coverage=trace-cmp)
  endif()
  if(YIN_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    add_compile_options(-Wno-tsan)  # "fences are not seen": true, and no reason to refuse the build
  endif()
endif()

find_program(YIN_CCACHE ccache)
find_program(YIN_LINKER NAMES mold ld.lld)
mark_as_advanced(YIN_CCACHE YIN_LINKER)
if(YIN_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${YIN_CCACHE})
endif()
if(YIN_LINKER AND NOT EMSCRIPTEN)
  string(REGEX REPLACE "^.*/(ld\\.)?" "" linker_name ${YIN_LINKER})
  add_link_options(-fuse-ld=${linker_name})
endif()

# ---- packages -----------------------------------------------------------------------------------

list(APPEND CMAKE_PREFIX_PATH ${PROJECT_SOURCE_DIR}/build/toolchain/catch2/usr)

# Only its header is used. It is copied to a directory of its own, because Emscripten must not see
# the rest of /usr/include, where it is usually found.
find_file(XXHASH_HEADER xxhash.h PATHS /usr/include /usr/local/include NO_CMAKE_FIND_ROOT_PATH)
if(NOT XXHASH_HEADER)
  message(FATAL_ERROR "xxhash.h is missing: run script/setup build")
endif()
configure_file(${XXHASH_HEADER} ${PROJECT_BINARY_DIR}/packages/xxhash.h COPYONLY)
add_library(yin_xxhash INTERFACE)
target_include_directories(yin_xxhash SYSTEM INTERFACE ${PROJECT_BINARY_DIR}/packages)
target_compile_definitions(yin_xxhash INTERFACE XXH_INLINE_ALL)

# Boost.Interprocess: mappings and shared memory objects, in substrate/region_posix.cc.
add_library(yin_mapping INTERFACE)
if(YIN_OS STREQUAL posix)
  find_package(Boost 1.74 REQUIRED)
  target_link_libraries(yin_mapping INTERFACE Boost::headers)
  find_library(RT rt)  # shm_open, in a C library older than glibc 2.34
  if(RT)
    target_link_libraries(yin_mapping INTERFACE ${RT})
  endif()
endif()

if(YIN_TESTS AND NOT EMSCRIPTEN)
  find_package(Catch2 3 QUIET)
  if(NOT Catch2_FOUND)
    message(STATUS "No Catch2 3: building without tests (script/setup test brings it)")
  endif()
endif()

# ---- targets ------------------------------------------------------------------------------------

if(YIN_BENCHES)
  add_custom_target(benches)
endif()
# Built with all only where the tests are, so that they go on compiling.
if(NOT YIN_CHECK_HEADERS)
  set(benches_unless_tested EXCLUDE_FROM_ALL)
endif()

# yin_layer(NAME [BELOW]): the library yin_NAME over the library BELOW, its tests and its benches.
# Sets NAME_scope to the keyword that target_link_libraries() needs for it.
function(yin_layer name)
  if(${name}_sources)
    set(scope PUBLIC)
    add_library(yin_${name} STATIC ${${name}_sources})
    target_compile_options(yin_${name} PRIVATE -fno-exceptions)
  else()
    set(scope INTERFACE)
    add_library(yin_${name} INTERFACE)
  endif()
  target_link_libraries(yin_${name} ${scope} ${ARGN})
  set(${name}_scope ${scope} PARENT_SCOPE)

  yin_tests(${name} yin_${name})
  if(YIN_BENCHES AND NOT EMSCRIPTEN)
    foreach(bench IN LISTS ${name}_benches)
      add_executable(${bench}_bench ${benches_unless_tested} bench/${name}/${bench}_bench.cc)
      target_link_libraries(${bench}_bench PRIVATE yin_${name} yin_peers)
      add_dependencies(benches ${bench}_bench)
    endforeach()
  endif()
endfunction()

# Leaves of vm_sources what the native projection is made of: machine code where asmjit is and we write it for the
# processor (docs/decisions/0021), else what stands in for it.
function(yin_native)
  find_package(asmjit QUIET GLOBAL)
  set(native vm/native/assembly.cc vm/native/code.cc vm/native/loop.cc vm/native/machine.cc vm/native/stack_memory_posix.cc)
  if(EMSCRIPTEN OR NOT asmjit_FOUND OR NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    if(NOT EMSCRIPTEN)
      message(STATUS "No asmjit, or no x86-64: building without the native projection (script/setup build brings asmjit)")
    endif()
    list(REMOVE_ITEM vm_sources ${native})
    set(vm_sources ${vm_sources} PARENT_SCOPE)
    return()
  endif()
  list(REMOVE_ITEM vm_sources vm/native/unavailable.cc)
  set(vm_sources ${vm_sources} PARENT_SCOPE)
  if(YIN_SANITIZE MATCHES undefined AND CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    # It would look for a function's type before its first instruction: machine code has none there.
    set_source_files_properties(vm/native/machine.cc PROPERTIES COMPILE_OPTIONS -fno-sanitize=function)
  endif()
  # Debian's archive is made for programs: the two places where it names stderr keep it out of shared libraries.
  # In this copy they name a variable of ours (vm/native/code.cc).
  set(archive ${PROJECT_BINARY_DIR}/packages/libasmjit.a)
  add_custom_command(OUTPUT ${archive}
    COMMAND ${CMAKE_OBJCOPY} --redefine-sym stderr=yin_assembler_stderr $<TARGET_FILE:asmjit::asmjit> ${archive}
    DEPENDS asmjit::asmjit VERBATIM)
  add_custom_target(yin_assembler_archive DEPENDS ${archive})
  add_library(yin_assembler STATIC IMPORTED GLOBAL)
  set_target_properties(yin_assembler PROPERTIES IMPORTED_LOCATION ${archive}
    INTERFACE_COMPILE_DEFINITIONS ASMJIT_STATIC INTERFACE_LINK_LIBRARIES "${RT}")
  add_dependencies(yin_assembler yin_assembler_archive)
  set(native_libraries yin_assembler PARENT_SCOPE)
endfunction()

# yin_tests(GROUP LIBRARY...): one executable from tests/GROUP/*_test.cc, one ctest entry a file.
# A case tagged [long] runs only with script/test --long, as an entry of its own. The thread
# sanitizer would make the tests that start no thread ten times slower for nothing: it has none.
set(YIN_WITHOUT_THREADS dao ast vm conformance)
function(yin_tests group)
  if(NOT ${group}_tests OR NOT Catch2_FOUND)
    return()
  endif()
  if(YIN_SANITIZE MATCHES thread AND group IN_LIST YIN_WITHOUT_THREADS)
    return()
  endif()
  list(TRANSFORM ${group}_tests REPLACE "(.+)" "tests/${group}/\\1_test.cc" OUTPUT_VARIABLE files)
  add_executable(yin_${group}_test ${files})
  target_link_libraries(yin_${group}_test PRIVATE ${ARGN} Catch2::Catch2WithMain)
  target_compile_definitions(yin_${group}_test PRIVATE YIN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  foreach(unit IN LISTS ${group}_tests)
    yin_ctest(${group}/${unit} yin_${group}_test -\# "[#${unit}_test]~[long]")
    file(STRINGS tests/${group}/${unit}_test.cc long_cases REGEX "TEST_CASE.*\\[long\\]")
    if(long_cases)
      yin_long_ctest(${group}/${unit}/long yin_${group}_test -\# "[#${unit}_test][long]")
    endif()
  endforeach()
endfunction()

function(yin_ctest name)
  add_test(NAME ${name} COMMAND ${ARGN})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 4)  # 4: all SKIP()ped
endfunction()

function(yin_long_ctest name)
  yin_ctest(${name} ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS long TIMEOUT 1800)
endfunction()

# The addon, where the package looks for it. It has all it needs within it, and shows the loader one name.
function(yin_node)
  if(EMSCRIPTEN OR YIN_SANITIZE)
    return()
  endif()
  find_program(NODE node)
  set(package ${PROJECT_SOURCE_DIR}/bindings/node)
  find_path(NODE_API_INCLUDE node_api.h
    HINTS ${package}/node_modules/node-api-headers/include /usr/include/node /usr/local/include/node)
  if(NOT NODE OR NOT NODE_API_INCLUDE)
    message(STATUS "No node or node_api.h: building without the Node binding (script/setup node brings them)")
    return()
  endif()
  add_library(yin_node MODULE ${node_sources})
  target_include_directories(yin_node SYSTEM PRIVATE ${NODE_API_INCLUDE})
  target_link_libraries(yin_node PRIVATE yin_c)
  target_compile_options(yin_node PRIVATE -fno-exceptions)
  target_link_options(yin_node PRIVATE -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL)
  set_target_properties(yin_node PROPERTIES PREFIX "" SUFFIX ".node")
  if(NOT YIN_TESTS OR NOT EXISTS ${package}/node_modules)
    return()
  endif()
  foreach(unit IN LISTS node_tests)
    yin_ctest(node/${unit} ${NODE} --test ${package}/test/${unit}.test.mjs)
    set_property(TEST node/${unit} PROPERTY ENVIRONMENT YIN_NODE_ADDON=$<TARGET_FILE:yin_node>)
  endforeach()
endfunction()

# The module of yin-vm/browser: no glue of Emscripten's, the loader (wasm/lib) instantiates it in each JavaScript
# thread over one memory, whose size the opener says. Its maximum here is what any memory may have.
function(yin_wasm)
  if(NOT EMSCRIPTEN)
    return()
  endif()
  add_executable(yin_browser ${wasm_sources}
    bindings/node/codec.cc bindings/node/events.cc bindings/node/port.cc)
  target_link_libraries(yin_browser PRIVATE yin_c)
  target_compile_options(yin_browser PRIVATE -fno-exceptions)
  target_link_options(yin_browser PRIVATE --no-entry -sIMPORTED_MEMORY -sALLOW_MEMORY_GROWTH -sMAXIMUM_MEMORY=4GB
    -sINITIAL_MEMORY=16MB -sSTACK_SIZE=1MB -sWASM_BIGINT -Wno-pthreads-mem-growth
    -Wl,--export-table,--export=__stack_pointer,--export=__wasm_init_tls,--export=_emscripten_thread_init
    -Wl,--export=emscripten_stack_set_limits,--export=_emscripten_stack_restore)
  set_target_properties(yin_browser PROPERTIES OUTPUT_NAME yin SUFFIX .wasm)

  # In Node, whose threads take the place of a page's workers, the tests of the Node binding too; and in a browser.
  find_program(NODE node)
  set(package ${PROJECT_SOURCE_DIR}/bindings/node)
  set(test ${PROJECT_SOURCE_DIR}/wasm/test)
  yin_browser_test(wasm/node ${NODE} --test ${test}/node.test.mjs)
  foreach(unit IN LISTS wasm_node_tests)
    if(EXISTS ${package}/node_modules)
      yin_browser_test(wasm/node_${unit}
        ${NODE} --import ${test}/as_node/register.mjs --test ${package}/test/${unit}.test.mjs)
    endif()
  endforeach()
  find_program(CHROMIUM chromium)
  if(CHROMIUM AND EXISTS ${PROJECT_SOURCE_DIR}/wasm/node_modules)
    yin_browser_test(wasm/browser ${NODE} --test ${test}/browser.test.mjs)
  else()
    message(STATUS "No Chromium or playwright-core: building without the test in a page (script/setup browser)")
  endif()
endfunction()

function(yin_browser_test name)
  yin_ctest(${name} ${ARGN})
  set_property(TEST ${name} PROPERTY ENVIRONMENT
    YIN_WASM=$<TARGET_FILE_DIR:yin_browser>/yin.wasm CHROMIUM=${CHROMIUM})
endfunction()

function(yin_cli)
  if(NOT cli_sources OR NOT YIN_CLI OR EMSCRIPTEN)
    return()
  endif()
  find_package(CLI11 REQUIRED)
  find_package(nlohmann_json REQUIRED)
  # Lines are edited by libedit (docs/decisions/0023), or not at all.
  find_path(LIBEDIT_INCLUDE histedit.h)
  find_library(LIBEDIT edit)
  if(LIBEDIT_INCLUDE AND LIBEDIT)
    list(REMOVE_ITEM cli_sources bindings/cli/line_editor_plain.cc)
  else()
    message(STATUS "No libedit: building yin without line editing (script/setup build brings it)")
    list(REMOVE_ITEM cli_sources bindings/cli/line_editor_libedit.cc)
    set(LIBEDIT "")
  endif()
  add_executable(yin ${cli_sources})
  target_link_libraries(yin PRIVATE
    yin_c yin_scheduler CLI11::CLI11 nlohmann_json::nlohmann_json ${LIBEDIT})
  if(NOT YIN_SANITIZE)
    # Most of the symbols that are looked up when it starts: a tenth of the time of a small program.
    target_link_options(yin PRIVATE -static-libstdc++ -static-libgcc)
  endif()
  # What `yin pod` has its client run.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS bindings/cli/pod_client.clj)
  file(READ bindings/cli/pod_client.clj YIN_POD_CLIENT_TEXT)
  configure_file(bindings/cli/pod_client_text.cc.in ${PROJECT_BINARY_DIR}/cli/pod_client_text.cc
    @ONLY)
  target_sources(yin PRIVATE ${PROJECT_BINARY_DIR}/cli/pod_client_text.cc)
  # What `(doc name)` says of the language's names.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS bindings/cli/words.txt)
  file(READ bindings/cli/words.txt YIN_WORDS_TEXT)
  configure_file(bindings/cli/words_text.cc.in ${PROJECT_BINARY_DIR}/cli/words_text.cc @ONLY)
  target_sources(yin PRIVATE ${PROJECT_BINARY_DIR}/cli/words_text.cc)
  yin_tests(cli yin_scheduler CLI11::CLI11 nlohmann_json::nlohmann_json)
  if(TARGET yin_cli_test)
    target_compile_definitions(yin_cli_test PRIVATE YIN_COMMAND="$<TARGET_FILE:yin>")
    target_sources(yin_cli_test PRIVATE bindings/cli/bencode.cc bindings/cli/definition.cc
      bindings/cli/history.cc bindings/cli/words.cc ${PROJECT_BINARY_DIR}/cli/words_text.cc)
    if(LIBEDIT)
      target_compile_definitions(yin_cli_test PRIVATE YIN_LINE_EDITING)
    endif()
    add_dependencies(yin_cli_test yin)
    yin_pod_client_test()
  endif()
endfunction()

# What the pod has its client run, and its guide, in a Clojure.
function(yin_pod_client_test)
  find_program(YIN_JAVA java)
  foreach(jar IN ITEMS clojure spec.alpha core.specs.alpha)
    find_file(YIN_JAR_${jar} ${jar}.jar PATHS /usr/share/java)
    if(NOT YIN_JAR_${jar} OR NOT YIN_JAVA)
      message(STATUS "No Clojure: building without the test of the pod's client (script/setup test)")
      return()
    endif()
    list(APPEND jars ${YIN_JAR_${jar}})
  endforeach()
  list(JOIN jars ":" class_path)
  yin_ctest(cli/pod_client ${PROJECT_SOURCE_DIR}/tests/cli/pod_client_test
    ${YIN_JAVA} ${class_path} $<TARGET_FILE:yin>)
endfunction()

# One domain, every host that is built at once: tests/bindings/story.
function(yin_story)
  if(NOT TARGET yin OR NOT Catch2_FOUND OR YIN_SANITIZE)
    return()
  endif()
  find_package(Python3 COMPONENTS Interpreter)
  if(NOT Python3_FOUND)
    message(STATUS "No Python: building without the story across hosts (script/setup test brings it)")
    return()
  endif()
  set(story ${PROJECT_SOURCE_DIR}/tests/bindings)
  add_executable(story_counter ${story}/counter.c)
  set_target_properties(story_counter PROPERTIES C_STANDARD 11 LINKER_LANGUAGE CXX)
  target_link_libraries(story_counter PRIVATE yin_c)
  set(hosts --host "c=$<TARGET_FILE:story_counter>")
  if(TARGET yin_jni)
    string(CONCAT clojure "clojure=${JAVA} -XX:+UseSerialGC -cp ${clojure_jar}:${clojure_path} "
      "clojure.main ${story}/counter.clj")
    list(APPEND hosts --host ${clojure})
  endif()
  if(TARGET yin_node)
    list(APPEND hosts --host "node=${NODE} ${story}/counter.mjs")
  endif()
  yin_ctest(bindings/story ${Python3_EXECUTABLE} ${story}/story --yin $<TARGET_FILE:yin>
    --agents ${story}/counter_agents.clj ${hosts})
  if(TARGET yin_node)
    set_property(TEST bindings/story PROPERTY ENVIRONMENT YIN_NODE_ADDON=$<TARGET_FILE:yin_node>)
  endif()
  set_tests_properties(bindings/story PROPERTIES RUN_SERIAL ON)
  if(TARGET yin_jni AND TARGET yin_node)
    yin_ctest(bindings/job_queue ${Python3_EXECUTABLE} ${story}/job_queue
      --examples ${PROJECT_SOURCE_DIR}/examples/job_queue
      --package ${PROJECT_SOURCE_DIR}/bindings/node --node ${NODE}
      --clojure "${JAVA} -XX:+UseSerialGC -cp ${clojure_jar}:${clojure_path} clojure.main")
    set_property(TEST bindings/job_queue
      PROPERTY ENVIRONMENT YIN_NODE_ADDON=$<TARGET_FILE:yin_node>)
  endif()
endfunction()

# The substrate once more, compiled to be explored: every access to a shared word may let others go
# first, and files, locks, processes and time are the explorer's (tests/explore). One ctest entry a
# scenario; script/test --long gives each a minute, and breaks the protocol's rules one by one.
function(yin_explorer)
  if(NOT Catch2_FOUND OR YIN_SANITIZE)
    return()
  endif()
  find_package(Boost 1.74 QUIET COMPONENTS context)
  if(NOT TARGET Boost::context)
    message(STATUS "No Boost.Context: building without the explorer (script/setup test brings it)")
    return()
  endif()
  set(sources ${substrate_sources})
  list(TRANSFORM sources REPLACE "substrate/(park|process|region)_.*" "tests/explore/\\1_explored.cc")
  list(TRANSFORM sources REPLACE "substrate/clock.cc" "tests/explore/clock_explored.cc")
  add_library(yin_substrate_explored STATIC EXCLUDE_FROM_ALL ${sources})
  target_compile_definitions(yin_substrate_explored PUBLIC YIN_EXPLORE)
  target_compile_options(yin_substrate_explored PRIVATE -fno-exceptions)
  target_link_libraries(yin_substrate_explored PUBLIC yin_xxhash)
  add_library(yin_explorer STATIC EXCLUDE_FROM_ALL ${explorer_sources})
  target_link_libraries(yin_explorer PUBLIC yin_substrate_explored Boost::context)
  add_executable(yin_explore ${explore_sources})
  target_link_libraries(yin_explore PRIVATE yin_explorer)
  yin_tests(explore yin_explorer)
  foreach(scenario IN LISTS explore_scenarios)
    yin_ctest(explore/${scenario} yin_explore ${scenario})
    yin_long_ctest(explore/${scenario}/long yin_explore ${scenario} --seconds 60)
  endforeach()
  yin_ctest(explore/mutations
    ${PROJECT_SOURCE_DIR}/tests/explore/mutate --build ${PROJECT_BINARY_DIR} --check)
  yin_long_ctest(explore/mutations/long
    ${PROJECT_SOURCE_DIR}/tests/explore/mutate --build ${PROJECT_BINARY_DIR})
endfunction()

# yin_wasm_tests(LIBRARY...): main() runs on a worker, as it must to wait on a shared word.
function(yin_wasm_tests)
  if(NOT EMSCRIPTEN)
    return()
  endif()
  foreach(test IN LISTS wasm_tests)
    add_executable(${test}_wasm_test tests/wasm/${test}_test.cc)
    target_link_libraries(${test}_wasm_test PRIVATE ${ARGN})
    target_link_options(${test}_wasm_test PRIVATE
      -sPROXY_TO_PTHREAD -sEXIT_RUNTIME -sINITIAL_MEMORY=256MB -sENVIRONMENT=node,worker)
    yin_ctest(wasm/${test} ${test}_wasm_test)
  endforeach()
endfunction()

# yin_fuzzers(LIBRARY...): fuzz/NAME_fuzz.cc, linked with libFuzzer's main().
function(yin_fuzzers)
  if(NOT YIN_FUZZ)
    return()
  endif()
  foreach(fuzzer IN LISTS fuzzers)
    add_executable(${fuzzer}_fuzz fuzz/${fuzzer}_fuzz.cc)
    target_link_libraries(${fuzzer}_fuzz PRIVATE ${ARGN})
    target_link_options(${fuzzer}_fuzz PRIVATE -fsanitize=fuzzer)
  endforeach()
endfunction()

# The house test reads the source tree. Every header is also compiled alone, as the first and only
# include of a file; headers of another platform are left out by their suffix. One preset is enough.
function(yin_house_test)
  if(NOT Catch2_FOUND OR YIN_SANITIZE)
    return()
  endif()
  set(house_tests house)
  add_executable(yin_house_test tests/house_test.cc)
  target_link_libraries(yin_house_test PRIVATE Catch2::Catch2WithMain)
  target_compile_definitions(yin_house_test PRIVATE YIN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  yin_ctest(house yin_house_test)

  if(NOT YIN_CHECK_HEADERS)
    return()
  endif()
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
    substrate/*.h dao/*.h ast/*.h vm/*.h scheduler/*.h)
  set(ours "_(${YIN_OS}|${YIN_KERNEL}|${YIN_CPU})[.]h$")
  foreach(header IN LISTS headers)
    if(header MATCHES "_(posix|linux|darwin|emscripten|x86_64|arm64|wasm)[.]h$"
       AND NOT header MATCHES ${ours})
      continue()
    endif()
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/headers/${header}.cc
      CONTENT "#include \"${header}\"  // stands alone\n")
    list(APPEND alone ${PROJECT_BINARY_DIR}/headers/${header}.cc)
  endforeach()
  if(alone)
    add_library(yin_headers OBJECT ${alone})
    target_link_libraries(yin_headers PRIVATE yin_scheduler)
    target_compile_options(yin_headers PRIVATE -fno-exceptions)
  endif()
endfunction()

# ---- bench peers: compared with when there, never needed -----------------------------------------

if(YIN_BENCHES AND NOT EMSCRIPTEN)
  add_library(yin_peers INTERFACE)
  target_link_libraries(yin_peers INTERFACE yin_mapping)
  target_compile_definitions(yin_peers INTERFACE YIN_PEER_BOOST)
  find_package(absl QUIET)
  if(absl_FOUND)
    target_link_libraries(yin_peers INTERFACE absl::flat_hash_map absl::btree)
    target_compile_definitions(yin_peers INTERFACE YIN_PEER_ABSL)
  endif()
  foreach(peer IN ITEMS lmdb sqlite3)
    string(TOUPPER ${peer} PEER)
    find_path(${PEER}_INCLUDE ${peer}.h)
    find_library(${PEER}_LIBRARY ${peer})
    if(${PEER}_INCLUDE AND ${PEER}_LIBRARY)
      target_include_directories(yin_peers SYSTEM INTERFACE ${${PEER}_INCLUDE})
      target_link_libraries(yin_peers INTERFACE ${${PEER}_LIBRARY})
      target_compile_definitions(yin_peers INTERFACE YIN_PEER_${PEER})
    endif()
  endforeach()
endif()
