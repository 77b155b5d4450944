/* Compute systems: Created -> Starting -> Running (or Paused) -> Stopping -> Stopped, each step completed by another thread. */
#include "service.h"
#include <stdlib.h>
#include <wchar.h>

enum state { CREATED, STARTING, RUNNING, PAUSED, STOPPING, STOPPED };

static const PCWSTR state_names[] = {L"created", L"starting", L"running", L"paused", L"stopping", L"stopped"};
/* What callers see of each. */
static const PCWSTR shown_states[] = {L"Created", L"Created", L"Running", L"Paused", L"Running", L"Stopped"};

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
    FILETIME started;
    long long peak; /* The most that its processes had of memory whenever somebody asked. */
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
    HRESULT hr;
    if (!*id || wcspbrk(id, L"/\\") || !wcscmp(id, L".") || !wcscmp(id, L".."))
        return fail(why, WIN32_HRESULT(ERROR_INVALID_PARAMETER), L"'%ls' is no id of a compute system: it must be a name without slashes", id);
    hr = container_read(&container, document, why);
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

/* With the lock held: what the request `what` is answered in another state than those that take it. */
static HRESULT wrong_state(struct system *system, PCWSTR what, struct failure *why)
{
    if (system->state == STOPPED || system->state == STOPPING)
        return fail(why, HCS_SYSTEM_ALREADY_STOPPED, L"the compute system %ls is stopped", system->id);
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
    for (struct known_process *known = system->processes; known; known = known->next) process_suspend(known->process, 0);
    TerminateJobObject(system->job, DBG_TERMINATE_PROCESS);
    while (processes_left(system)) service_wait();
    LeaveCriticalSection(&service_lock);
    if (system->container.hyperv) layer_deactivate(system->container.scratch);
    EnterCriticalSection(&service_lock);
    system->state = STOPPED;
    system->exit_type = ending.exit_type;
    unlist(system);
    LeaveCriticalSection(&service_lock);
    hns_detach(NULL, system->id);
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
    /* Who is told of it may make a process at once. */
    EnterCriticalSection(&service_lock);
    if (!hr && system->state == STARTING) system->state = RUNNING;
    LeaveCriticalSection(&service_lock);
    source_notify(&system->source, SYSTEM_START_COMPLETED, hr);
    EnterCriticalSection(&service_lock);
    system->starting = 0;
    if (hr && system->state == STARTING) end(system, L"UnexpectedExit", HCS_TERMINATED_DURING_START);
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
        GetSystemTimeAsFileTime(&system->started);
        object_keep(&system->object);
        in_thread(run_start, system);
    }
    LeaveCriticalSection(&service_lock);
    return hr;
}

HRESULT system_stop(struct system *system, int forced, struct failure *why)
{
    HRESULT hr = HCS_OPERATION_PENDING;
    EnterCriticalSection(&service_lock);
    if (system->state == STOPPED || (system->state == PAUSED && !forced)) hr = wrong_state(system, L"shut down", why);
    else if (system->state != STOPPING) end(system, forced ? L"ForcedExit" : L"GracefulExit", S_OK);
    LeaveCriticalSection(&service_lock);
    return hr;
}

/* Completes in a thread of its own: a notification never comes inside the call that causes it. */
static HRESULT change(struct system *system, enum state from, enum state to, struct failure *why)
{
    int pausing = to == PAUSED;
    HRESULT hr = HCS_OPERATION_PENDING;
    EnterCriticalSection(&service_lock);
    if (system->state != from) hr = wrong_state(system, pausing ? L"pause" : L"resume", why);
    else if (!system->container.hyperv)
        hr = fail(why, WIN32_HRESULT(ERROR_NOT_SUPPORTED), L"the compute system %ls shares the host's kernel: it cannot be paused", system->id);
    else {
        for (struct known_process *known = system->processes; known; known = known->next) process_suspend(known->process, pausing);
        system->state = to;
    }
    LeaveCriticalSection(&service_lock);
    if (hr == HCS_OPERATION_PENDING) source_notify(&system->source, pausing ? SYSTEM_PAUSE_COMPLETED : SYSTEM_RESUME_COMPLETED, S_OK);
    return hr;
}

HRESULT system_pause(struct system *system, struct failure *why) { return change(system, RUNNING, PAUSED, why); }
HRESULT system_resume(struct system *system, struct failure *why) { return change(system, PAUSED, RUNNING, why); }

void system_handle_closed(struct system *system)
{
    EnterCriticalSection(&service_lock);
    if (system->container.ends_with_handles && system->state < STOPPING && !handle_stands_for(SYSTEM_HANDLE, &system->object))
        end(system, L"ForcedExit", S_OK);
    LeaveCriticalSection(&service_lock);
}

/* Endpoints are noted and not used: programs use the host's own network. */
HRESULT system_modify(struct system *system, PCWSTR configuration, struct failure *why)
{
    HRESULT hr = S_OK;
    struct json *document = json_parse_object(configuration, why);
    if (!document) return HCS_INVALID_JSON;
    PCWSTR resource = json_string(document, L"ResourceType"), request = json_string(document, L"RequestType");
    int adding = !wcscmp(request, L"Add");
    EnterCriticalSection(&service_lock);
    if (system->state == STOPPED || system->state == STOPPING) hr = wrong_state(system, L"be modified", why);
    LeaveCriticalSection(&service_lock);
    if (hr);
    else if (wcscmp(resource, L"Network"))
        hr = fail(why, WIN32_HRESULT(ERROR_NOT_SUPPORTED), L"of a compute system only Network can be modified, not %ls", resource);
    else if (!json_has(document, L"Settings", JSON_STRING)) hr = fail(why, HCS_INVALID_JSON, L"Settings must be the id of an endpoint");
    else if (!adding && wcscmp(request, L"Remove")) hr = fail(why, HCS_INVALID_JSON, L"RequestType %ls is neither Add nor Remove", request);
    else if (!adding) hns_detach(json_string(document, L"Settings"), system->id);
    else if (!hns_attach(json_string(document, L"Settings"), system->id))
        hr = fail(why, HCN_ENDPOINT_NOT_FOUND, L"the endpoint \"%ls\" does not exist", json_string(document, L"Settings"));
    json_free(document);
    return hr;
}

static void write_statistics(struct text *text, struct system *system)
{
    struct usage total = {0};
    for (struct known_process *known = system->processes; known; known = known->next) {
        struct usage one = *process_spent(known->process);
        if (process_handle(known->process)) usage_of(process_handle(known->process), &one);
        total.user += one.user;
        total.kernel += one.kernel;
        total.read_bytes += one.read_bytes;
        total.written_bytes += one.written_bytes;
        total.commit += one.commit;
        total.working_set += one.working_set;
    }
    if (total.commit > system->peak) system->peak = total.commit;
    usage_write_statistics(text, &total, system->peak, &system->started);
}

static void write_process_list(struct text *text, struct system *system)
{
    int count = 0;
    text_add_char(text, '[');
    for (struct known_process *known = system->processes; known; known = known->next) {
        if (!process_handle(known->process)) continue;
        if (count++) text_add_char(text, ',');
        usage_write_item(text, process_handle(known->process), process_id(known->process));
    }
    text_add_char(text, ']');
}

/* With the lock held. */
static void write_properties(struct text *text, struct system *system, const struct json *query)
{
    struct json *types = json_member(query, L"PropertyTypes");
    GUID guid;
    system_guid(system->id, &guid);
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
        if (type->kind != JSON_STRING) continue;
        if (!wcscmp(type->string, L"ProcessList")) { text_add_key(text, L"ProcessList"); write_process_list(text, system); }
        if (!wcscmp(type->string, L"Statistics")) { text_add_key(text, L"Statistics"); write_statistics(text, system); }
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
    if (system->state != RUNNING) hr = wrong_state(system, L"run a process", why);
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
