#!/bin/sh
# Builds reaper, idmap and linux-container from their sources with gcc, on Linux on x86-64, into this folder or the one that is given.
# The results are committed; the same compiler makes the same bytes.
set -eu
cd "$(dirname "$0")"
for name in reaper idmap linux-container; do
  gcc -std=gnu11 -Wall -Wextra -Werror -Os -ffreestanding -fno-builtin -fno-stack-protector -fno-ident -fcf-protection=none \
    -fno-asynchronous-unwind-tables -fno-pie -no-pie -static -nostdlib -s -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-z,noexecstack \
    -o "${1:-.}/$name" "$name.c"
done
