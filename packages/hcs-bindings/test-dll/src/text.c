/* Strings: messages, builders, copies for callers. */
#include "service.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

void *take_memory(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory) ExitProcess(3);
    return memory;
}

HRESULT fail(struct failure *why, HRESULT hresult, PCWSTR format, ...)
{
    va_list values;
    va_start(values, format);
    _vsnwprintf(why->message, ARRAYSIZE(why->message) - 1, format, values);
    va_end(values);
    return hresult;
}

/* Windows' words for what CreateProcessW answers (winerror.h); Wine has others. */
static PCWSTR win32_message(DWORD code)
{
    switch (code) {
    case 2: return L"The system cannot find the file specified.";
    case 3: return L"The system cannot find the path specified.";
    case 5: return L"Access is denied.";
    case 87: return L"The parameter is incorrect.";
    case 109: return L"The pipe has been ended.";
    case 193: return L"%1 is not a valid Win32 application.";
    case 206: return L"The filename or extension is too long.";
    case 216: return L"This version of %1 is not compatible with the version of Windows you're running.";
    case 267: return L"The directory name is invalid.";
    case 740: return L"The requested operation requires elevation.";
    default: return NULL;
    }
}

HRESULT fail_win32(struct failure *why, DWORD code)
{
    PCWSTR message = win32_message(code);
    return message ? fail(why, WIN32_HRESULT(code), L"%ls", message)
                   : fail(why, WIN32_HRESULT(code), L"CreateProcess failed with error %lu.", code);
}

static void grow(struct text *text, size_t more)
{
    if (text->length + more + 1 <= text->room) return;
    text->room = (text->length + more + 1) * 2;
    text->at = realloc(text->at, text->room * sizeof(WCHAR));
    if (!text->at) ExitProcess(3);
}

void text_add(struct text *text, PCWSTR more)
{
    size_t length = wcslen(more);
    grow(text, length);
    memcpy(text->at + text->length, more, (length + 1) * sizeof(WCHAR));
    text->length += length;
}

void text_add_char(struct text *text, WCHAR more)
{
    grow(text, 1);
    text->at[text->length++] = more;
    text->at[text->length] = 0;
}

void text_add_number(struct text *text, long long number)
{
    WCHAR digits[32];
    _snwprintf(digits, ARRAYSIZE(digits), L"%lld", number);
    text_add(text, digits);
}

void text_add_json(struct text *text, PCWSTR string)
{
    text_add_char(text, '"');
    for (; *string; string++) {
        WCHAR escaped[8];
        if (*string == '"' || *string == '\\') text_add_char(text, '\\');
        /* Lone halves of surrogate pairs would not survive the way to UTF-8. */
        int lone = (*string >= 0xD800 && *string < 0xDC00 && !(string[1] >= 0xDC00 && string[1] < 0xE000));
        if (*string >= 0x20 && !lone) text_add_char(text, *string);
        else {
            _snwprintf(escaped, ARRAYSIZE(escaped), L"\\u%04x", *string);
            text_add(text, escaped);
        }
    }
    text_add_char(text, '"');
}

void text_add_key(struct text *text, PCWSTR key)
{
    WCHAR last = text->length ? text->at[text->length - 1] : '{';
    if (last != '{' && last != '[' && last != ',') text_add_char(text, ',');
    text_add_json(text, key);
    text_add_char(text, ':');
}

WCHAR *text_take(struct text *text)
{
    grow(text, 0);
    text->at[text->length] = 0;
    return text->at;
}

WCHAR *copy_string(PCWSTR string)
{
    size_t size = (wcslen(string ? string : L"") + 1) * sizeof(WCHAR);
    return memcpy(take_memory(size), string ? string : L"", size);
}

WCHAR *join_path(PCWSTR folder, PCWSTR name)
{
    struct text path = {0};
    text_add(&path, folder);
    if (path.length && path.at[path.length - 1] != '\\') text_add_char(&path, '\\');
    text_add(&path, name);
    return text_take(&path);
}

PWSTR result_string(PCWSTR string)
{
    size_t size = (wcslen(string) + 1) * sizeof(WCHAR);
    PWSTR copy = CoTaskMemAlloc(size);
    return copy ? memcpy(copy, string, size) : NULL;
}
