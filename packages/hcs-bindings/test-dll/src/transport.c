/*
 * Layers in transport format: each file has four bytes of attributes and a backup stream; beside each directory `X` the
 * file `X.$wcidirs$` has those of the directory. A layer gets only what its folder brings, nothing of its parents.
 */
#include "service.h"
#include <stdlib.h>
#include <wchar.h>

static const WCHAR suffix[] = L".$wcidirs$";

typedef HRESULT visitor(PCWSTR from, PCWSTR to, int directory);

static int ends_with(PCWSTR name, PCWSTR end)
{
    size_t length = wcslen(name), tail = wcslen(end);
    return length >= tail && !_wcsicmp(name + length - tail, end);
}

/* Visits all below `from`, each directory before what is in it. */
static HRESULT walk(PCWSTR from, PCWSTR to, visitor *visit)
{
    WIN32_FIND_DATAW found;
    WCHAR *pattern = join_path(from, L"*");
    HANDLE search = FindFirstFileW(pattern, &found);
    HRESULT hr = S_OK;
    free(pattern);
    if (search == INVALID_HANDLE_VALUE) return S_OK;
    do {
        if (!wcscmp(found.cFileName, L".") || !wcscmp(found.cFileName, L"..") || ends_with(found.cFileName, suffix)) continue;
        int directory = (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
        WCHAR *source = join_path(from, found.cFileName), *target = join_path(to, found.cFileName);
        hr = visit(source, target, directory);
        if (!hr && directory && !(found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)) hr = walk(source, target, visit);
        free(source);
        free(target);
    } while (!hr && FindNextFileW(search, &found));
    FindClose(search);
    return hr;
}

static HANDLE open_source(PCWSTR path)
{
    return CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
}

static HANDLE create_target(PCWSTR path)
{
    return CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
}

static HRESULT between(PCWSTR from, PCWSTR to, HRESULT (*copy)(HANDLE, HANDLE, PCWSTR))
{
    HANDLE source = open_source(from), target = INVALID_HANDLE_VALUE;
    HRESULT hr;
    if (source != INVALID_HANDLE_VALUE) target = create_target(to);
    if (target == INVALID_HANDLE_VALUE) hr = WIN32_HRESULT(GetLastError());
    else hr = copy(source, target, to);
    if (target != INVALID_HANDLE_VALUE) CloseHandle(target);
    if (source != INVALID_HANDLE_VALUE) CloseHandle(source);
    return hr;
}

static HRESULT import_stream(HANDLE source, HANDLE target, PCWSTR path)
{
    DWORD attributes = 0, size;
    FILETIME made, read, written;
    if (!ReadFile(source, &attributes, 4, &size, NULL) || size < 4) return WIN32_HRESULT(ERROR_INVALID_DATA);
    HRESULT hr = backup_copy_in(source, target);
    if (!hr && GetFileTime(source, &made, &read, &written)) SetFileTime(target, &made, &read, &written);
    if (!hr && attributes) SetFileAttributesW(path, attributes & ~FILE_ATTRIBUTE_REPARSE_POINT);
    return hr;
}

static HRESULT import_one(PCWSTR from, PCWSTR to, int directory)
{
    return directory ? make_folders(to) : between(from, to, import_stream);
}

static HRESULT copy_one(PCWSTR from, PCWSTR to, int directory)
{
    if (directory) return make_folders(to);
    return CopyFileW(from, to, FALSE) ? S_OK : WIN32_HRESULT(GetLastError());
}

static HRESULT in_both(PCWSTR from, PCWSTR to, PCWSTR name, visitor *visit)
{
    WCHAR *source = join_path(from, name), *target = join_path(to, name);
    HRESULT hr = S_OK;
    if (path_exists(source)) {
        hr = visit(source, target, 1);
        if (!hr) hr = walk(source, target, visit);
    }
    free(source);
    free(target);
    return hr;
}

HRESULT transport_import(PCWSTR layer, PCWSTR folder)
{
    HRESULT hr = make_folders(layer);
    if (!hr) hr = in_both(folder, layer, L"Files", import_one);
    if (!hr) hr = in_both(folder, layer, L"Hives", copy_one);
    return hr ? hr : in_both(folder, layer, L"UtilityVM", copy_one);
}

static HRESULT export_stream(HANDLE source, HANDLE target, PCWSTR path)
{
    BY_HANDLE_FILE_INFORMATION information;
    DWORD done;
    (void)path;
    if (!GetFileInformationByHandle(source, &information) || !WriteFile(target, &information.dwFileAttributes, 4, &done, NULL))
        return WIN32_HRESULT(GetLastError());
    HRESULT hr = backup_copy_out(source, target);
    if (!hr) SetFileTime(target, &information.ftCreationTime, &information.ftLastAccessTime, &information.ftLastWriteTime);
    return hr;
}

static HRESULT export_one(PCWSTR from, PCWSTR to, int directory)
{
    if (!directory) return between(from, to, export_stream);
    struct text described = {0};
    HRESULT hr = make_folders(to);
    text_add(&described, to);
    text_add(&described, suffix);
    if (!hr) hr = between(from, described.at, export_stream);
    free(described.at);
    return hr;
}

HRESULT transport_export(PCWSTR layer, PCWSTR folder)
{
    static const char no_tombstones[] = "\xEF\xBB\xBFVersion 1.0\r\n";
    HRESULT hr = make_folders(folder);
    if (!hr) hr = in_both(layer, folder, L"Files", export_one);
    if (!hr) hr = in_both(layer, folder, L"Hives", export_one);
    if (!hr) hr = in_both(layer, folder, L"UtilityVM", copy_one);
    if (hr) return hr;
    WCHAR *tombstones = join_path(folder, L"tombstones.txt");
    hr = write_file(tombstones, no_tombstones, sizeof no_tombstones - 1, 1);
    free(tombstones);
    return hr;
}
