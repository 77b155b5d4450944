/* What only tests use. */
#include "service.h"
#include <stdio.h>

/* `{"systems":0,"processes":0,"callbacks":0}`, to be freed with CoTaskMemFree. */
PWSTR WINAPI OrielTestLiveHandles(void)
{
    WCHAR text[100];
    EnterCriticalSection(&service_lock);
    _snwprintf(text, ARRAYSIZE(text), L"{\"systems\":%d,\"processes\":%d,\"callbacks\":%d}", handles_open(SYSTEM_HANDLE),
               handles_open(PROCESS_HANDLE), handles_open(CALLBACK_HANDLE));
    LeaveCriticalSection(&service_lock);
    return result_string(text);
}

/* Replaces all faults, and counts calls from 1 again; see faults.c for the document. */
HRESULT WINAPI OrielTestSetFaults(PCWSTR document)
{
    struct failure why;
    return faults_set(document, &why);
}

/* Lets every call that hangs go on. */
void WINAPI OrielTestReleaseHung(void) { faults_release_hung(); }
