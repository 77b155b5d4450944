/* The call trace: one JSON object a line, in the shape of the recorded scenarios of dockerd. */
#include "service.h"
#include <stdio.h>
#include <stdlib.h>

static HANDLE file = INVALID_HANDLE_VALUE;

void trace_open(void)
{
    WCHAR path[MAX_PATH];
    DWORD length = GetEnvironmentVariableW(L"ORIEL_TEST_TRACE", path, ARRAYSIZE(path));
    if (!length || length >= ARRAYSIZE(path)) return;
    file = CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
}

void trace_call(PCWSTR call, PCWSTR target, PCWSTR document, HRESULT hresult)
{
    struct text text = {0};
    WCHAR hex[16];
    DWORD written;
    if (file == INVALID_HANDLE_VALUE) return;
    _snwprintf(hex, ARRAYSIZE(hex), L"0x%08lx", hresult);
    text_add_char(&text, '{');
    text_add_key(&text, L"call"); text_add_json(&text, call);
    text_add_key(&text, L"target"); text_add_json(&text, target);
    text_add_key(&text, L"document"); text_add_json(&text, document);
    text_add_key(&text, L"hresult"); text_add_json(&text, hex);
    text_add(&text, L"}\n");
    int size = WideCharToMultiByte(CP_UTF8, 0, text.at, (int)text.length, NULL, 0, NULL, NULL);
    char *bytes = take_memory((size_t)size);
    WideCharToMultiByte(CP_UTF8, 0, text.at, (int)text.length, bytes, size, NULL, NULL);
    EnterCriticalSection(&service_lock);
    WriteFile(file, bytes, (DWORD)size, &written, NULL);
    LeaveCriticalSection(&service_lock);
    free(bytes);
    free(text.at);
}
