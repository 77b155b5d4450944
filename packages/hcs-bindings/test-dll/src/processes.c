/* Processes: real ones, made with CreateProcessW by starter.exe, each looked after by a thread that passes its input on and waits for its end. */
#include "pipes.h"
#include "starter.h"
#include <stdlib.h>
#include <wchar.h>

struct process {
    struct object object;
    struct channel *channel;
    struct source source;
    DWORD pid, exit_code;
    int exited;
    HANDLE handle;      /* Until it has exited. */
    HANDLE job;         /* Of it and its descendants, in the job of its system. */
    HANDLE close_input; /* Event: the input shall end. */
    HANDLE input_from, input_to;
    struct usage spent; /* Of one that has exited. */
};

/* One child is made at a time. */
static SRWLOCK creation_lock = SRWLOCK_INIT;

DWORD process_id(const struct process *process) { return process->pid; }
int process_exited(const struct process *process) { return process->exited; }
struct source *process_source(struct process *process) { return &process->source; }
HANDLE process_handle(const struct process *process) { return process->exited ? NULL : process->handle; }
const struct usage *process_spent(const struct process *process) { return &process->spent; }
PCWSTR process_system(const struct process *process) { return channel_system(process->channel); }

static void process_destroy(struct object *object)
{
    struct process *process = (struct process *)object;
    if (process->handle) CloseHandle(process->handle);
    if (process->job) CloseHandle(process->job);
    if (process->close_input) CloseHandle(process->close_input);
    source_clear(&process->source);
    channel_release(process->channel);
    free(process);
}

static DWORD WINAPI look_after(void *argument)
{
    struct process *process = argument;
    if (process->input_from) relay_input(&process->input_from, &process->input_to, process->close_input, process->handle);
    WaitForSingleObject(process->handle, INFINITE);
    EnterCriticalSection(&service_lock);
    GetExitCodeProcess(process->handle, &process->exit_code);
    usage_of(process->handle, &process->spent);
    process->spent.commit = process->spent.working_set = 0;
    CloseHandle(process->handle);
    process->handle = NULL;
    /* Posted before anybody who waits can see it: a system's end comes after those of its processes. */
    source_notify(&process->source, PROCESS_EXITED, S_OK);
    process->exited = 1;
    WakeAllConditionVariable(&service_changed);
    LeaveCriticalSection(&service_lock);
    object_release(&process->object);
    return 0;
}

static DWORD make_pipes(const struct json *document, struct process *process, HCS_PROCESS_INFORMATION *information, struct ends *ends)
{
    int console = json_true(document, L"EmulateConsole");
    DWORD error = 0;
    if (json_true(document, L"CreateStdInPipe")) {
        process->close_input = CreateEventW(NULL, TRUE, FALSE, NULL);
        error = pipe_for_relay(&information->StdInput, &process->input_from);
        if (!error) error = pipe_for_input(&process->input_to, &ends->in);
    } else ends->in = open_nul();
    if (error) return error;
    if (json_true(document, L"CreateStdOutPipe")) error = pipe_for_output(&information->StdOutput, &ends->out);
    else ends->out = open_nul();
    if (error) return error;
    /* With a console there is one output. */
    if (console) {
        if (!DuplicateHandle(GetCurrentProcess(), ends->out, GetCurrentProcess(), &ends->err, 0, TRUE, DUPLICATE_SAME_ACCESS))
            return GetLastError();
    } else if (json_true(document, L"CreateStdErrPipe")) return pipe_for_output(&information->StdError, &ends->err);
    else ends->err = open_nul();
    return 0;
}

/* The working directory of a process as it is asked for: on C: where it names no drive, made where it is not there. */
static DWORD working_directory(PCWSTR asked, WCHAR **directory)
{
    struct text path = {0};
    if ((asked[0] == '\\' || asked[0] == '/') && asked[1] != '\\' && asked[1] != '/') text_add(&path, L"C:");
    text_add(&path, *asked ? asked : L"C:\\windows\\system32");
    *directory = text_take(&path);
    for (WCHAR *c = *directory; *c; c++) if (*c == '/') *c = '\\';
    return make_folders(*directory) ? ERROR_DIRECTORY : 0;
}

static DWORD start_with_pipes(struct system *system, const struct json *document, struct process *process,
                              HCS_PROCESS_INFORMATION *information, PROCESS_INFORMATION *made)
{
    struct ends ends = {0};
    PCWSTR user = json_string(document, L"User");
    WCHAR *directory;
    WCHAR *environment = process_environment(system_host_name(system), *user ? user : L"ContainerAdministrator",
                                             json_member(document, L"Environment"));
    DWORD error = working_directory(json_string(document, L"WorkingDirectory"), &directory);
    AcquireSRWLockExclusive(&creation_lock);
    if (!error) error = make_pipes(document, process, information, &ends);
    if (!error) error = starter_create(json_string(document, L"CommandLine"), environment, directory, &ends, made);
    pipe_close(&ends.in);
    pipe_close(&ends.out);
    pipe_close(&ends.err);
    ReleaseSRWLockExclusive(&creation_lock);
    free(environment);
    free(directory);
    return error;
}

static HRESULT check_document(const struct json *document, struct failure *why)
{
    static const struct { PCWSTR key; enum json_kind kind; } members[] = {
        {L"CommandLine", JSON_STRING}, {L"User", JSON_STRING}, {L"WorkingDirectory", JSON_STRING}, {L"Environment", JSON_OBJECT},
        {L"EmulateConsole", JSON_TRUE}, {L"CreateStdInPipe", JSON_TRUE}, {L"CreateStdOutPipe", JSON_TRUE},
        {L"CreateStdErrPipe", JSON_TRUE}, {L"ConsoleSize", JSON_ARRAY},
    };
    struct json *environment = json_member(document, L"Environment");
    HRESULT hr = S_OK;
    for (size_t i = 0; i < ARRAYSIZE(members) && !hr; i++) hr = check_kind(document, members[i].key, members[i].kind, why);
    for (struct json *variable = environment && !hr ? environment->first : NULL; variable && !hr; variable = variable->next)
        hr = check_kind(environment, variable->key, JSON_STRING, why);
    if (!hr && !*json_string(document, L"CommandLine"))
        hr = fail(why, WIN32_HRESULT(ERROR_INVALID_PARAMETER), L"CommandLine is empty: there is no program to run");
    return hr;
}

HRESULT process_create(struct system *system, const struct json *document, HCS_PROCESS_INFORMATION *information,
                       struct process **answer, struct failure *why)
{
    struct process *process;
    PROCESS_INFORMATION made = {0};
    DWORD error;
    HRESULT hr = check_document(document, why);
    if (hr) return hr;
    process = take_memory(sizeof *process);
    process->object = (struct object){2, process_destroy}; /* One is the caller's, one the thread's. */
    process->channel = system_channel(system);
    channel_keep(process->channel);
    source_init(&process->source, process->channel);
    error = start_with_pipes(system, document, process, information, &made);
    if (error) {
        pipe_close(&information->StdInput);
        pipe_close(&information->StdOutput);
        pipe_close(&information->StdError);
        pipe_close(&process->input_from);
        pipe_close(&process->input_to);
        process_destroy(&process->object);
        return fail_win32(why, error);
    }
    process->pid = information->ProcessId = made.dwProcessId;
    process->handle = made.hProcess;
    process->job = CreateJobObjectW(NULL, NULL);
    AssignProcessToJobObject(system_job(system), made.hProcess);
    AssignProcessToJobObject(process->job, made.hProcess);
    ResumeThread(made.hThread);
    CloseHandle(made.hThread);
    HANDLE thread = CreateThread(NULL, 256 * 1024, look_after, process, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread) CloseHandle(thread);
    *answer = process;
    return S_OK;
}

HRESULT process_terminate(struct process *process, struct failure *why)
{
    HRESULT hr = S_OK;
    EnterCriticalSection(&service_lock);
    if (process->exited) hr = fail(why, WIN32_HRESULT(ERROR_NOT_FOUND), L"process %lu has exited", process->pid);
    /* Wine's conhost.exe, which has the process's pipes too, waits for ever for one that ends before it has connected. */
    else if (process->handle) TerminateJobObject(process->job, DBG_TERMINATE_PROCESS);
    LeaveCriticalSection(&service_lock);
    return hr;
}

void process_suspend(struct process *process, int suspended)
{
    FARPROC call = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), suspended ? "NtSuspendProcess" : "NtResumeProcess");
    if (call && process->handle) ((LONG (WINAPI *)(HANDLE))(void *)call)(process->handle);
}

HRESULT process_modify(struct process *process, PCWSTR settings_text, struct failure *why)
{
    struct json *settings = json_parse_object(settings_text, why);
    HRESULT hr = S_OK;
    if (!settings) return HCS_INVALID_JSON;
    PCWSTR operation = json_string(settings, L"Operation"), handle = json_string(json_member(settings, L"CloseHandle"), L"Handle");
    EnterCriticalSection(&service_lock);
    if (process->exited) hr = fail(why, WIN32_HRESULT(ERROR_NOT_FOUND), L"process %lu has exited", process->pid);
    else if (!wcscmp(operation, L"CloseHandle") && wcscmp(handle, L"StdIn") && wcscmp(handle, L"StdOut") && wcscmp(handle, L"StdErr") &&
             wcscmp(handle, L"All"))
        hr = fail(why, HCS_INVALID_JSON, L"CloseHandle.Handle \"%ls\" is none of StdIn, StdOut, StdErr, All", handle);
    else if (!wcscmp(operation, L"CloseHandle")) {
        if (process->close_input && (!wcscmp(handle, L"StdIn") || !wcscmp(handle, L"All"))) SetEvent(process->close_input);
    } else if (wcscmp(operation, L"ConsoleSize"))
        hr = fail(why, HCS_INVALID_JSON, L"Operation \"%ls\" is neither ConsoleSize nor CloseHandle", operation);
    LeaveCriticalSection(&service_lock);
    json_free(settings);
    return hr;
}

/* Its processes have no consoles, so there is no way to send what may be sent. */
HRESULT process_signal(struct process *process, PCWSTR options_text, struct failure *why)
{
    static const PCWSTR known[] = {L"CtrlC", L"CtrlBreak", L"CtrlClose", L"CtrlLogOff", L"CtrlShutdown"};
    struct json *options = json_parse_object(options_text, why);
    HRESULT hr;
    int found = 0;
    if (!options) return HCS_INVALID_JSON;
    for (size_t i = 0; i < ARRAYSIZE(known); i++) found |= !wcscmp(json_string(options, L"Signal"), known[i]);
    EnterCriticalSection(&service_lock);
    if (!found) hr = fail(why, HCS_INVALID_JSON, L"Signal \"%ls\" is no event of a console", json_string(options, L"Signal"));
    else if (process->exited) hr = fail(why, WIN32_HRESULT(ERROR_NOT_FOUND), L"process %lu has exited", process->pid);
    else hr = fail(why, WIN32_HRESULT(ERROR_NOT_SUPPORTED), L"process %lu has no console", process->pid);
    LeaveCriticalSection(&service_lock);
    json_free(options);
    return hr;
}

WCHAR *process_status(struct process *process)
{
    struct text text = {0};
    EnterCriticalSection(&service_lock);
    text_add(&text, L"{\"ProcessId\":");
    text_add_number(&text, process->pid);
    text_add(&text, process->exited ? L",\"Exited\":true,\"ExitCode\":" : L",\"Exited\":false,\"ExitCode\":");
    text_add_number(&text, process->exited ? process->exit_code : 0);
    text_add(&text, L",\"LastWaitResult\":0}");
    LeaveCriticalSection(&service_lock);
    return text_take(&text);
}
