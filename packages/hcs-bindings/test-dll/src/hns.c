/* The host network service: networks and endpoints as JSON objects in memory. A `nat` network is there from the start. */
#include "service.h"
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define NETWORK_NOT_FOUND 0x803B0001u
#define REQUEST_UNSUPPORTED 0x803B0015u
#define INVALID_JSON 0x803B001Bu

struct collection { PCWSTR path; DWORD missing; struct json *objects; };

static struct collection networks = {L"/networks/", NETWORK_NOT_FOUND, NULL};
static struct collection endpoints = {L"/endpoints/", 0x803B0002u, NULL};
static struct collection policies = {L"/policylists/", REQUEST_UNSUPPORTED, NULL};
static struct collection namespaces = {L"/namespaces/", REQUEST_UNSUPPORTED, NULL};
static struct collection *const collections[] = {&networks, &endpoints, &policies, &namespaces};
static unsigned addresses = 1;

static WCHAR *answer_output(struct json *output, const struct json *list)
{
    struct text text = {0};
    text_add(&text, L"{\"Success\":true");
    if (output || list) text_add_key(&text, L"Output");
    if (output) json_write(&text, output);
    if (list) json_write(&text, list);
    text_add_char(&text, '}');
    return text_take(&text);
}

static WCHAR *answer_error(PCWSTR message, DWORD code)
{
    struct text text = {0};
    text_add(&text, L"{\"Success\":false");
    text_add_key(&text, L"Error"); text_add_json(&text, message);
    text_add_key(&text, L"ErrorCode"); text_add_number(&text, code);
    text_add_char(&text, '}');
    return text_take(&text);
}

static struct json **find(struct collection *collection, PCWSTR id)
{
    struct json **at = &collection->objects;
    while (*at && _wcsicmp(json_string(*at, L"ID"), id)) at = &(*at)->next;
    return at;
}

static void set_string(struct json *object, PCWSTR key, PCWSTR value)
{
    struct text text = {0};
    text_add_json(&text, value);
    json_set(object, key, text.at);
    free(text.at);
}

static void set_default(struct json *object, PCWSTR key, PCWSTR value)
{
    if (!*json_string(object, key)) set_string(object, key, value);
}

static void set_new_id(struct json *object)
{
    GUID guid;
    CoCreateGuid(&guid);
    WCHAR *id = guid_text(&guid);
    set_default(object, L"ID", id);
    free(id);
}

static WCHAR *add(struct collection *collection, struct json *object)
{
    WCHAR address[32];
    if (collection == &networks) json_set(object, L"State", L"1");
    if (collection == &networks && !json_has(object, L"Subnets", JSON_ARRAY))
        json_set(object, L"Subnets", L"[{\"AddressPrefix\":\"172.21.16.0/20\",\"GatewayAddress\":\"172.21.16.1\"}]");
    if (collection == &endpoints) {
        struct json *network = *find(&networks, json_string(object, L"VirtualNetwork"));
        if (!network) {
            json_free(object);
            return answer_error(L"The network was not found. ", NETWORK_NOT_FOUND);
        }
        addresses++;
        set_string(object, L"VirtualNetworkName", json_string(network, L"Name"));
        _snwprintf(address, ARRAYSIZE(address), L"172.21.%u.%u", 16 + addresses / 256 % 16, addresses % 256);
        set_default(object, L"IPAddress", address);
        _snwprintf(address, ARRAYSIZE(address), L"00-15-5D-00-%02X-%02X", addresses / 256 % 256, addresses % 256);
        set_default(object, L"MacAddress", address);
        set_default(object, L"GatewayAddress", L"172.21.16.1");
        json_set(object, L"PrefixLength", L"20");
        json_set(object, L"State", L"1");
        if (!json_has(object, L"Policies", JSON_ARRAY)) json_set(object, L"Policies", L"[]");
    }
    set_new_id(object);
    object->next = collection->objects;
    collection->objects = object;
    struct json alone = *object;
    alone.next = NULL;
    return answer_output(&alone, NULL);
}

static WCHAR *update(struct json *object, struct json *changes)
{
    for (struct json *change = changes->first; change; change = change->next) {
        struct text text = {0};
        struct json alone = *change;
        alone.next = NULL;
        json_write(&text, &alone);
        json_set(object, change->key, text.at);
        free(text.at);
    }
    json_free(changes);
    return answer_output(object, NULL);
}

static WCHAR *post(struct collection *collection, PCWSTR id, PCWSTR document)
{
    struct failure why;
    struct json *object = json_parse_object(document, &why), *known = *id ? *find(collection, id) : NULL;
    if (!object) return answer_error(L"The JSON document is invalid. ", INVALID_JSON);
    if (!*id) return add(collection, object);
    if (known) return update(known, object);
    json_free(object);
    return answer_error(L"The object identifier does not represent a valid object. ", collection->missing);
}

static WCHAR *in_collection(struct collection *collection, PCWSTR method, PCWSTR id, PCWSTR document)
{
    if (!wcscmp(method, L"POST")) return post(collection, id, document);
    if (!wcscmp(method, L"GET") && !*id) {
        struct json list = {.kind = JSON_ARRAY, .first = collection->objects};
        return answer_output(NULL, &list);
    }
    struct json **at = find(collection, id), *found = *at;
    if (!*id || !found) return answer_error(L"The object identifier does not represent a valid object. ", collection->missing);
    if (!wcscmp(method, L"GET")) return answer_output(found, NULL);
    if (wcscmp(method, L"DELETE")) return answer_error(L"The request is not supported. ", REQUEST_UNSUPPORTED);
    *at = found->next;
    found->next = NULL;
    json_free(found);
    return answer_output(NULL, NULL);
}

static WCHAR *route(PCWSTR method, PCWSTR path, PCWSTR document)
{
    struct failure why;
    if (!wcscmp(path, L"/globals/version")) return copy_string(L"{\"Success\":true,\"Output\":{\"Major\":9,\"Minor\":2}}");
    for (size_t i = 0; i < ARRAYSIZE(collections); i++) {
        size_t length = wcslen(collections[i]->path);
        if (!_wcsnicmp(path, collections[i]->path, length)) return in_collection(collections[i], method, path + length, document);
        if (!_wcsnicmp(path, collections[i]->path, length - 1) && !path[length - 1]) return in_collection(collections[i], method, L"", document);
    }
    fail(&why, 0, L"%ls %ls: the request is not supported. ", method, path);
    return answer_error(why.message, REQUEST_UNSUPPORTED);
}

static void start_networks(void)
{
    static int started;
    struct failure why;
    if (started++) return;
    struct json *nat = json_parse(L"{\"Name\":\"nat\",\"Type\":\"nat\",\"Policies\":[]}", &why);
    free(add(&networks, nat));
}

HRESULT hns_call(PCWSTR method, PCWSTR path, PCWSTR object, WCHAR **response)
{
    EnterCriticalSection(&service_lock);
    start_networks();
    *response = route(method, path, object);
    LeaveCriticalSection(&service_lock);
    return S_OK;
}

int hns_has_endpoint(PCWSTR id)
{
    EnterCriticalSection(&service_lock);
    int found = *find(&endpoints, id) != NULL;
    LeaveCriticalSection(&service_lock);
    return found;
}
