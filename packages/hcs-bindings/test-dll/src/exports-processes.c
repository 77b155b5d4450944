/* The compute functions over processes. */
#include "call.h"
#include <stdlib.h>

HCS_EXPORT HcsCreateProcess(HANDLE system, PCWSTR processParameters, HCS_PROCESS_INFORMATION *information, HANDLE *process, PWSTR *result)
{
    struct call *call = call_begin(L"HcsCreateProcess", L"", processParameters, result);
    struct object *found = call_handle(call, SYSTEM_HANDLE, system);
    struct process *made = NULL;
    *process = NULL;
    *information = (HCS_PROCESS_INFORMATION){0};
    if (found) call->hresult = system_create_process((struct system *)found, processParameters, information, &made, &call->why);
    if (made) {
        *process = handle_open(PROCESS_HANDLE, (struct object *)made);
        object_release((struct object *)made);
    }
    object_release(found);
    return call_end(call);
}

HCS_EXPORT HcsOpenProcess(HANDLE system, DWORD pid, HANDLE *process, PWSTR *result)
{
    struct call *call = call_begin(L"HcsOpenProcess", L"", L"", result);
    struct object *found = call_handle(call, SYSTEM_HANDLE, system);
    struct process *known = NULL;
    *process = NULL;
    if (found) call->hresult = system_find_process((struct system *)found, pid, &known, &call->why);
    if (known) {
        *process = handle_open(PROCESS_HANDLE, (struct object *)known);
        object_release((struct object *)known);
    }
    object_release(found);
    return call_end(call);
}

HCS_EXPORT HcsCloseProcess(HANDLE process)
{
    struct call *call = call_begin(L"HcsCloseProcess", L"", L"", NULL);
    struct object *found = call_handle(call, PROCESS_HANDLE, process);
    if (found) {
        object_release(handle_close(PROCESS_HANDLE, process));
        object_release(found);
    }
    return call_end(call);
}

HCS_EXPORT HcsTerminateProcess(HANDLE process, PWSTR *result)
{
    struct call *call = call_begin(L"HcsTerminateProcess", L"", L"", result);
    struct object *found = call_handle(call, PROCESS_HANDLE, process);
    if (found) call->hresult = process_terminate((struct process *)found, &call->why);
    object_release(found);
    return call_end(call);
}

HCS_EXPORT HcsSignalProcess(HANDLE process, PCWSTR options, PWSTR *result)
{
    struct call *call = call_begin(L"HcsSignalProcess", L"", options, result);
    struct object *found = call_handle(call, PROCESS_HANDLE, process);
    if (found) call->hresult = process_signal((struct process *)found, options, &call->why);
    object_release(found);
    return call_end(call);
}

/* The pipes went to the creator; there are no second ends to give. */
HCS_EXPORT HcsGetProcessInfo(HANDLE process, HCS_PROCESS_INFORMATION *information, PWSTR *result)
{
    struct call *call = call_begin(L"HcsGetProcessInfo", L"", L"", result);
    struct object *found = call_handle(call, PROCESS_HANDLE, process);
    *information = (HCS_PROCESS_INFORMATION){0};
    if (found) information->ProcessId = process_id((struct process *)found);
    object_release(found);
    return call_end(call);
}

HCS_EXPORT HcsGetProcessProperties(HANDLE process, PWSTR *properties, PWSTR *result)
{
    struct call *call = call_begin(L"HcsGetProcessProperties", L"", L"", result);
    struct object *found = call_handle(call, PROCESS_HANDLE, process);
    *properties = NULL;
    if (found) {
        WCHAR *status = process_status((struct process *)found);
        *properties = result_string(status);
        free(status);
    }
    object_release(found);
    return call_end(call);
}

HCS_EXPORT HcsModifyProcess(HANDLE process, PCWSTR settings, PWSTR *result)
{
    struct call *call = call_begin(L"HcsModifyProcess", L"", settings, result);
    struct object *found = call_handle(call, PROCESS_HANDLE, process);
    if (found) call->hresult = process_modify((struct process *)found, settings, &call->why);
    object_release(found);
    return call_end(call);
}

HCS_EXPORT HcsRegisterProcessCallback(HANDLE process, HCS_NOTIFICATION_CALLBACK function, void *context, HANDLE *callback)
{
    struct call *call = call_begin(L"HcsRegisterProcessCallback", L"", L"", NULL);
    struct object *found = call_handle(call, PROCESS_HANDLE, process);
    *callback = NULL;
    if (found) *callback = source_register(process_source((struct process *)found), found, function, context);
    object_release(found);
    return call_end(call);
}
