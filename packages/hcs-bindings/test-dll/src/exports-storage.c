/* computestorage.dll and virtdisk.dll. */
#include "call.h"
#include "disks.h"
#include "disk-handles.h"
#include <stdlib.h>
#include <virtdisk.h>
#include <wchar.h>

/* The layers of a document `{"Layers":[{"Id":…,"Path":…}]}`, immediate parent first. */
struct layer_data { struct json *document; WC_LAYER_DESCRIPTOR *layers; DWORD count; };

static HRESULT read_layers(struct layer_data *data, PCWSTR text)
{
    struct failure why;
    data->document = json_parse_object(text, &why);
    if (!data->document) return HCS_INVALID_JSON;
    struct json *list = json_member(data->document, L"Layers");
    for (struct json *layer = list ? list->first : NULL; layer; layer = layer->next) data->count++;
    data->layers = take_memory((data->count + 1) * sizeof *data->layers);
    DWORD at = 0;
    for (struct json *layer = list ? list->first : NULL; layer; layer = layer->next) data->layers[at++].Path = json_string(layer, L"Path");
    return S_OK;
}

static void clear_layers(struct layer_data *data)
{
    json_free(data->document);
    free(data->layers);
}

/* A call whose document is layer data, which `work` has as `data`. */
#define WITH_LAYERS(name, parameters, target, text, work)                   \
    HCS_EXPORT name parameters                                              \
    {                                                                       \
        struct call *call = call_begin(L## #name, target, text, NULL);      \
        struct layer_data data = {0};                                       \
        if (call->ready) call->hresult = read_layers(&data, text);          \
        if (call->ready && !call->hresult) call->hresult = work;            \
        clear_layers(&data);                                                \
        return call_end(call);                                              \
    }

#define PLAIN(name, parameters, target, text, work)                         \
    HCS_EXPORT name parameters                                              \
    {                                                                       \
        struct call *call = call_begin(L## #name, target, text, NULL);      \
        if (call->ready) call->hresult = work;                              \
        return call_end(call);                                              \
    }

static HRESULT require_volume(PCWSTR volume)
{
    WCHAR *disk = disk_of_volume(volume);
    HRESULT hr = disk ? S_OK : WIN32_HRESULT(ERROR_PATH_NOT_FOUND);
    free(disk);
    return hr;
}

static HRESULT require_layer(PCWSTR layer) { return path_exists(layer) ? S_OK : WIN32_HRESULT(ERROR_PATH_NOT_FOUND); }

static HRESULT require_parents(const struct layer_data *data)
{
    if (!data->count) return WIN32_HRESULT(ERROR_INVALID_PARAMETER);
    for (DWORD i = 0; i < data->count; i++)
        if (!path_exists(data->layers[i].Path)) return WIN32_HRESULT(ERROR_PATH_NOT_FOUND);
    return S_OK;
}

static HRESULT initialize(PCWSTR volume, const struct layer_data *data)
{
    HRESULT hr = require_volume(volume);
    return hr ? hr : require_parents(data);
}

static HRESULT detach_filter(PCWSTR volume)
{
    WCHAR *disk = disk_of_volume(volume);
    if (!disk) return WIN32_HRESULT(ERROR_PATH_NOT_FOUND);
    HRESULT hr = disk_is_prepared(disk) ? disk_unprepare(disk) : WIN32_HRESULT(ERROR_NOT_FOUND);
    free(disk);
    return hr;
}

static HRESULT export_layer(PCWSTR layer, PCWSTR folder, const struct layer_data *data, PCWSTR options)
{
    struct failure why;
    struct json *wanted = json_parse_object(options, &why);
    if (!wanted) return HCS_INVALID_JSON;
    HRESULT hr = json_true(wanted, L"IsWritableLayer") ? layer_export_volume(layer, folder, data->layers, data->count)
                                                       : layer_export(layer, folder, data->layers, data->count);
    json_free(wanted);
    return hr;
}

WITH_LAYERS(HcsImportLayer, (PCWSTR layer, PCWSTR source, PCWSTR text), layer, text, layer_import(layer, source, data.layers, data.count))
WITH_LAYERS(HcsExportLayer, (PCWSTR layer, PCWSTR folder, PCWSTR text, PCWSTR options), layer, text, export_layer(layer, folder, &data, options))
PLAIN(HcsDestroyLayer, (PCWSTR layer), layer, L"", layer_destroy(layer))
/* A utility VM's disk is formatted and filled by the real one; there is nothing in these. */
PLAIN(HcsSetupBaseOSLayer, (PCWSTR layer, HANDLE vhd, PCWSTR options), layer, options, vhd ? require_layer(layer) : layer_setup_base(layer))
PLAIN(HcsSetupBaseOSVolume, (PCWSTR layer, PCWSTR volume, PCWSTR options), layer, options, require_volume(volume))
WITH_LAYERS(HcsInitializeWritableLayer, (PCWSTR volume, PCWSTR text, PCWSTR options), volume, text, ((void)options, initialize(volume, &data)))
WITH_LAYERS(HcsInitializeLegacyWritableLayer, (PCWSTR volume, PCWSTR folder, PCWSTR text, PCWSTR options), volume, text,
            ((void)folder, (void)options, initialize(volume, &data)))
WITH_LAYERS(HcsExportLegacyWritableLayer, (PCWSTR volume, PCWSTR folder, PCWSTR out, PCWSTR text), volume, text,
            ((void)folder, layer_export_volume(volume, out, data.layers, data.count)))
WITH_LAYERS(HcsAttachLayerStorageFilter, (PCWSTR volume, PCWSTR text), volume, text, layer_prepare_volume(volume, data.layers, data.count))
PLAIN(HcsDetachLayerStorageFilter, (PCWSTR volume), volume, L"", detach_filter(volume))
WITH_LAYERS(HcsAttachOverlayFilter, (PCWSTR volume, PCWSTR text), volume, text, layer_prepare_volume(volume, data.layers, data.count))
PLAIN(HcsDetachOverlayFilter, (PCWSTR volume), volume, L"", detach_filter(volume))

static struct call *begin_on_disk(PCWSTR name, HANDLE handle, WCHAR **disk)
{
    *disk = disk_of_handle(handle);
    struct call *call = call_begin(name, *disk ? *disk : L"", L"", NULL);
    if (call->ready && !*disk) call->hresult = WIN32_HRESULT(ERROR_INVALID_HANDLE);
    return call;
}

HCS_EXPORT HcsFormatWritableLayerVhd(HANDLE vhd)
{
    WCHAR *disk;
    struct call *call = begin_on_disk(L"HcsFormatWritableLayerVhd", vhd, &disk);
    free(disk);
    return call_end(call);
}

HCS_EXPORT HcsGetLayerVhdMountPath(HANDLE vhd, PWSTR *path)
{
    WCHAR *disk;
    struct call *call = begin_on_disk(L"HcsGetLayerVhdMountPath", vhd, &disk);
    *path = NULL;
    if (call->ready && disk) {
        WCHAR *volume = disk_volume(disk), *slashed = volume ? join_path(volume, L"") : NULL;
        if (slashed) *path = result_string(slashed);
        else call->hresult = WIN32_HRESULT(ERROR_NOT_READY);
        free(slashed);
        free(volume);
    }
    free(disk);
    return call_end(call);
}

/* virtdisk.dll answers Win32 error codes. */
static DWORD end_win32(struct call *call)
{
    HRESULT hr = call_end(call);
    return hr ? (DWORD)hr & 0xffff : 0;
}

DWORD WINAPI OrielTestCreateVirtualDisk(VIRTUAL_STORAGE_TYPE *type, PCWSTR path, int access, void *security, int flags, ULONG provider,
                                        const BYTE *parameters, OVERLAPPED *overlapped, HANDLE *handle)
{
    /* CREATE_VIRTUAL_DISK_PARAMETERS, version 2, which mingw's header has otherwise. */
    struct { DWORD version; GUID unique; UINT64 size; ULONG block, sector, physical; PCWSTR parent; } wanted;
    struct call *call = call_begin(L"CreateVirtualDisk", path, L"", NULL);
    memcpy(&wanted.version, parameters, 4);
    memcpy(&wanted.size, parameters + 24, 8);
    memcpy(&wanted.parent, parameters + 48, sizeof wanted.parent);
    (void)security; (void)flags; (void)provider; (void)overlapped;
    *handle = NULL;
    if (call->ready && (type->DeviceId != VIRTUAL_STORAGE_TYPE_DEVICE_VHDX || access || wanted.version != 2)) call->hresult = WIN32_HRESULT(ERROR_INVALID_PARAMETER);
    else if (call->ready) call->hresult = disk_create(path, wanted.size, wanted.parent ? wanted.parent : L"", handle);
    return end_win32(call);
}

DWORD WINAPI OrielTestOpenVirtualDisk(VIRTUAL_STORAGE_TYPE *type, PCWSTR path, int access, int flags, const OPEN_VIRTUAL_DISK_PARAMETERS *parameters,
                                      HANDLE *handle)
{
    struct call *call = call_begin(L"OpenVirtualDisk", path, parameters->Version2.ReadOnly ? L"read-only" : L"", NULL);
    (void)flags;
    *handle = NULL;
    if (call->ready && (type->DeviceId != VIRTUAL_STORAGE_TYPE_DEVICE_VHDX || access || parameters->Version != 2)) call->hresult = WIN32_HRESULT(ERROR_INVALID_PARAMETER);
    else if (call->ready) call->hresult = disk_open(path, handle);
    return end_win32(call);
}

DWORD WINAPI OrielTestAttachVirtualDisk(HANDLE handle, void *security, DWORD flags, ULONG provider, const DWORD *parameters, OVERLAPPED *overlapped)
{
    WCHAR *disk;
    struct call *call = begin_on_disk(L"AttachVirtualDisk", handle, &disk);
    (void)security; (void)provider; (void)overlapped;
    if (call->ready && disk && *parameters != 1) call->hresult = WIN32_HRESULT(ERROR_INVALID_PARAMETER);
    else if (call->ready && disk) call->hresult = disk_attach(disk, flags & ATTACH_VIRTUAL_DISK_FLAG_PERMANENT_LIFETIME ? NULL : handle);
    free(disk);
    return end_win32(call);
}

DWORD WINAPI OrielTestDetachVirtualDisk(HANDLE handle, DWORD flags, ULONG provider)
{
    WCHAR *disk;
    struct call *call = begin_on_disk(L"DetachVirtualDisk", handle, &disk);
    (void)flags; (void)provider;
    if (call->ready && disk) call->hresult = disk_detach(disk);
    free(disk);
    return end_win32(call);
}

DWORD WINAPI OrielTestGetVirtualDiskPhysicalPath(HANDLE handle, ULONG *size, PWSTR path)
{
    WCHAR *disk, text[40];
    struct call *call = begin_on_disk(L"GetVirtualDiskPhysicalPath", handle, &disk);
    int number = disk_number(handle);
    _snwprintf(text, ARRAYSIZE(text), L"\\\\.\\PhysicalDrive%d", number);
    if (call->ready && disk && !number) call->hresult = WIN32_HRESULT(ERROR_NOT_READY);
    else if (call->ready && disk && *size < (wcslen(text) + 1) * sizeof(WCHAR)) call->hresult = WIN32_HRESULT(ERROR_INSUFFICIENT_BUFFER);
    else if (call->ready && disk) wcscpy(path, text);
    free(disk);
    return end_win32(call);
}

DWORD WINAPI OrielTestExpandVirtualDisk(HANDLE handle, DWORD flags, const EXPAND_VIRTUAL_DISK_PARAMETERS *parameters, OVERLAPPED *overlapped)
{
    WCHAR *disk;
    struct call *call = begin_on_disk(L"ExpandVirtualDisk", handle, &disk);
    (void)flags; (void)overlapped;
    if (call->ready && disk) call->hresult = disk_expand(handle, parameters->Version1.NewSize);
    free(disk);
    return end_win32(call);
}
