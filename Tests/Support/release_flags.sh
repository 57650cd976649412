# SPDX-License-Identifier: Apache-2.0
# How a release is built and linked (sourced, in the project's root, with $build naming the build folder). The linker takes an archive where a folder
# holds nothing else, so the C++ runtime's archive gets a folder of its own; relative relocations packed need glibc 2.36, which is Debian 12's.
release_flags=(-c release --static-swift-stdlib --explicit-target-dependency-import-check error -Xswiftc -warnings-as-errors --scratch-path "$build")
release_flags+=(-Xswiftc -use-ld=lld -Xlinker -z -Xlinker pack-relative-relocs -Xlinker --as-needed)
# Generic types are made by direct calls, not by their mangled names, which the runtime would read and look up at each start.
release_flags+=(-Xswiftc -Xfrontend -Xswiftc -disable-concrete-type-metadata-mangled-name-accessors)
# What nothing calls is left out, function by function; an executable exports no symbols (the toolchain's own default would export all of ours).
release_flags+=(-Xswiftc -Xfrontend -Xswiftc -function-sections -Xlinker --no-export-dynamic)
libstdcxx=$(gcc -print-file-name=libstdc++.a 2>/dev/null || true)
if [ ! -f "$libstdcxx" ]; then libstdcxx=$(find /usr/lib/gcc -name 'libstdc++.a' 2>/dev/null | sort -V | tail -1); fi
if [ -f "$libstdcxx" ]; then
  mkdir -p "$build/static"
  ln -sf "$libstdcxx" "$build/static/libstdc++.a"
  release_flags+=(-Xswiftc "-L$PWD/$build/static" -Xlinker -l:libgcc_eh.a)
fi
