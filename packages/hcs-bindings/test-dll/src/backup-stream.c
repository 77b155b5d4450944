/*
 * BackupRead and BackupWrite: streams of WIN32_STREAM_ID and data. Wine has none. The unnamed data stream is the file's; all others
 * are in its record.
 */
#include "records.h"
#include <sddl.h>
#include <stdlib.h>
#include <wchar.h>

#define STREAM_HEADER 20

/* Where a writer is, between calls. */
struct writing {
    BYTE header[STREAM_HEADER];
    DWORD header_size, kind, name_left;
    unsigned long long left; /* Bytes of the stream's data that are to come. */
    struct bytes name, taken;
    DWORD room;
    int changed;
};

static DWORD least(unsigned long long a, DWORD b) { return a < b ? (DWORD)a : b; }

static void collect(struct writing *writing, struct bytes *bytes, const BYTE *at, DWORD size)
{
    if (bytes->size + size > writing->room || !bytes->at) {
        writing->room = (bytes->size + size) * 2 + 64;
        bytes->at = realloc(bytes->at, writing->room);
        if (!bytes->at) ExitProcess(3);
    }
    memcpy(bytes->at + bytes->size, at, size);
    bytes->size += size;
}

static void clear(struct bytes *bytes)
{
    free(bytes->at);
    *bytes = (struct bytes){0};
}

static int read_header(struct writing *writing)
{
    memcpy(&writing->kind, writing->header, 4);
    memcpy(&writing->left, writing->header + 8, 8);
    memcpy(&writing->name_left, writing->header + 16, 4);
    clear(&writing->name);
    clear(&writing->taken);
    writing->room = 0;
    return writing->kind >= BACKUP_DATA && writing->kind <= BACKUP_TXFS_DATA && writing->name_left < 65536;
}

static void put_stream(struct record *record, struct writing *writing)
{
    struct text name = {0};
    for (DWORD i = 0; i + 1 < writing->name.size; i += 2) text_add_char(&name, (WCHAR)(writing->name.at[i] | writing->name.at[i + 1] << 8));
    WCHAR *text = text_take(&name);
    struct stream *stream = record->streams;
    while (stream && _wcsicmp(stream->name, text)) stream = stream->next;
    bytes_set(stream ? &stream->data : record_add_stream(record, copy_string(text)), writing->taken.at, writing->taken.size);
    free(text);
}

static int end_stream(HANDLE file, struct writing *writing)
{
    if (writing->kind == BACKUP_SPARSE_BLOCK) {
        LARGE_INTEGER offset;
        DWORD done;
        if (writing->taken.size < 8) return 0;
        memcpy(&offset, writing->taken.at, 8);
        if (!SetFilePointerEx(file, offset, NULL, FILE_BEGIN)) return 0;
        if (writing->taken.size == 8) return SetEndOfFile(file);
        return WriteFile(file, writing->taken.at + 8, writing->taken.size - 8, &done, NULL);
    }
    if (writing->kind != BACKUP_SECURITY_DATA && writing->kind != BACKUP_EA_DATA && writing->kind != BACKUP_REPARSE_DATA && writing->kind != BACKUP_ALTERNATE_DATA) return 1;
    EnterCriticalSection(&service_lock);
    struct record *record = record_make(file);
    if (record) {
        if (writing->kind == BACKUP_SECURITY_DATA) bytes_set(&record->security, writing->taken.at, writing->taken.size);
        if (writing->kind == BACKUP_EA_DATA) bytes_set(&record->attributes_extended, writing->taken.at, writing->taken.size);
        if (writing->kind == BACKUP_REPARSE_DATA) record_set_reparse(record, writing->taken.at, writing->taken.size);
        if (writing->kind == BACKUP_ALTERNATE_DATA) put_stream(record, writing);
        writing->changed = 1;
    }
    LeaveCriticalSection(&service_lock);
    return record != NULL;
}

static BOOL stop_writing(HANDLE file, struct writing *writing, void **context)
{
    if (!writing) return TRUE;
    if (writing->changed) {
        EnterCriticalSection(&service_lock);
        struct record *record = record_of(file);
        if (record) record_save(record);
        LeaveCriticalSection(&service_lock);
    }
    clear(&writing->name);
    clear(&writing->taken);
    free(writing);
    *context = NULL;
    return TRUE;
}

BOOL WINAPI OrielTestBackupWrite(HANDLE file, const BYTE *bytes, DWORD size, DWORD *written, BOOL abort, BOOL security, void **context)
{
    struct writing *writing = *context;
    (void)security;
    *written = 0;
    if (abort) return stop_writing(file, writing, context);
    if (!writing) *context = writing = take_memory(sizeof *writing);
    while (*written < size) {
        const BYTE *at = bytes + *written;
        DWORD rest = size - *written, step;
        if (writing->header_size < STREAM_HEADER) {
            step = least(rest, STREAM_HEADER - writing->header_size);
            memcpy(writing->header + writing->header_size, at, step);
            writing->header_size += step;
            if (writing->header_size == STREAM_HEADER && !read_header(writing)) {
                SetLastError(ERROR_INVALID_DATA);
                return FALSE;
            }
        } else if (writing->name_left) {
            step = least(rest, writing->name_left);
            collect(writing, &writing->name, at, step);
            writing->name_left -= step;
            if (!writing->name_left) writing->room = 0;
        } else {
            DWORD done = step = least(writing->left, rest);
            if (writing->kind == BACKUP_DATA) {
                if (!WriteFile(file, at, step, &done, NULL) || done != step) return FALSE;
            } else collect(writing, &writing->taken, at, step);
            writing->left -= step;
        }
        *written += step;
        if (writing->header_size == STREAM_HEADER && !writing->name_left && !writing->left) {
            writing->header_size = 0;
            if (!end_stream(file, writing)) return FALSE;
        }
    }
    return TRUE;
}

/* Where a reader is: what comes before the file's data, the data, what comes after it. */
struct reading {
    struct bytes before, after;
    DWORD before_done, after_done;
    unsigned long long left;
};

static void add(struct bytes *bytes, DWORD kind, PCWSTR name, const void *at, unsigned long long size, DWORD present)
{
    DWORD attributes = 0, name_size = (DWORD)wcslen(name) * sizeof(WCHAR);
    BYTE *grown = realloc(bytes->at, bytes->size + STREAM_HEADER + name_size + present);
    if (!grown) ExitProcess(3);
    bytes->at = grown;
    grown += bytes->size;
    memcpy(grown, &kind, 4);
    memcpy(grown + 4, &attributes, 4);
    memcpy(grown + 8, &size, 8);
    memcpy(grown + 16, &name_size, 4);
    memcpy(grown + STREAM_HEADER, name, name_size);
    if (present) memcpy(grown + STREAM_HEADER + name_size, at, present);
    bytes->size += STREAM_HEADER + name_size + present;
}

/* Windows has one for every file; nothing is inherited here, so it is the same for all. */
static void add_default_security(struct bytes *bytes, int directory)
{
    PSECURITY_DESCRIPTOR descriptor;
    ULONG size;
    PCWSTR text = directory ? L"O:BAG:SYD:(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)" : L"O:BAG:SYD:(A;;FA;;;BA)(A;;FA;;;SY)(A;;0x1200a9;;;BU)";
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &descriptor, &size)) return;
    add(bytes, BACKUP_SECURITY_DATA, L"", descriptor, size, size);
    LocalFree(descriptor);
}

static struct reading *start_reading(HANDLE file, BOOL security)
{
    BY_HANDLE_FILE_INFORMATION information;
    if (!GetFileInformationByHandle(file, &information)) return NULL;
    int directory = (information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    struct reading *reading = take_memory(sizeof *reading);
    EnterCriticalSection(&service_lock);
    struct record *record = record_of(file);
    if (security && record && record->security.size) add(&reading->before, BACKUP_SECURITY_DATA, L"", record->security.at, record->security.size, record->security.size);
    else if (security) add_default_security(&reading->before, directory);
    if (record && record->attributes_extended.size)
        add(&reading->before, BACKUP_EA_DATA, L"", record->attributes_extended.at, record->attributes_extended.size, record->attributes_extended.size);
    if (record && record->reparse.size) add(&reading->before, BACKUP_REPARSE_DATA, L"", record->reparse.at, record->reparse.size, record->reparse.size);
    else if (!directory) {
        reading->left = (unsigned long long)information.nFileSizeHigh << 32 | information.nFileSizeLow;
        if (reading->left) add(&reading->before, BACKUP_DATA, L"", NULL, reading->left, 0);
    }
    for (struct stream *stream = record ? record->streams : NULL; stream; stream = stream->next)
        add(&reading->after, BACKUP_ALTERNATE_DATA, stream->name, stream->data.at, stream->data.size, stream->data.size);
    LeaveCriticalSection(&service_lock);
    return reading;
}

static DWORD take(const struct bytes *from, DWORD *done, BYTE *to, DWORD room)
{
    DWORD step = least(room, from->size - *done);
    if (step) memcpy(to, from->at + *done, step);
    *done += step;
    return step;
}

BOOL WINAPI OrielTestBackupRead(HANDLE file, BYTE *bytes, DWORD size, DWORD *read, BOOL abort, BOOL security, void **context)
{
    struct reading *reading = *context;
    *read = 0;
    if (abort) {
        if (reading) {
            clear(&reading->before);
            clear(&reading->after);
            free(reading);
        }
        *context = NULL;
        return TRUE;
    }
    if (!reading) *context = reading = start_reading(file, security);
    if (!reading) return FALSE;
    *read = take(&reading->before, &reading->before_done, bytes, size);
    while (reading->left && *read < size) {
        DWORD step = least(reading->left, size - *read);
        if (!ReadFile(file, bytes + *read, step, &step, NULL)) return FALSE;
        if (!step) {
            /* It has shrunk meanwhile: the stream keeps the length that it said. */
            step = least(reading->left, size - *read);
            memset(bytes + *read, 0, step);
        }
        reading->left -= step;
        *read += step;
    }
    *read += take(&reading->after, &reading->after_done, bytes + *read, size - *read);
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
        if (!OrielTestBackupWrite(to, bytes, size, &done, FALSE, TRUE, &context)) hr = last_error();
    OrielTestBackupWrite(to, NULL, 0, &done, TRUE, TRUE, &context);
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
        if (!OrielTestBackupRead(from, bytes, 65536, &size, FALSE, TRUE, &context)) hr = last_error();
        else if (size && !WriteFile(to, bytes, size, &done, NULL)) hr = last_error();
    } while (!hr && size);
    OrielTestBackupRead(from, NULL, 0, &done, TRUE, TRUE, &context);
    free(bytes);
    return hr;
}
