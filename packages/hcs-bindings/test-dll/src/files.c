/* Files and folders. */
#include "service.h"
#include <stdlib.h>
#include <wchar.h>

int path_exists(PCWSTR path) { return *path && GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES; }

HRESULT make_folders(PCWSTR path)
{
    WCHAR *part = copy_string(path), *at = part;
    /* The drive, or `\\?\C:\`, is there. */
    if (!wcsncmp(at, L"\\\\?\\", 4)) at += 4;
    if (*at && at[1] == ':') at += 2;
    while (*at == '\\') at++;
    for (; *at; at++) {
        if (*at != '\\') continue;
        *at = 0;
        CreateDirectoryW(part, NULL);
        *at = '\\';
    }
    CreateDirectoryW(part, NULL);
    free(part);
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES) return WIN32_HRESULT(ERROR_PATH_NOT_FOUND);
    return attributes & FILE_ATTRIBUTE_DIRECTORY ? S_OK : WIN32_HRESULT(ERROR_DIRECTORY);
}

HRESULT write_file(PCWSTR path, const void *bytes, DWORD size, int replace)
{
    DWORD done;
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, replace ? CREATE_ALWAYS : CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) return WIN32_HRESULT(GetLastError() == ERROR_FILE_EXISTS ? ERROR_ALREADY_EXISTS : GetLastError());
    HRESULT hr = WriteFile(file, bytes, size, &done, NULL) ? S_OK : WIN32_HRESULT(GetLastError());
    CloseHandle(file);
    return hr;
}
