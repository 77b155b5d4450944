/* Ends of stdio pipes; each maker answers a Win32 error. */
#ifndef ORIEL_TEST_PIPES_H
#define ORIEL_TEST_PIPES_H
#include "service.h"

DWORD pipe_for_output(HANDLE *ours, HANDLE *childs);
DWORD pipe_for_input(HANDLE *ours, HANDLE *childs);
DWORD pipe_for_relay(HANDLE *callers, HANDLE *ours);
HANDLE open_nul(void);
void pipe_close(HANDLE *pipe);

/*
 * Passes what the caller writes on to the program's stdin until the caller closes its end, `close_input` is signalled
 * and what was written is passed on, the program closes its end, or it exits. Closes both ends.
 */
void relay_input(HANDLE *from, HANDLE *to, HANDLE close_input, HANDLE process);
#endif
