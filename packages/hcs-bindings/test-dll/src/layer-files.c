#include "layer-files.h"
#include "records.h"
#include <stdlib.h>
#include <wchar.h>

static HRESULT last_error(void) { return WIN32_HRESULT(GetLastError()); }

HRESULT each_in_folder(PCWSTR folder, PCWSTR other, visitor *visit, void *context)
{
    WIN32_FIND_DATAW found;
    WCHAR *pattern = join_path(folder, L"*");
    HANDLE search = FindFirstFileW(pattern, &found);
    HRESULT hr = S_OK;
    free(pattern);
    if (search == INVALID_HANDLE_VALUE) return GetLastError() == ERROR_FILE_NOT_FOUND ? S_OK : last_error();
    do {
        if (!wcscmp(found.cFileName, L".") || !wcscmp(found.cFileName, L"..")) continue;
        WCHAR *path = join_path(folder, found.cFileName), *same = join_path(other, found.cFileName);
        hr = visit(path, same, &found, context);
        free(path);
        free(same);
    } while (!hr && FindNextFileW(search, &found));
    FindClose(search);
    return hr;
}

static DWORD attributes_of(PCWSTR path) { return OrielTestGetFileAttributesW(path); }

int is_link(PCWSTR path)
{
    DWORD attributes = attributes_of(path);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
}

int is_plain_folder(PCWSTR path)
{
    DWORD attributes = attributes_of(path);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT)) == FILE_ATTRIBUTE_DIRECTORY;
}

/* Answers what `ask` says of the two, opened; 0 where one cannot be. */
static int of_both(PCWSTR a, PCWSTR b, int (*ask)(HANDLE, HANDLE))
{
    HANDLE first = open_itself(a, 0), second = first == INVALID_HANDLE_VALUE ? first : open_itself(b, 0);
    int answer = second != INVALID_HANDLE_VALUE && ask(first, second);
    if (second != INVALID_HANDLE_VALUE) CloseHandle(second);
    if (first != INVALID_HANDLE_VALUE) CloseHandle(first);
    return answer;
}

static int same_id(HANDLE a, HANDLE b)
{
    FILE_ID_INFO first, second;
    return GetFileInformationByHandleEx(a, FileIdInfo, &first, sizeof first) && GetFileInformationByHandleEx(b, FileIdInfo, &second, sizeof second) &&
           !memcmp(&first, &second, sizeof first);
}

int same_file(PCWSTR a, PCWSTR b) { return of_both(a, b, same_id); }
int same_metadata(PCWSTR a, PCWSTR b) { return of_both(a, b, record_same_metadata); }

static int same_written(HANDLE a, HANDLE b)
{
    FILE_BASIC_INFO first, second;
    return GetFileInformationByHandleEx(a, FileBasicInfo, &first, sizeof first) && GetFileInformationByHandleEx(b, FileBasicInfo, &second, sizeof second) &&
           first.LastWriteTime.QuadPart == second.LastWriteTime.QuadPart;
}

int same_times(PCWSTR a, PCWSTR b) { return of_both(a, b, same_written); }

static int copy_times(HANDLE from, HANDLE to)
{
    FILE_BASIC_INFO info;
    record_copy(from, to);
    if (!OrielTestGetFileInformationByHandleEx(from, FileBasicInfo, &info, sizeof info)) return 0;
    info.FileAttributes = 0;
    return OrielTestSetFileInformationByHandle(to, FileBasicInfo, &info, sizeof info);
}

static HRESULT describe_alike(PCWSTR from, PCWSTR to)
{
    HANDLE source = open_itself(from, GENERIC_READ), target = INVALID_HANDLE_VALUE;
    if (source != INVALID_HANDLE_VALUE) target = open_itself(to, GENERIC_READ | GENERIC_WRITE);
    HRESULT hr = target != INVALID_HANDLE_VALUE && copy_times(source, target) ? S_OK : last_error();
    if (target != INVALID_HANDLE_VALUE) CloseHandle(target);
    if (source != INVALID_HANDLE_VALUE) CloseHandle(source);
    return hr;
}

static HRESULT add_child(PCWSTR below, PCWSTR view, const WIN32_FIND_DATAW *found, void *context)
{
    (void)context;
    if (found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) return path_exists(view) && !is_plain_folder(view) ? S_OK : view_add(below, view);
    if (path_exists(view)) return S_OK;
    if (OrielTestCreateHardLinkW(view, below, NULL)) return S_OK;
    /* The layers are on two file systems. */
    return CopyFileW(below, view, TRUE) ? describe_alike(below, view) : last_error();
}

HRESULT view_add(PCWSTR below, PCWSTR view)
{
    int made = !path_exists(view);
    if (made && !OrielTestCreateDirectoryW(view, NULL)) return last_error();
    HRESULT hr = is_link(below) ? S_OK : each_in_folder(below, view, add_child, NULL);
    return hr || !made ? hr : describe_alike(below, view);
}

static HRESULT remove_child(PCWSTR path, PCWSTR other, const WIN32_FIND_DATAW *found, void *context)
{
    (void)other;
    (void)found;
    (void)context;
    return remove_tree(path);
}

HRESULT remove_tree(PCWSTR path)
{
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES) return S_OK;
    HRESULT hr = attributes & FILE_ATTRIBUTE_DIRECTORY ? each_in_folder(path, path, remove_child, NULL) : S_OK;
    if (hr) return hr;
    FILE_DISPOSITION_INFO gone = {TRUE};
    SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
    HANDLE file = open_itself(path, DELETE | FILE_READ_ATTRIBUTES);
    if (file == INVALID_HANDLE_VALUE || !OrielTestSetFileInformationByHandle(file, FileDispositionInfo, &gone, sizeof gone)) hr = last_error();
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
    return hr;
}
