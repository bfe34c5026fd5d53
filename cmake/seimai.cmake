# How the house is built: one function a kind of thing. A room names its sources by standing in its folder,
# its neighbours and its external libraries; what it does not name, it cannot include or link.
# SPDX-License-Identifier: MIT

set(SM_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wcast-align
    -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wundef -Wvla
    -Wformat=2 -Wwrite-strings -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
    -Wdouble-promotion -Wredundant-decls)
if(SM_WERROR)
    list(APPEND SM_WARNINGS -Werror)
endif()

set(SM_SANITIZE_FLAGS "")
if(SM_SANITIZE)
    set(SM_SANITIZE_FLAGS -fsanitize=${SM_SANITIZE} -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
endif()

function(sm_flags target)
    target_compile_features(${target} PUBLIC c_std_17)
    target_compile_definitions(${target} PRIVATE _POSIX_C_SOURCE=200809L)
    target_compile_options(${target} PRIVATE ${SM_WARNINGS} -fno-math-errno -fvisibility=hidden
        ${SM_SANITIZE_FLAGS})
    target_link_options(${target} PUBLIC ${SM_SANITIZE_FLAGS})
endfunction()

# sm_room(html ROOMS text LIBS PkgConfig::zstd SUBDIRS kern): the static library of src/html/*.c.
# The rooms below it come along (PUBLIC); the external libraries stay its own (PRIVATE includes).
function(sm_room room)
    cmake_parse_arguments(ARG "" "" "ROOMS;LIBS;SUBDIRS;DEFINES" ${ARGN})
    set(globs "${CMAKE_CURRENT_SOURCE_DIR}/*.c")
    foreach(dir ${ARG_SUBDIRS})
        list(APPEND globs "${CMAKE_CURRENT_SOURCE_DIR}/${dir}/*.c")
    endforeach()
    file(GLOB sources CONFIGURE_DEPENDS ${globs})
    add_library(sm_${room} STATIC ${sources})
    sm_flags(sm_${room})
    set_target_properties(sm_${room} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_include_directories(sm_${room} PUBLIC ${PROJECT_SOURCE_DIR}/include
        PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_compile_definitions(sm_${room} PRIVATE ${ARG_DEFINES})
    foreach(below ${ARG_ROOMS})
        target_link_libraries(sm_${room} PUBLIC sm_${below})
    endforeach()
    target_link_libraries(sm_${room} PRIVATE ${ARG_LIBS})
    set_property(GLOBAL APPEND PROPERTY SM_ROOMS ${room})
endfunction()

# sm_unit_tests(html charset tokenizer): tests/unit/charset_test.c … against the room and cmocka.
function(sm_unit_tests room)
    if(NOT SM_TESTS)
        return()
    endif()
    foreach(module ${ARGN})
        set(source ${PROJECT_SOURCE_DIR}/tests/unit/${module}_test.c)
        if(NOT EXISTS ${source}) # the lint counts it as a fault; the other rooms can still be built
            message(WARNING "no ${source}")
            continue()
        endif()
        add_executable(${module}_test ${source})
        sm_flags(${module}_test)
        target_include_directories(${module}_test PRIVATE ${PROJECT_SOURCE_DIR}/src/${room}
            ${PROJECT_SOURCE_DIR}/tests/unit)
        target_link_libraries(${module}_test PRIVATE sm_${room} PkgConfig::cmocka m)
        add_test(NAME unit.${module} COMMAND ${module}_test)
        set_tests_properties(unit.${module} PROPERTIES LABELS unit
            ENVIRONMENT "SEIMAI_SOURCE=${PROJECT_SOURCE_DIR};SEIMAI_BUILD=${PROJECT_BINARY_DIR}")
    endforeach()
endfunction()

# sm_tool(dedup ROOMS dedup stream): the executable seimai-dedup of tools/dedup.c.
function(sm_tool tool)
    cmake_parse_arguments(ARG "" "" "ROOMS" ${ARGN})
    add_executable(seimai-${tool} ${PROJECT_SOURCE_DIR}/tools/${tool}.c)
    sm_flags(seimai-${tool})
    foreach(room ${ARG_ROOMS})
        target_link_libraries(seimai-${tool} PRIVATE sm_${room})
    endforeach()
    set_target_properties(seimai-${tool} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
        ${PROJECT_BINARY_DIR}/bin)
    install(TARGETS seimai-${tool} RUNTIME)
endfunction()
