/* The compute functions over systems. */
#include "call.h"
#include <stdlib.h>

/* Hands a string of ours to the caller. */
static void give(struct call *call, WCHAR *text, PWSTR *out)
{
    if (!call->hresult) *out = result_string(text);
    free(text);
}

HCS_EXPORT HcsEnumerateComputeSystems(PCWSTR query, PWSTR *computeSystems, PWSTR *result)
{
    struct call *call = call_begin(L"HcsEnumerateComputeSystems", query, L"", result);
    WCHAR *list = NULL;
    *computeSystems = NULL;
    if (call->ready) {
        call->hresult = systems_list(query, &list, &call->why);
        give(call, list, computeSystems);
    }
    return call_end(call);
}

HCS_EXPORT HcsCreateComputeSystem(PCWSTR id, PCWSTR configuration, HANDLE identity, HANDLE *system, PWSTR *result)
{
    struct call *call = call_begin(L"HcsCreateComputeSystem", id, configuration, result);
    struct system *made = NULL;
    (void)identity;
    *system = NULL;
    if (call->ready) call->hresult = system_create(id, configuration, &made, &call->why);
    if (made) {
        *system = handle_open(SYSTEM_HANDLE, (struct object *)made);
        object_release((struct object *)made);
    }
    return call_end(call);
}

HCS_EXPORT HcsOpenComputeSystem(PCWSTR id, HANDLE *system, PWSTR *result)
{
    struct call *call = call_begin(L"HcsOpenComputeSystem", id, L"", result);
    struct system *found = NULL;
    *system = NULL;
    if (call->ready) call->hresult = system_find(id, &found, &call->why);
    if (found) {
        *system = handle_open(SYSTEM_HANDLE, (struct object *)found);
        object_release((struct object *)found);
    }
    return call_end(call);
}

HCS_EXPORT HcsCloseComputeSystem(HANDLE system)
{
    struct call *call = call_begin(L"HcsCloseComputeSystem", L"", L"", NULL);
    struct object *found = call_handle(call, SYSTEM_HANDLE, system);
    if (found) {
        object_release(handle_close(SYSTEM_HANDLE, system));
        system_handle_closed((struct system *)found);
        object_release(found);
    }
    return call_end(call);
}

HCS_EXPORT HcsStartComputeSystem(HANDLE system, PCWSTR options, PWSTR *result)
{
    struct call *call = call_begin(L"HcsStartComputeSystem", L"", options, result);
    struct object *found = call_handle(call, SYSTEM_HANDLE, system);
    if (found) call->hresult = system_start((struct system *)found, &call->why);
    object_release(found);
    return call_end(call);
}

static HRESULT stop(PCWSTR name, HANDLE system, PCWSTR options, int forced, PWSTR *result)
{
    struct call *call = call_begin(name, L"", options, result);
    struct object *found = call_handle(call, SYSTEM_HANDLE, system);
    if (found) call->hresult = system_stop((struct system *)found, forced, &call->why);
    object_release(found);
    return call_end(call);
}

HCS_EXPORT HcsShutdownComputeSystem(HANDLE system, PCWSTR options, PWSTR *result)
{
    return stop(L"HcsShutdownComputeSystem", system, options, 0, result);
}

HCS_EXPORT HcsTerminateComputeSystem(HANDLE system, PCWSTR options, PWSTR *result)
{
    return stop(L"HcsTerminateComputeSystem", system, options, 1, result);
}

HCS_EXPORT HcsPauseComputeSystem(HANDLE system, PCWSTR options, PWSTR *result)
{
    struct call *call = call_begin(L"HcsPauseComputeSystem", L"", options, result);
    struct object *found = call_handle(call, SYSTEM_HANDLE, system);
    if (found) call->hresult = system_pause((struct system *)found, &call->why);
    object_release(found);
    return call_end(call);
}

HCS_EXPORT HcsResumeComputeSystem(HANDLE system, PCWSTR options, PWSTR *result)
{
    struct call *call = call_begin(L"HcsResumeComputeSystem", L"", options, result);
    struct object *found = call_handle(call, SYSTEM_HANDLE, system);
    if (found) call->hresult = system_resume((struct system *)found, &call->why);
    object_release(found);
    return call_end(call);
}

HCS_EXPORT HcsSaveComputeSystem(HANDLE system, PCWSTR options, PWSTR *result)
{
    struct call *call = call_begin(L"HcsSaveComputeSystem", L"", options, result);
    struct object *found = call_handle(call, SYSTEM_HANDLE, system);
    if (found) call->hresult = fail(&call->why, WIN32_HRESULT(ERROR_NOT_SUPPORTED), L"saving is not emulated");
    object_release(found);
    return call_end(call);
}

HCS_EXPORT HcsModifyComputeSystem(HANDLE system, PCWSTR configuration, PWSTR *result)
{
    struct call *call = call_begin(L"HcsModifyComputeSystem", L"", configuration, result);
    struct object *found = call_handle(call, SYSTEM_HANDLE, system);
    if (found) call->hresult = system_modify((struct system *)found, configuration, &call->why);
    object_release(found);
    return call_end(call);
}

HCS_EXPORT HcsGetComputeSystemProperties(HANDLE system, PCWSTR query, PWSTR *properties, PWSTR *result)
{
    struct call *call = call_begin(L"HcsGetComputeSystemProperties", L"", query, result);
    struct object *found = call_handle(call, SYSTEM_HANDLE, system);
    WCHAR *text = NULL;
    *properties = NULL;
    if (found) {
        call->hresult = system_properties((struct system *)found, query, &text, &call->why);
        give(call, text, properties);
    }
    object_release(found);
    return call_end(call);
}

HCS_EXPORT HcsModifyServiceSettings(PCWSTR settings, PWSTR *result)
{
    struct call *call = call_begin(L"HcsModifyServiceSettings", L"", settings, result);
    if (call->ready) call->hresult = fail(&call->why, WIN32_HRESULT(ERROR_NOT_SUPPORTED), L"the emulated service has no settings");
    return call_end(call);
}

HCS_EXPORT HcsGetServiceProperties(PCWSTR query, PWSTR *properties, PWSTR *result)
{
    struct call *call = call_begin(L"HcsGetServiceProperties", query, L"", result);
    *properties = call->ready ? result_string(L"{\"Properties\":[{\"SupportedSchemaVersions\":[{\"Major\":1,\"Minor\":0}]}]}") : NULL;
    return call_end(call);
}

HCS_EXPORT HcsRegisterComputeSystemCallback(HANDLE system, HCS_NOTIFICATION_CALLBACK function, void *context, HANDLE *callback)
{
    struct call *call = call_begin(L"HcsRegisterComputeSystemCallback", L"", L"", NULL);
    struct object *found = call_handle(call, SYSTEM_HANDLE, system);
    *callback = NULL;
    if (found) *callback = source_register(system_source((struct system *)found), found, function, context);
    object_release(found);
    return call_end(call);
}

static HRESULT unregister(PCWSTR name, HANDLE callback)
{
    struct call *call = call_begin(name, L"", L"", NULL);
    struct object *found = call_handle(call, CALLBACK_HANDLE, callback);
    if (found) {
        object_release(handle_close(CALLBACK_HANDLE, callback));
        callback_stop(found);
        object_release(found);
    }
    return call_end(call);
}

HCS_EXPORT HcsUnregisterComputeSystemCallback(HANDLE callback) { return unregister(L"HcsUnregisterComputeSystemCallback", callback); }

HCS_EXPORT HcsUnregisterProcessCallback(HANDLE callback) { return unregister(L"HcsUnregisterProcessCallback", callback); }
