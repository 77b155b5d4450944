/*
 * What Wine's file system cannot keep of a file: attributes, creation and change time, security, extended attributes, alternate
 * streams, a reparse point. A record for each file, found by its id, so that all names of a file share it; kept in memory and, one
 * file each, in the folder `files` beside the DLL.
 */
#ifndef ORIEL_TEST_RECORDS_H
#define ORIEL_TEST_RECORDS_H
#include "service.h"

struct bytes { BYTE *at; DWORD size; };

struct stream { WCHAR *name; struct bytes data; struct stream *next; };

enum { HAS_ATTRIBUTES = 1, HAS_TIMES = 2 };

struct record {
    BYTE id[24];          /* FILE_ID_INFO */
    WCHAR *names;         /* Base names that the file has had, each ended by `/`: another file may get its id one day. */
    DWORD has, attributes;
    LONGLONG made, read, written, changed;
    struct bytes security, attributes_extended, reparse;
    struct stream *streams;
    struct record *next;
};

/* With the service's lock held until the caller is done with the answer; NULL where there is none. */
struct record *record_of(HANDLE file);
struct record *record_make(HANDLE file);
void record_save(const struct record *record);
/* The file has gone, or is a new one: whatever was known of its id is of another. */
void record_forget(HANDLE file);
/* Another name for the same file. */
void record_add_name(struct record *record, PCWSTR path);
/* What the first says of everything but names holds for the second file too. */
void record_copy(HANDLE from, HANDLE to);
int record_same_metadata(HANDLE a, HANDLE b);
int records_have_links(void);
/* With the lock held. */
/* Behind those that are there. Answers where its data goes. */
struct bytes *record_add_stream(struct record *record, WCHAR *name);
void record_set_reparse(struct record *record, const void *at, DWORD size);
void bytes_set(struct bytes *bytes, const void *at, DWORD size);

/* file-functions.c: kernel32's, with the records' part in them. */
HANDLE WINAPI OrielTestCreateFileW(PCWSTR path, DWORD access, DWORD share, SECURITY_ATTRIBUTES *security, DWORD disposition, DWORD flags,
                                   HANDLE template);
BOOL WINAPI OrielTestCreateDirectoryW(PCWSTR path, SECURITY_ATTRIBUTES *security);
BOOL WINAPI OrielTestCreateHardLinkW(PCWSTR path, PCWSTR existing, SECURITY_ATTRIBUTES *security);
DWORD WINAPI OrielTestGetFileAttributesW(PCWSTR path);
BOOL WINAPI OrielTestGetFileInformationByHandleEx(HANDLE file, FILE_INFO_BY_HANDLE_CLASS kind, void *information, DWORD size);
BOOL WINAPI OrielTestSetFileInformationByHandle(HANDLE file, FILE_INFO_BY_HANDLE_CLASS kind, void *information, DWORD size);
/* A file or folder itself, never what it links to. */
HANDLE open_itself(PCWSTR path, DWORD access);
#endif
