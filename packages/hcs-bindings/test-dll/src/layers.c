/* Layers as folders with the names of the real ones; disks are files that say how large they would be. */
#include "service.h"
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define DEFAULT_DISK (20ull << 30)

/* A read-write layer whose disk is attached. */
struct active { WCHAR *id, *volume; int prepared; struct active *next; };

static struct active *actives;

static int in_layer(PCWSTR layer, PCWSTR name)
{
    WCHAR *path = join_path(layer, name);
    int found = path_exists(path);
    free(path);
    return found;
}

static HRESULT require_layer(PCWSTR id) { return path_exists(id) ? S_OK : WIN32_HRESULT(ERROR_PATH_NOT_FOUND); }

/* Every layer below must have its files, and a scratch must have one below. */
static HRESULT require_parents(const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    if (!count) return WIN32_HRESULT(ERROR_INVALID_PARAMETER);
    for (DWORD i = 0; i < count; i++)
        if (!in_layer(layers[i].Path, L"Files")) return WIN32_HRESULT(ERROR_PATH_NOT_FOUND);
    return S_OK;
}

static HRESULT write_disk(PCWSTR layer, PCWSTR name, UINT64 size, PCWSTR parent, int replace)
{
    struct text text = {0};
    WCHAR *path = join_path(layer, name);
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
    free(path);
    return hr;
}

/* With the lock held. */
static struct active **find(PCWSTR id)
{
    struct active **at = &actives;
    while (*at && _wcsicmp((*at)->id, id)) at = &(*at)->next;
    return at;
}

HRESULT layer_create(PCWSTR id, PCWSTR parent)
{
    if (path_exists(id)) return WIN32_HRESULT(ERROR_ALREADY_EXISTS);
    if (wcschr(parent, '\\') && !path_exists(parent)) return WIN32_HRESULT(ERROR_PATH_NOT_FOUND);
    WCHAR *files = join_path(id, L"Files");
    HRESULT hr = make_folders(files);
    free(files);
    return hr;
}

HRESULT layer_create_sandbox(PCWSTR id, const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    HRESULT hr = require_parents(layers, count);
    if (!hr) hr = make_folders(id);
    return hr ? hr : write_disk(id, L"sandbox.vhdx", DEFAULT_DISK, layers[0].Path, 0);
}

HRESULT layer_activate(PCWSTR id)
{
    if (!path_exists(id)) return WIN32_HRESULT(ERROR_PATH_NOT_FOUND);
    if (!in_layer(id, L"sandbox.vhdx")) return S_OK;
    EnterCriticalSection(&service_lock);
    if (!*find(id)) {
        struct active *active = take_memory(sizeof *active);
        struct text volume = {0};
        GUID guid;
        name_to_guid(id, &guid);
        WCHAR *text = guid_text(&guid);
        text_add(&volume, L"\\\\?\\Volume{");
        text_add(&volume, text);
        text_add(&volume, L"}");
        free(text);
        *active = (struct active){copy_string(id), text_take(&volume), 0, actives};
        actives = active;
    }
    LeaveCriticalSection(&service_lock);
    return S_OK;
}

HRESULT layer_deactivate(PCWSTR id)
{
    EnterCriticalSection(&service_lock);
    struct active **at = find(id), *active = *at;
    if (active) {
        *at = active->next;
        free(active->id);
        free(active->volume);
        free(active);
    }
    LeaveCriticalSection(&service_lock);
    return S_OK;
}

HRESULT layer_prepare(PCWSTR id, const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    HRESULT hr = require_layer(id);
    if (!hr) hr = require_parents(layers, count);
    if (hr) return hr;
    EnterCriticalSection(&service_lock);
    struct active *active = *find(id);
    if (!active) hr = WIN32_HRESULT(ERROR_NOT_READY);
    else if (active->prepared) hr = WIN32_HRESULT(ERROR_SHARING_VIOLATION);
    else active->prepared = 1;
    LeaveCriticalSection(&service_lock);
    return hr;
}

HRESULT layer_unprepare(PCWSTR id)
{
    EnterCriticalSection(&service_lock);
    struct active *active = *find(id);
    if (active) active->prepared = 0;
    LeaveCriticalSection(&service_lock);
    return S_OK;
}

static HRESULT remove_tree(PCWSTR path)
{
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES) return S_OK;
    SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY)) return DeleteFileW(path) ? S_OK : WIN32_HRESULT(GetLastError());
    if (!(attributes & FILE_ATTRIBUTE_REPARSE_POINT)) {
        WIN32_FIND_DATAW found;
        WCHAR *pattern = join_path(path, L"*");
        HANDLE search = FindFirstFileW(pattern, &found);
        free(pattern);
        if (search != INVALID_HANDLE_VALUE) {
            do {
                if (!wcscmp(found.cFileName, L".") || !wcscmp(found.cFileName, L"..")) continue;
                WCHAR *inside = join_path(path, found.cFileName);
                remove_tree(inside);
                free(inside);
            } while (FindNextFileW(search, &found));
            FindClose(search);
        }
    }
    return RemoveDirectoryW(path) ? S_OK : WIN32_HRESULT(GetLastError());
}

HRESULT layer_destroy(PCWSTR id)
{
    HRESULT hr = S_OK;
    EnterCriticalSection(&service_lock);
    struct active *active = *find(id);
    if (active && active->prepared) hr = WIN32_HRESULT(ERROR_SHARING_VIOLATION);
    else layer_deactivate(id);
    LeaveCriticalSection(&service_lock);
    return hr ? hr : remove_tree(id);
}

HRESULT layer_mount_path(PCWSTR id, WCHAR **path)
{
    struct text text = {0};
    if (!path_exists(id)) return WIN32_HRESULT(ERROR_PATH_NOT_FOUND);
    if (!in_layer(id, L"sandbox.vhdx")) text_add(&text, id);
    else {
        EnterCriticalSection(&service_lock);
        struct active *active = *find(id);
        if (active) {
            text_add(&text, active->volume);
            text_add(&text, L"\\");
        }
        LeaveCriticalSection(&service_lock);
    }
    *path = text_take(&text);
    return S_OK;
}

int layer_has_volume(PCWSTR volume_path)
{
    size_t length = wcslen(volume_path);
    int found = 0;
    if (length && volume_path[length - 1] == '\\') length--;
    EnterCriticalSection(&service_lock);
    for (struct active *active = actives; active && !found; active = active->next)
        found = active->prepared && wcslen(active->volume) == length && !wcsncmp(active->volume, volume_path, length);
    LeaveCriticalSection(&service_lock);
    return found;
}

static UINT64 disk_size(PCWSTR layer)
{
    char bytes[64] = {0};
    DWORD size;
    UINT64 found = 0;
    WCHAR *path = join_path(layer, L"sandbox.vhdx");
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    free(path);
    if (file == INVALID_HANDLE_VALUE) return 0;
    if (ReadFile(file, bytes, sizeof bytes - 1, &size, NULL)) sscanf(bytes, "{\"emulatedDisk\":1,\"size\":%llu", &found);
    CloseHandle(file);
    return found;
}

HRESULT layer_expand(PCWSTR id, UINT64 size)
{
    if (!in_layer(id, L"sandbox.vhdx")) return WIN32_HRESULT(ERROR_FILE_NOT_FOUND);
    return size > disk_size(id) ? write_disk(id, L"sandbox.vhdx", size, L"", 1) : S_OK;
}

HRESULT layer_export(PCWSTR id, PCWSTR folder, const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    HRESULT hr = require_layer(id);
    if (!hr) hr = require_parents(layers, count);
    if (hr) return hr;
    EnterCriticalSection(&service_lock);
    struct active *active = *find(id);
    if (in_layer(id, L"sandbox.vhdx") && !active) hr = WIN32_HRESULT(ERROR_NOT_READY);
    else if (active && active->prepared) hr = WIN32_HRESULT(ERROR_SHARING_VIOLATION);
    LeaveCriticalSection(&service_lock);
    return hr ? hr : transport_export(id, folder);
}

HRESULT layer_import(PCWSTR id, PCWSTR folder, const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    HRESULT hr = require_parents(layers, count);
    if (!hr) hr = require_layer(folder);
    return hr ? hr : transport_import(id, folder);
}

HRESULT layer_process_base(PCWSTR layer)
{
    static const PCWSTR hives[][2] = {
        {L"Files\\Windows\\System32\\config\\DEFAULT", L"DefaultUser_Base"}, {L"Files\\Windows\\System32\\config\\SAM", L"Sam_Base"},
        {L"Files\\Windows\\System32\\config\\SECURITY", L"Security_Base"}, {L"Files\\Windows\\System32\\config\\SOFTWARE", L"Software_Base"},
        {L"Files\\Windows\\System32\\config\\SYSTEM", L"System_Base"},
    };
    if (!in_layer(layer, L"Files")) return WIN32_HRESULT(ERROR_PATH_NOT_FOUND);
    WCHAR *folder = join_path(layer, L"Hives");
    HRESULT hr = make_folders(folder);
    for (size_t i = 0; i < ARRAYSIZE(hives) && !hr; i++) {
        WCHAR *hive = join_path(layer, hives[i][0]), *base = join_path(folder, hives[i][1]);
        if (path_exists(hive)) {
            DeleteFileW(base);
            if (!CreateHardLinkW(base, hive, NULL)) hr = WIN32_HRESULT(GetLastError());
        }
        free(hive);
        free(base);
    }
    free(folder);
    if (!hr) hr = write_disk(layer, L"blank-base.vhdx", DEFAULT_DISK, L"", 1);
    if (!hr) hr = write_disk(layer, L"blank.vhdx", DEFAULT_DISK, L"blank-base.vhdx", 1);
    if (hr) return hr;
    WCHAR *layout = join_path(layer, L"layout");
    hr = write_file(layout, "vhd-with-hives\n", 15, 1);
    free(layout);
    return hr;
}

HRESULT layer_process_utility(PCWSTR utility_vm)
{
    if (!in_layer(utility_vm, L"Files")) return WIN32_HRESULT(ERROR_PATH_NOT_FOUND);
    HRESULT hr = write_disk(utility_vm, L"SystemTemplateBase.vhdx", DEFAULT_DISK, L"", 1);
    return hr ? hr : write_disk(utility_vm, L"SystemTemplate.vhdx", DEFAULT_DISK, L"SystemTemplateBase.vhdx", 1);
}
