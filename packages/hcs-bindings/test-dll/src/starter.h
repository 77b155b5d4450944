/* What vmcompute.dll and starter.exe say to each other. */
#ifndef ORIEL_TEST_STARTER_H
#define ORIEL_TEST_STARTER_H
#include <windows.h>

/* Followed by the three texts, in bytes. The handles are the starter's own: duplicated into it, and closed by it. */
struct starter_request { DWORD command, environment, directory, reserved; ULONG64 in, out, err; };
/* The handles are the starter's, for the caller to take out of it. */
struct starter_answer { DWORD error, pid; ULONG64 process, thread; };

/* Ends that the process gets as its stdio. */
struct ends { HANDLE in, out, err; };
/* Makes a suspended process. One call at a time. Answers a Win32 error. @param environment of CREATE_UNICODE_ENVIRONMENT */
DWORD starter_create(PCWSTR command, PCWSTR environment, PCWSTR directory, const struct ends *ends, PROCESS_INFORMATION *made);
#endif
