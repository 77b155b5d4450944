/*
 * Faults on purpose, given as a JSON array in ORIEL_TEST_FAULTS or by OrielTestSetFaults:
 *   {"call":"HcsStartComputeSystem","nth":2,"fail":"0x80070005","result":"…"}   answers that instead of doing the work
 *   {"call":"*","every":10,"delay":50}                                       waits, in milliseconds, then does the work
 *   {"call":"HcsCreateProcess","hang":true}                                  waits until OrielTestReleaseHung
 *   {"notification":65536,"nth":1,"effect":"lose"|"duplicate"|"early"}
 * Early is a notification that a registration finds there already: it arrives before the registration has answered.
 * `nth` counts the calls of that export from 1, `every` is each time that the count is a multiple; without both: always.
 */
#include "service.h"
#include <stdlib.h>
#include <wchar.h>

struct count { WCHAR *key; long long value; struct count *next; };

static struct json *faults;
static struct count *counts;
static LONG hung_generation;

HRESULT faults_set(PCWSTR document, struct failure *why)
{
    struct json *parsed = json_parse(*document ? document : L"[]", why);
    if (!parsed) return HCS_INVALID_JSON;
    EnterCriticalSection(&service_lock);
    json_free(faults);
    faults = parsed;
    while (counts) {
        struct count *next = counts->next;
        free(counts->key);
        free(counts);
        counts = next;
    }
    LeaveCriticalSection(&service_lock);
    return S_OK;
}

static long long next_count(PCWSTR key)
{
    struct count *count = counts;
    while (count && wcscmp(count->key, key)) count = count->next;
    if (!count) {
        count = take_memory(sizeof *count);
        *count = (struct count){copy_string(key), 0, counts};
        counts = count;
    }
    return ++count->value;
}

static int applies(const struct json *fault, long long count)
{
    long long nth = json_number(fault, L"nth", 0), every = json_number(fault, L"every", 0);
    return (!nth || nth == count) && (!every || count % every == 0);
}

int fault_for_call(PCWSTR call, HRESULT *hresult, WCHAR **result)
{
    long long delay = 0;
    int failing = 0, hang = 0;
    EnterCriticalSection(&service_lock);
    if (faults) {
        long long own = next_count(call), all = next_count(L"*");
        for (struct json *fault = faults->first; fault; fault = fault->next) {
            PCWSTR wanted = json_string(fault, L"call");
            if (!(wcscmp(wanted, call) ? !wcscmp(wanted, L"*") && applies(fault, all) : applies(fault, own))) continue;
            delay += json_number(fault, L"delay", 0);
            hang |= json_true(fault, L"hang");
            if (!json_member(fault, L"fail")) continue;
            failing = 1;
            *hresult = (HRESULT)json_number(fault, L"fail", 0);
            *result = json_member(fault, L"result") ? copy_string(json_string(fault, L"result")) : NULL;
        }
    }
    if (hang) for (LONG generation = hung_generation; generation == hung_generation;) service_wait();
    LeaveCriticalSection(&service_lock);
    if (delay) Sleep((DWORD)delay);
    return failing;
}

int fault_deliveries(DWORD notification, int *early)
{
    int times = 1;
    *early = 0;
    WCHAR key[40] = L"notification ";
    EnterCriticalSection(&service_lock);
    if (faults) {
        _ultow(notification, key + wcslen(key), 10);
        long long count = next_count(key);
        for (struct json *fault = faults->first; fault; fault = fault->next) {
            if (json_number(fault, L"notification", -1) != notification || !applies(fault, count)) continue;
            PCWSTR effect = json_string(fault, L"effect");
            *early = !wcscmp(effect, L"early");
            times = !wcscmp(effect, L"lose") ? 0 : *early ? 1 : 2;
        }
    }
    LeaveCriticalSection(&service_lock);
    return times;
}

void faults_release_hung(void)
{
    EnterCriticalSection(&service_lock);
    hung_generation++;
    WakeAllConditionVariable(&service_changed);
    LeaveCriticalSection(&service_lock);
}
