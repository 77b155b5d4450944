/* The layer functions, and HNSCall. `id` is a layer's whole path; the driver information is not looked at. */
#include "call.h"
#include <stdlib.h>
#include <wchar.h>

/* `2 {guid}=path {guid}=path`, as the recorded scenarios write lists of layers. */
static WCHAR *describe(PCWSTR first, const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    struct text text = {0};
    text_add(&text, first);
    if (*first) text_add_char(&text, ' ');
    text_add_number(&text, count);
    for (DWORD i = 0; i < count; i++) {
        WCHAR *guid = guid_text(&layers[i].LayerId);
        text_add(&text, L" {");
        text_add(&text, guid);
        text_add(&text, L"}=");
        text_add(&text, layers[i].Path);
        free(guid);
    }
    return text_take(&text);
}

static struct call *begin_with_layers(PCWSTR name, PCWSTR id, PCWSTR first, const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    WCHAR *document = describe(first, layers, count);
    struct call *call = call_begin(name, id, document, NULL);
    free(document);
    return call;
}

#define SIMPLE_EXPORT(name, parameters, target, work)          \
    HCS_EXPORT name parameters                                 \
    {                                                          \
        struct call *call = call_begin(L## #name, target, L"", NULL); \
        if (call->ready) call->hresult = work;                 \
        return call_end(call);                                 \
    }

SIMPLE_EXPORT(ActivateLayer, (const DRIVER_INFO *info, PCWSTR id), id, ((void)info, layer_activate(id)))
SIMPLE_EXPORT(DeactivateLayer, (const DRIVER_INFO *info, PCWSTR id), id, ((void)info, layer_deactivate(id)))
SIMPLE_EXPORT(UnprepareLayer, (const DRIVER_INFO *info, PCWSTR id), id, ((void)info, layer_unprepare(id)))
SIMPLE_EXPORT(DestroyLayer, (const DRIVER_INFO *info, PCWSTR id), id, ((void)info, layer_destroy(id)))
SIMPLE_EXPORT(ProcessBaseImage, (PCWSTR path), path, layer_process_base(path))
SIMPLE_EXPORT(ProcessUtilityImage, (PCWSTR path), path, layer_process_utility(path))
SIMPLE_EXPORT(NameToGuid, (PCWSTR name, GUID *guid), name, (name_to_guid(name, guid), S_OK))
SIMPLE_EXPORT(LayerExists, (const DRIVER_INFO *info, PCWSTR id, DWORD *exists), id, ((void)info, *exists = path_exists(id), S_OK))
SIMPLE_EXPORT(GetBaseImages, (PWSTR *json), L"", (*json = result_string(L"{\"Images\":[]}"), S_OK))

HCS_EXPORT CreateLayer(const DRIVER_INFO *info, PCWSTR id, PCWSTR parent)
{
    struct call *call = call_begin(L"CreateLayer", id, parent ? parent : L"", NULL);
    (void)info;
    if (call->ready) call->hresult = layer_create(id, parent ? parent : L"");
    return call_end(call);
}

HCS_EXPORT CreateSandboxLayer(const DRIVER_INFO *info, PCWSTR id, PCWSTR parent, const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    struct call *call = begin_with_layers(L"CreateSandboxLayer", id, L"", layers, count);
    (void)info;
    (void)parent;
    if (call->ready) call->hresult = layer_create_sandbox(id, layers, count);
    return call_end(call);
}

/* hcsshim declares it and never calls it. */
HCS_EXPORT CopyLayer(const DRIVER_INFO *info, PCWSTR from, PCWSTR to, const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    struct call *call = begin_with_layers(L"CopyLayer", from, to, layers, count);
    (void)info;
    if (call->ready) call->hresult = WIN32_HRESULT(ERROR_NOT_SUPPORTED);
    return call_end(call);
}

HCS_EXPORT PrepareLayer(const DRIVER_INFO *info, PCWSTR id, const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    struct call *call = begin_with_layers(L"PrepareLayer", id, L"", layers, count);
    (void)info;
    if (call->ready) call->hresult = layer_prepare(id, layers, count);
    return call_end(call);
}

/* Asked twice: without a buffer for the length, its end included, then for the path. Faults and the trace see the first. */
HCS_EXPORT GetLayerMountPath(const DRIVER_INFO *info, PCWSTR id, SIZE_T *length, PWSTR buffer)
{
    WCHAR *path = NULL;
    struct call *call = buffer ? NULL : call_begin(L"GetLayerMountPath", id, L"", NULL);
    HRESULT hr = S_OK;
    (void)info;
    if (!call || call->ready) hr = layer_mount_path(id, &path);
    if (!hr && path && !buffer) *length = *path ? wcslen(path) + 1 : 0;
    else if (!hr && path && wcslen(path) >= *length) hr = WIN32_HRESULT(ERROR_INSUFFICIENT_BUFFER);
    else if (!hr && path) wcscpy(buffer, path);
    free(path);
    if (!call) return hr;
    if (call->ready) call->hresult = hr;
    return call_end(call);
}

HCS_EXPORT ExpandSandboxSize(const DRIVER_INFO *info, PCWSTR id, UINT64 size)
{
    struct text document = {0};
    (void)info;
    text_add_number(&document, (long long)size);
    struct call *call = call_begin(L"ExpandSandboxSize", id, document.at, NULL);
    free(document.at);
    if (call->ready) call->hresult = layer_expand(id, size);
    return call_end(call);
}

HCS_EXPORT ExportLayer(const DRIVER_INFO *info, PCWSTR id, PCWSTR folder, const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    struct call *call = begin_with_layers(L"ExportLayer", id, folder, layers, count);
    (void)info;
    if (call->ready) call->hresult = layer_export(id, folder, layers, count);
    return call_end(call);
}

HCS_EXPORT ImportLayer(const DRIVER_INFO *info, PCWSTR id, PCWSTR folder, const WC_LAYER_DESCRIPTOR *layers, DWORD count)
{
    struct call *call = begin_with_layers(L"ImportLayer", id, folder, layers, count);
    (void)info;
    if (call->ready) call->hresult = layer_import(id, folder, layers, count);
    return call_end(call);
}

HCS_EXPORT GrantVmAccess(PCWSTR vm, PCWSTR file)
{
    struct call *call = call_begin(L"GrantVmAccess", file, vm, NULL);
    if (call->ready) call->hresult = path_exists(file) ? S_OK : WIN32_HRESULT(ERROR_FILE_NOT_FOUND);
    return call_end(call);
}

HCS_EXPORT HNSCall(PCWSTR method, PCWSTR path, PCWSTR object, PWSTR *response)
{
    struct text target = {0};
    WCHAR *answer = NULL;
    text_add(&target, method);
    text_add_char(&target, ' ');
    text_add(&target, path);
    struct call *call = call_begin(L"HNSCall", target.at, object, NULL);
    free(target.at);
    *response = NULL;
    if (call->ready) call->hresult = hns_call(method, path, object, &answer);
    if (answer) *response = result_string(answer);
    free(answer);
    return call_end(call);
}
