#!/bin/sh
# Builds reaper from reaper.c with gcc, on Linux on x86-64. The result is committed; the same compiler makes the same bytes.
set -eu
cd "$(dirname "$0")"
gcc -std=gnu11 -Wall -Wextra -Werror -Os -ffreestanding -fno-builtin -fno-stack-protector -fno-ident -fcf-protection=none \
  -fno-asynchronous-unwind-tables -fno-pie -no-pie -static -nostdlib -s -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-z,noexecstack \
  -o "${1:-reaper}" reaper.c
