/* The test DLL by itself, without Node.js: prints a line for each check, and exits with 1 when one failed. */
#include "src/service.h"
#include <stdio.h>
#include <wchar.h>

#define HCS __declspec(dllimport) HRESULT WINAPI
HCS HcsCreateComputeSystem(PCWSTR, PCWSTR, HANDLE, HANDLE *, PWSTR *);
HCS HcsCloseComputeSystem(HANDLE);
HCS HcsStartComputeSystem(HANDLE, PCWSTR, PWSTR *);
HCS HcsTerminateComputeSystem(HANDLE, PCWSTR, PWSTR *);
HCS HcsRegisterComputeSystemCallback(HANDLE, HCS_NOTIFICATION_CALLBACK, void *, HANDLE *);
HCS HcsUnregisterComputeSystemCallback(HANDLE);
HCS HcsCreateProcess(HANDLE, PCWSTR, HCS_PROCESS_INFORMATION *, HANDLE *, PWSTR *);
HCS HcsModifyProcess(HANDLE, PCWSTR, PWSTR *);
HCS HcsCloseProcess(HANDLE);
HCS HcsGetProcessProperties(HANDLE, PWSTR *, PWSTR *);
HCS HcsRegisterProcessCallback(HANDLE, HCS_NOTIFICATION_CALLBACK, void *, HANDLE *);
HCS HcsUnregisterProcessCallback(HANDLE);
HCS CreateSandboxLayer(const DRIVER_INFO *, PCWSTR, PCWSTR, const WC_LAYER_DESCRIPTOR *, DWORD);
HCS ActivateLayer(const DRIVER_INFO *, PCWSTR);
HCS PrepareLayer(const DRIVER_INFO *, PCWSTR, const WC_LAYER_DESCRIPTOR *, DWORD);
HCS UnprepareLayer(const DRIVER_INFO *, PCWSTR);
HCS DeactivateLayer(const DRIVER_INFO *, PCWSTR);
HCS DestroyLayer(const DRIVER_INFO *, PCWSTR);
HCS GetLayerMountPath(const DRIVER_INFO *, PCWSTR, SIZE_T *, PWSTR);
HCS ExportLayer(const DRIVER_INFO *, PCWSTR, PCWSTR, const WC_LAYER_DESCRIPTOR *, DWORD);
HCS ImportLayer(const DRIVER_INFO *, PCWSTR, PCWSTR, const WC_LAYER_DESCRIPTOR *, DWORD);
HCS NameToGuid(PCWSTR, GUID *);
HCS HNSCall(PCWSTR, PCWSTR, PCWSTR, PWSTR *);
HCS OrielTestSetFaults(PCWSTR);
__declspec(dllimport) PWSTR WINAPI OrielTestLiveHandles(void);

static int failures;
#define CHECK(condition) check((condition) != 0, #condition)
#define SAME(text, wanted) (!wcscmp(text, wanted))

static void check(int passed, const char *condition)
{
    printf("%s %s\n", passed ? "ok" : "FAILED", condition);
    fflush(stdout);
    failures += !passed;
}

static DRIVER_INFO info = {1, L""};
static WC_LAYER_DESCRIPTOR base = {.Path = L"C:\\smoke\\base"};
static const WCHAR scratch[] = L"C:\\smoke\\scratch";

/* Notifications in their order, `tag` saying who registered. */
static volatile LONG seen;
static struct { DWORD type; HRESULT status; INT_PTR tag; DWORD thread; } log[64];
static HANDLE seen_event;

static void CALLBACK note(DWORD type, void *context, HRESULT status, PCWSTR data)
{
    (void)data;
    LONG at = InterlockedIncrement(&seen) - 1;
    log[at].type = type;
    log[at].status = status;
    log[at].tag = (INT_PTR)context;
    log[at].thread = GetCurrentThreadId();
    SetEvent(seen_event);
}

static int wait_for(DWORD type, INT_PTR tag)
{
    for (int tries = 0; tries < 100; tries++) {
        for (LONG i = 0; i < seen; i++) if (log[i].type == type && log[i].tag == tag) return i;
        WaitForSingleObject(seen_event, 100);
    }
    return -1;
}

static int read_all(HANDLE pipe, char *text, DWORD room)
{
    DWORD size = 0, total = 0;
    OVERLAPPED operation = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    for (;;) {
        if (!ReadFile(pipe, text + total, room - total - 1, NULL, &operation) && GetLastError() != ERROR_IO_PENDING) break;
        if (!GetOverlappedResult(pipe, &operation, &size, TRUE) || !size) break;
        total += size;
    }
    text[total] = 0;
    CloseHandle(operation.hEvent);
    CloseHandle(pipe);
    return (int)total;
}

static void write_all(HANDLE pipe, const char *text)
{
    OVERLAPPED operation = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    DWORD size;
    if (!WriteFile(pipe, text, (DWORD)strlen(text), NULL, &operation)) GetOverlappedResult(pipe, &operation, &size, TRUE);
    CloseHandle(operation.hEvent);
}

static void check_layers(WCHAR volume[80])
{
    SIZE_T length = 0;
    CreateDirectoryW(L"C:\\smoke", NULL);
    CreateDirectoryW(L"C:\\smoke\\base", NULL);
    CreateDirectoryW(L"C:\\smoke\\base\\Files", NULL);
    DeactivateLayer(&info, scratch);
    DestroyLayer(&info, scratch);
    CHECK(CreateSandboxLayer(&info, scratch, NULL, NULL, 0) == WIN32_HRESULT(ERROR_INVALID_PARAMETER));
    CHECK(!CreateSandboxLayer(&info, scratch, NULL, &base, 1));
    CHECK(CreateSandboxLayer(&info, scratch, NULL, &base, 1) == WIN32_HRESULT(ERROR_ALREADY_EXISTS));
    CHECK(PrepareLayer(&info, scratch, &base, 1) == WIN32_HRESULT(ERROR_NOT_READY));
    CHECK(!GetLayerMountPath(&info, scratch, &length, NULL) && length == 0);
    CHECK(!ActivateLayer(&info, scratch));
    CHECK(!PrepareLayer(&info, scratch, &base, 1));
    CHECK(PrepareLayer(&info, scratch, &base, 1) == WIN32_HRESULT(ERROR_SHARING_VIOLATION));
    CHECK(DestroyLayer(&info, scratch) == WIN32_HRESULT(ERROR_SHARING_VIOLATION));
    CHECK(!GetLayerMountPath(&info, scratch, &length, NULL) && length == 50);
    CHECK(!GetLayerMountPath(&info, scratch, &length, volume) && !wcsncmp(volume, L"\\\\?\\Volume{", 11) && volume[48] == '\\');
    volume[48] = 0;
}

static void check_transport(void)
{
    HANDLE file = CreateFileW(L"C:\\smoke\\base\\Files\\a.txt", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD size;
    char text[64] = {0};
    WriteFile(file, "some text", 9, &size, NULL);
    CloseHandle(file);
    CHECK(!ExportLayer(&info, L"C:\\smoke\\base", L"C:\\smoke\\transport", &base, 1));
    CHECK(!ImportLayer(&info, L"C:\\smoke\\copy", L"C:\\smoke\\transport", &base, 1));
    file = CreateFileW(L"C:\\smoke\\copy\\Files\\a.txt", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    ReadFile(file, text, sizeof text - 1, &size, NULL);
    CloseHandle(file);
    CHECK(!strcmp(text, "some text"));
    DestroyLayer(&info, L"C:\\smoke\\copy");
    DestroyLayer(&info, L"C:\\smoke\\transport");
}

static HANDLE start_system(PCWSTR volume)
{
    WCHAR document[1000];
    HANDLE system, callback;
    PWSTR result;
    _snwprintf(document, 1000, L"{\"SystemType\":\"Container\",\"Name\":\"s\",\"VolumePath\":\"\\\\\\\\?\\\\%ls\",\"HostName\":\"box\","
               L"\"LayerFolderPath\":\"C:\\\\smoke\\\\scratch\",\"Layers\":[{\"ID\":\"base\",\"Path\":\"C:\\\\smoke\\\\base\"}]}", volume + 4);
    CHECK(HcsCreateComputeSystem(L"s", L"[]", NULL, &system, &result) == HCS_INVALID_JSON && !system);
    CHECK(wcsstr(result, L"{\"Error\":-1070137075,\"ErrorMessage\":\"the document must be an object\",\"ErrorEvents\":[{") == result);
    CoTaskMemFree(result);
    CHECK(HcsCreateComputeSystem(L"s", document, NULL, &system, &result) == HCS_OPERATION_PENDING && system && !result);
    Sleep(50);
    CHECK(!HcsRegisterComputeSystemCallback(system, note, (void *)7, &callback));
    CHECK(wait_for(SYSTEM_CREATE_COMPLETED, 7) >= 0);
    CHECK(log[0].thread != GetCurrentThreadId());
    CHECK(HcsStartComputeSystem(system, L"", &result) == HCS_OPERATION_PENDING);
    CHECK(wait_for(SYSTEM_START_COMPLETED, 7) >= 0);
    CHECK(HcsStartComputeSystem(system, L"", &result) == HCS_INVALID_STATE);
    CoTaskMemFree(result);
    return system;
}

static void check_output(HANDLE system)
{
    HCS_PROCESS_INFORMATION made;
    HANDLE process, callback;
    PWSTR result, status;
    char out[4096], err[4096];
    CHECK(!HcsCreateProcess(system, L"{\"CommandLine\":\"cmd /c echo %A%& echo %COMPUTERNAME% %TEMP%& cd& echo oops>&2& exit 7\",\"Environment\":"
          L"{\"a\":\"b c\"},\"WorkingDirectory\":\"C:/smoke/made\",\"CreateStdInPipe\":true,\"CreateStdOutPipe\":true,\"CreateStdErrPipe\":true}",
          &made, &process, &result));
    CHECK(!HcsRegisterProcessCallback(process, note, (void *)8, &callback));
    read_all(made.StdOutput, out, sizeof out);
    read_all(made.StdError, err, sizeof err);
    CloseHandle(made.StdInput);
    CHECK(!strcmp(out, "b c\r\nBOX C:\\Users\\ContainerAdministrator\\AppData\\Local\\Temp\r\nC:\\smoke\\made\r\n"));
    CHECK(!strncmp(err, "oops", 4));
    CHECK(wait_for(PROCESS_EXITED, 8) >= 0);
    CHECK(!HcsGetProcessProperties(process, &status, &result) && wcsstr(status, L"\"Exited\":true,\"ExitCode\":7,"));
    CoTaskMemFree(status);
    CHECK(!HcsUnregisterProcessCallback(callback));
    CHECK(!HcsCloseProcess(process));
    CHECK(HcsCloseProcess(process) == WIN32_HRESULT(ERROR_INVALID_HANDLE));
    CHECK(HcsCreateProcess(system, L"{\"CommandLine\":\"nosuch.exe\",\"CreateStdOutPipe\":true}", &made, &process, &result) ==
          WIN32_HRESULT(ERROR_FILE_NOT_FOUND) && !process && !made.StdOutput);
    CHECK(wcsstr(result, L"\"ErrorMessage\":\"The system cannot find the file specified.\""));
    CoTaskMemFree(result);
}

static HRESULT outcome(HANDLE system, PCWSTR command, PCWSTR directory)
{
    HCS_PROCESS_INFORMATION made;
    HANDLE process;
    PWSTR result;
    WCHAR document[1000];
    _snwprintf(document, 1000, L"{\"CommandLine\":\"%ls\",\"WorkingDirectory\":\"%ls\"}", command, directory);
    HRESULT hr = HcsCreateProcess(system, document, &made, &process, &result);
    CoTaskMemFree(result);
    if (!hr) HcsCloseProcess(process);
    return hr;
}

/* A program is looked up in the working directory that it is to have, which is on C: and made where it is not there. */
static void check_look_up(HANDLE system)
{
    static const PCWSTR found[] = {L"tool.exe exit 0", L"tool exit 0", L".\\\\tool.exe exit 0", L"./tool exit 0", L"/smoke/app/tool.exe exit 0",
                                   L"\\\\smoke\\\\app\\\\tool exit 0", L"..\\\\app\\\\tool exit 0"};
    static const PCWSTR directories[] = {L"C:\\\\smoke\\\\app", L"/smoke/app", L"\\\\smoke\\\\app"};
    WCHAR path[MAX_PATH];
    GetModuleFileNameW(NULL, path, MAX_PATH);
    CreateDirectoryW(L"C:\\smoke\\app", NULL);
    CopyFileW(path, L"C:\\smoke\\app\\tool.exe", FALSE);
    for (size_t i = 0; i < ARRAYSIZE(found); i++)
        for (size_t j = 0; j < ARRAYSIZE(directories); j++) CHECK(!outcome(system, found[i], directories[j]));
    CHECK(outcome(system, L"tool.exe exit 0", L"C:\\\\") == WIN32_HRESULT(ERROR_FILE_NOT_FOUND));
    CHECK(outcome(system, L"starter.exe", L"C:\\\\") == WIN32_HRESULT(ERROR_FILE_NOT_FOUND));
    CHECK(outcome(system, L"cmd /c exit", L"\\\\smoke\\\\new\\\\folder") == S_OK && GetFileAttributesW(L"C:\\smoke\\new\\folder") != INVALID_FILE_ATTRIBUTES);
    CHECK(outcome(system, L"cmd /c exit", L"C:\\\\smoke\\\\app\\\\tool.exe") == WIN32_HRESULT(ERROR_DIRECTORY));
}

/* The caller keeps its end open: the document alone ends the input, and nothing is lost. */
static void check_input(HANDLE system)
{
    HCS_PROCESS_INFORMATION made;
    HANDLE process;
    PWSTR result;
    char out[4096];
    WCHAR path[MAX_PATH], document[1000];
    GetModuleFileNameW(NULL, path, MAX_PATH);
    for (WCHAR *c = path; *c; c++) if (*c == '\\') *c = '/';
    _snwprintf(document, 1000, L"{\"CommandLine\":\"%ls cat\",\"CreateStdInPipe\":true,\"CreateStdOutPipe\":true,\"EmulateConsole\":true}", path);
    CHECK(!HcsCreateProcess(system, document, &made, &process, &result));
    write_all(made.StdInput, "some input\n");
    CHECK(!HcsModifyProcess(process, L"{\"Operation\":\"CloseHandle\",\"CloseHandle\":{\"Handle\":\"StdIn\"}}", &result));
    read_all(made.StdOutput, out, sizeof out);
    CHECK(!strcmp(out, "some input\n"));
    CloseHandle(made.StdInput);
    CHECK(!HcsCloseProcess(process));
}

static void check_end(HANDLE system)
{
    HCS_PROCESS_INFORMATION made;
    HANDLE process, callback, late;
    PWSTR result, status;
    CHECK(!HcsCreateProcess(system, L"{\"CommandLine\":\"ping -n 100 127.0.0.1\"}", &made, &process, &result));
    CHECK(!HcsRegisterProcessCallback(process, note, (void *)9, &callback));
    CHECK(!OrielTestSetFaults(L"[{\"notification\":1,\"effect\":\"early\"}]"));
    CHECK(HcsTerminateComputeSystem(system, L"", &result) == HCS_OPERATION_PENDING);
    CHECK(wait_for(SYSTEM_EXITED, 7) > wait_for(PROCESS_EXITED, 9));
    CHECK(!OrielTestSetFaults(L""));
    CHECK(!HcsRegisterComputeSystemCallback(system, note, (void *)6, &late));
    CHECK(log[wait_for(SYSTEM_EXITED, 6)].thread == GetCurrentThreadId());
    CHECK(!HcsUnregisterComputeSystemCallback(late));
    CHECK(!HcsGetProcessProperties(process, &status, &result) && wcsstr(status, L"\"ExitCode\":1073807364"));
    CoTaskMemFree(status);
    CHECK(HcsTerminateComputeSystem(system, L"", &result) == HCS_SYSTEM_ALREADY_STOPPED);
    CoTaskMemFree(result);
    CHECK(!HcsUnregisterProcessCallback(callback));
    CHECK(!HcsCloseProcess(process));
}

static void check_rest(void)
{
    PWSTR text;
    GUID guid;
    CHECK(!HNSCall(L"GET", L"/networks/", L"", &text) && wcsstr(text, L"\"Type\":\"nat\""));
    CoTaskMemFree(text);
    CHECK(!HNSCall(L"GET", L"/endpoints/none", L"", &text) && wcsstr(text, L"\"Success\":false"));
    CoTaskMemFree(text);
    /* As the emulated service has it: d66e10ed-73fa-5bdc-8115-cb89ce672f8a. */
    CHECK(!NameToGuid(L"abcDEF", &guid) && guid.Data1 == 0xd66e10ed && guid.Data3 == 0x5bdc && guid.Data4[7] == 0x8a);
    CHECK(!OrielTestSetFaults(L"[{\"call\":\"NameToGuid\",\"nth\":2,\"fail\":\"0x80070005\"}]"));
    CHECK(!NameToGuid(L"a", &guid) && NameToGuid(L"a", &guid) == WIN32_HRESULT(ERROR_ACCESS_DENIED) && !NameToGuid(L"a", &guid));
    CHECK(!OrielTestSetFaults(L""));
}

/* The program that the input goes through. */
static int cat(void)
{
    char bytes[4096];
    DWORD size, done;
    while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), bytes, sizeof bytes, &size, NULL) && size)
        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), bytes, size, &done, NULL);
    return 0;
}

static int write_lines(HANDLE to, char letter, long size)
{
    char lines[512][64], number[24];
    long count = size / 64;
    DWORD done;
    for (long first = 0; first < count; first += 512) {
        long here = count - first < 512 ? count - first : 512;
        for (long i = 0; i < here; i++) {
            int length = snprintf(number, sizeof number, "%ld", first + i);
            memset(lines[i], '.', 63);
            lines[i][0] = letter;
            memcpy(lines[i] + 63 - length, number, (size_t)length);
            lines[i][63] = '\n';
        }
        if (!WriteFile(to, lines, (DWORD)here * 64, &done, NULL)) return 0;
    }
    return 1;
}

/* So many bytes of numbered lines to each output at once, then that exit code. */
static DWORD WINAPI write_errors(void *size) { return (DWORD)write_lines(GetStdHandle(STD_ERROR_HANDLE), 'e', (long)(INT_PTR)size); }

static int write_both(long size, int code)
{
    HANDLE errors = CreateThread(NULL, 0, write_errors, (void *)(INT_PTR)size, 0, NULL);
    int written = write_lines(GetStdHandle(STD_OUTPUT_HANDLE), 'o', size);
    WaitForSingleObject(errors, INFINITE);
    return written ? code : 1;
}

int wmain(int count, WCHAR **arguments)
{
    WCHAR volume[80];
    if (count > 1 && SAME(arguments[1], L"cat")) return cat();
    if (count > 2 && SAME(arguments[1], L"exit")) return _wtoi(arguments[2]);
    if (count > 3 && SAME(arguments[1], L"write")) return write_both(_wtol(arguments[2]), _wtoi(arguments[3]));
    seen_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    check_layers(volume);
    check_transport();
    HANDLE system = start_system(volume);
    check_output(system);
    check_look_up(system);
    check_input(system);
    check_end(system);
    CHECK(!HcsCloseComputeSystem(system));
    check_rest();
    PWSTR live = OrielTestLiveHandles();
    /* The system's callback was not unregistered. */
    CHECK(SAME(live, L"{\"systems\":0,\"processes\":0,\"callbacks\":1}"));
    CoTaskMemFree(live);
    CHECK(!UnprepareLayer(&info, scratch) && !DeactivateLayer(&info, scratch) && !DestroyLayer(&info, scratch));
    printf("%d failed\n", failures);
    return failures != 0;
}
