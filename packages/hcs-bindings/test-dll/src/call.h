/* The frame of every export: faults before, error document and trace after. */
#ifndef ORIEL_TEST_CALL_H
#define ORIEL_TEST_CALL_H
#include "service.h"

struct call {
    PCWSTR name;
    WCHAR *target, *document;
    PWSTR *result;      /* Where the error document goes; NULL where the export has none. */
    HRESULT hresult;
    struct failure why;
    int ready;          /* 0: a fault takes the call's place. */
    WCHAR *fault_result;
};

/* @param result may be NULL */
struct call *call_begin(PCWSTR name, PCWSTR target, PCWSTR document, PWSTR *result);
/* The object behind a handle; NULL, and the call fails, where it is not open. */
struct object *call_handle(struct call *call, enum handle_kind kind, HANDLE handle);
HRESULT call_end(struct call *call);

#define HCS_EXPORT HRESULT WINAPI
#endif
