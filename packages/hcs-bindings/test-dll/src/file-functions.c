/* The functions of kernel32 for files of layers, which know what the records say. Each does what Windows' own does. */
#include "records.h"
#include <stdlib.h>
#include <wchar.h>

HANDLE open_itself(PCWSTR path, DWORD access)
{
    return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
}

HANDLE WINAPI OrielTestCreateFileW(PCWSTR path, DWORD access, DWORD share, SECURITY_ATTRIBUTES *security, DWORD disposition, DWORD flags,
                                   HANDLE template)
{
    HANDLE file = CreateFileW(path, access, share, security, disposition, flags, template);
    if (file != INVALID_HANDLE_VALUE && (disposition == CREATE_NEW || disposition == CREATE_ALWAYS)) record_forget(file);
    return file;
}

BOOL WINAPI OrielTestCreateDirectoryW(PCWSTR path, SECURITY_ATTRIBUTES *security)
{
    if (!CreateDirectoryW(path, security)) return FALSE;
    HANDLE folder = open_itself(path, 0);
    if (folder != INVALID_HANDLE_VALUE) {
        record_forget(folder);
        CloseHandle(folder);
    }
    return TRUE;
}

BOOL WINAPI OrielTestCreateHardLinkW(PCWSTR path, PCWSTR existing, SECURITY_ATTRIBUTES *security)
{
    if (!CreateHardLinkW(path, existing, security)) return FALSE;
    HANDLE file = open_itself(existing, 0);
    if (file != INVALID_HANDLE_VALUE) {
        EnterCriticalSection(&service_lock);
        struct record *record = record_of(file);
        if (record) record_add_name(record, path);
        LeaveCriticalSection(&service_lock);
        CloseHandle(file);
    }
    return TRUE;
}

static DWORD attributes_with(const struct record *record, DWORD attributes)
{
    DWORD kept = attributes & FILE_ATTRIBUTE_DIRECTORY;
    if (record->has & HAS_ATTRIBUTES) attributes = kept | (record->attributes & ~(FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_NORMAL));
    if (record->reparse.size) attributes |= FILE_ATTRIBUTE_REPARSE_POINT;
    return attributes ? attributes : FILE_ATTRIBUTE_NORMAL;
}

DWORD WINAPI OrielTestGetFileAttributesW(PCWSTR path)
{
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES || !records_have_links()) return attributes;
    HANDLE file = open_itself(path, 0);
    if (file == INVALID_HANDLE_VALUE) return attributes;
    EnterCriticalSection(&service_lock);
    struct record *record = record_of(file);
    if (record) attributes = attributes_with(record, attributes);
    LeaveCriticalSection(&service_lock);
    CloseHandle(file);
    return attributes;
}

BOOL WINAPI OrielTestGetFileInformationByHandleEx(HANDLE file, FILE_INFO_BY_HANDLE_CLASS kind, void *information, DWORD size)
{
    if (!GetFileInformationByHandleEx(file, kind, information, size)) return FALSE;
    if (kind != FileBasicInfo) return TRUE;
    FILE_BASIC_INFO *basic = information;
    EnterCriticalSection(&service_lock);
    struct record *record = record_of(file);
    if (record) basic->FileAttributes = attributes_with(record, basic->FileAttributes);
    if (record && record->has & HAS_TIMES) {
        basic->CreationTime.QuadPart = record->made;
        /* Unless it was written to since. */
        if (basic->LastWriteTime.QuadPart == record->written) {
            basic->LastAccessTime.QuadPart = record->read;
            basic->ChangeTime.QuadPart = record->changed;
        }
    }
    LeaveCriticalSection(&service_lock);
    return TRUE;
}

static LONGLONG time_or(LARGE_INTEGER wanted, LONGLONG present)
{
    /* 0: as it is; -1: as it is, and not to be changed by what follows. */
    return wanted.QuadPart == 0 || wanted.QuadPart == -1 ? present : wanted.QuadPart;
}

static BOOL set_basic(HANDLE file, const FILE_BASIC_INFO *wanted)
{
    FILE_BASIC_INFO basic, times = *wanted;
    /* Read-only is a matter of the records alone: Wine would refuse to delete the file. */
    times.FileAttributes = 0;
    if (!OrielTestGetFileInformationByHandleEx(file, FileBasicInfo, &basic, sizeof basic)) return FALSE;
    if (!SetFileInformationByHandle(file, FileBasicInfo, &times, sizeof times)) return FALSE;
    EnterCriticalSection(&service_lock);
    struct record *record = record_make(file);
    if (record) {
        FILE_BASIC_INFO now;
        record->has |= HAS_TIMES;
        record->made = time_or(wanted->CreationTime, basic.CreationTime.QuadPart);
        record->read = time_or(wanted->LastAccessTime, basic.LastAccessTime.QuadPart);
        record->changed = time_or(wanted->ChangeTime, basic.ChangeTime.QuadPart);
        record->written = GetFileInformationByHandleEx(file, FileBasicInfo, &now, sizeof now) ? now.LastWriteTime.QuadPart : 0;
        if (wanted->FileAttributes) {
            record->has |= HAS_ATTRIBUTES;
            record->attributes = wanted->FileAttributes & ~(FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_NORMAL);
        }
        record_save(record);
    }
    LeaveCriticalSection(&service_lock);
    return TRUE;
}

BOOL WINAPI OrielTestSetFileInformationByHandle(HANDLE file, FILE_INFO_BY_HANDLE_CLASS kind, void *information, DWORD size)
{
    FILE_STANDARD_INFO standard;
    if (kind == FileBasicInfo) return set_basic(file, information);
    int last = kind == FileDispositionInfo && *(BYTE *)information && GetFileInformationByHandleEx(file, FileStandardInfo, &standard, sizeof standard) &&
               (standard.Directory || standard.NumberOfLinks <= 1);
    if (!SetFileInformationByHandle(file, kind, information, size)) return FALSE;
    if (last) record_forget(file);
    return TRUE;
}
