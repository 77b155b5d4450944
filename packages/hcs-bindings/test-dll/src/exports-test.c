/* What only tests use. */
#include "service.h"
#include <stdio.h>
#include <stdlib.h>

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

struct notifying { HCS_NOTIFICATION_CALLBACK callback; void *context; DWORD count; };

static DWORD WINAPI notify(void *argument)
{
    struct notifying *notifying = argument;
    for (DWORD i = 0; i < notifying->count; i++) notifying->callback(PROCESS_EXITED, notifying->context, S_OK, L"{}");
    free(notifying);
    return 0;
}

/* Calls back so many times from a thread of its own, one call after the other. */
HRESULT WINAPI OrielTestNotify(HCS_NOTIFICATION_CALLBACK callback, void *context, DWORD count)
{
    struct notifying *notifying = take_memory(sizeof *notifying);
    *notifying = (struct notifying){callback, context, count};
    HANDLE thread = CreateThread(NULL, 0, notify, notifying, 0, NULL);
    if (!thread) return E_OUTOFMEMORY;
    CloseHandle(thread);
    return S_OK;
}
