/* The container document (schema v1): reads it, and refuses what HCS refuses at creation. */
#include "service.h"
#include <stdlib.h>
#include <wchar.h>

static PCWSTR kind_names[] = {L"null", L"true or false", L"true or false", L"a number", L"a string", L"an array", L"an object"};

/* An absent member and null are the default; another kind is refused. */
HRESULT check_kind(const struct json *object, PCWSTR key, enum json_kind kind, struct failure *why)
{
    struct json *member = json_member(object, key);
    if (!member || member->kind == JSON_NULL || member->kind == kind) return S_OK;
    if (kind == JSON_TRUE && member->kind == JSON_FALSE) return S_OK;
    return fail(why, HCS_INVALID_JSON, L"%ls must be %ls", key, kind_names[kind]);
}

static HRESULT check_kinds(const struct json *document, struct failure *why)
{
    static const struct { PCWSTR key; enum json_kind kind; } members[] = {
        {L"SystemType", JSON_STRING}, {L"Name", JSON_STRING}, {L"Owner", JSON_STRING}, {L"VolumePath", JSON_STRING},
        {L"LayerFolderPath", JSON_STRING}, {L"Layers", JSON_ARRAY}, {L"HostName", JSON_STRING}, {L"HvPartition", JSON_TRUE},
        {L"HvRuntime", JSON_OBJECT}, {L"MappedDirectories", JSON_ARRAY}, {L"ContainerType", JSON_STRING},
        {L"EndpointList", JSON_ARRAY}, {L"NetworkSharedContainerName", JSON_STRING}, {L"TerminateOnLastHandleClosed", JSON_TRUE},
        {L"MemoryMaximumInMB", JSON_NUMBER}, {L"ProcessorCount", JSON_NUMBER}, {L"ProcessorMaximum", JSON_NUMBER},
        {L"ProcessorWeight", JSON_NUMBER},
    };
    HRESULT hr = S_OK;
    for (size_t i = 0; i < ARRAYSIZE(members) && !hr; i++) hr = check_kind(document, members[i].key, members[i].kind, why);
    if (!hr) hr = check_kind(json_member(document, L"HvRuntime"), L"ImagePath", JSON_STRING, why);
    return hr;
}

/* They are looked at and not kept. */
static HRESULT check_limits(const struct json *document, struct failure *why)
{
    static const struct { PCWSTR key; long long highest; } limits[] = {
        {L"MemoryMaximumInMB", MAXLONGLONG}, {L"ProcessorCount", MAXDWORD}, {L"ProcessorMaximum", 10000}, {L"ProcessorWeight", 10000},
    };
    for (size_t i = 0; i < ARRAYSIZE(limits); i++) {
        long long value = json_number(document, limits[i].key, 0);
        if (value < 0 || value > limits[i].highest)
            return fail(why, WIN32_HRESULT(ERROR_INVALID_PARAMETER), L"%ls is %lld; it must be from 0 to %lld", limits[i].key, value,
                        limits[i].highest);
    }
    return S_OK;
}

static HRESULT read_layers(struct container *container, const struct json *document, struct failure *why)
{
    struct json *layers = json_member(document, L"Layers"), *layer;
    DWORD count = 0;
    for (layer = layers ? layers->first : NULL; layer; layer = layer->next) count++;
    container->layers = take_memory((count + 1) * sizeof *container->layers);
    for (layer = layers ? layers->first : NULL; layer; layer = layer->next) {
        HRESULT hr = layer->kind == JSON_OBJECT ? check_kind(layer, L"Path", JSON_STRING, why)
                                                : fail(why, HCS_INVALID_JSON, L"Layers[%lu] must be an object", container->layer_count);
        if (hr) return hr;
        WC_LAYER_DESCRIPTOR *made = &container->layers[container->layer_count++];
        made->Path = json_string(layer, L"Path");
    }
    return S_OK;
}

static int has_file(PCWSTR folder, PCWSTR name)
{
    WCHAR *path = join_path(folder, name);
    int found = path_exists(path);
    free(path);
    return found;
}

static HRESULT check_storage(const struct container *container, struct failure *why)
{
    if (!container->layer_count) return fail(why, HCS_INVALID_LAYER, L"Layers is empty: a container needs an image");
    for (DWORD i = 0; i < container->layer_count; i++)
        if (!has_file(container->layers[i].Path, L"Files"))
            return fail(why, HCS_INVALID_LAYER, L"the layer %ls does not exist", container->layers[i].Path);
    if (!has_file(container->scratch, L"sandbox.vhdx"))
        return fail(why, HCS_INVALID_LAYER, L"LayerFolderPath %ls is no scratch layer", container->scratch);
    if (!container->hyperv)
        return layer_has_volume(container->volume_path) ? S_OK
            : fail(why, WIN32_HRESULT(ERROR_PATH_NOT_FOUND), L"no prepared layer has the volume '%ls'", container->volume_path);
    if (!*container->utility_vm)
        return fail(why, HCS_INVALID_JSON, L"HvRuntime.ImagePath is missing: a Hyper-V container needs a utility VM");
    return has_file(container->utility_vm, L"Files") ? S_OK
        : fail(why, WIN32_HRESULT(ERROR_PATH_NOT_FOUND), L"the utility VM %ls does not exist", container->utility_vm);
}

/* They are looked at and not shown: programs of containers see the disk of the host as it is. */
static HRESULT check_mapped_directories(const struct json *document, struct failure *why)
{
    struct json *list = json_member(document, L"MappedDirectories");
    for (struct json *mapped = list ? list->first : NULL; mapped; mapped = mapped->next) {
        if (mapped->kind != JSON_OBJECT || !*json_string(mapped, L"ContainerPath"))
            return fail(why, HCS_INVALID_JSON, L"each of MappedDirectories must be an object with a ContainerPath");
        if (!path_exists(json_string(mapped, L"HostPath")))
            return fail(why, WIN32_HRESULT(ERROR_PATH_NOT_FOUND), L"the folder '%ls' does not exist", json_string(mapped, L"HostPath"));
    }
    return S_OK;
}

HRESULT container_check(const struct container *container, struct failure *why)
{
    const struct json *document = container->document;
    struct json *list;
    HRESULT hr;
    if (_wcsicmp(json_string(document, L"SystemType"), L"container"))
        return fail(why, HCS_INVALID_JSON, L"SystemType is '%ls'; this host has containers only: 'Container'",
                    json_string(document, L"SystemType"));
    if (!_wcsicmp(json_string(document, L"ContainerType"), L"linux"))
        return fail(why, WIN32_HRESULT(ERROR_NOT_SUPPORTED), L"Linux containers are not emulated");
    hr = check_limits(document, why);
    if (!hr) hr = check_mapped_directories(document, why);
    if (hr) return hr;
    list = json_member(document, L"EndpointList");
    for (struct json *id = list ? list->first : NULL; id; id = id->next) {
        if (id->kind != JSON_STRING) return fail(why, HCS_INVALID_JSON, L"each of EndpointList must be a string");
        if (!hns_has_endpoint(id->string)) return fail(why, HCN_ENDPOINT_NOT_FOUND, L"the endpoint \"%ls\" does not exist", id->string);
    }
    return check_storage(container, why);
}

HRESULT container_read(struct container *container, PCWSTR text, struct failure *why)
{
    struct json *document = json_parse_object(text, why);
    HRESULT hr;
    memset(container, 0, sizeof *container);
    if (!document) return HCS_INVALID_JSON;
    container->document = document;
    hr = check_kinds(document, why);
    if (!hr) hr = read_layers(container, document, why);
    if (hr) {
        container_clear(container);
        return hr;
    }
    container->name = json_string(document, L"Name");
    container->owner = json_string(document, L"Owner");
    container->volume_path = json_string(document, L"VolumePath");
    container->scratch = json_string(document, L"LayerFolderPath");
    container->host_name = json_string(document, L"HostName");
    container->hyperv = json_true(document, L"HvPartition");
    container->ends_with_handles = json_true(document, L"TerminateOnLastHandleClosed");
    container->utility_vm = json_string(json_member(document, L"HvRuntime"), L"ImagePath");
    return S_OK;
}

void container_clear(struct container *container)
{
    free(container->layers);
    json_free(container->document);
    memset(container, 0, sizeof *container);
}
