# The two libraries, static and shared, with headers, .pc files and dictionaries. SPDX-License-Identifier: MIT
#
# Tools link the rooms; these libraries are the same objects for others to link: libseimai has every room
# but the trainer's, libseimai-nn has those and brings OpenBLAS and OpenMP. Only what a public header marks
# with SM_API is visible. A sanitizer build has none of this.

if(SM_SANITIZE)
    return()
endif()

# sm_library(seimai-nn ROOMS nn gen NEEDS seimai REQUIRES openblas LIBS -lgomp): both kinds, and the .pc file.
# REQUIRES and LIBS are what a static link needs besides; the shared library knows it by itself.
function(sm_library name)
    cmake_parse_arguments(ARG "" "ABOUT" "ROOMS;NEEDS;REQUIRES;LIBS" ${ARGN})
    set(objects "")
    set(externals "")
    foreach(room ${ARG_ROOMS})
        list(APPEND objects $<TARGET_OBJECTS:sm_${room}>)
        get_target_property(links sm_${room} LINK_LIBRARIES)
        list(APPEND externals ${links})
    endforeach()
    list(FILTER externals EXCLUDE REGEX "^sm_")
    list(REMOVE_DUPLICATES externals)

    foreach(kind SHARED STATIC)
        string(TOLOWER ${name}_${kind} target)
        add_library(${target} ${kind} ${objects})
        set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE C
            VERSION 0 SOVERSION 0)
        install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
    endforeach()
    string(TOLOWER ${name}_shared target)
    target_link_options(${target} PRIVATE -Wl,--no-undefined -Wl,--as-needed)
    foreach(needed ${ARG_NEEDS})
        target_link_libraries(${target} PRIVATE ${needed}_shared)
    endforeach()
    target_link_libraries(${target} PRIVATE ${externals})

    list(JOIN ARG_NEEDS " " needs)
    list(JOIN ARG_REQUIRES " " requires)
    list(JOIN ARG_LIBS " " libs)
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/${name}.pc @ONLY CONTENT
"prefix=\${pcfiledir}/@up@
libdir=\${prefix}/@CMAKE_INSTALL_LIBDIR@
includedir=\${prefix}/@CMAKE_INSTALL_INCLUDEDIR@

Name: @name@
Description: @ARG_ABOUT@
Version: @PROJECT_VERSION@
Requires: @needs@
Requires.private: @requires@
Cflags: -I\${includedir}
Libs: -L\${libdir} -l@name@
Libs.private: @libs@
")
    install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# From the .pc file's folder back to the prefix, so that the installed tree can be moved.
string(REGEX REPLACE "[^/]+" ".." up ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

get_property(rooms GLOBAL PROPERTY SM_ROOMS)
set(trainer ${rooms})
list(FILTER trainer INCLUDE REGEX "^(nn|gen|eval|align|plan)$")
list(FILTER rooms EXCLUDE REGEX "^(nn|gen|eval|align|plan)$")

# What the build found of the optional libraries.
set(optional)
foreach(library isal:libisal brotli:libbrotlidec zip:libzip expat:expat)
    string(REPLACE ":" ";" pair ${library})
    list(GET pair 0 target)
    list(GET pair 1 module)
    if(TARGET PkgConfig::${target})
        list(APPEND optional ${module})
    endif()
endforeach()

sm_library(seimai ABOUT "Japanese web text to training data: streams, text, filters, tokenizers, shards"
    ROOMS ${rooms} REQUIRES libxxhash jansson yaml-0.1 icu-uc libpcre2-8 libzstd zlib ${optional}
    LIBS -lbz2 -lmecab -lstdc++ -lpthread -lm)
if(trainer)
    sm_library(seimai-nn ABOUT "The compact trainer of seimai: models, optimizers, generation"
        ROOMS ${trainer} NEEDS seimai REQUIRES openblas LIBS -lgomp -lm)
endif()

install(DIRECTORY include/seimai DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(DIRECTORY dicts/ DESTINATION ${CMAKE_INSTALL_DATADIR}/seimai/dicts)
