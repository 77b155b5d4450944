#!/bin/sh
# Builds agent.exe from agent.c with mingw-w64 (Debian: gcc-mingw-w64-x86-64-win32), and reaper from reaper.c with gcc. The
# results are committed, so that nobody needs a compiler to run containers; the same compilers make the same bytes.
# usage: build.sh [<folder>]
set -eu
cd "$(dirname "$0")"
out=${1:-.}
x86_64-w64-mingw32-gcc -std=c11 -Wall -Wextra -Werror -Os -ffreestanding -fno-builtin -fno-stack-protector -fno-ident \
  -fno-asynchronous-unwind-tables -mno-stack-arg-probe -nostdlib -s \
  -Wl,--no-insert-timestamp,--entry=start,--subsystem=console,--no-seh \
  -o "$out/agent.exe" agent.c -lkernel32 -lntdll
[ "$(uname -sm)" = "Linux x86_64" ] || exit 0
gcc -std=gnu11 -Wall -Wextra -Werror -Os -ffreestanding -fno-builtin -fno-stack-protector -fno-ident -fcf-protection=none \
  -fno-asynchronous-unwind-tables -fno-pie -no-pie -static -nostdlib -s -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-z,noexecstack \
  -o "$out/reaper" reaper.c
