#include "disks.h"
#include "disk-handles.h"
#include "layer-files.h"
#include "records.h"
#include <stdlib.h>
#include <wchar.h>

/* An attached disk. */
struct attached { WCHAR *path, *volume; int prepared, number; HANDLE owner; struct attached *next; };

/* A handle of a disk, or of a volume. */
struct opened { HANDLE handle; WCHAR *path; int volume; struct opened *next; };

static struct attached *all;
static struct opened *handles;

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

HRESULT disk_write(PCWSTR path, UINT64 size, UINT64 volume_size, PCWSTR parent, int replace)
{
    struct text text = {0};
    text_add(&text, L"{\"emulatedDisk\":1,\"size\":");
    text_add_number(&text, (long long)size);
    text_add_key(&text, L"volumeSize");
    text_add_number(&text, (long long)volume_size);
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

static HRESULT resize(PCWSTR path, UINT64 size, UINT64 volume_size)
{
    struct json *disk = read_disk(path);
    if (!disk) return WIN32_HRESULT(ERROR_FILE_NOT_FOUND);
    if (size < (UINT64)json_number(disk, L"size", 0)) size = (UINT64)json_number(disk, L"size", 0);
    if (!volume_size) volume_size = (UINT64)json_number(disk, L"volumeSize", 0);
    HRESULT hr = disk_write(path, size, volume_size, json_string(disk, L"parent"), 1);
    json_free(disk);
    return hr;
}

HRESULT disk_grow(PCWSTR path, UINT64 size) { return resize(path, size, size); }

HRESULT disk_attach(PCWSTR path, HANDLE owner)
{
    static int number;
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
        made->number = ++number;
        made->owner = owner;
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

static HANDLE remember(HANDLE handle, PCWSTR path, int volume)
{
    if (handle == INVALID_HANDLE_VALUE) return handle;
    struct opened *made = take_memory(sizeof *made);
    EnterCriticalSection(&service_lock);
    *made = (struct opened){handle, copy_string(path), volume, handles};
    handles = made;
    LeaveCriticalSection(&service_lock);
    return handle;
}

static WCHAR *path_of(HANDLE handle, int volume)
{
    EnterCriticalSection(&service_lock);
    struct opened *at = handles;
    while (at && (at->handle != handle || at->volume != volume)) at = at->next;
    WCHAR *path = at ? copy_string(at->path) : NULL;
    LeaveCriticalSection(&service_lock);
    return path;
}

WCHAR *disk_of_handle(HANDLE handle) { return path_of(handle, 0); }

int disk_close(HANDLE handle)
{
    EnterCriticalSection(&service_lock);
    struct opened **at = &handles;
    while (*at && (*at)->handle != handle) at = &(*at)->next;
    struct opened *found = *at;
    if (found) *at = found->next;
    LeaveCriticalSection(&service_lock);
    if (!found) return 0;
    EnterCriticalSection(&service_lock);
    struct attached *attached = *find(found->path);
    int owned = attached && !found->volume && attached->owner == handle;
    LeaveCriticalSection(&service_lock);
    if (owned) disk_detach(found->path);
    free(found->path);
    free(found);
    return 1;
}

static HANDLE open_disk(PCWSTR path)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    return remember(file, path, 0);
}

HANDLE volume_open(PCWSTR volume)
{
    WCHAR *path = disk_of_volume(volume);
    HANDLE file = INVALID_HANDLE_VALUE;
    if (path) file = remember(CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL), path, 1);
    else SetLastError(ERROR_FILE_NOT_FOUND);
    free(path);
    return file;
}

HRESULT disk_create(PCWSTR path, UINT64 size, PCWSTR parent, HANDLE *handle)
{
    if (*parent) {
        struct json *below = read_disk(parent);
        if (!below) return WIN32_HRESULT(ERROR_FILE_NOT_FOUND);
        if (!size) size = (UINT64)json_number(below, L"size", 0);
        json_free(below);
    }
    if (!size) return WIN32_HRESULT(ERROR_INVALID_PARAMETER);
    if (path_exists(path)) return WIN32_HRESULT(ERROR_FILE_EXISTS);
    HRESULT hr = disk_write(path, size, size, parent, 0);
    if (hr) return hr;
    *handle = open_disk(path);
    return *handle == INVALID_HANDLE_VALUE ? WIN32_HRESULT(GetLastError()) : S_OK;
}

HRESULT disk_open(PCWSTR path, HANDLE *handle)
{
    struct json *disk = read_disk(path);
    if (!disk) return WIN32_HRESULT(path_exists(path) ? ERROR_FILE_CORRUPT : ERROR_FILE_NOT_FOUND);
    json_free(disk);
    *handle = open_disk(path);
    return *handle == INVALID_HANDLE_VALUE ? WIN32_HRESULT(GetLastError()) : S_OK;
}

HRESULT disk_expand(HANDLE handle, UINT64 size)
{
    WCHAR *path = disk_of_handle(handle);
    HRESULT hr = path ? resize(path, size, 0) : WIN32_HRESULT(ERROR_INVALID_HANDLE);
    free(path);
    return hr;
}

int disk_number(HANDLE handle)
{
    WCHAR *path = disk_of_handle(handle);
    EnterCriticalSection(&service_lock);
    struct attached *found = path ? *find(path) : NULL;
    int number = found ? found->number : 0;
    LeaveCriticalSection(&service_lock);
    free(path);
    return number;
}

#define IOCTL_LENGTH 0x0007405C
#define FSCTL_EXTEND 0x000900F0

BOOL WINAPI OrielTestDeviceIoControl(HANDLE handle, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size, DWORD *done, OVERLAPPED *overlapped)
{
    WCHAR *path = path_of(handle, 1);
    if (!path) return DeviceIoControl(handle, code, in, in_size, out, out_size, done, overlapped);
    struct json *disk = read_disk(path);
    HRESULT hr = WIN32_HRESULT(ERROR_INVALID_FUNCTION);
    *done = 0;
    if (disk && code == IOCTL_LENGTH && out_size >= 8) {
        long long size = json_number(disk, L"size", 0);
        memcpy(out, &size, 8);
        *done = 8;
        hr = S_OK;
    } else if (disk && code == FSCTL_EXTEND && in_size >= 8) hr = resize(path, 0, *(UINT64 *)in * 512);
    json_free(disk);
    free(path);
    if (hr) SetLastError(hr & 0xffff);
    return hr == S_OK;
}

BOOL WINAPI OrielTestGetDiskFreeSpaceW(PCWSTR root, DWORD *per_cluster, DWORD *per_sector, DWORD *free_clusters, DWORD *clusters)
{
    WCHAR *path = disk_of_volume(root);
    if (!path) return GetDiskFreeSpaceW(root, per_cluster, per_sector, free_clusters, clusters);
    struct json *disk = read_disk(path);
    *per_cluster = 8;
    *per_sector = 512;
    *clusters = *free_clusters = (DWORD)(json_number(disk, L"volumeSize", 0) / 4096);
    json_free(disk);
    free(path);
    return TRUE;
}
