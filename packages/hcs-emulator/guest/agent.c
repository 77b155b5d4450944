/*
 * The execution agent of an emulated container: the one Windows process that Oriel starts itself. It starts the
 * container's processes with CreateProcessW, so that their command lines, environment blocks, working directories, exit
 * codes and errors are Windows' own and not what survives a Unix command line.
 *
 * It talks over two FIFOs, which it opens by Wine's \\?\unix prefix. Integers are little endian, 32 bits; strings UTF-16.
 *
 *   request:  length, operation, id, then `length` bytes
 *     1 create     columns, rows; command line, directory, stdin, stdout, stderr (paths; empty: NUL), environment block; each
 *                  NUL-terminated. With columns and rows the process gets a console, and stderr is not used
 *     2 terminate  exit code, for the process and its descendants
 *     3 shutdown   exit code for every process; the agent ends
 *     4 resize     columns, rows of the process's console
 *     5 interrupt  Ctrl-C at the process's console
 *     6 list       nothing
 *   answer:   length, operation, id, value, then `length` bytes
 *     0 ready      value: own process id; then the environment block that the registry gives
 *     1 started    value: process id
 *     2 failed     value: Win32 error
 *     3 exited     value: exit code
 *     4 listed     value: how many; then for each process a ListedProcess and its name
 *
 * All processes are in one job that dies with the agent, and the agent ends when the request FIFO does: nothing of a
 * container outlives the engine, however that ended. No C runtime: the agent must run in an image that has none.
 */
#define _WIN32_WINNT 0x0a00
#include <windows.h>
#include <winternl.h>

enum { REQUEST_CREATE = 1, REQUEST_TERMINATE = 2, REQUEST_SHUTDOWN = 3, REQUEST_RESIZE = 4, REQUEST_INTERRUPT = 5, REQUEST_LIST = 6 };
enum { ANSWER_READY = 0, ANSWER_STARTED = 1, ANSWER_FAILED = 2, ANSWER_EXITED = 3, ANSWER_LISTED = 4 };

typedef struct { DWORD length, operation, id; } Request;
typedef struct { DWORD length, operation, id, value; } Answer;

/* Newer than the headers of mingw-w64 10. */
#ifndef PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE
#define PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE 0x00020016
#endif

PEB *WINAPI RtlGetCurrentPeb(void);

/* What stands behind an HPCON, on Windows and in Wine. */
typedef struct { HANDLE signal, reference, process; } Console;

typedef struct Process {
    struct Process *next;
    DWORD id;
    HANDLE handle, thread;
    /* Of the process and its descendants, inside of the job of all. */
    HANDLE job;
    /* The rest is for a process with a console. */
    Console *console;
    /* Set when there is something to do at the console: a new size, or keys to type. */
    HANDLE wake;
    COORD size;
    BOOL sized;
    DWORD interrupts;
} Process;

static HANDLE requests, answers, job, heap, services;
static CRITICAL_SECTION lock, entering;
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

/* Where the agent of a Windows container lies, and works. */
static const WCHAR system_folder[] = L"C:\\windows\\system32";

/*
 * CreateProcessW looks programs up in the folder of the caller's image first, which is to be System32 and none of the host,
 * and in the caller's working directory next.
 */
static void move_to_system_folder(void)
{
    static WCHAR image[] = L"C:\\windows\\system32\\CExecSvc.exe";
    RTL_USER_PROCESS_PARAMETERS *parameters = RtlGetCurrentPeb()->ProcessParameters;
    parameters->ImagePathName = (UNICODE_STRING){ sizeof image - sizeof *image, sizeof image, image };
    SetCurrentDirectoryW(system_folder);
}

/* HCS makes a working directory that does not exist. */
static void make_directory(WCHAR *path)
{
    WCHAR *p;
    if (GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES) return;
    for (p = path + 3; *p; p++) {
        if (*p != '\\') continue;
        *p = 0; CreateDirectoryW(path, NULL); *p = '\\';
    }
    CreateDirectoryW(path, NULL);
}

/*
 * Enters the working directory of a process that is about to be made, so that its program is looked up from there. A
 * directory without a drive is on C:, on which the agent is. Only the main thread makes processes.
 */
static DWORD enter_directory(const WCHAR *directory, WCHAR *full, DWORD size)
{
    DWORD length = GetFullPathNameW(*directory ? directory : system_folder, size, full, NULL), attributes;
    if (!length || length >= size) return ERROR_FILENAME_EXCED_RANGE;
    make_directory(full);
    attributes = GetFileAttributesW(full);
    if (attributes == INVALID_FILE_ATTRIBUTES || !(attributes & FILE_ATTRIBUTE_DIRECTORY)) return ERROR_DIRECTORY;
    return SetCurrentDirectoryW(full) ? 0 : GetLastError();
}

static HANDLE open_stdio(const WCHAR *path, DWORD access)
{
    SECURITY_ATTRIBUTES inherit = { sizeof inherit, NULL, TRUE };
    return CreateFileW(*path ? path : L"NUL", access, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherit, OPEN_EXISTING, 0, NULL);
}

/*
 * A console is conhost.exe in its headless form, which draws on `out` with escape sequences and reads keys from `in`. The
 * functions are looked up: an image's kernel32.dll may be older than they are.
 */
static FARPROC console_function(const char *name) { return GetProcAddress(GetModuleHandleW(L"kernelbase.dll"), name); }

static DWORD open_console(COORD size, const WCHAR *in, const WCHAR *out, Console **made)
{
    HRESULT (WINAPI *create)(COORD, HANDLE, HANDLE, DWORD, Console **) = (void *)console_function("CreatePseudoConsole");
    HANDLE input = CreateFileW(*in ? in : L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    HANDLE output = CreateFileW(*out ? out : L"NUL", GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    DWORD failure = 0;
    int tries;
    if (!create) failure = ERROR_NOT_SUPPORTED;
    else if (input == INVALID_HANDLE_VALUE || output == INVALID_HANDLE_VALUE) failure = ERROR_BROKEN_PIPE;
    for (tries = 0; !failure && tries < 4; tries++) {
        HRESULT result = create(size, input, output, 0, made);
        if (SUCCEEDED(result)) break;
        /* See start_suspended. */
        if (tries == 3 || HRESULT_CODE(result) != ERROR_INTERNAL_ERROR) failure = HRESULT_CODE(result);
    }
    if (input != INVALID_HANDLE_VALUE) CloseHandle(input);
    if (output != INVALID_HANDLE_VALUE) CloseHandle(output);
    return failure;
}

/* Ends conhost.exe, when it has written what it had. */
static void close_console(Console *console)
{
    void (WINAPI *close)(Console *) = (void *)console_function("ClosePseudoConsole");
    if (console && close) close(console);
}

/*
 * Opens handles of a console: CONIN$ or CONOUT$. The agent connects to it for the moment, as AttachConsole does to that of a
 * process; but so it works before there is one. The handles stay good afterwards.
 */
static void open_in_console(Console *console, BOOL inherit, unsigned count, const WCHAR *const *names, HANDLE *handles)
{
    static WCHAR text[] = L"Connection";
    SECURITY_ATTRIBUTES security = { sizeof security, NULL, inherit };
    UNICODE_STRING name = { sizeof text - sizeof *text, sizeof text, text };
    OBJECT_ATTRIBUTES attributes = { .Length = sizeof attributes, .RootDirectory = console->reference, .ObjectName = &name };
    ACCESS_MASK access = FILE_WRITE_ATTRIBUTES | FILE_READ_ATTRIBUTES | SYNCHRONIZE;
    IO_STATUS_BLOCK status;
    HANDLE connection = NULL;
    unsigned i;
    EnterCriticalSection(&entering);
    if (NtCreateFile(&connection, access, &attributes, &status, NULL, FILE_ATTRIBUTE_NORMAL, 0, FILE_OPEN, FILE_NON_DIRECTORY_FILE, NULL, 0))
        connection = NULL;
    for (i = 0; i < count; i++)
        handles[i] = CreateFileW(names[i], GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &security, OPEN_EXISTING, 0, NULL);
    if (connection) CloseHandle(connection);
    LeaveCriticalSection(&entering);
}

/*
 * Moves what is on the screen to where it is, so that conhost.exe draws it. First the last character alone: after that the
 * cursor goes to the first row by an absolute position, wherever the terminal of somebody who has just come has its own.
 */
static void draw_again(HANDLE screen, COORD size)
{
    SMALL_RECT last = { size.X - 1, size.Y - 1, size.X - 1, size.Y - 1 }, all = { 0, 0, size.X - 1, size.Y - 1 };
    COORD corner = { size.X - 1, size.Y - 1 }, origin = { 0, 0 };
    CHAR_INFO blank = { .Char.UnicodeChar = ' ', .Attributes = 7 };
    ScrollConsoleScreenBufferW(screen, &last, NULL, corner, &blank);
    ScrollConsoleScreenBufferW(screen, &all, NULL, origin, &blank);
}

/* Wine's ResizePseudoConsole does nothing, so the size is set as a program in the console would. */
static void resize_console(Console *console, COORD size)
{
    static const WCHAR *const name = L"CONOUT$";
    CONSOLE_SCREEN_BUFFER_INFO now;
    SMALL_RECT window = { 0, 0, size.X - 1, size.Y - 1 };
    HANDLE screen;
    open_in_console(console, FALSE, 1, &name, &screen);
    if (screen == INVALID_HANDLE_VALUE) return;
    if (GetConsoleScreenBufferInfo(screen, &now)) {
        /* The window must never be larger than the buffer. */
        COORD both = { now.dwSize.X > size.X ? now.dwSize.X : size.X, now.dwSize.Y > size.Y ? now.dwSize.Y : size.Y };
        if (both.X != now.dwSize.X || both.Y != now.dwSize.Y) SetConsoleScreenBufferSize(screen, both);
        SetConsoleWindowInfo(screen, TRUE, &window);
        if (both.X != size.X || both.Y != size.Y) SetConsoleScreenBufferSize(screen, size);
        /* As Windows does: who attaches to a terminal changes its size, and back, to see what is on it. */
        draw_again(screen, size);
    }
    CloseHandle(screen);
}

static void press(HANDLE keyboard, WORD key, WCHAR character, DWORD control)
{
    INPUT_RECORD keys[2];
    DWORD written, i;
    memset(keys, 0, sizeof keys);
    for (i = 0; i < 2; i++) {
        KEY_EVENT_RECORD *event = &keys[i].Event.KeyEvent;
        keys[i].EventType = KEY_EVENT;
        event->bKeyDown = i == 0;
        event->wRepeatCount = 1;
        event->wVirtualKeyCode = key;
        event->uChar.UnicodeChar = character;
        event->dwControlKeyState = control;
    }
    WriteConsoleInputW(keyboard, keys, 2, &written);
}

/* Whether a command line is that of a shell which waits for commands: cmd.exe without /c, unless behind /k. */
static BOOL is_prompt(const WCHAR *image, const WCHAR *command)
{
    static const WCHAR name[] = L"\\CMD.EXE";
    DWORD length = 0, size = sizeof name / sizeof *name - 1, i;
    while (image[length]) length++;
    if (length < size) return FALSE;
    for (i = 0; i < size; i++) {
        WCHAR c = image[length - size + i];
        if (c >= 'a' && c <= 'z') c -= 'a' - 'A';
        if (c != name[i]) return FALSE;
    }
    for (; *command; command++) {
        if (*command != '/') continue;
        if (command[1] == 'c' || command[1] == 'C') return FALSE;
        if (command[1] == 'k' || command[1] == 'K') return TRUE;
    }
    return TRUE;
}

static BOOL read_string(HANDLE process, const UNICODE_STRING *string, WCHAR *to, DWORD size)
{
    SIZE_T length = string->Length < (size - 1) * sizeof *to ? string->Length : (size - 1) * sizeof *to;
    to[length / sizeof *to] = 0;
    return !length || ReadProcessMemory(process, string->Buffer, to, length, NULL);
}

/* Wine's cmd.exe has no handler for Ctrl-C and would end where that of Windows goes on. */
static BOOL ignores_ctrl_c(HANDLE process)
{
    static WCHAR image[MAX_PATH], command[1024];
    PROCESS_BASIC_INFORMATION information;
    RTL_USER_PROCESS_PARAMETERS parameters;
    PEB peb;
    return !NtQueryInformationProcess(process, ProcessBasicInformation, &information, sizeof information, NULL)
        && ReadProcessMemory(process, information.PebBaseAddress, &peb, sizeof peb, NULL)
        && ReadProcessMemory(process, peb.ProcessParameters, &parameters, sizeof parameters, NULL)
        && read_string(process, &parameters.ImagePathName, image, MAX_PATH)
        && read_string(process, &parameters.CommandLine, command, 1024)
        && is_prompt(image, command);
}

/* The head of SYSTEM_PROCESS_INFORMATION, whose fields winternl.h hides. */
typedef struct {
    DWORD next, threads;
    LARGE_INTEGER reserved[3], created, user, kernel;
    UNICODE_STRING name;
    LONG priority;
    HANDLE pid, parent;
    DWORD handles, session;
    ULONG_PTR key;
    SIZE_T peak_virtual, virtual_size;
    DWORD faults;
    SIZE_T peak_working_set, working_set, quotas[4], pagefile;
} SystemProcess;

/* All processes, each a SystemProcess: HeapFree it. `size` is what it needs at most. */
static char *system_processes(DWORD *size)
{
    const NTSTATUS too_small = (NTSTATUS)0xc0000004; /* STATUS_INFO_LENGTH_MISMATCH */
    char *list = NULL;
    NTSTATUS status = too_small;
    for (*size = 32 * 1024; status == too_small && *size < 64 * 1024 * 1024; ) {
        *size *= 2;
        if (list) HeapFree(heap, 0, list);
        list = HeapAlloc(heap, 0, *size);
        if (!list) return NULL;
        status = NtQuerySystemInformation(SystemProcessInformation, list, *size, NULL);
    }
    if (!status) return list;
    HeapFree(heap, 0, list);
    return NULL;
}

/* Milliseconds between two looks at a process that Ctrl-C was sent to. */
enum { END_LOOKS = 2000 };

static BOOL has_one_thread(DWORD pid)
{
    DWORD size;
    char *list = system_processes(&size), *from = list;
    BOOL found = FALSE;
    while (list && !found) {
        SystemProcess *process = (SystemProcess *)from;
        found = (DWORD)(DWORD_PTR)process->pid == pid && process->threads == 1;
        if (!process->next) break;
        from += process->next;
    }
    if (list) HeapFree(heap, 0, list);
    return found;
}

/*
 * Ends a process that hangs while its Ctrl-C thread ends it. Wine ends the other threads first, wherever they are: one that is
 * just being told how its write to the console went holds ntdll's lock of virtual memory, which nobody releases then, and
 * the last thread waits for it for ever. Found with Wine 8 and 10, where a program writes while Ctrl-C comes.
 */
static DWORD WINAPI watch_end(void *argument)
{
    HANDLE *either = argument;
    DWORD looks = 0, pid = GetProcessId(either[0]);
    while (looks < 2 && WaitForMultipleObjects(2, either, FALSE, END_LOOKS) == WAIT_TIMEOUT) looks = has_one_thread(pid) ? looks + 1 : 0;
    if (looks == 2) TerminateProcess(either[0], STATUS_CONTROL_C_EXIT);
    CloseHandle(either[0]);
    CloseHandle(either[1]);
    HeapFree(heap, 0, either);
    return 0;
}

/*
 * Runs a process's handlers, as the console does, and closes its handle. kernelbase.dll lies at one place in all processes,
 * which is looked after.
 */
static void send_ctrl_c(HANDLE process)
{
    void *routine = (void *)console_function("CtrlRoutine");
    char here[16], there[16];
    HANDLE thread = NULL, watch = NULL, *either = HeapAlloc(heap, 0, 2 * sizeof *either);
    DWORD i = 0;
    if (either && routine && ReadProcessMemory(process, routine, there, sizeof there, NULL)) {
        memcpy(here, routine, sizeof here);
        while (i < sizeof here && here[i] == there[i]) i++;
        if (i == sizeof here) thread = CreateRemoteThread(process, NULL, 0, (LPTHREAD_START_ROUTINE)routine, (void *)CTRL_C_EVENT, 0, NULL);
    }
    if (thread) {
        either[0] = process;
        either[1] = thread;
        watch = CreateThread(NULL, 64 * 1024, watch_end, either, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    } else TerminateProcess(process, STATUS_CONTROL_C_EXIT);
    if (watch) { CloseHandle(watch); return; }
    if (thread) CloseHandle(thread);
    CloseHandle(process);
    if (either) HeapFree(heap, 0, either);
}

/*
 * Ctrl-C at a console. A program that reads keys itself gets the key; else it is for the handlers of every process but shells
 * at their prompt. Where there is nothing else, the shell's line is thrown away. The console is not asked to do this, as its
 * keyboard takes the byte 3 for the end of all input.
 */
static void type_ctrl_c(Process *console)
{
    static const WCHAR *const name = L"CONIN$";
    static struct { DWORD assigned, listed; ULONG_PTR ids[1024]; } list;
    DWORD mode = 0, i, sent = 0, host = GetProcessId(console->console->process);
    HANDLE keyboard;
    open_in_console(console->console, FALSE, 1, &name, &keyboard);
    if (keyboard == INVALID_HANDLE_VALUE) return;
    if (!GetConsoleMode(keyboard, &mode) || !(mode & ENABLE_PROCESSED_INPUT)) {
        press(keyboard, 'C', 3, LEFT_CTRL_PRESSED);
        CloseHandle(keyboard);
        return;
    }
    EnterCriticalSection(&entering);
    if (QueryInformationJobObject(console->job, JobObjectBasicProcessIdList, &list, sizeof list, NULL)) {
        for (i = 0; i < list.listed; i++) {
            HANDLE process = list.ids[i] == host ? NULL : OpenProcess(PROCESS_ALL_ACCESS, FALSE, (DWORD)list.ids[i]);
            if (!process) continue;
            if (ignores_ctrl_c(process)) CloseHandle(process);
            else { send_ctrl_c(process); sent++; }
        }
    }
    LeaveCriticalSection(&entering);
    if (!sent) {
        press(keyboard, VK_HOME, 0, 0);
        press(keyboard, VK_END, 0, LEFT_CTRL_PRESSED);
        press(keyboard, VK_RETURN, 13, 0);
    }
    CloseHandle(keyboard);
}

/* Does what is wanted of a console. It can wait for somebody to read the output, so it is not done by the main thread. */
static void serve_console(Process *process)
{
    COORD size;
    BOOL sized;
    DWORD interrupts;
    EnterCriticalSection(&lock);
    size = process->size;
    sized = process->sized;
    interrupts = process->interrupts;
    process->sized = FALSE;
    process->interrupts = 0;
    LeaveCriticalSection(&lock);
    if (sized) resize_console(process->console, size);
    while (interrupts--) type_ctrl_c(process);
}

static DWORD WINAPI wait_for_exit(void *argument)
{
    Process *process = argument, **link;
    DWORD code = 0;
    HANDLE either[2] = { process->handle, process->wake };
    WaitForSingleObject(services, INFINITE);
    ResumeThread(process->thread);
    CloseHandle(process->thread);
    while (WaitForMultipleObjects(process->wake ? 2 : 1, either, FALSE, INFINITE) == WAIT_OBJECT_0 + 1) serve_console(process);
    GetExitCodeProcess(process->handle, &code);
    EnterCriticalSection(&lock);
    for (link = &processes; *link != process; link = &(*link)->next) {}
    *link = process->next;
    LeaveCriticalSection(&lock);
    answer(ANSWER_EXITED, process->id, code, NULL, 0);
    close_console(process->console);
    if (process->wake) CloseHandle(process->wake);
    CloseHandle(process->job);
    CloseHandle(process->handle);
    HeapFree(heap, 0, process);
    return 0;
}

/*
 * Where the host does not let Wine have fixed addresses, one process in some thousands ends before its first instruction
 * (see ../src/fixed-addresses.ts), which Wine reports as an internal error. Nothing of the program has run then.
 */
static DWORD start_suspended(WCHAR *command, WCHAR *environment, WCHAR *directory, STARTUPINFOEXW *startup, PROCESS_INFORMATION *made)
{
    DWORD flags = CREATE_UNICODE_ENVIRONMENT | CREATE_SUSPENDED | EXTENDED_STARTUPINFO_PRESENT, failure = 0;
    int tries;
    for (tries = 0; tries < 4; tries++) {
        if (CreateProcessW(NULL, command, NULL, NULL, TRUE, flags, environment, directory, &startup->StartupInfo, made)) return 0;
        failure = GetLastError();
        if (failure != ERROR_INTERNAL_ERROR) break;
    }
    return failure;
}

/* Standard handles of a process: pipes, or those of its console, which CreateProcessW of Wine does not give by itself. */
static DWORD open_streams(STARTUPINFOW *startup, Console *console, const WCHAR *in, const WCHAR *out, const WCHAR *err)
{
    if (console) {
        static const WCHAR *const names[] = { L"CONIN$", L"CONOUT$", L"CONOUT$" };
        HANDLE handles[3];
        open_in_console(console, TRUE, 3, names, handles);
        startup->hStdInput = handles[0];
        startup->hStdOutput = handles[1];
        startup->hStdError = handles[2];
    } else {
        startup->hStdInput = open_stdio(in, GENERIC_READ);
        startup->hStdOutput = open_stdio(out, GENERIC_WRITE);
        startup->hStdError = open_stdio(err, GENERIC_WRITE);
    }
    if (startup->hStdInput != INVALID_HANDLE_VALUE && startup->hStdOutput != INVALID_HANDLE_VALUE && startup->hStdError != INVALID_HANDLE_VALUE)
        return 0;
    return GetLastError() ? GetLastError() : ERROR_BROKEN_PIPE;
}

/* Where RTL_USER_PROCESS_PARAMETERS of 64 bits keeps the environment block and its size in bytes. */
enum { ENVIRONMENT_OFFSET = 0x80, ENVIRONMENT_SIZE_OFFSET = 0x3f0 };

/* What a program of Windows has no use for. WINEUSERNAME is not among it: GetUserName reads it. */
static BOOL tells_of_host(const WCHAR *variable)
{
    static const WCHAR *const names[] = {
        L"WINEBUILDDIR", L"WINECONFIGDIR", L"WINEDATADIR", L"WINEDEBUG", L"WINEDLLDIR", L"WINEDLLOVERRIDES", L"WINEDLLPATH", L"WINEHOMEDIR", L"WINELOADER",
    };
    unsigned i, at;
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        for (at = 0; names[i][at] && names[i][at] == variable[at]; at++) {}
        if (!names[i][at]) return TRUE;
    }
    return FALSE;
}

/*
 * Takes Wine's own variables, with paths of the host in them, out of the environment of a process that has not begun yet: it
 * has added them to the block itself. Wine adds them again to what that process starts.
 */
static void hide_host(HANDLE process)
{
    PROCESS_BASIC_INFORMATION information;
    PEB peb;
    char *parameters, *block;
    SIZE_T size = 0;
    WCHAR *copy, *from, *to;
    if (NtQueryInformationProcess(process, ProcessBasicInformation, &information, sizeof information, NULL)) return;
    if (!ReadProcessMemory(process, information.PebBaseAddress, &peb, sizeof peb, NULL)) return;
    parameters = (char *)peb.ProcessParameters;
    if (!ReadProcessMemory(process, parameters + ENVIRONMENT_OFFSET, &block, sizeof block, NULL)) return;
    if (!ReadProcessMemory(process, parameters + ENVIRONMENT_SIZE_OFFSET, &size, sizeof size, NULL) || size > 1024 * 1024) return;
    copy = HeapAlloc(heap, HEAP_ZERO_MEMORY, size + 2 * sizeof *copy);
    if (copy && ReadProcessMemory(process, block, copy, size, NULL)) {
        for (from = to = copy; *from; ) {
            WCHAR *next = after(from);
            if (tells_of_host(from)) { from = next; continue; }
            while (from < next) *to++ = *from++;
        }
        while (to < from) *to++ = 0;
        WriteProcessMemory(process, block, copy, size, NULL);
    }
    if (copy) HeapFree(heap, 0, copy);
}

static void close_streams(STARTUPINFOW *startup)
{
    if (startup->hStdInput != INVALID_HANDLE_VALUE) CloseHandle(startup->hStdInput);
    if (startup->hStdOutput != INVALID_HANDLE_VALUE) CloseHandle(startup->hStdOutput);
    if (startup->hStdError != INVALID_HANDLE_VALUE) CloseHandle(startup->hStdError);
}

static void create_process(DWORD id, COORD size, WCHAR *payload)
{
    WCHAR *command = payload, *directory = after(command), *in = after(directory), *out = after(in), *err = after(out);
    WCHAR *environment = after(err);
    STARTUPINFOEXW startup = { .StartupInfo = { .cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES } };
    char attributes[256];
    SIZE_T room = sizeof attributes;
    PROCESS_INFORMATION made;
    Console *console = NULL;
    DWORD failure = size.X && size.Y ? open_console(size, in, out, &console) : 0;
    Process *process;
    HANDLE thread;

    if (failure) { answer(ANSWER_FAILED, id, failure, NULL, 0); return; }
    if (console) {
        startup.lpAttributeList = (LPPROC_THREAD_ATTRIBUTE_LIST)attributes;
        InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &room);
        UpdateProcThreadAttribute(startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, console, sizeof console, NULL, NULL);
    }
    failure = open_streams(&startup.StartupInfo, console, in, out, err);
    if (!failure) {
        static WCHAR full[32768];
        take_path(environment);
        failure = enter_directory(directory, full, sizeof full / sizeof *full);
        if (!failure) failure = start_suspended(command, environment, full, &startup, &made);
        /* A folder that somebody is in cannot be removed. */
        SetCurrentDirectoryW(system_folder);
    }
    close_streams(&startup.StartupInfo);
    if (failure) { close_console(console); answer(ANSWER_FAILED, id, failure, NULL, 0); return; }

    hide_host(made.hProcess);
    process = HeapAlloc(heap, HEAP_ZERO_MEMORY, sizeof *process);
    process->id = id;
    process->handle = made.hProcess;
    process->thread = made.hThread;
    process->console = console;
    process->size = size;
    process->job = CreateJobObjectW(NULL, NULL);
    AssignProcessToJobObject(job, made.hProcess);
    AssignProcessToJobObject(process->job, made.hProcess);
    if (console) {
        /* So that a kill frees who waits for it. */
        AssignProcessToJobObject(job, console->process);
        AssignProcessToJobObject(process->job, console->process);
        process->wake = CreateEventW(NULL, FALSE, FALSE, NULL);
    }
    EnterCriticalSection(&lock);
    process->next = processes;
    processes = process;
    LeaveCriticalSection(&lock);
    /* Before the first instruction: "started" always comes before "exited". */
    answer(ANSWER_STARTED, id, made.dwProcessId, NULL, 0);
    thread = CreateThread(NULL, 64 * 1024, wait_for_exit, process, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread) CloseHandle(thread);
}

static void terminate_process(DWORD id, DWORD code)
{
    Process *process;
    EnterCriticalSection(&lock);
    for (process = processes; process; process = process->next)
        if (process->id == id && !TerminateJobObject(process->job, code)) TerminateProcess(process->handle, code);
    LeaveCriticalSection(&lock);
}

static void ask_console(DWORD id, COORD size, DWORD interrupts)
{
    Process *process;
    EnterCriticalSection(&lock);
    for (process = processes; process; process = process->next) {
        if (process->id != id || !process->wake) continue;
        if (size.X && size.Y && (size.X != process->size.X || size.Y != process->size.Y)) {
            process->size = size;
            process->sized = TRUE;
        }
        process->interrupts += interrupts;
        SetEvent(process->wake);
    }
    LeaveCriticalSection(&lock);
}

/* Times in 100 ns, `created` since 1601; sizes in bytes. Wine takes all of them from the host. */
typedef struct {
    DWORD pid, name_size;
    LONGLONG created, user, kernel;
    ULONGLONG working_set, commit;
} ListedProcess;

static void list_processes(DWORD id)
{
    DWORD size, count = 0, length = 0;
    char *list = system_processes(&size), *records = NULL, *from;
    /* A record is shorter than what it is made from. */
    if (list) records = HeapAlloc(heap, 0, size);
    for (from = list; records; from += ((SystemProcess *)from)->next) {
        SystemProcess *process = (SystemProcess *)from;
        ListedProcess record = { (DWORD)(DWORD_PTR)process->pid, process->name.Length, process->created.QuadPart, process->user.QuadPart,
                                 process->kernel.QuadPart, process->working_set, process->pagefile };
        memcpy(records + length, &record, sizeof record);
        memcpy(records + length + sizeof record, process->name.Buffer, record.name_size);
        length += sizeof record + record.name_size;
        count++;
        if (!process->next) break;
    }
    answer(ANSWER_LISTED, id, count, records, length);
    if (records) HeapFree(heap, 0, records);
    if (list) HeapFree(heap, 0, list);
}

static void shut_down(DWORD code)
{
    int rounds;
    /* Else they might come up behind it. */
    WaitForSingleObject(services, 5 * 1000);
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

static DWORD WINAPI wait_for_services(void *argument)
{
    HANDLE *either = argument;
    WaitForMultipleObjects(2, either, FALSE, 20 * 1000);
    CloseHandle(either[0]);
    CloseHandle(either[1]);
    SetEvent(services);
    return 0;
}

/*
 * The service manager brings up the drivers that volumes and networks need: without it `dir` finds no volume and `ping` no
 * network. It says by an event when they are there; what is created meanwhile begins then. An image without it does without them.
 * Processes are made by the main thread only: Wine marks a file descriptor as not to be inherited a moment after it has it, and
 * a pipe that gets into the service manager in that moment never ends.
 */
static void begin_services(void)
{
    static const WCHAR program[] = L"C:\\windows\\system32\\services.exe";
    static HANDLE either[2];
    STARTUPINFOW startup = { .cb = sizeof startup };
    PROCESS_INFORMATION made;
    HANDLE thread = NULL;
    services = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (GetFileAttributesW(program) != INVALID_FILE_ATTRIBUTES) {
        either[0] = CreateEventW(NULL, TRUE, FALSE, L"__wine_SvcctlStarted");
        if (CreateProcessW(program, NULL, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &startup, &made)) {
            either[1] = made.hProcess;
            AssignProcessToJobObject(job, made.hProcess);
            CloseHandle(made.hThread);
            thread = CreateThread(NULL, 64 * 1024, wait_for_services, either, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
        }
    }
    if (thread) CloseHandle(thread);
    else SetEvent(services);
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
    InitializeCriticalSection(&entering);
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    requests = open_named(L"ORIEL_REQUESTS", GENERIC_READ);
    answers = open_named(L"ORIEL_ANSWERS", GENERIC_WRITE);
    if (requests == INVALID_HANDLE_VALUE || answers == INVALID_HANDLE_VALUE) ExitProcess(1);
    job = CreateJobObjectW(NULL, NULL);
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    move_to_system_folder();
    begin_services();
    if (GetEnvironmentVariableW(L"ORIEL_HOSTNAME", name, 256) && GetEnvironmentVariableW(L"ORIEL_COMPUTERNAME", netbios, 256))
        set_host_name(name, netbios);
    say_ready();

    while (read_all(&request, sizeof request)) {
        char *payload = HeapAlloc(heap, HEAP_ZERO_MEMORY, (SIZE_T)request.length + 2 * sizeof(DWORD));
        if (!payload || !read_all(payload, request.length)) break;
        DWORD *numbers = (DWORD *)payload;
        COORD size = { (SHORT)numbers[0], (SHORT)numbers[1] };
        if (request.operation == REQUEST_CREATE) create_process(request.id, size, (WCHAR *)(numbers + 2));
        if (request.operation == REQUEST_RESIZE) ask_console(request.id, size, 0);
        if (request.operation == REQUEST_INTERRUPT) ask_console(request.id, size, 1);
        if (request.operation == REQUEST_TERMINATE) terminate_process(request.id, numbers[0]);
        if (request.operation == REQUEST_LIST) list_processes(request.id);
        if (request.operation == REQUEST_SHUTDOWN) { shut_down(numbers[0]); ExitProcess(0); }
        HeapFree(heap, 0, payload);
    }
    TerminateJobObject(job, 1);
    ExitProcess(2);
}
