/* Handles: numbers that are never used twice, each standing for one reference to an object. */
#include "service.h"
#include <stdlib.h>

#define BUCKETS 1024

struct entry { ULONG_PTR number; enum handle_kind kind; struct object *object; struct entry *next; };

static struct entry *buckets[BUCKETS];
static ULONG_PTR last_number = 0x1000;
static int open_counts[HANDLE_KINDS];

void object_keep(struct object *object) { InterlockedIncrement(&object->references); }

void object_release(struct object *object)
{
    if (object && !InterlockedDecrement(&object->references)) object->destroy(object);
}

static struct entry **slot(enum handle_kind kind, HANDLE handle)
{
    ULONG_PTR number = (ULONG_PTR)handle;
    struct entry **at = &buckets[number / 4 % BUCKETS];
    while (*at && ((*at)->number != number || (*at)->kind != kind)) at = &(*at)->next;
    return at;
}

HANDLE handle_open(enum handle_kind kind, struct object *object)
{
    struct entry *entry = take_memory(sizeof *entry);
    object_keep(object);
    EnterCriticalSection(&service_lock);
    entry->number = last_number += 4;
    entry->kind = kind;
    entry->object = object;
    struct entry **bucket = &buckets[entry->number / 4 % BUCKETS];
    entry->next = *bucket;
    *bucket = entry;
    open_counts[kind]++;
    LeaveCriticalSection(&service_lock);
    return (HANDLE)entry->number;
}

struct object *handle_get(enum handle_kind kind, HANDLE handle)
{
    struct object *object = NULL;
    EnterCriticalSection(&service_lock);
    struct entry *entry = *slot(kind, handle);
    if (entry) object_keep(object = entry->object);
    LeaveCriticalSection(&service_lock);
    return object;
}

struct object *handle_close(enum handle_kind kind, HANDLE handle)
{
    struct object *object = NULL;
    EnterCriticalSection(&service_lock);
    struct entry **at = slot(kind, handle), *entry = *at;
    if (entry) {
        *at = entry->next;
        object = entry->object;
        open_counts[kind]--;
        free(entry);
    }
    LeaveCriticalSection(&service_lock);
    return object;
}

int handle_stands_for(enum handle_kind kind, const struct object *object)
{
    int found = 0;
    EnterCriticalSection(&service_lock);
    for (int i = 0; i < BUCKETS && !found; i++)
        for (struct entry *entry = buckets[i]; entry && !found; entry = entry->next) found = entry->kind == kind && entry->object == object;
    LeaveCriticalSection(&service_lock);
    return found;
}

int handles_open(enum handle_kind kind) { return open_counts[kind]; }
