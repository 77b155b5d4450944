#include "call.h"
#include <stdlib.h>

struct call *call_begin(PCWSTR name, PCWSTR target, PCWSTR document, PWSTR *result)
{
    struct call *call = take_memory(sizeof *call);
    call->name = name;
    call->target = copy_string(target);
    call->document = copy_string(document);
    call->result = result;
    if (result) *result = NULL;
    call->ready = !fault_for_call(name, &call->hresult, &call->fault_result);
    if (!call->ready) fail(&call->why, 0, L"%ls fails on purpose", name);
    return call;
}

static WCHAR *system_of(enum handle_kind kind, struct object *object)
{
    return copy_string(kind == SYSTEM_HANDLE    ? system_id((struct system *)object)
                       : kind == PROCESS_HANDLE ? process_system((struct process *)object)
                                                : callback_system(object));
}

struct object *call_handle(struct call *call, enum handle_kind kind, HANDLE handle)
{
    struct object *object = handle_get(kind, handle);
    if (object) {
        free(call->target);
        call->target = system_of(kind, object);
    }
    if (object && !call->ready) {
        object_release(object);
        object = NULL;
    } else if (!object && call->ready) call->hresult = fail(&call->why, WIN32_HRESULT(ERROR_INVALID_HANDLE), L"the handle is not open");
    return object;
}

static PWSTR error_document(const struct call *call)
{
    struct text text = {0};
    text_add_char(&text, '{');
    text_add_key(&text, L"Error"); text_add_number(&text, call->hresult);
    text_add_key(&text, L"ErrorMessage"); text_add_json(&text, call->why.message);
    text_add_key(&text, L"ErrorEvents"); text_add(&text, L"[{");
    text_add_key(&text, L"Message"); text_add_json(&text, call->why.message);
    text_add_key(&text, L"Provider"); text_add_json(&text, L"6f72696c-656d-4843-8553-000000000001");
    text_add_key(&text, L"EventId"); text_add_number(&text, 1);
    text_add(&text, L"}]}");
    PWSTR document = result_string(text.at);
    free(text.at);
    return document;
}

HRESULT call_end(struct call *call)
{
    HRESULT hresult = call->hresult;
    if (call->result && hresult < 0 && hresult != HCS_OPERATION_PENDING)
        *call->result = call->fault_result ? result_string(call->fault_result) : error_document(call);
    trace_call(call->name, call->target, call->document, hresult);
    free(call->fault_result);
    free(call->target);
    free(call->document);
    free(call);
    return hresult;
}
