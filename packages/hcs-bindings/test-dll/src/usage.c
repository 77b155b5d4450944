/* What processes have used, in the words of HCS's statistics. */
#include "service.h"
#include <psapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

/* Bytes that count as one operation. */
#define OPERATION 8192

static long long number_of(const FILETIME *time) { return (long long)time->dwHighDateTime << 32 | time->dwLowDateTime; }

void usage_of(HANDLE process, struct usage *usage)
{
    FILETIME created, ended, kernel = {0}, user = {0};
    PROCESS_MEMORY_COUNTERS_EX memory = {.cb = sizeof memory};
    IO_COUNTERS io = {0};
    GetProcessTimes(process, &created, &ended, &kernel, &user);
    K32GetProcessMemoryInfo(process, (PROCESS_MEMORY_COUNTERS *)&memory, sizeof memory);
    GetProcessIoCounters(process, &io);
    *usage = (struct usage){number_of(&user), number_of(&kernel), (long long)io.ReadTransferCount, (long long)io.WriteTransferCount,
                            (long long)memory.PagefileUsage, (long long)memory.WorkingSetSize};
}

/* RFC 3339. */
static void add_time(struct text *text, const FILETIME *time)
{
    SYSTEMTIME parts = {0};
    WCHAR written[40];
    FileTimeToSystemTime(time, &parts);
    _snwprintf(written, ARRAYSIZE(written), L"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.wYear, parts.wMonth, parts.wDay, parts.wHour,
               parts.wMinute, parts.wSecond, parts.wMilliseconds);
    text_add_json(text, written);
}

static void add_count(struct text *text, PCWSTR key, long long count) { text_add_key(text, key); text_add_number(text, count); }

void usage_write_statistics(struct text *text, const struct usage *total, long long peak, const FILETIME *started)
{
    FILETIME now, began = *started;
    GetSystemTimeAsFileTime(&now);
    if (!number_of(&began)) began = now;
    text_add_char(text, '{');
    text_add_key(text, L"Timestamp"); add_time(text, &now);
    text_add_key(text, L"ContainerStartTime"); add_time(text, &began);
    add_count(text, L"Uptime100ns", number_of(&now) - number_of(&began));
    text_add_key(text, L"Memory"); text_add_char(text, '{');
    add_count(text, L"MemoryUsageCommitBytes", total->commit);
    add_count(text, L"MemoryUsageCommitPeakBytes", peak);
    add_count(text, L"MemoryUsagePrivateWorkingSetBytes", total->commit < total->working_set ? total->commit : total->working_set);
    text_add_char(text, '}');
    text_add_key(text, L"Processor"); text_add_char(text, '{');
    add_count(text, L"TotalRuntime100ns", total->user + total->kernel);
    add_count(text, L"RuntimeUser100ns", total->user);
    add_count(text, L"RuntimeKernel100ns", total->kernel);
    text_add_char(text, '}');
    text_add_key(text, L"Storage"); text_add_char(text, '{');
    add_count(text, L"ReadCountNormalized", (total->read_bytes + OPERATION - 1) / OPERATION);
    add_count(text, L"ReadSizeBytes", total->read_bytes);
    add_count(text, L"WriteCountNormalized", (total->written_bytes + OPERATION - 1) / OPERATION);
    add_count(text, L"WriteSizeBytes", total->written_bytes);
    text_add(text, L"},\"Network\":[]}");
}

void usage_write_item(struct text *text, HANDLE process, DWORD pid)
{
    FILETIME created = {0}, ended, kernel, user;
    WCHAR path[1024] = L"";
    DWORD length = ARRAYSIZE(path);
    struct usage usage;
    usage_of(process, &usage);
    GetProcessTimes(process, &created, &ended, &kernel, &user);
    QueryFullProcessImageNameW(process, 0, path, &length);
    WCHAR *name = wcsrchr(path, '\\');
    long long own = usage.commit < usage.working_set ? usage.commit : usage.working_set;
    text_add_char(text, '{');
    add_count(text, L"ProcessId", pid);
    text_add_key(text, L"ImageName"); text_add_json(text, name ? name + 1 : path);
    text_add_key(text, L"CreateTimestamp"); add_time(text, &created);
    add_count(text, L"KernelTime100ns", usage.kernel);
    add_count(text, L"UserTime100ns", usage.user);
    add_count(text, L"MemoryCommitBytes", usage.commit);
    add_count(text, L"MemoryWorkingSetPrivateBytes", own);
    add_count(text, L"MemoryWorkingSetSharedBytes", usage.working_set - own);
    text_add_char(text, '}');
}
