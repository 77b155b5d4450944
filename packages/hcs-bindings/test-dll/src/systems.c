/* Compute systems: Created -> Starting -> Running -> Stopping -> Stopped, each step completed by another thread. */
#include "service.h"
#include <stdlib.h>
#include <wchar.h>

enum state { CREATED, STARTING, RUNNING, STOPPING, STOPPED };

static const PCWSTR state_names[] = {L"created", L"starting", L"running", L"stopping", L"stopped"};
/* What callers see of each. */
static const PCWSTR shown_states[] = {L"Created", L"Created", L"Running", L"Running", L"Stopped"};

struct known_process { struct process *process; struct known_process *next; };

struct system {
    struct object object;
    WCHAR *id;
    struct container container;
    struct channel *channel;
    struct source source;
    HANDLE job;
    enum state state;
    int starting, creating; /* Threads at work in it. */
    PCWSTR exit_type;
    struct known_process *processes; /* The newest first, exited ones too. */
    struct system *next;
};

/* Those that have not ended, each with a reference. */
static struct system *systems;

PCWSTR system_id(const struct system *system) { return system->id; }
PCWSTR system_host_name(const struct system *system) { return system->container.host_name; }
struct source *system_source(struct system *system) { return &system->source; }
struct channel *system_channel(struct system *system) { return system->channel; }
HANDLE system_job(struct system *system) { return system->job; }

static void system_destroy(struct object *object)
{
    struct system *system = (struct system *)object;
    while (system->processes) {
        struct known_process *next = system->processes->next;
        object_release((struct object *)system->processes->process);
        free(system->processes);
        system->processes = next;
    }
    if (system->job) CloseHandle(system->job);
    source_clear(&system->source);
    channel_release(system->channel);
    container_clear(&system->container);
    free(system->id);
    free(system);
}

static struct system *find(PCWSTR id)
{
    struct system *system = systems;
    while (system && wcscmp(system->id, id)) system = system->next;
    return system;
}

HRESULT system_create(PCWSTR id, PCWSTR document, struct system **made, struct failure *why)
{
    struct container container;
    HRESULT hr = container_read(&container, document, why);
    if (hr) return hr;
    EnterCriticalSection(&service_lock);
    if (find(id)) hr = fail(why, HCS_SYSTEM_ALREADY_EXISTS, L"the compute system %ls exists", id);
    else hr = container_check(&container, why);
    if (hr) container_clear(&container);
    else {
        struct system *system = take_memory(sizeof *system);
        system->object = (struct object){2, system_destroy}; /* One is the list's, one the caller's. */
        system->id = copy_string(id);
        system->container = container;
        system->channel = channel_make(id);
        source_init(&system->source, system->channel);
        system->job = CreateJobObjectW(NULL, NULL);
        system->exit_type = L"None";
        system->next = systems;
        systems = system;
        *made = system;
    }
    LeaveCriticalSection(&service_lock);
    if (!hr) source_notify(&(*made)->source, SYSTEM_CREATE_COMPLETED, S_OK);
    return hr ? hr : HCS_OPERATION_PENDING;
}

HRESULT system_find(PCWSTR id, struct system **found, struct failure *why)
{
    EnterCriticalSection(&service_lock);
    *found = find(id);
    if (*found) object_keep(&(*found)->object);
    LeaveCriticalSection(&service_lock);
    return *found ? S_OK : fail(why, HCS_SYSTEM_NOT_FOUND, L"the compute system %ls does not exist", id);
}

static HRESULT wrong_state(struct system *system, PCWSTR what, struct failure *why)
{
    return fail(why, HCS_INVALID_STATE, L"the compute system %ls is %ls: it cannot %ls now", system->id, state_names[system->state], what);
}

/* A Hyper-V container's disk is attached by its own virtual machine. */
static HRESULT attach_disk(struct system *system)
{
    struct container *container = &system->container;
    HRESULT hr;
    if (!container->hyperv) return layer_has_volume(container->volume_path) ? S_OK : WIN32_HRESULT(ERROR_PATH_NOT_FOUND);
    hr = layer_activate(container->scratch);
    return hr ? hr : layer_prepare(container->scratch, container->layers, container->layer_count);
}

struct ending { struct system *system; PCWSTR exit_type; HRESULT status; };

static int processes_left(const struct system *system)
{
    for (struct known_process *known = system->processes; known; known = known->next)
        if (!process_exited(known->process)) return 1;
    return 0;
}

static void unlist(struct system *system)
{
    for (struct system **at = &systems; *at; at = &(*at)->next)
        if (*at == system) { *at = system->next; object_release(&system->object); return; }
}

/* The state is STOPPING already. Ends every process, each notified before the system's own end. */
static DWORD WINAPI run_ending(void *argument)
{
    struct ending ending = *(struct ending *)argument;
    struct system *system = ending.system;
    free(argument);
    EnterCriticalSection(&service_lock);
    while (system->starting || system->creating) service_wait();
    TerminateJobObject(system->job, DBG_TERMINATE_PROCESS);
    while (processes_left(system)) service_wait();
    LeaveCriticalSection(&service_lock);
    if (system->container.hyperv) layer_deactivate(system->container.scratch);
    EnterCriticalSection(&service_lock);
    system->state = STOPPED;
    system->exit_type = ending.exit_type;
    unlist(system);
    LeaveCriticalSection(&service_lock);
    source_notify(&system->source, SYSTEM_EXITED, ending.status);
    object_release(&system->object);
    return 0;
}

static void in_thread(LPTHREAD_START_ROUTINE routine, void *argument)
{
    HANDLE thread = CreateThread(NULL, 256 * 1024, routine, argument, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread) CloseHandle(thread);
}

/* With the lock held, in a state that is not STOPPING or STOPPED. */
static void end(struct system *system, PCWSTR exit_type, HRESULT status)
{
    struct ending *ending = take_memory(sizeof *ending);
    object_keep(&system->object);
    *ending = (struct ending){system, exit_type, status};
    system->state = STOPPING;
    in_thread(run_ending, ending);
}

static DWORD WINAPI run_start(void *argument)
{
    struct system *system = argument;
    HRESULT hr = attach_disk(system);
    source_notify(&system->source, SYSTEM_START_COMPLETED, hr);
    EnterCriticalSection(&service_lock);
    system->starting = 0;
    if (system->state == STARTING) {
        if (hr) end(system, L"UnexpectedExit", HCS_TERMINATED_DURING_START);
        else system->state = RUNNING;
    }
    WakeAllConditionVariable(&service_changed);
    LeaveCriticalSection(&service_lock);
    object_release(&system->object);
    return 0;
}

HRESULT system_start(struct system *system, struct failure *why)
{
    HRESULT hr = HCS_OPERATION_PENDING;
    EnterCriticalSection(&service_lock);
    if (system->state != CREATED) hr = wrong_state(system, L"start", why);
    else {
        system->state = STARTING;
        system->starting = 1;
        object_keep(&system->object);
        in_thread(run_start, system);
    }
    LeaveCriticalSection(&service_lock);
    return hr;
}

HRESULT system_stop(struct system *system, PCWSTR exit_type, struct failure *why)
{
    HRESULT hr = HCS_OPERATION_PENDING;
    EnterCriticalSection(&service_lock);
    if (system->state == STOPPED) hr = fail(why, HCS_SYSTEM_ALREADY_STOPPED, L"the compute system %ls is stopped", system->id);
    else if (system->state != STOPPING) end(system, exit_type, S_OK);
    LeaveCriticalSection(&service_lock);
    return hr;
}

/* With the lock held. */
static void write_properties(struct text *text, struct system *system, const struct json *query)
{
    struct json *types = json_member(query, L"PropertyTypes");
    GUID guid;
    name_to_guid(system->id, &guid);
    WCHAR *runtime_id = guid_text(&guid);
    text_add_char(text, '{');
    text_add_key(text, L"Id"); text_add_json(text, system->id);
    text_add_key(text, L"Name"); text_add_json(text, *system->container.name ? system->container.name : system->id);
    text_add_key(text, L"SystemType"); text_add_json(text, L"Container");
    text_add_key(text, L"RuntimeOsType"); text_add_json(text, L"Windows");
    text_add_key(text, L"Owner"); text_add_json(text, system->container.owner);
    text_add_key(text, L"State"); text_add_json(text, shown_states[system->state]);
    text_add_key(text, L"RuntimeId"); text_add_json(text, runtime_id);
    if (system->state == STOPPED) {
        text_add_key(text, L"Stopped"); text_add(text, L"true");
        text_add_key(text, L"ExitType"); text_add_json(text, system->exit_type);
    }
    for (struct json *type = types ? types->first : NULL; type; type = type->next) {
        if (type->kind != JSON_STRING || wcscmp(type->string, L"ProcessList")) continue;
        int count = 0;
        text_add_key(text, L"ProcessList"); text_add_char(text, '[');
        for (struct known_process *known = system->processes; known; known = known->next) {
            if (process_exited(known->process)) continue;
            text_add(text, count++ ? L",{\"ProcessId\":" : L"{\"ProcessId\":");
            text_add_number(text, process_id(known->process));
            text_add_char(text, '}');
        }
        text_add_char(text, ']');
        break;
    }
    text_add_char(text, '}');
    free(runtime_id);
}

HRESULT system_properties(struct system *system, PCWSTR query_text, WCHAR **properties, struct failure *why)
{
    struct text text = {0};
    struct json *query = json_parse_object(query_text, why);
    if (!query) return HCS_INVALID_JSON;
    EnterCriticalSection(&service_lock);
    write_properties(&text, system, query);
    LeaveCriticalSection(&service_lock);
    json_free(query);
    *properties = text_take(&text);
    return S_OK;
}

static int wanted(const struct json *query, PCWSTR key, PCWSTR value)
{
    if (!json_has(query, key, JSON_ARRAY)) return 1;
    for (struct json *item = json_member(query, key)->first; item; item = item->next)
        if (item->kind == JSON_STRING && !wcscmp(item->string, value)) return 1;
    return 0;
}

HRESULT systems_list(PCWSTR query_text, WCHAR **list, struct failure *why)
{
    struct text text = {0};
    struct json *query = json_parse_object(query_text, why);
    if (!query) return HCS_INVALID_JSON;
    text_add_char(&text, '[');
    EnterCriticalSection(&service_lock);
    for (struct system *system = systems; system; system = system->next) {
        if (!wanted(query, L"Ids", system->id) || !wanted(query, L"Names", system->container.name) ||
            !wanted(query, L"Owners", system->container.owner) || !wanted(query, L"Types", L"Container")) continue;
        if (text.length > 1) text_add_char(&text, ',');
        struct json none = {.kind = JSON_OBJECT};
        write_properties(&text, system, &none);
    }
    LeaveCriticalSection(&service_lock);
    text_add_char(&text, ']');
    json_free(query);
    *list = text_take(&text);
    return S_OK;
}

HRESULT system_create_process(struct system *system, PCWSTR document_text, HCS_PROCESS_INFORMATION *information, struct process **made,
                              struct failure *why)
{
    struct json *document = json_parse_object(document_text, why);
    HRESULT hr = S_OK;
    if (!document) return HCS_INVALID_JSON;
    EnterCriticalSection(&service_lock);
    if (system->state == STOPPED || system->state == STOPPING)
        hr = fail(why, HCS_SYSTEM_ALREADY_STOPPED, L"the compute system %ls is stopped", system->id);
    else if (system->state != RUNNING) hr = wrong_state(system, L"run a process", why);
    else system->creating++;
    LeaveCriticalSection(&service_lock);
    if (!hr) {
        hr = process_create(system, document, information, made, why);
        EnterCriticalSection(&service_lock);
        if (!hr) {
            struct known_process *known = take_memory(sizeof *known);
            object_keep((struct object *)*made);
            *known = (struct known_process){*made, system->processes};
            system->processes = known;
        }
        system->creating--;
        WakeAllConditionVariable(&service_changed);
        LeaveCriticalSection(&service_lock);
    }
    json_free(document);
    return hr;
}

HRESULT system_find_process(struct system *system, DWORD pid, struct process **found, struct failure *why)
{
    HRESULT hr = S_OK;
    EnterCriticalSection(&service_lock);
    struct known_process *known = system->processes;
    while (known && process_id(known->process) != pid) known = known->next;
    if (known) object_keep((struct object *)(*found = known->process));
    else hr = fail(why, WIN32_HRESULT(ERROR_NOT_FOUND), L"the compute system %ls has no process %lu", system->id, pid);
    LeaveCriticalSection(&service_lock);
    return hr;
}
