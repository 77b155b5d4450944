/* Named pipes between the caller, whose end is overlapped, and a program, whose end is not. */
#include "pipes.h"
#include <stdio.h>
#include <wchar.h>

#define PIPE_BUFFER 65536

/* Inheritable only while the child is made: the caller holds the creation lock. */
static SECURITY_ATTRIBUTES inherited = {sizeof(SECURITY_ATTRIBUTES), NULL, TRUE};

static DWORD make(DWORD ours_access, HANDLE *ours, DWORD other_access, DWORD other_flags, SECURITY_ATTRIBUTES *other_security, HANDLE *other)
{
    static LONG count;
    WCHAR name[80];
    DWORD error = 0;
    _snwprintf(name, ARRAYSIZE(name), L"\\\\.\\pipe\\oriel-test-hcs-%lu-%ld", GetCurrentProcessId(), InterlockedIncrement(&count));
    *other = INVALID_HANDLE_VALUE;
    *ours = CreateNamedPipeW(name, ours_access | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                             PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT, 1, PIPE_BUFFER, PIPE_BUFFER, 0, NULL);
    if (*ours != INVALID_HANDLE_VALUE)
        *other = CreateFileW(name, other_access, 0, other_security, OPEN_EXISTING, other_flags, NULL);
    if (*other != INVALID_HANDLE_VALUE) return 0;
    error = GetLastError();
    pipe_close(ours);
    *other = NULL;
    return error;
}

DWORD pipe_for_output(HANDLE *ours, HANDLE *childs)
{
    return make(PIPE_ACCESS_INBOUND, ours, GENERIC_WRITE | FILE_READ_ATTRIBUTES, 0, &inherited, childs);
}

DWORD pipe_for_input(HANDLE *ours, HANDLE *childs)
{
    return make(PIPE_ACCESS_OUTBOUND, ours, GENERIC_READ | FILE_WRITE_ATTRIBUTES, 0, &inherited, childs);
}

DWORD pipe_for_relay(HANDLE *callers, HANDLE *ours)
{
    return make(PIPE_ACCESS_OUTBOUND, callers, GENERIC_READ | FILE_WRITE_ATTRIBUTES, FILE_FLAG_OVERLAPPED, NULL, ours);
}

HANDLE open_nul(void)
{
    return CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, NULL);
}

void pipe_close(HANDLE *pipe)
{
    if (*pipe && *pipe != INVALID_HANDLE_VALUE) CloseHandle(*pipe);
    *pipe = NULL;
}
