/*
 * Makes processes for the test vmcompute.dll, as the compute service is a process of its own beside the one that calls it.
 * Wine makes a process by fork, in the process that asks: in a large one like node.exe that stops every thread for tens of
 * milliseconds, which no caller of HCS has to pay. Requests come on stdin, returns go to stdout; see src/starter.h.
 */
#include "src/starter.h"
#include <stdlib.h>
#include <wchar.h>
#include <winternl.h>

static HANDLE requests, answers;

static int take(void *data, DWORD size)
{
    char *at = data;
    for (DWORD got = 0; size > 0; at += got, size -= got)
        if (!ReadFile(requests, at, size, &got, NULL) || got == 0) return 0;
    return 1;
}

static WCHAR *take_text(DWORD size)
{
    WCHAR *text = malloc(size + sizeof(WCHAR));
    if (!text || !take(text, size)) ExitProcess(1);
    text[size / sizeof(WCHAR)] = 0;
    return text;
}

static const WCHAR system_folder[] = L"C:\\windows\\system32";

/* CreateProcessW looks programs up in the folder of the caller's image first: that of the agent of a Windows container is System32. */
static void move_to_system_folder(void)
{
    static WCHAR image[] = L"C:\\windows\\system32\\CExecSvc.exe";
    PROCESS_BASIC_INFORMATION information;
    if (NtQueryInformationProcess(GetCurrentProcess(), ProcessBasicInformation, &information, sizeof information, NULL)) return;
    information.PebBaseAddress->ProcessParameters->ImagePathName = (UNICODE_STRING){sizeof image - sizeof *image, sizeof image, image};
    SetCurrentDirectoryW(system_folder);
}

/* In its working directory and its path next, which are to be those of the process that is made. */
static void look_up_from(const WCHAR *directory, const WCHAR *environment, WCHAR *command)
{
    /* Where Z: is the root of Wine's host, Wine takes a path that begins with a slash for one of that. */
    WCHAR *program = command + (*command == '"');
    if (*program == '/') *program = '\\';
    for (; *environment; environment += wcslen(environment) + 1)
        if (!_wcsnicmp(environment, L"PATH=", 5)) SetEnvironmentVariableW(L"PATH", environment + 5);
    SetCurrentDirectoryW(directory);
}

static struct starter_answer start(const struct starter_request *request)
{
    WCHAR *command = take_text(request->command), *environment = take_text(request->environment), *directory = take_text(request->directory);
    HANDLE handed[] = {(HANDLE)request->in, (HANDLE)request->out, (HANDLE)request->err};
    STARTUPINFOEXW startup = {.StartupInfo = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES,
                                              .hStdInput = handed[0], .hStdOutput = handed[1], .hStdError = handed[2]}};
    PROCESS_INFORMATION made = {0};
    struct starter_answer answer = {0};
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    startup.lpAttributeList = malloc(size);
    InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size);
    UpdateProcThreadAttribute(startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handed, sizeof handed, NULL, NULL);
    for (int i = 0; i < 3; i++) SetHandleInformation(handed[i], HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    look_up_from(directory, environment, command);
    if (!CreateProcessW(NULL, command, NULL, NULL, TRUE,
                        CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | CREATE_NO_WINDOW | EXTENDED_STARTUPINFO_PRESENT, environment,
                        directory, &startup.StartupInfo, &made))
        answer.error = GetLastError();
    /* A folder that somebody is in cannot be removed. */
    SetCurrentDirectoryW(system_folder);
    answer.pid = made.dwProcessId;
    answer.process = (ULONG64)made.hProcess;
    answer.thread = (ULONG64)made.hThread;
    DeleteProcThreadAttributeList(startup.lpAttributeList);
    free(startup.lpAttributeList);
    free(command);
    free(environment);
    free(directory);
    for (int i = 0; i < 3; i++) CloseHandle(handed[i]);
    return answer;
}

int wmain(void)
{
    struct starter_request request;
    requests = GetStdHandle(STD_INPUT_HANDLE);
    answers = GetStdHandle(STD_OUTPUT_HANDLE);
    move_to_system_folder();
    /* Ends with the process that asks, whose ends of the pipes close. */
    while (take(&request, sizeof request)) {
        struct starter_answer answer = start(&request);
        DWORD written;
        if (!WriteFile(answers, &answer, sizeof answer, &written, NULL)) return 1;
    }
    return 0;
}
