#!/bin/sh
# Builds the test vmcompute.dll, and its smoke test, with mingw-w64 (Debian: gcc-mingw-w64-x86-64-win32).
# usage: build.sh <folder>
set -eu
out=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")"
flags="-std=c11 -O1 -g0 -Wall -Wextra -Werror -municode -DUNICODE -D_UNICODE -D_WIN32_WINNT=0x0A00 -fno-ident -s"
# Written under another name and renamed: two test files may build at once.
x86_64-w64-mingw32-gcc $flags -shared -Wl,--no-insert-timestamp -o "$out/vmcompute.$$.dll" src/*.c vmcompute.def -lole32 -luuid -ladvapi32
x86_64-w64-mingw32-gcc $flags -Wl,--no-insert-timestamp -o "$out/smoke.$$.exe" smoke.c "$out/vmcompute.$$.dll" -lole32
x86_64-w64-mingw32-gcc $flags -Wl,--no-insert-timestamp -o "$out/starter.$$.exe" starter.c -lntdll
mv -f "$out/starter.$$.exe" "$out/starter.exe"
mv -f "$out/vmcompute.$$.dll" "$out/vmcompute.dll"
mv -f "$out/smoke.$$.exe" "$out/smoke.exe"
