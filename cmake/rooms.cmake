# Makes one static library a room, linked as rooms.txt allows, and one test program a room.

# Static archives where Debian has them: loading shared libraries took half of `argo version`, above
# all those that only formats of libarchive need which we never open (libxml2, and ICU with it).
foreach(name archive lzma bz2 zstd z sqlite3 yaml re2 ssl crypto crypt nghttp2)
  find_library(STATIC_${name} lib${name}.a REQUIRED)
endforeach()
# What those formats need (nettle, lz4, …) is not linked: their code is dropped, in every program.
add_link_options(-Wl,--gc-sections)

# What a room needs from outside the project.
set(ARGON_EXTERNAL_base fmt::fmt)
set(ARGON_EXTERNAL_text ${STATIC_yaml})
set(ARGON_EXTERNAL_sys Threads::Threads ${STATIC_ssl} ${STATIC_crypto} ${STATIC_z}
  ${STATIC_nghttp2})
set(ARGON_EXTERNAL_expr ${STATIC_re2} cctz ${STATIC_crypto} ${STATIC_crypt})
set(ARGON_EXTERNAL_store ${STATIC_sqlite3} m)
set(ARGON_EXTERNAL_play ${STATIC_re2})
set(ARGON_EXTERNAL_server ${STATIC_crypto})
set(ARGON_EXTERNAL_runtime ${STATIC_archive} ${STATIC_lzma} ${STATIC_bz2} ${STATIC_zstd}
  ${STATIC_z} ${STATIC_crypto})

function(argon_rooms)
  file(STRINGS ${CMAKE_SOURCE_DIR}/rooms.txt rows)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/rooms.txt)
  foreach(row IN LISTS rows)
    if(row MATCHES "^([a-z]+):(.*)$")
      argon_room(${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
    endif()
  endforeach()
endfunction()

function(argon_room room allowed)
  separate_arguments(allowed)
  set(folder ${CMAKE_SOURCE_DIR}/src/${room})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$|_bench\\.cc$|_fuzz\\.cc$")
  if(room STREQUAL apps)
    list(FILTER sources EXCLUDE REGEX "_main\\.cc$")
  endif()
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(links ${allowed})
  list(TRANSFORM links PREPEND room_)
  if(sources)
    add_library(room_${room} STATIC ${sources})
    set_target_properties(room_${room} PROPERTIES OUTPUT_NAME ${room})
    target_link_libraries(room_${room} PUBLIC ${links} ${ARGON_EXTERNAL_${room}})
    set(links room_${room})
  else()
    add_library(room_${room} INTERFACE)
    target_link_libraries(room_${room} INTERFACE ${links} ${ARGON_EXTERNAL_${room}})
  endif()
  if(tests)
    add_executable(${room}_test ${tests})
    target_compile_definitions(${room}_test PRIVATE
      ARGON_SOURCE_DIR="${CMAKE_SOURCE_DIR}" ARGON_BINARY_DIR="${CMAKE_BINARY_DIR}")
    target_link_libraries(${room}_test PRIVATE room_${room} GTest::gmock GTest::gtest_main)
    set_property(GLOBAL APPEND PROPERTY ARGON_TESTS ${room}_test)
    add_test(NAME ${room} COMMAND ${room}_test)
  endif()
endfunction()
