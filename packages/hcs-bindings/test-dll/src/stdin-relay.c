/*
 * HCS lets a caller end a program's input by its own handle and by the document CloseHandle, without losing what is on the
 * way. A pipe alone cannot do both, so the input passes through here.
 */
#include "pipes.h"
#include <stdlib.h>

/* Waits for the operation under way. Answers whether it gave bytes; cancels it when `process` ends or `stop` is signalled. */
static BOOL finish(HANDLE pipe, BOOL begun, OVERLAPPED *operation, HANDLE process, HANDLE stop, DWORD *size)
{
    HANDLE waited[] = {operation->hEvent, process, stop};
    if (!begun && GetLastError() != ERROR_IO_PENDING) return FALSE;
    if (WaitForMultipleObjects(stop ? 3 : 2, waited, FALSE, INFINITE) != WAIT_OBJECT_0) CancelIoEx(pipe, operation);
    return GetOverlappedResult(pipe, operation, size, TRUE) && *size;
}

static BOOL pass_on(HANDLE to, const char *bytes, DWORD size, HANDLE process, HANDLE event)
{
    for (DWORD at = 0, done = 0; at < size; at += done) {
        OVERLAPPED operation = {.hEvent = event};
        BOOL begun = WriteFile(to, bytes + at, size - at, NULL, &operation);
        if (!finish(to, begun, &operation, process, NULL, &done)) return FALSE;
    }
    return TRUE;
}

void relay_input(HANDLE *from, HANDLE *to, HANDLE close_input, HANDLE process)
{
    static const DWORD room = 65536;
    char *bytes = take_memory(room);
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (;;) {
        OVERLAPPED operation = {.hEvent = event};
        DWORD size = 0;
        BOOL closing = WaitForSingleObject(close_input, 0) == WAIT_OBJECT_0;
        DWORD waiting = 0;
        if (closing && (!PeekNamedPipe(*from, NULL, 0, NULL, &waiting, NULL) || !waiting)) break;
        BOOL begun = ReadFile(*from, bytes, room, NULL, &operation);
        BOOL got = finish(*from, begun, &operation, process, closing ? NULL : close_input, &size);
        if (got ? !pass_on(*to, bytes, size, process, event) : closing || WaitForSingleObject(close_input, 0) != WAIT_OBJECT_0) break;
        if (WaitForSingleObject(process, 0) == WAIT_OBJECT_0) break;
    }
    CloseHandle(event);
    free(bytes);
    pipe_close(to);
    pipe_close(from);
}
