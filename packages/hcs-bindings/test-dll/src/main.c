/* The service's lock, and its start with the process that loads it. */
#include "service.h"
#include <stdlib.h>
#include <wchar.h>

CRITICAL_SECTION service_lock;
CONDITION_VARIABLE service_changed;

/* With the lock held once. */
void service_wait(void) { SleepConditionVariableCS(&service_changed, &service_lock, INFINITE); }

static void read_faults(void)
{
    struct failure why;
    DWORD length = GetEnvironmentVariableW(L"ORIEL_TEST_FAULTS", NULL, 0);
    if (!length) return;
    WCHAR *document = take_memory((length + 1) * sizeof(WCHAR));
    GetEnvironmentVariableW(L"ORIEL_TEST_FAULTS", document, length);
    /* A test with a misspelt fault must not pass by having none. */
    if (faults_set(document, &why)) ExitProcess(4);
    free(document);
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved)
{
    (void)reserved;
    if (reason != DLL_PROCESS_ATTACH) return TRUE;
    DisableThreadLibraryCalls(module);
    InitializeCriticalSection(&service_lock);
    InitializeConditionVariable(&service_changed);
    trace_open();
    read_faults();
    return TRUE;
}
