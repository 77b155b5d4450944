/*
 * Notifications. What happened before a callback was registered is kept and delivered on registration. Each compute
 * system has a channel: callbacks of it and of its processes come one after another, from threads that the caller
 * does not know, and never inside the call that causes them.
 */
#include "service.h"
#include <stdlib.h>

struct past { DWORD type; HRESULT status; int early; struct past *next; };

struct callback {
    struct object object;
    HCS_NOTIFICATION_CALLBACK function;
    void *context;
    struct object *owner; /* Keeps the source. */
    struct source *source;
    struct callback *next;
    DWORD thread; /* That calls it now. */
    int stopped;
};

struct delivery { struct callback *callback; DWORD type; HRESULT status; struct delivery *next; };

struct channel { LONG references; WCHAR *system_id; struct delivery *first, **last; int busy; };

struct channel *channel_make(PCWSTR system_id)
{
    struct channel *channel = take_memory(sizeof *channel);
    channel->references = 1;
    channel->system_id = copy_string(system_id);
    channel->last = &channel->first;
    return channel;
}

PCWSTR channel_system(const struct channel *channel) { return channel->system_id; }

void channel_keep(struct channel *channel) { InterlockedIncrement(&channel->references); }

void channel_release(struct channel *channel)
{
    if (InterlockedDecrement(&channel->references)) return;
    free(channel->system_id);
    free(channel);
}

static void deliver(struct delivery *delivery)
{
    struct callback *callback = delivery->callback;
    if (!callback->stopped) {
        callback->thread = GetCurrentThreadId();
        LeaveCriticalSection(&service_lock);
        callback->function(delivery->type, callback->context, delivery->status, NULL);
        EnterCriticalSection(&service_lock);
        callback->thread = 0;
        WakeAllConditionVariable(&service_changed);
    }
    object_release(&callback->object);
    free(delivery);
}

static DWORD WINAPI run_channel(void *argument)
{
    struct channel *channel = argument;
    struct delivery *delivery;
    EnterCriticalSection(&service_lock);
    while ((delivery = channel->first)) {
        channel->first = delivery->next;
        if (!channel->first) channel->last = &channel->first;
        deliver(delivery);
    }
    channel->busy = 0;
    LeaveCriticalSection(&service_lock);
    channel_release(channel);
    return 0;
}

/* With the lock held. */
static void post(struct callback *callback, DWORD type, HRESULT status)
{
    struct channel *channel = callback->source->channel;
    struct delivery *delivery = take_memory(sizeof *delivery);
    object_keep(&callback->object);
    *delivery = (struct delivery){callback, type, status, NULL};
    *channel->last = delivery;
    channel->last = &delivery->next;
    if (channel->busy) return;
    channel->busy = 1;
    channel_keep(channel);
    HANDLE thread = CreateThread(NULL, 256 * 1024, run_channel, channel, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread) CloseHandle(thread);
}

void source_init(struct source *source, struct channel *channel)
{
    *source = (struct source){channel, NULL, NULL};
    channel_keep(channel);
}

void source_clear(struct source *source)
{
    while (source->past) {
        struct past *next = source->past->next;
        free(source->past);
        source->past = next;
    }
    channel_release(source->channel);
}

void source_notify(struct source *source, DWORD type, HRESULT status)
{
    int early, times = fault_deliveries(type, &early);
    EnterCriticalSection(&service_lock);
    for (; times > 0; times--) {
        struct past *past = take_memory(sizeof *past), **last = &source->past;
        *past = (struct past){type, status, early, NULL};
        while (*last) last = &(*last)->next;
        *last = past;
        for (struct callback *callback = source->callbacks; callback; callback = callback->next) post(callback, type, status);
    }
    LeaveCriticalSection(&service_lock);
}

static void callback_destroy(struct object *object)
{
    struct callback *callback = (struct callback *)object;
    object_release(callback->owner);
    free(callback);
}

HANDLE source_register(struct source *source, struct object *owner, HCS_NOTIFICATION_CALLBACK function, void *context)
{
    struct callback *callback = take_memory(sizeof *callback);
    callback->object = (struct object){1, callback_destroy};
    callback->function = function;
    callback->context = context;
    callback->owner = owner;
    callback->source = source;
    object_keep(owner);
    EnterCriticalSection(&service_lock);
    callback->next = source->callbacks;
    source->callbacks = callback;
    struct past *past = source->past, *last = NULL;
    for (; past; last = past, past = past->next) if (!past->early) post(callback, past->type, past->status);
    HANDLE handle = handle_open(CALLBACK_HANDLE, &callback->object);
    object_release(&callback->object);
    LeaveCriticalSection(&service_lock);
    /* What comes from now on is behind `last`, and nothing is taken away while the callback keeps the source. */
    for (past = last ? source->past : NULL; past; past = past == last ? NULL : past->next)
        if (past->early) function(past->type, context, past->status, NULL);
    return handle;
}

void callback_stop(struct object *object)
{
    struct callback *callback = (struct callback *)object, **at;
    EnterCriticalSection(&service_lock);
    callback->stopped = 1;
    for (at = &callback->source->callbacks; *at; at = &(*at)->next)
        if (*at == callback) { *at = callback->next; break; }
    while (callback->thread && callback->thread != GetCurrentThreadId()) service_wait();
    LeaveCriticalSection(&service_lock);
}

PCWSTR callback_system(const struct object *object) { return ((const struct callback *)object)->source->channel->system_id; }
