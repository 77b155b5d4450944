/* The host network service: networks and endpoints as JSON objects in memory. A `nat` network is there from the start. */
#include "service.h"
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define NETWORK_NOT_FOUND 0x803B0001u
#define ENDPOINT_NOT_FOUND 0x803B0002u
#define INVALID_NETWORK_TYPE 0x803B000Bu
#define NETWORK_ALREADY_EXISTS 0x803B0010u
#define PORT_ALREADY_EXISTS 0x803B0013u
#define REQUEST_UNSUPPORTED 0x803B0015u
#define INVALID_JSON 0x803B001Bu
#define INVALID_IP 0x803B001Eu
#define ENTITY_HAS_REFERENCES 0x803B002Cu

struct collection { PCWSTR path; DWORD missing; struct json *objects; };

static struct collection networks = {L"/networks/", NETWORK_NOT_FOUND, NULL};
static struct collection endpoints = {L"/endpoints/", ENDPOINT_NOT_FOUND, NULL};
static struct collection policies = {L"/policylists/", REQUEST_UNSUPPORTED, NULL};
static struct collection namespaces = {L"/namespaces/", REQUEST_UNSUPPORTED, NULL};
static struct collection *const collections[] = {&networks, &endpoints, &policies, &namespaces};
/* The last two parts of the last MAC address. */
static unsigned macs = 1;

static WCHAR *answer_output(struct json *output, const struct json *list)
{
    struct text text = {0};
    text_add(&text, L"{\"Success\":true");
    if (output || list) text_add_key(&text, L"Output");
    if (output) {
        struct json alone = *output;
        alone.next = NULL;
        json_write(&text, &alone);
    }
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

static WCHAR *refuse(struct json *object, PCWSTR message, DWORD code)
{
    json_free(object);
    return answer_error(message, code);
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

static void set_number(struct json *object, PCWSTR key, unsigned value)
{
    struct text text = {0};
    text_add_number(&text, value);
    json_set(object, key, text.at);
    free(text.at);
}

static void set_default(struct json *object, PCWSTR key, PCWSTR value)
{
    if (!*json_string(object, key)) set_string(object, key, value);
}

static WCHAR *keep(struct collection *collection, struct json *object)
{
    GUID guid;
    CoCreateGuid(&guid);
    WCHAR *id = guid_text(&guid);
    set_default(object, L"ID", id);
    free(id);
    object->next = collection->objects;
    collection->objects = object;
    return answer_output(object, NULL);
}

/* An IPv4 subnet; `bits` 0 where there is none. */
struct subnet { DWORD address, mask; unsigned bits; };

static int read_address(PCWSTR text, DWORD *address)
{
    unsigned a, b, c, d;
    if (swscanf(text, L"%u.%u.%u.%u", &a, &b, &c, &d) != 4 || (a | b | c | d) > 255) return 0;
    *address = a << 24 | b << 16 | c << 8 | d;
    return 1;
}

static void write_address(WCHAR text[16], DWORD address)
{
    _snwprintf(text, 16, L"%lu.%lu.%lu.%lu", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

static struct json *first_subnet(const struct json *network)
{
    struct json *list = json_member(network, L"Subnets");
    return list ? list->first : NULL;
}

static struct subnet subnet_of(const struct json *network)
{
    struct subnet subnet = {0};
    struct json *first = first_subnet(network);
    PCWSTR prefix = first ? json_string(first, L"AddressPrefix") : L"", slash = wcschr(prefix, '/');
    if (!slash || !read_address(prefix, &subnet.address)) return subnet;
    subnet.bits = (unsigned)_wtoi(slash + 1);
    subnet.mask = subnet.bits ? ~0u << (32 - subnet.bits) : 0;
    return subnet;
}

static int overlap(struct subnet a, struct subnet b) { return a.bits && b.bits && ((a.address ^ b.address) & a.mask & b.mask) == 0; }

/* The first of 172.16.0.0/12's that no network has, from 172.21.16.0 on. */
static void choose_subnet(struct json *network)
{
    struct subnet wanted = {0xAC151000, ~0u << 12, 20};
    WCHAR address[16], gateway[16], text[120];
    for (int again = 1; again;) {
        again = 0;
        for (struct json *other = networks.objects; other; other = other->next) again |= overlap(wanted, subnet_of(other));
        if (again) wanted.address += 1 << 12;
    }
    write_address(address, wanted.address);
    write_address(gateway, wanted.address + 1);
    _snwprintf(text, ARRAYSIZE(text), L"[{\"AddressPrefix\":\"%ls/20\",\"GatewayAddress\":\"%ls\"}]", address, gateway);
    json_set(network, L"Subnets", text);
}

static WCHAR *add_network(struct json *network)
{
    static const PCWSTR types[] = {L"nat", L"ics", L"internal", L"private", L"transparent", L"l2bridge", L"l2tunnel", L"overlay"};
    PCWSTR type = json_string(network, L"Type"), name = json_string(network, L"Name");
    size_t at = 0;
    while (at < ARRAYSIZE(types) && _wcsicmp(types[at], type)) at++;
    if (at == ARRAYSIZE(types)) return refuse(network, L"Invalid network type. ", INVALID_NETWORK_TYPE);
    for (struct json *other = networks.objects; other; other = other->next)
        if (*name && !_wcsicmp(json_string(other, L"Name"), name)) return refuse(network, L"The network already exists. ", NETWORK_ALREADY_EXISTS);
    set_number(network, L"State", 1);
    /* The first three have addresses of the host's own choice; the others are told theirs, or have a DHCP server. */
    struct json *subnets = json_member(network, L"Subnets");
    if (at < 3 && !(subnets && subnets->first)) choose_subnet(network);
    return keep(&networks, network);
}

static int is_taken(const struct json *network, DWORD address)
{
    DWORD other;
    struct json *first = first_subnet(network);
    if (first && read_address(json_string(first, L"GatewayAddress"), &other) && other == address) return 1;
    for (struct json *endpoint = endpoints.objects; endpoint; endpoint = endpoint->next)
        if (!_wcsicmp(json_string(endpoint, L"VirtualNetwork"), json_string(network, L"ID")) &&
            read_address(json_string(endpoint, L"IPAddress"), &other) && other == address)
            return 1;
    return 0;
}

static int has_port(const struct json *policies, const struct json *until, PCWSTR protocol, long long port)
{
    for (struct json *policy = policies ? policies->first : NULL; policy && policy != until; policy = policy->next)
        if (!_wcsicmp(json_string(policy, L"Type"), L"NAT") && !_wcsicmp(json_string(policy, L"Protocol"), protocol) &&
            json_number(policy, L"ExternalPort", 0) == port)
            return 1;
    return 0;
}

static int is_published(const struct json *policies, const struct json *policy, long long port)
{
    PCWSTR protocol = json_string(policy, L"Protocol");
    if (has_port(policies, policy, protocol, port)) return 1;
    for (struct json *other = endpoints.objects; other; other = other->next)
        if (has_port(json_member(other, L"Policies"), NULL, protocol, port)) return 1;
    return 0;
}

/* Each port of the host goes to one endpoint; one that nobody named is the first free one of Windows' dynamic ports. */
static int publish(struct json *endpoint)
{
    struct json *policies = json_member(endpoint, L"Policies");
    for (struct json *policy = policies ? policies->first : NULL; policy; policy = policy->next) {
        if (_wcsicmp(json_string(policy, L"Type"), L"NAT")) continue;
        long long port = json_number(policy, L"ExternalPort", 0);
        if (port == 0) {
            for (port = 49152; is_published(policies, policy, port);) port++;
            set_number(policy, L"ExternalPort", (unsigned)port);
        } else if (is_published(policies, policy, port)) return 0;
    }
    return 1;
}

static WCHAR *add_endpoint(struct json *endpoint)
{
    struct json *network = *find(&networks, json_string(endpoint, L"VirtualNetwork"));
    WCHAR text[32];
    DWORD address = 0;
    if (!network) return refuse(endpoint, L"The network was not found. ", NETWORK_NOT_FOUND);
    struct subnet subnet = subnet_of(network);
    if (*json_string(endpoint, L"IPAddress")) {
        int inside = read_address(json_string(endpoint, L"IPAddress"), &address) && (!subnet.bits || ((address ^ subnet.address) & subnet.mask) == 0);
        if (!inside || is_taken(network, address)) return refuse(endpoint, L"The IP address is invalid, or in use. ", INVALID_IP);
    } else if (subnet.bits) {
        DWORD last = (subnet.address | ~subnet.mask) - 1;
        for (address = (subnet.address & subnet.mask) + 1; address <= last && is_taken(network, address);) address++;
        if (address > last) return refuse(endpoint, L"The network has no address left. ", INVALID_IP);
        write_address(text, address);
        set_string(endpoint, L"IPAddress", text);
    }
    if (!publish(endpoint)) return refuse(endpoint, L"The specified port already exists. ", PORT_ALREADY_EXISTS);
    macs++;
    _snwprintf(text, ARRAYSIZE(text), L"00-15-5D-00-%02X-%02X", macs / 256 % 256, macs % 256);
    set_default(endpoint, L"MacAddress", text);
    set_string(endpoint, L"VirtualNetworkName", json_string(network, L"Name"));
    if (subnet.bits) set_default(endpoint, L"GatewayAddress", json_string(first_subnet(network), L"GatewayAddress"));
    if (subnet.bits) set_number(endpoint, L"PrefixLength", subnet.bits);
    set_number(endpoint, L"State", 1);
    if (!json_has(endpoint, L"Policies", JSON_ARRAY)) json_set(endpoint, L"Policies", L"[]");
    return keep(&endpoints, endpoint);
}

static WCHAR *add(struct collection *collection, struct json *object)
{
    if (collection == &networks) return add_network(object);
    if (collection == &endpoints) return add_endpoint(object);
    return keep(collection, object);
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

static const WCHAR no_object[] = L"The object identifier does not represent a valid object. ";

static WCHAR *post(struct collection *collection, PCWSTR id, PCWSTR document)
{
    struct failure why;
    struct json *object = json_parse_object(document, &why), *known = *id ? *find(collection, id) : NULL;
    if (!object) return answer_error(L"The JSON document is invalid. ", INVALID_JSON);
    if (!*id) return add(collection, object);
    return known ? update(known, object) : refuse(object, no_object, collection->missing);
}

static int has_endpoints(PCWSTR network)
{
    for (struct json *endpoint = endpoints.objects; endpoint; endpoint = endpoint->next)
        if (!_wcsicmp(json_string(endpoint, L"VirtualNetwork"), network)) return 1;
    return 0;
}

static WCHAR *in_collection(struct collection *collection, PCWSTR method, PCWSTR id, PCWSTR document)
{
    if (!wcscmp(method, L"POST")) return post(collection, id, document);
    if (!wcscmp(method, L"GET") && !*id) {
        struct json list = {.kind = JSON_ARRAY, .first = collection->objects};
        return answer_output(NULL, &list);
    }
    struct json **at = find(collection, id), *found = *at;
    if (!*id || !found) return answer_error(no_object, collection->missing);
    if (!wcscmp(method, L"GET")) return answer_output(found, NULL);
    if (wcscmp(method, L"DELETE")) return answer_error(L"The request is not supported. ", REQUEST_UNSUPPORTED);
    if (collection == &networks && has_endpoints(id))
        return answer_error(L"The specified entity cannot be removed while it still has references. ", ENTITY_HAS_REFERENCES);
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
    free(add_network(json_parse(L"{\"Name\":\"nat\",\"Type\":\"nat\",\"Policies\":[]}", &why)));
}

HRESULT hns_call(PCWSTR method, PCWSTR path, PCWSTR object, WCHAR **response)
{
    EnterCriticalSection(&service_lock);
    start_networks();
    *response = route(method, path, object);
    LeaveCriticalSection(&service_lock);
    return S_OK;
}

int hns_attach(PCWSTR id, PCWSTR system)
{
    struct text text = {0};
    text_add_char(&text, '[');
    text_add_json(&text, system);
    text_add_char(&text, ']');
    EnterCriticalSection(&service_lock);
    struct json *endpoint = *find(&endpoints, id);
    if (endpoint) json_set(endpoint, L"SharedContainers", text.at);
    LeaveCriticalSection(&service_lock);
    free(text.at);
    return endpoint != NULL;
}

void hns_detach(PCWSTR id, PCWSTR system)
{
    EnterCriticalSection(&service_lock);
    for (struct json *endpoint = endpoints.objects; endpoint; endpoint = endpoint->next) {
        struct json *systems = json_member(endpoint, L"SharedContainers"), *first = systems ? systems->first : NULL;
        if (id && _wcsicmp(json_string(endpoint, L"ID"), id)) continue;
        if (first && first->kind == JSON_STRING && !_wcsicmp(first->string, system)) json_set(endpoint, L"SharedContainers", L"[]");
    }
    LeaveCriticalSection(&service_lock);
}

int hns_has_endpoint(PCWSTR id)
{
    EnterCriticalSection(&service_lock);
    int found = *find(&endpoints, id) != NULL;
    LeaveCriticalSection(&service_lock);
    return found;
}
