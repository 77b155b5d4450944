/*
 * GUIDs of names: version 5 UUIDs over a name space of our own, equal to those of the emulated service. The name space
 * that Windows uses is not public.
 */
#include "service.h"
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

static const BYTE layer_space[16] = {0x8f, 0x6b, 0x0d, 0x3e, 0x6c, 0x0e, 0x5b, 0x0f, 0x9a, 0x3d, 0x4f, 0x72, 0x69, 0x65, 0x6c, 0x01};
/* That of compute systems is public: their GUIDs are what Windows gives them. */
static const BYTE system_space[16] = {0xca, 0xb7, 0x03, 0x44, 0xfa, 0xcb, 0x41, 0xe4, 0xb5, 0xe5, 0xab, 0x65, 0x92, 0x28, 0x3e, 0x6e};

static DWORD rotate(DWORD value, int bits) { return value << bits | value >> (32 - bits); }

static void sha1_block(DWORD state[5], const BYTE *block)
{
    DWORD w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 16; i++) w[i] = (DWORD)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 80; i++) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        DWORD f, k;
        if (i < 20) { f = (b & c) | (~b & d); k = 0x5A827999; }
        else if (i < 40) { f = b ^ c ^ d; k = 0x6ED9EBA1; }
        else if (i < 60) { f = (b & c) | (b & d) | (c & d); k = 0x8F1BBCDC; }
        else { f = b ^ c ^ d; k = 0xCA62C1D6; }
        DWORD next = rotate(a, 5) + f + e + k + w[i];
        e = d; d = c; c = rotate(b, 30); b = a; a = next;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e;
}

static void sha1(const BYTE *bytes, size_t size, BYTE digest[20])
{
    DWORD state[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    size_t blocks = (size + 9 + 63) / 64;
    BYTE *padded = take_memory(blocks * 64);
    memcpy(padded, bytes, size);
    padded[size] = 0x80;
    for (int i = 0; i < 8; i++) padded[blocks * 64 - 1 - i] = (BYTE)((unsigned long long)size * 8 >> 8 * i);
    for (size_t i = 0; i < blocks; i++) sha1_block(state, padded + i * 64);
    for (int i = 0; i < 20; i++) digest[i] = (BYTE)(state[i / 4] >> (24 - 8 * (i % 4)));
    free(padded);
}

static void guid_in(const BYTE space[16], PCWSTR name, GUID *guid)
{
    WCHAR *upper = _wcsupr(copy_string(name));
    size_t size = wcslen(upper) * sizeof(WCHAR);
    BYTE digest[20], *bytes = take_memory(16 + size);
    memcpy(bytes, space, 16);
    memcpy(bytes + 16, upper, size);
    sha1(bytes, 16 + size, digest);
    digest[6] = (digest[6] & 0x0f) | 0x50;
    digest[8] = (digest[8] & 0x3f) | 0x80;
    guid->Data1 = (DWORD)digest[0] << 24 | digest[1] << 16 | digest[2] << 8 | digest[3];
    guid->Data2 = (WORD)(digest[4] << 8 | digest[5]);
    guid->Data3 = (WORD)(digest[6] << 8 | digest[7]);
    memcpy(guid->Data4, digest + 8, 8);
    free(bytes);
    free(upper);
}

void name_to_guid(PCWSTR name, GUID *guid) { guid_in(layer_space, name, guid); }
void system_guid(PCWSTR id, GUID *guid) { guid_in(system_space, id, guid); }

WCHAR *guid_text(const GUID *guid)
{
    WCHAR *text = take_memory(40 * sizeof(WCHAR));
    const BYTE *last = guid->Data4;
    _snwprintf(text, 40, L"%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", guid->Data1, guid->Data2, guid->Data3, last[0], last[1],
               last[2], last[3], last[4], last[5], last[6], last[7]);
    return text;
}
