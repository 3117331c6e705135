# The programs: argo, argoexec, conformance, and the benchmarks. A program is built once its main
# exists.

function(argon_app name main)
  if(EXISTS ${CMAKE_SOURCE_DIR}/src/apps/${main})
    add_executable(${name} src/apps/${main})
    target_link_libraries(${name} PRIVATE ${ARGN})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  endif()
endfunction()

# The server frees in one thread what another allocated: tcmalloc does that a fifth faster than the
# C library's malloc (docs/performance.md). Static: as a shared library it costs a start too much.
find_library(TCMALLOC libtcmalloc_minimal.a REQUIRED)
if(ARGON_SANITIZE OR ARGON_FUZZ)  # they bring their own malloc
  set(TCMALLOC "")
endif()

argon_app(argo argo_main.cc room_apps ${TCMALLOC})
if(TARGET argo)
  execute_process(COMMAND git rev-parse HEAD WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    OUTPUT_VARIABLE ARGON_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  target_compile_definitions(argo PRIVATE
    ARGON_VERSION="v${PROJECT_VERSION}" ARGON_COMMIT="${ARGON_COMMIT}")
endif()
# By the archives alone: what the rooms need from outside does not go into argoexec.
argon_app(argoexec argoexec_main.cc $<TARGET_FILE:room_exec> $<TARGET_FILE:room_sys>
  $<TARGET_FILE:room_base>)
argon_app(conformance conformance_main.cc room_conformance)
if(TARGET argoexec)
  # Started once a container: static, so that it depends on nothing and starts at once.
  add_dependencies(argoexec room_exec room_sys room_base)
  if(NOT ARGON_SANITIZE)  # the sanitizers' libraries are shared ones
    target_link_options(argoexec PRIVATE -static)
  endif()
  if(TARGET runtime_test)
    add_dependencies(runtime_test argoexec)  # real containers
  endif()
endif()

# What a benchmark links; each is a program of its own, built by name (bench/run does).
set(ARGON_BENCH_ROOMS_engine_bench room_engine)
set(ARGON_BENCH_ROOMS_expr_bench room_expr)
set(ARGON_BENCH_ROOMS_store_bench room_kube room_store)
set(ARGON_BENCH_ROOMS_agent_bench room_runtime room_kube room_store)
set(ARGON_BENCH_ROOMS_lint_bench room_model)
set(ARGON_BENCH_ROOMS_alive_bench room_server room_control room_kube room_store)
set(ARGON_BENCH_ROOMS_path_bench room_server room_control room_kube room_store)

file(GLOB_RECURSE benches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*_bench.cc)
foreach(bench IN LISTS benches)
  get_filename_component(name ${bench} NAME_WE)
  add_executable(${name} EXCLUDE_FROM_ALL ${bench})
  target_link_libraries(${name} PRIVATE ${ARGON_BENCH_ROOMS_${name}} fmt::fmt Threads::Threads
    ${TCMALLOC})
endforeach()

# The binary of the built-in busybox image, beside argo.
find_program(BUSYBOX_STATIC busybox PATHS /bin /usr/bin NO_DEFAULT_PATH)
if(BUSYBOX_STATIC)
  configure_file(${BUSYBOX_STATIC} ${CMAKE_BINARY_DIR}/busybox-static COPYONLY)
endif()
