/* The process that makes the processes: started with the first of them, gone when this one is. */
#include "starter.h"
#include "service.h"
#include <stdlib.h>
#include <wchar.h>

static HANDLE starter, to_starter, from_starter;

/* With nothing of ours but its two pipes: an end of another pipe in there would keep that pipe from ending. */
static DWORD start_with(WCHAR *command, HANDLE theirs[2])
{
    STARTUPINFOEXW startup = {.StartupInfo = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES,
                                              .hStdInput = theirs[0], .hStdOutput = theirs[1]}};
    PROCESS_INFORMATION made;
    SIZE_T size = 0;
    DWORD error = 0;
    for (int i = 0; i < 2; i++) SetHandleInformation(theirs[i], HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    startup.lpAttributeList = take_memory(size);
    InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size);
    UpdateProcThreadAttribute(startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, theirs, 2 * sizeof(HANDLE), NULL, NULL);
    if (CreateProcessW(NULL, command, NULL, NULL, TRUE, DETACHED_PROCESS | EXTENDED_STARTUPINFO_PRESENT, NULL, NULL,
                       &startup.StartupInfo, &made)) {
        CloseHandle(made.hThread);
        starter = made.hProcess;
    } else error = GetLastError();
    DeleteProcThreadAttributeList(startup.lpAttributeList);
    free(startup.lpAttributeList);
    return error;
}

static DWORD start_starter(void)
{
    static const WCHAR program[] = L"starter.exe";
    WCHAR command[MAX_PATH + 32] = L"\"";
    HMODULE module;
    HANDLE theirs[2];
    DWORD error;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, (PCWSTR)start_starter, &module);
    GetModuleFileNameW(module, command + 1, MAX_PATH);
    wcscpy(wcsrchr(command, '\\') + 1, program);
    wcscat(command, L"\"");
    if (!CreatePipe(&theirs[0], &to_starter, NULL, 0)) return GetLastError();
    if (CreatePipe(&from_starter, &theirs[1], NULL, 0)) {
        error = start_with(command, theirs);
        CloseHandle(theirs[1]);
        if (error) CloseHandle(from_starter);
    } else error = GetLastError();
    CloseHandle(theirs[0]);
    if (error) CloseHandle(to_starter);
    return error;
}

static DWORD pass_on(const void *data, DWORD size)
{
    const char *at = data;
    for (DWORD sent = 0; size > 0; at += sent, size -= sent)
        if (!WriteFile(to_starter, at, size, &sent, NULL)) return GetLastError();
    return 0;
}

static DWORD receive(void *data, DWORD size)
{
    char *at = data;
    for (DWORD got = 0; size > 0; at += got, size -= got) {
        if (!ReadFile(from_starter, at, size, &got, NULL)) return GetLastError();
        if (got == 0) return ERROR_BROKEN_PIPE;
    }
    return 0;
}

static DWORD give(HANDLE handle, ULONG64 *theirs)
{
    HANDLE made;
    if (!DuplicateHandle(GetCurrentProcess(), handle, starter, &made, 0, FALSE, DUPLICATE_SAME_ACCESS)) return GetLastError();
    *theirs = (ULONG64)made;
    return 0;
}

static DWORD fetch(ULONG64 theirs, HANDLE *ours)
{
    DWORD options = DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE;
    return DuplicateHandle(starter, (HANDLE)theirs, GetCurrentProcess(), ours, 0, FALSE, options) ? 0 : GetLastError();
}

static DWORD bytes_of_block(PCWSTR environment)
{
    PCWSTR end = environment;
    while (*end) end += wcslen(end) + 1;
    return (DWORD)((end + 1 - environment) * sizeof(WCHAR));
}

DWORD starter_create(PCWSTR command, PCWSTR environment, PCWSTR directory, const struct ends *ends, PROCESS_INFORMATION *made)
{
    struct starter_request request = {0};
    struct starter_answer answer;
    DWORD error = starter ? 0 : start_starter();
    request.command = (DWORD)(wcslen(command) * sizeof(WCHAR));
    request.environment = bytes_of_block(environment);
    request.directory = (DWORD)(wcslen(directory) * sizeof(WCHAR));
    if (!error) error = give(ends->in, &request.in);
    if (!error) error = give(ends->out, &request.out);
    if (!error) error = give(ends->err, &request.err);
    if (!error) error = pass_on(&request, sizeof request);
    if (!error) error = pass_on(command, request.command);
    if (!error) error = pass_on(environment, request.environment);
    if (!error) error = pass_on(directory, request.directory);
    if (!error) error = receive(&answer, sizeof answer);
    if (error) return error;
    if (answer.error) return answer.error;
    made->dwProcessId = answer.pid;
    error = fetch(answer.process, &made->hProcess);
    return error ? error : fetch(answer.thread, &made->hThread);
}
