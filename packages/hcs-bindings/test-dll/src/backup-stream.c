/*
 * Backup streams (WIN32_STREAM_ID and data) of files. Wine has no BackupRead and BackupWrite; these stand in for them.
 * They know the data of a file: other streams (security, alternate data, reparse points) are passed over.
 */
#include "service.h"
#include <stdlib.h>

#define STREAM_HEADER 20
enum { DATA_STREAM = 1 };

/* Where a stream is, between calls. */
struct progress {
    BYTE header[STREAM_HEADER];
    DWORD header_size;
    DWORD skip;               /* Bytes of the stream's name that are to come. */
    unsigned long long left;  /* Bytes of the stream's data that are to come. */
    DWORD kind;
};

static void read_header(struct progress *progress)
{
    memcpy(&progress->kind, progress->header, 4);
    memcpy(&progress->left, progress->header + 8, 8);
    memcpy(&progress->skip, progress->header + 16, 4);
}

static DWORD least(unsigned long long a, DWORD b) { return a < b ? (DWORD)a : b; }

BOOL WINAPI OrielTestBackupWrite(HANDLE file, const BYTE *bytes, DWORD size, DWORD *written, BOOL abort, BOOL security, void **context)
{
    struct progress *progress = *context;
    (void)security;
    *written = 0;
    if (abort) { free(progress); *context = NULL; return TRUE; }
    if (!progress) *context = progress = take_memory(sizeof *progress);
    while (*written < size) {
        const BYTE *at = bytes + *written;
        DWORD rest = size - *written, step;
        if (progress->header_size < STREAM_HEADER) {
            step = least(rest, STREAM_HEADER - progress->header_size);
            memcpy(progress->header + progress->header_size, at, step);
            progress->header_size += step;
            if (progress->header_size == STREAM_HEADER) read_header(progress);
        } else if (progress->skip) {
            step = least(rest, progress->skip);
            progress->skip -= step;
        } else {
            DWORD done = step = least(progress->left, rest);
            if (progress->kind == DATA_STREAM && step && (!WriteFile(file, at, step, &done, NULL) || done != step)) return FALSE;
            progress->left -= step;
        }
        *written += step;
        if (progress->header_size == STREAM_HEADER && !progress->skip && !progress->left) progress->header_size = 0;
    }
    return TRUE;
}

BOOL WINAPI OrielTestBackupRead(HANDLE file, BYTE *bytes, DWORD size, DWORD *read, BOOL abort, BOOL security, void **context)
{
    struct progress *progress = *context;
    (void)security;
    *read = 0;
    if (abort) { free(progress); *context = NULL; return TRUE; }
    if (!progress) {
        BY_HANDLE_FILE_INFORMATION information;
        if (!GetFileInformationByHandle(file, &information)) return FALSE;
        *context = progress = take_memory(sizeof *progress);
        /* A directory has no data. */
        if (information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) progress->header_size = STREAM_HEADER;
        else {
            unsigned long long length = (unsigned long long)information.nFileSizeHigh << 32 | information.nFileSizeLow;
            DWORD kind = DATA_STREAM;
            memcpy(progress->header, &kind, 4);
            memcpy(progress->header + 8, &length, 8);
            progress->left = length;
        }
    }
    DWORD step = least(size, STREAM_HEADER - progress->header_size);
    memcpy(bytes, progress->header + progress->header_size, step);
    progress->header_size += step;
    *read = step;
    step = least(progress->left, size - *read);
    if (!step) return TRUE;
    if (!ReadFile(file, bytes + *read, step, &step, NULL)) return FALSE;
    progress->left -= step;
    *read += step;
    return TRUE;
}

static HRESULT last_error(void) { return WIN32_HRESULT(GetLastError()); }

HRESULT backup_copy_in(HANDLE from, HANDLE to)
{
    BYTE *bytes = take_memory(65536);
    void *context = NULL;
    DWORD size = 0, done;
    HRESULT hr = S_OK;
    while (!hr && ReadFile(from, bytes, 65536, &size, NULL) && size)
        if (!OrielTestBackupWrite(to, bytes, size, &done, FALSE, FALSE, &context)) hr = last_error();
    OrielTestBackupWrite(to, NULL, 0, &done, TRUE, FALSE, &context);
    free(bytes);
    return hr;
}

HRESULT backup_copy_out(HANDLE from, HANDLE to)
{
    BYTE *bytes = take_memory(65536);
    void *context = NULL;
    DWORD size = 0, done;
    HRESULT hr = S_OK;
    do {
        if (!OrielTestBackupRead(from, bytes, 65536, &size, FALSE, FALSE, &context)) hr = last_error();
        else if (size && !WriteFile(to, bytes, size, &done, NULL)) hr = last_error();
    } while (!hr && size);
    OrielTestBackupRead(from, NULL, 0, &done, TRUE, FALSE, &context);
    free(bytes);
    return hr;
}
