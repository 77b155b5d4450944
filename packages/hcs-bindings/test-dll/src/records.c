#include "records.h"
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define BUCKETS 4096

static struct record *buckets[BUCKETS];
static WCHAR *store;
static int links;

static struct record **bucket(const BYTE id[24])
{
    unsigned hash = 5381;
    for (int i = 0; i < 24; i++) hash = hash * 33 + id[i];
    return &buckets[hash % BUCKETS];
}

static struct record **find(const BYTE id[24])
{
    struct record **at = bucket(id);
    while (*at && memcmp((*at)->id, id, 24)) at = &(*at)->next;
    return at;
}

void bytes_set(struct bytes *bytes, const void *at, DWORD size)
{
    free(bytes->at);
    bytes->at = size ? memcpy(take_memory(size), at, size) : NULL;
    bytes->size = size;
}

void record_set_reparse(struct record *record, const void *at, DWORD size)
{
    links += (size > 0) - (record->reparse.size > 0);
    bytes_set(&record->reparse, at, size);
}

struct bytes *record_add_stream(struct record *record, WCHAR *name)
{
    struct stream **end = &record->streams;
    while (*end) end = &(*end)->next;
    *end = take_memory(sizeof **end);
    (*end)->name = name;
    return &(*end)->data;
}

static void release(struct record *record)
{
    links -= record->reparse.size > 0;
    while (record->streams) {
        struct stream *next = record->streams->next;
        free(record->streams->name);
        free(record->streams->data.at);
        free(record->streams);
        record->streams = next;
    }
    free(record->security.at);
    free(record->attributes_extended.at);
    free(record->reparse.at);
    free(record->names);
    free(record);
}

/* The file of a record. */
static WCHAR *path_of(const struct record *record)
{
    WCHAR name[49];
    for (int i = 0; i < 24; i++) _snwprintf(name + 2 * i, 3, L"%02x", record->id[i]);
    return join_path(store, name);
}

static void put(HANDLE file, const void *at, DWORD size)
{
    DWORD done;
    WriteFile(file, &size, 4, &done, NULL);
    WriteFile(file, at, size, &done, NULL);
}

void record_save(const struct record *record)
{
    WCHAR *path = path_of(record);
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    free(path);
    if (file == INVALID_HANDLE_VALUE) return;
    put(file, record->id, sizeof record->id);
    put(file, &record->has, offsetof(struct record, security) - offsetof(struct record, has));
    put(file, record->names, (DWORD)(wcslen(record->names) + 1) * sizeof(WCHAR));
    put(file, record->security.at, record->security.size);
    put(file, record->attributes_extended.at, record->attributes_extended.size);
    put(file, record->reparse.at, record->reparse.size);
    for (struct stream *stream = record->streams; stream; stream = stream->next) {
        put(file, stream->name, (DWORD)(wcslen(stream->name) + 1) * sizeof(WCHAR));
        put(file, stream->data.at, stream->data.size);
    }
    CloseHandle(file);
}

static int get(HANDLE file, struct bytes *bytes)
{
    DWORD size, done;
    if (!ReadFile(file, &size, 4, &done, NULL) || done != 4) return 0;
    bytes->at = take_memory(size + 2);
    bytes->size = size;
    return ReadFile(file, bytes->at, size, &done, NULL) && done == size;
}

static void load(PCWSTR path)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    struct bytes id = {0}, fixed = {0}, names = {0}, name = {0};
    struct record *record = take_memory(sizeof *record);
    if (file == INVALID_HANDLE_VALUE) return;
    if (get(file, &id) && get(file, &fixed) && get(file, &names) && get(file, &record->security) && get(file, &record->attributes_extended) &&
        get(file, &record->reparse) && id.size == sizeof record->id) {
        memcpy(record->id, id.at, sizeof record->id);
        memcpy(&record->has, fixed.at, fixed.size);
        record->names = copy_string((PCWSTR)names.at);
        while (get(file, &name)) {
            get(file, record_add_stream(record, (WCHAR *)name.at));
        }
        links += record->reparse.size > 0;
        record->next = *bucket(record->id);
        *bucket(record->id) = record;
    }
    CloseHandle(file);
    free(id.at);
    free(fixed.at);
    free(names.at);
}

static void open_store(void)
{
    static int opened;
    WCHAR dll[MAX_PATH * 4], *end;
    WIN32_FIND_DATAW found;
    HMODULE module;
    if (opened++) return;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, (PCWSTR)(void *)open_store, &module);
    GetModuleFileNameW(module, dll, ARRAYSIZE(dll));
    end = wcsrchr(dll, '\\');
    if (end) *end = 0;
    store = join_path(dll, L"files");
    CreateDirectoryW(store, NULL);
    WCHAR *pattern = join_path(store, L"*");
    HANDLE search = FindFirstFileW(pattern, &found);
    free(pattern);
    if (search == INVALID_HANDLE_VALUE) return;
    do {
        WCHAR *path = join_path(store, found.cFileName);
        if (wcslen(found.cFileName) == 48) load(path);
        free(path);
    } while (FindNextFileW(search, &found));
    FindClose(search);
}

static int get_id(HANDLE file, BYTE id[24]) { return GetFileInformationByHandleEx(file, FileIdInfo, id, 24); }

/* The last part of a file's path, ended by `/`. */
static WCHAR *name_of(HANDLE file)
{
    WCHAR path[4096], *name;
    struct text text = {0};
    DWORD length = GetFinalPathNameByHandleW(file, path, ARRAYSIZE(path), 0);
    if (!length || length >= ARRAYSIZE(path)) path[0] = 0;
    name = wcsrchr(path, '\\');
    text_add(&text, name ? name + 1 : path);
    text_add_char(&text, '/');
    return _wcsupr(text_take(&text));
}

static int has_name(const struct record *record, PCWSTR name)
{
    for (PCWSTR at = record->names; *at; at = wcschr(at, '/') + 1)
        if (!wcsncmp(at, name, wcslen(name))) return 1;
    return 0;
}

static void drop(struct record **at)
{
    struct record *record = *at;
    WCHAR *path = path_of(record);
    DeleteFileW(path);
    free(path);
    *at = record->next;
    release(record);
}

struct record *record_of(HANDLE file)
{
    BYTE id[24];
    open_store();
    if (!get_id(file, id)) return NULL;
    struct record **at = find(id);
    if (!*at) return NULL;
    WCHAR *name = name_of(file);
    if (!has_name(*at, name)) drop(at);
    free(name);
    return *at && !memcmp((*at)->id, id, 24) ? *at : NULL;
}

struct record *record_make(HANDLE file)
{
    struct record *record = record_of(file);
    if (record) return record;
    record = take_memory(sizeof *record);
    if (!get_id(file, record->id)) {
        free(record);
        return NULL;
    }
    record->names = name_of(file);
    record->next = *bucket(record->id);
    *bucket(record->id) = record;
    return record;
}

void record_forget(HANDLE file)
{
    BYTE id[24];
    EnterCriticalSection(&service_lock);
    open_store();
    if (get_id(file, id)) {
        struct record **at = find(id);
        if (*at) drop(at);
    }
    LeaveCriticalSection(&service_lock);
}

void record_add_name(struct record *record, PCWSTR path)
{
    struct text text = {0};
    PCWSTR name = wcsrchr(path, '\\');
    text_add(&text, record->names);
    text_add(&text, name ? name + 1 : path);
    text_add_char(&text, '/');
    free(record->names);
    record->names = _wcsupr(text_take(&text));
    record_save(record);
}

void record_copy(HANDLE from, HANDLE to)
{
    EnterCriticalSection(&service_lock);
    struct record *source = record_of(from), *target = source ? record_make(to) : NULL;
    if (target) {
        target->has = source->has & HAS_ATTRIBUTES;
        target->attributes = source->attributes;
        bytes_set(&target->security, source->security.at, source->security.size);
        bytes_set(&target->attributes_extended, source->attributes_extended.at, source->attributes_extended.size);
        record_set_reparse(target, source->reparse.at, source->reparse.size);
        for (struct stream *stream = source->streams; stream; stream = stream->next)
            bytes_set(record_add_stream(target, copy_string(stream->name)), stream->data.at, stream->data.size);
        record_save(target);
    }
    LeaveCriticalSection(&service_lock);
}

static int same_bytes(const struct bytes *a, const struct bytes *b) { return a->size == b->size && (!a->size || !memcmp(a->at, b->at, a->size)); }

static int same_records(const struct record *a, const struct record *b)
{
    if ((a->has & HAS_ATTRIBUTES) != (b->has & HAS_ATTRIBUTES) || ((a->has & HAS_ATTRIBUTES) && a->attributes != b->attributes)) return 0;
    if (!same_bytes(&a->security, &b->security) || !same_bytes(&a->attributes_extended, &b->attributes_extended)) return 0;
    if (!same_bytes(&a->reparse, &b->reparse)) return 0;
    int streams = 0;
    for (struct stream *stream = a->streams; stream; stream = stream->next, streams++) {
        struct stream *other = b->streams;
        while (other && _wcsicmp(other->name, stream->name)) other = other->next;
        if (!other || !same_bytes(&other->data, &stream->data)) return 0;
    }
    for (struct stream *stream = b->streams; stream; stream = stream->next) streams--;
    return streams == 0;
}

int record_same_metadata(HANDLE a, HANDLE b)
{
    static const struct record none;
    EnterCriticalSection(&service_lock);
    const struct record *first = record_of(a), *second = record_of(b);
    int same = same_records(first ? first : &none, second ? second : &none);
    LeaveCriticalSection(&service_lock);
    return same;
}

int records_have_links(void)
{
    EnterCriticalSection(&service_lock);
    open_store();
    int found = links;
    LeaveCriticalSection(&service_lock);
    return found > 0;
}
