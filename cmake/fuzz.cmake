# The libFuzzer targets: one program a file of fuzz/, built with clang by the preset "fuzz".

if(NOT ARGON_FUZZ)
  return()
endif()
file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/fuzz/*_fuzz.cc)
add_custom_target(fuzzers)
foreach(fuzzer IN LISTS fuzzers)
  get_filename_component(name ${fuzzer} NAME_WE)
  add_executable(${name} EXCLUDE_FROM_ALL ${fuzzer})
  target_link_libraries(${name} PRIVATE room_model room_sys)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers ${name})
endforeach()
