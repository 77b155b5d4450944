#include "disks.h"
#include "layer-files.h"
#include <stdlib.h>
#include <wchar.h>

/* An attached disk. */
struct attached { WCHAR *path, *volume; int prepared; struct attached *next; };

static struct attached *all;

/* `\\?\` is no part of it: one disk has one spelling. */
static WCHAR *full(PCWSTR path)
{
    WCHAR buffer[4096];
    if (!wcsncmp(path, L"\\\\?\\", 4)) path += 4;
    return copy_string(GetFullPathNameW(path, ARRAYSIZE(buffer), buffer, NULL) ? buffer : path);
}

/* With the lock held. */
static struct attached **find(PCWSTR path)
{
    WCHAR *wanted = full(path);
    struct attached **at = &all;
    while (*at && _wcsicmp((*at)->path, wanted)) at = &(*at)->next;
    free(wanted);
    return at;
}

HRESULT disk_write(PCWSTR path, UINT64 size, PCWSTR parent, int replace)
{
    struct text text = {0};
    text_add(&text, L"{\"emulatedDisk\":1,\"size\":");
    text_add_number(&text, (long long)size);
    if (*parent) {
        text_add_key(&text, L"parent");
        text_add_json(&text, parent);
    }
    text_add(&text, L"}\n");
    int length = WideCharToMultiByte(CP_UTF8, 0, text.at, (int)text.length, NULL, 0, NULL, NULL);
    char *bytes = take_memory((size_t)length);
    WideCharToMultiByte(CP_UTF8, 0, text.at, (int)text.length, bytes, length, NULL, NULL);
    HRESULT hr = write_file(path, bytes, (DWORD)length, replace);
    free(bytes);
    free(text.at);
    return hr;
}

/* What its file says; NULL where it is no disk. */
static struct json *read_disk(PCWSTR path)
{
    char bytes[4096];
    WCHAR text[4096];
    DWORD size = 0;
    struct failure why;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return NULL;
    if (!ReadFile(file, bytes, sizeof bytes - 1, &size, NULL)) size = 0;
    CloseHandle(file);
    text[MultiByteToWideChar(CP_UTF8, 0, bytes, (int)size, text, ARRAYSIZE(text) - 1)] = 0;
    return size ? json_parse_object(text, &why) : NULL;
}

HRESULT disk_grow(PCWSTR path, UINT64 size)
{
    struct json *disk = read_disk(path);
    if (!disk) return WIN32_HRESULT(ERROR_FILE_NOT_FOUND);
    UINT64 present = (UINT64)json_number(disk, L"size", 0);
    HRESULT hr = disk_write(path, size > present ? size : present, json_string(disk, L"parent"), 1);
    json_free(disk);
    return hr;
}

HRESULT disk_attach(PCWSTR path)
{
    HRESULT hr = WIN32_HRESULT(ERROR_SHARING_VIOLATION);
    EnterCriticalSection(&service_lock);
    if (!*find(path)) {
        struct attached *made = take_memory(sizeof *made);
        struct text volume = {0};
        GUID guid;
        made->path = full(path);
        name_to_guid(made->path, &guid);
        WCHAR *text = guid_text(&guid);
        text_add(&volume, L"\\\\?\\Volume{");
        text_add(&volume, text);
        text_add(&volume, L"}");
        free(text);
        made->volume = text_take(&volume);
        made->next = all;
        all = made;
        hr = S_OK;
    }
    LeaveCriticalSection(&service_lock);
    return hr;
}

HRESULT disk_detach(PCWSTR path)
{
    EnterCriticalSection(&service_lock);
    struct attached **at = find(path), *found = *at;
    if (found) {
        *at = found->next;
        free(found->path);
        free(found->volume);
        free(found);
    }
    LeaveCriticalSection(&service_lock);
    return found ? S_OK : WIN32_HRESULT(ERROR_NOT_READY);
}

static HRESULT set_prepared(PCWSTR path)
{
    EnterCriticalSection(&service_lock);
    struct attached *found = *find(path);
    HRESULT hr = !found ? WIN32_HRESULT(ERROR_NOT_READY) : found->prepared ? WIN32_HRESULT(ERROR_SHARING_VIOLATION) : S_OK;
    if (!hr) found->prepared = 1;
    LeaveCriticalSection(&service_lock);
    return hr;
}

HRESULT disk_prepare(PCWSTR path, PCWSTR parent)
{
    HRESULT hr = set_prepared(path);
    if (hr) return hr;
    WCHAR *view = disk_view(path), *below = join_path(parent, L"Files");
    /* Once: what is there later is what the container made of it. */
    if (!path_exists(view)) {
        struct text text = {0};
        text_add(&text, view);
        text_add(&text, L".new");
        hr = remove_tree(text.at);
        if (!hr) hr = view_add(below, text.at);
        if (!hr && !MoveFileW(text.at, view)) hr = WIN32_HRESULT(GetLastError());
        free(text.at);
    }
    free(below);
    free(view);
    if (hr) disk_unprepare(path);
    return hr;
}

HRESULT disk_unprepare(PCWSTR path)
{
    EnterCriticalSection(&service_lock);
    struct attached *found = *find(path);
    if (found) found->prepared = 0;
    LeaveCriticalSection(&service_lock);
    return S_OK;
}

int disk_is_prepared(PCWSTR path)
{
    EnterCriticalSection(&service_lock);
    struct attached *found = *find(path);
    int prepared = found && found->prepared;
    LeaveCriticalSection(&service_lock);
    return prepared;
}

WCHAR *disk_volume(PCWSTR path)
{
    EnterCriticalSection(&service_lock);
    struct attached *found = *find(path);
    WCHAR *volume = found ? copy_string(found->volume) : NULL;
    LeaveCriticalSection(&service_lock);
    return volume;
}

WCHAR *disk_of_volume(PCWSTR volume)
{
    size_t length = wcslen(volume);
    WCHAR *path = NULL;
    if (length && volume[length - 1] == '\\') length--;
    EnterCriticalSection(&service_lock);
    for (struct attached *at = all; at && !path; at = at->next)
        if (wcslen(at->volume) == length && !_wcsnicmp(at->volume, volume, length)) path = copy_string(at->path);
    LeaveCriticalSection(&service_lock);
    return path;
}

WCHAR *disk_view(PCWSTR path)
{
    struct text text = {0};
    size_t length = wcslen(path);
    text_add(&text, path);
    if (length > 5 && !_wcsicmp(path + length - 5, L".vhdx")) text.length -= 5;
    text_add(&text, L"-volume");
    return text_take(&text);
}
