/*
 * The execution agent of an emulated container: the one Windows process that Oriel starts itself. It starts the
 * container's processes with CreateProcessW, so that their command lines, environment blocks, working directories, exit
 * codes and errors are Windows' own and not what survives a Unix command line.
 *
 * It talks over two FIFOs, which it opens by Wine's \\?\unix prefix. Integers are little endian, 32 bits; strings UTF-16.
 *
 *   request:  length, operation, id, then `length` bytes
 *     1 create     command line, directory, stdin, stdout, stderr (paths; empty: NUL), environment block; each NUL-terminated
 *     2 terminate  exit code
 *     3 shutdown   exit code for every process; the agent ends
 *   answer:   length, operation, id, value, then `length` bytes
 *     0 ready      value: own process id; then the environment block that the registry gives
 *     1 started    value: process id
 *     2 failed     value: Win32 error
 *     3 exited     value: exit code
 *
 * All processes are in one job that dies with the agent, and the agent ends when the request FIFO does: nothing of a
 * container outlives the engine, however that ended. No C runtime: the agent must run in an image that has none.
 */
#include <windows.h>

enum { REQUEST_CREATE = 1, REQUEST_TERMINATE = 2, REQUEST_SHUTDOWN = 3 };
enum { ANSWER_READY = 0, ANSWER_STARTED = 1, ANSWER_FAILED = 2, ANSWER_EXITED = 3 };

typedef struct { DWORD length, operation, id; } Request;
typedef struct { DWORD length, operation, id, value; } Answer;
typedef struct Process { struct Process *next; DWORD id; HANDLE handle; } Process;

static HANDLE requests, answers, job, heap;
static CRITICAL_SECTION lock;
static Process *processes;

/* gcc calls these for structure initialisers even without a C runtime. */
void *memset(void *to, int value, size_t size) { char *p = to; while (size--) *p++ = (char)value; return to; }
void *memcpy(void *to, const void *from, size_t size) { char *p = to; const char *q = from; while (size--) *p++ = *q++; return to; }

static BOOL write_all(const void *data, DWORD size)
{
    const char *p = data;
    while (size) {
        DWORD done = 0;
        if (!WriteFile(answers, p, size, &done, NULL) || !done) return FALSE;
        p += done; size -= done;
    }
    return TRUE;
}

static BOOL read_all(void *data, DWORD size)
{
    char *p = data;
    while (size) {
        DWORD done = 0;
        if (!ReadFile(requests, p, size, &done, NULL) || !done) return FALSE;
        p += done; size -= done;
    }
    return TRUE;
}

static void answer(DWORD operation, DWORD id, DWORD value, const void *data, DWORD length)
{
    Answer head = { length, operation, id, value };
    EnterCriticalSection(&lock);
    write_all(&head, sizeof head);
    if (length) write_all(data, length);
    LeaveCriticalSection(&lock);
}

static WCHAR *after(WCHAR *string) { while (*string) string++; return string + 1; }

static BOOL same_name(const WCHAR *name, const WCHAR *entry)
{
    for (; *name; name++, entry++) {
        WCHAR c = *entry;
        if (c >= 'a' && c <= 'z') c -= 'a' - 'A';
        if (c != *name) return FALSE;
    }
    return *entry == '=';
}

/* CreateProcessW looks programs up in the PATH of the caller; the user means the one of the new process. */
static void take_path(WCHAR *environment)
{
    for (; *environment; environment = after(environment))
        if (same_name(L"PATH", environment)) SetEnvironmentVariableW(L"PATH", environment + 5);
}

/* HCS makes a working directory that does not exist. */
static void make_directory(WCHAR *path)
{
    WCHAR *p;
    if (!path[0] || GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES) return;
    for (p = path + 3; *p; p++) {
        WCHAR kept = *p;
        if (kept != '\\' && kept != '/') continue;
        *p = 0; CreateDirectoryW(path, NULL); *p = kept;
    }
    CreateDirectoryW(path, NULL);
}

static HANDLE open_stdio(const WCHAR *path, DWORD access)
{
    SECURITY_ATTRIBUTES inherit = { sizeof inherit, NULL, TRUE };
    return CreateFileW(*path ? path : L"NUL", access, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherit, OPEN_EXISTING, 0, NULL);
}

static DWORD WINAPI wait_for_exit(void *argument)
{
    Process *process = argument, **link;
    DWORD code = 0;
    WaitForSingleObject(process->handle, INFINITE);
    GetExitCodeProcess(process->handle, &code);
    EnterCriticalSection(&lock);
    for (link = &processes; *link != process; link = &(*link)->next) {}
    *link = process->next;
    LeaveCriticalSection(&lock);
    answer(ANSWER_EXITED, process->id, code, NULL, 0);
    CloseHandle(process->handle);
    HeapFree(heap, 0, process);
    return 0;
}

/*
 * Where the host does not let Wine have fixed addresses, one process in some thousands ends before its first instruction
 * (see ../src/fixed-addresses.ts), which Wine reports as an internal error. Nothing of the program has run then.
 */
static DWORD start_suspended(WCHAR *command, WCHAR *environment, WCHAR *directory, STARTUPINFOW *startup, PROCESS_INFORMATION *made)
{
    DWORD flags = CREATE_UNICODE_ENVIRONMENT | CREATE_SUSPENDED, failure = 0;
    int tries;
    for (tries = 0; tries < 4; tries++) {
        if (CreateProcessW(NULL, command, NULL, NULL, TRUE, flags, environment, directory, startup, made)) return 0;
        failure = GetLastError();
        if (failure != ERROR_INTERNAL_ERROR) break;
    }
    return failure;
}

static void create_process(DWORD id, WCHAR *payload)
{
    WCHAR *command = payload, *directory = after(command), *in = after(directory), *out = after(in), *err = after(out);
    WCHAR *environment = after(err);
    STARTUPINFOW startup = { .cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES };
    PROCESS_INFORMATION made;
    DWORD failure = 0;
    Process *process;
    HANDLE thread;

    startup.hStdInput = open_stdio(in, GENERIC_READ);
    startup.hStdOutput = open_stdio(out, GENERIC_WRITE);
    startup.hStdError = open_stdio(err, GENERIC_WRITE);
    if (startup.hStdInput == INVALID_HANDLE_VALUE || startup.hStdOutput == INVALID_HANDLE_VALUE || startup.hStdError == INVALID_HANDLE_VALUE)
        failure = GetLastError() ? GetLastError() : ERROR_BROKEN_PIPE;
    if (!failure) {
        take_path(environment);
        make_directory(directory);
        failure = start_suspended(command, environment, *directory ? directory : NULL, &startup, &made);
    }
    if (startup.hStdInput != INVALID_HANDLE_VALUE) CloseHandle(startup.hStdInput);
    if (startup.hStdOutput != INVALID_HANDLE_VALUE) CloseHandle(startup.hStdOutput);
    if (startup.hStdError != INVALID_HANDLE_VALUE) CloseHandle(startup.hStdError);
    if (failure) { answer(ANSWER_FAILED, id, failure, NULL, 0); return; }

    AssignProcessToJobObject(job, made.hProcess);
    process = HeapAlloc(heap, HEAP_ZERO_MEMORY, sizeof *process);
    process->id = id;
    process->handle = made.hProcess;
    EnterCriticalSection(&lock);
    process->next = processes;
    processes = process;
    LeaveCriticalSection(&lock);
    /* Before the first instruction: "started" always comes before "exited". */
    answer(ANSWER_STARTED, id, made.dwProcessId, NULL, 0);
    thread = CreateThread(NULL, 64 * 1024, wait_for_exit, process, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread) CloseHandle(thread);
    ResumeThread(made.hThread);
    CloseHandle(made.hThread);
}

static void terminate_process(DWORD id, DWORD code)
{
    Process *process;
    EnterCriticalSection(&lock);
    for (process = processes; process; process = process->next)
        if (process->id == id) TerminateProcess(process->handle, code);
    LeaveCriticalSection(&lock);
}

static void shut_down(DWORD code)
{
    int rounds;
    TerminateJobObject(job, code);
    /* The waiting threads report the exits; they need a moment to do so. */
    for (rounds = 0; rounds < 200; rounds++) {
        Process *left;
        EnterCriticalSection(&lock);
        left = processes;
        LeaveCriticalSection(&lock);
        if (!left) break;
        Sleep(5);
    }
}

typedef LONG (WINAPI *CreateKey)(HKEY, const WCHAR *, DWORD, WCHAR *, DWORD, REGSAM, SECURITY_ATTRIBUTES *, HKEY *, DWORD *);
typedef LONG (WINAPI *SetValue)(HKEY, const WCHAR *, DWORD, DWORD, const BYTE *, DWORD);

/* The names that GetComputerName and gethostname read; wineboot, which never runs here, would set them to the host's. */
static void set_host_name(const WCHAR *name, const WCHAR *netbios)
{
    static const WCHAR *const keys[][2] = {
        { L"System\\CurrentControlSet\\Control\\ComputerName\\ComputerName", L"ComputerName" },
        { L"System\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName", L"ComputerName" },
        { L"System\\CurrentControlSet\\Services\\Tcpip\\Parameters", L"Hostname" },
        { L"System\\CurrentControlSet\\Services\\Tcpip\\Parameters", L"NV Hostname" },
    };
    HMODULE base = GetModuleHandleW(L"kernelbase.dll");
    CreateKey create = base ? (CreateKey)(void *)GetProcAddress(base, "RegCreateKeyExW") : NULL;
    SetValue set = base ? (SetValue)(void *)GetProcAddress(base, "RegSetValueExW") : NULL;
    unsigned i;
    if (!create || !set || !*name) return;
    for (i = 0; i < sizeof keys / sizeof *keys; i++) {
        const WCHAR *value = i < 2 ? netbios : name;
        HKEY key;
        DWORD length = 0;
        while (value[length]) length++;
        if (create(HKEY_LOCAL_MACHINE, keys[i][0], 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL)) continue;
        set(key, keys[i][1], 0, REG_SZ, (const BYTE *)value, (length + 1) * sizeof *value);
        CloseHandle((HANDLE)key);
    }
}

/*
 * The service manager brings up the drivers that volumes and networks need: without it `dir` finds no volume and `ping` no
 * network. It says by an event when they are there. An image without it does without them.
 */
static void start_services(void)
{
    static const WCHAR program[] = L"C:\\windows\\system32\\services.exe";
    STARTUPINFOW startup = { .cb = sizeof startup };
    PROCESS_INFORMATION made;
    HANDLE started;
    if (GetFileAttributesW(program) == INVALID_FILE_ATTRIBUTES) return;
    started = CreateEventW(NULL, TRUE, FALSE, L"__wine_SvcctlStarted");
    if (CreateProcessW(program, NULL, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &startup, &made)) {
        HANDLE either[2] = { started, made.hProcess };
        AssignProcessToJobObject(job, made.hProcess);
        WaitForMultipleObjects(2, either, FALSE, 20 * 1000);
        CloseHandle(made.hProcess);
        CloseHandle(made.hThread);
    }
    CloseHandle(started);
}

static void say_ready(void)
{
    WCHAR *environment = GetEnvironmentStringsW(), *end = environment;
    while (*end) end = after(end);
    answer(ANSWER_READY, 0, GetCurrentProcessId(), environment, (DWORD)((char *)end - (char *)environment));
    FreeEnvironmentStringsW(environment);
}

static HANDLE open_named(const WCHAR *variable, DWORD access)
{
    static WCHAR path[4096];
    if (!GetEnvironmentVariableW(variable, path, 4096)) return INVALID_HANDLE_VALUE;
    return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
}

void __stdcall start(void)
{
    static WCHAR name[256], netbios[256];
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = { .BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE };
    Request request;

    heap = GetProcessHeap();
    InitializeCriticalSection(&lock);
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    requests = open_named(L"ORIEL_REQUESTS", GENERIC_READ);
    answers = open_named(L"ORIEL_ANSWERS", GENERIC_WRITE);
    if (requests == INVALID_HANDLE_VALUE || answers == INVALID_HANDLE_VALUE) ExitProcess(1);
    job = CreateJobObjectW(NULL, NULL);
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    if (GetEnvironmentVariableW(L"ORIEL_HOSTNAME", name, 256) && GetEnvironmentVariableW(L"ORIEL_COMPUTERNAME", netbios, 256))
        set_host_name(name, netbios);
    start_services();
    say_ready();

    while (read_all(&request, sizeof request)) {
        char *payload = HeapAlloc(heap, HEAP_ZERO_MEMORY, (SIZE_T)request.length + 2 * sizeof(WCHAR));
        if (!payload || !read_all(payload, request.length)) break;
        if (request.operation == REQUEST_CREATE) create_process(request.id, (WCHAR *)payload);
        if (request.operation == REQUEST_TERMINATE) terminate_process(request.id, *(DWORD *)payload);
        if (request.operation == REQUEST_SHUTDOWN) { shut_down(*(DWORD *)payload); ExitProcess(0); }
        HeapFree(heap, 0, payload);
    }
    TerminateJobObject(job, 1);
    ExitProcess(2);
}
