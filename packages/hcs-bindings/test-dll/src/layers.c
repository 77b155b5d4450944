/* Layers as folders with the names of the real ones; disks are files that say how large they would be. */
#include "disks.h"
#include "layer-files.h"
#include <stdlib.h>
#include <wchar.h>

#define DEFAULT_DISK (20ull << 30)

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

static HRESULT write_disk_in(PCWSTR layer, PCWSTR name, UINT64 size, PCWSTR parent, int replace)
{
    WCHAR *path = join_path(layer, name);
    HRESULT hr = disk_write(path, size, parent, replace);
    free(path);
    return hr;
}

/* What a scratch keeps its content on. */
static WCHAR *disk_of(PCWSTR id) { return join_path(id, L"sandbox.vhdx"); }

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
    return hr ? hr : write_disk_in(id, L"sandbox.vhdx", DEFAULT_DISK, layers[0].Path, 0);
}

HRESULT layer_activate(PCWSTR id)
{
    HRESULT hr = require_layer(id);
    if (hr || !in_layer(id, L"sandbox.vhdx")) return hr;
    WCHAR *disk = disk_of(id);
    hr = disk_attach(disk);
    free(disk);
    /* Activated already. */
    return hr == WIN32_HRESULT(ERROR_SHARING_VIOLATION) ? S_OK : hr;
}

HRESULT layer_deactivate(PCWSTR id)
{
    WCHAR *disk = disk_of(id);
    disk_detach(disk);
    free(disk);
    return S_OK;
}

HRESULT layer_prepare(PCWSTR id, const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    HRESULT hr = require_layer(id);
    if (!hr) hr = require_parents(layers, count);
    if (hr) return hr;
    WCHAR *disk = disk_of(id);
    hr = disk_prepare(disk, layers[0].Path);
    free(disk);
    return hr;
}

HRESULT layer_unprepare(PCWSTR id)
{
    WCHAR *disk = disk_of(id);
    disk_unprepare(disk);
    free(disk);
    return S_OK;
}

HRESULT layer_destroy(PCWSTR id)
{
    WCHAR *disk = disk_of(id);
    HRESULT hr = disk_is_prepared(disk) ? WIN32_HRESULT(ERROR_SHARING_VIOLATION) : S_OK;
    if (!hr) disk_detach(disk);
    free(disk);
    return hr ? hr : remove_tree(id);
}

HRESULT layer_mount_path(PCWSTR id, WCHAR **path)
{
    struct text text = {0};
    if (!path_exists(id)) return WIN32_HRESULT(ERROR_PATH_NOT_FOUND);
    if (!in_layer(id, L"sandbox.vhdx")) text_add(&text, id);
    else {
        WCHAR *disk = disk_of(id), *volume = disk_volume(disk);
        if (volume) {
            text_add(&text, volume);
            text_add(&text, L"\\");
        }
        free(volume);
        free(disk);
    }
    *path = text_take(&text);
    return S_OK;
}

int layer_has_volume(PCWSTR volume_path)
{
    WCHAR *disk = disk_of_volume(volume_path);
    int found = disk && disk_is_prepared(disk);
    free(disk);
    return found;
}

HRESULT layer_expand(PCWSTR id, UINT64 size)
{
    if (!in_layer(id, L"sandbox.vhdx")) return WIN32_HRESULT(ERROR_FILE_NOT_FOUND);
    WCHAR *disk = disk_of(id);
    HRESULT hr = disk_grow(disk, size);
    free(disk);
    return hr;
}

static HRESULT export_scratch(PCWSTR id, PCWSTR folder, PCWSTR parent)
{
    WCHAR *disk = disk_of(id), *view = disk_view(disk);
    /* Prepared for as long as it is read: refused where it is already, or is not active. */
    HRESULT hr = disk_prepare(disk, parent);
    if (!hr) {
        hr = transport_export(id, view, parent, folder);
        disk_unprepare(disk);
    }
    free(view);
    free(disk);
    return hr;
}

HRESULT layer_export(PCWSTR id, PCWSTR folder, const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    HRESULT hr = require_layer(id);
    if (!hr) hr = require_parents(layers, count);
    if (hr) return hr;
    if (in_layer(id, L"sandbox.vhdx")) return export_scratch(id, folder, layers[0].Path);
    WCHAR *files = join_path(id, L"Files");
    hr = transport_export(id, files, layers[0].Path, folder);
    free(files);
    return hr;
}

HRESULT layer_import(PCWSTR id, PCWSTR folder, const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    HRESULT hr = require_parents(layers, count);
    if (!hr) hr = require_layer(folder);
    return hr ? hr : transport_import(id, folder, layers[0].Path);
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
    if (!hr) hr = write_disk_in(layer, L"blank-base.vhdx", DEFAULT_DISK, L"", 1);
    if (!hr) hr = write_disk_in(layer, L"blank.vhdx", DEFAULT_DISK, L"blank-base.vhdx", 1);
    if (hr) return hr;
    WCHAR *layout = join_path(layer, L"layout");
    hr = write_file(layout, "vhd-with-hives\n", 15, 1);
    free(layout);
    return hr;
}

HRESULT layer_process_utility(PCWSTR utility_vm)
{
    if (!in_layer(utility_vm, L"Files")) return WIN32_HRESULT(ERROR_PATH_NOT_FOUND);
    HRESULT hr = write_disk_in(utility_vm, L"SystemTemplateBase.vhdx", DEFAULT_DISK, L"", 1);
    return hr ? hr : write_disk_in(utility_vm, L"SystemTemplate.vhdx", DEFAULT_DISK, L"SystemTemplateBase.vhdx", 1);
}
