#!/bin/sh
# Builds agent.exe from agent.c with mingw-w64 (Debian: gcc-mingw-w64-x86-64-win32). The result is committed, so that nobody
# needs a compiler to run containers; the same compiler makes the same bytes.
set -eu
cd "$(dirname "$0")"
x86_64-w64-mingw32-gcc -std=c11 -Wall -Wextra -Werror -Os -ffreestanding -fno-builtin -fno-stack-protector -fno-ident \
  -fno-asynchronous-unwind-tables -mno-stack-arg-probe -nostdlib -s \
  -Wl,--no-insert-timestamp,--entry=start,--subsystem=console,--no-seh \
  -o "${1:-agent.exe}" "${2:-agent.c}" -lkernel32 -lntdll
