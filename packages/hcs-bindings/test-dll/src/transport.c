/*
 * Layers in transport format: each file has four bytes of attributes and a backup stream; beside each directory `X` the file
 * `X.$wcidirs$` has those of the directory. `tombstones.txt` names what the layers below have and this one has not.
 */
#include "layer-files.h"
#include "records.h"
#include <stdlib.h>
#include <wchar.h>

static const WCHAR suffix[] = L".$wcidirs$";

static int ends_with(PCWSTR name, PCWSTR end)
{
    size_t length = wcslen(name), tail = wcslen(end);
    return length >= tail && !_wcsicmp(name + length - tail, end);
}

static WCHAR *with_suffix(PCWSTR path)
{
    struct text text = {0};
    text_add(&text, path);
    text_add(&text, suffix);
    return text_take(&text);
}

static HRESULT last_error(void) { return WIN32_HRESULT(GetLastError()); }

/* Attributes and times of what stands for a file are those of the file. */
static HRESULT import_stream(PCWSTR from, PCWSTR to)
{
    FILE_BASIC_INFO info;
    DWORD attributes = 0, size;
    HANDLE source = open_itself(from, GENERIC_READ), target = INVALID_HANDLE_VALUE;
    HRESULT hr = S_OK;
    if (source != INVALID_HANDLE_VALUE) target = open_itself(to, GENERIC_READ | GENERIC_WRITE);
    if (target == INVALID_HANDLE_VALUE) hr = last_error();
    else if (!ReadFile(source, &attributes, 4, &size, NULL) || size < 4) hr = WIN32_HRESULT(ERROR_INVALID_DATA);
    if (!hr) hr = backup_copy_in(source, target);
    if (!hr && OrielTestGetFileInformationByHandleEx(source, FileBasicInfo, &info, sizeof info)) {
        info.FileAttributes = attributes;
        if (!OrielTestSetFileInformationByHandle(target, FileBasicInfo, &info, sizeof info)) hr = last_error();
    }
    if (target != INVALID_HANDLE_VALUE) CloseHandle(target);
    if (source != INVALID_HANDLE_VALUE) CloseHandle(source);
    return hr;
}

static HRESULT import_file(PCWSTR from, PCWSTR to)
{
    HANDLE made = OrielTestCreateFileW(to, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    if (made == INVALID_HANDLE_VALUE) return last_error();
    CloseHandle(made);
    return import_stream(from, to);
}

static HRESULT import_folder(PCWSTR from, PCWSTR to);

static HRESULT import_child(PCWSTR from, PCWSTR to, const WIN32_FIND_DATAW *found, void *context)
{
    (void)context;
    if (ends_with(found->cFileName, suffix)) return S_OK;
    return found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY ? import_folder(from, to) : import_file(from, to);
}

static HRESULT import_folder(PCWSTR from, PCWSTR to)
{
    WCHAR *described = with_suffix(from);
    HRESULT hr = S_OK;
    if (!path_exists(to) && !OrielTestCreateDirectoryW(to, NULL)) hr = last_error();
    if (!hr) hr = each_in_folder(from, to, import_child, NULL);
    /* Last, as what is made in a directory changes its times. */
    if (!hr && path_exists(described)) hr = import_stream(described, to);
    free(described);
    return hr;
}

static HRESULT copy_child(PCWSTR from, PCWSTR to, const WIN32_FIND_DATAW *found, void *context)
{
    if (ends_with(found->cFileName, suffix)) return S_OK;
    if (!(found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)) return CopyFileW(from, to, FALSE) ? S_OK : last_error();
    HRESULT hr = make_folders(to);
    return hr ? hr : each_in_folder(from, to, copy_child, context);
}

static HRESULT copy_area(PCWSTR from, PCWSTR to, PCWSTR name)
{
    WCHAR *source = join_path(from, name), *target = join_path(to, name);
    HRESULT hr = S_OK;
    if (path_exists(source)) hr = make_folders(target);
    if (!hr && path_exists(source)) hr = each_in_folder(source, target, copy_child, NULL);
    free(source);
    free(target);
    return hr;
}

HRESULT transport_import(PCWSTR layer, PCWSTR folder, PCWSTR parent)
{
    WCHAR *from = join_path(folder, L"Files"), *to = join_path(layer, L"Files"), *below = join_path(parent, L"Files");
    HRESULT hr = make_folders(layer);
    if (!hr && path_exists(from)) hr = import_folder(from, to);
    else if (!hr) hr = make_folders(to);
    /* The layer's folder shows all that is below, as on Windows; what it shall not have is then removed from it. */
    if (!hr) hr = view_add(below, to);
    if (!hr) hr = copy_area(folder, layer, L"Hives");
    if (!hr) hr = copy_area(folder, layer, L"UtilityVM");
    free(from);
    free(to);
    free(below);
    return hr;
}

static HRESULT export_stream(PCWSTR from, PCWSTR to)
{
    FILE_BASIC_INFO info;
    DWORD done;
    HANDLE source = open_itself(from, GENERIC_READ), target = INVALID_HANDLE_VALUE;
    HRESULT hr = S_OK;
    if (source != INVALID_HANDLE_VALUE)
        target = OrielTestCreateFileW(to, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (target == INVALID_HANDLE_VALUE || !OrielTestGetFileInformationByHandleEx(source, FileBasicInfo, &info, sizeof info) ||
        !WriteFile(target, &info.FileAttributes, 4, &done, NULL))
        hr = last_error();
    if (!hr) hr = backup_copy_out(source, target);
    if (!hr) {
        info.FileAttributes = 0;
        OrielTestSetFileInformationByHandle(target, FileBasicInfo, &info, sizeof info);
    }
    if (target != INVALID_HANDLE_VALUE) CloseHandle(target);
    if (source != INVALID_HANDLE_VALUE) CloseHandle(source);
    return hr;
}

/* A file that has several names, and the first that it was exported under. */
struct exported { FILE_ID_INFO id; WCHAR *path; struct exported *next; };

/* One export: where it goes, and the tombstones so far. */
struct exporting { PCWSTR root, out, below; struct text tombstones; struct exported *linked; };

/* Where the file was exported before; NULL and remembered as `to` where it was not. */
static PCWSTR exported_before(PCWSTR from, PCWSTR to, struct exporting *exporting)
{
    BY_HANDLE_FILE_INFORMATION information;
    FILE_ID_INFO id;
    HANDLE file = open_itself(from, 0);
    if (file == INVALID_HANDLE_VALUE) return NULL;
    int linked = GetFileInformationByHandle(file, &information) && information.nNumberOfLinks > 1 &&
                 GetFileInformationByHandleEx(file, FileIdInfo, &id, sizeof id);
    CloseHandle(file);
    if (!linked) return NULL;
    for (struct exported *known = exporting->linked; known; known = known->next)
        if (!memcmp(&known->id, &id, sizeof id)) return known->path;
    struct exported *made = take_memory(sizeof *made);
    made->id = id;
    made->path = copy_string(to);
    made->next = exporting->linked;
    exporting->linked = made;
    return NULL;
}

static void forget_exported(struct exporting *exporting)
{
    while (exporting->linked) {
        struct exported *next = exporting->linked->next;
        free(exporting->linked->path);
        free(exporting->linked);
        exporting->linked = next;
    }
}

/* What the export has of a path below `root`, below another folder. */
static WCHAR *moved(PCWSTR path, PCWSTR root, PCWSTR to) { return join_path(to, path[wcslen(root)] ? path + wcslen(root) + 1 : L""); }

static HRESULT export_folder(PCWSTR from, PCWSTR below, struct exporting *exporting, int *found);

static HRESULT export_one(PCWSTR from, struct exporting *exporting)
{
    WCHAR *to = moved(from, exporting->root, exporting->out), *end = wcsrchr(to, '\\');
    *end = 0;
    HRESULT hr = make_folders(to);
    *end = '\\';
    if (!hr) {
        PCWSTR before = exported_before(from, to, exporting);
        if (!before) hr = export_stream(from, to);
        else if (!OrielTestCreateHardLinkW(to, before, NULL)) hr = last_error();
    }
    free(to);
    return hr;
}

struct comparing { struct exporting *exporting; PCWSTR below; int found; };

static HRESULT export_child(PCWSTR from, PCWSTR below, const WIN32_FIND_DATAW *found, void *context)
{
    struct comparing *comparing = context;
    int there = comparing->below && path_exists(below), link = is_link(from);
    if ((found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) && !link)
        return export_folder(from, there && is_plain_folder(below) ? below : NULL, comparing->exporting, &comparing->found);
    if (there && same_file(from, below)) return S_OK;
    /* A directory has no second name: in a view it is a copy of the one below. */
    if (there && link && is_link(below) && same_metadata(from, below) && same_times(from, below)) return S_OK;
    comparing->found = 1;
    if (!(found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)) return export_one(from, comparing->exporting);
    /* A link that is a directory: an empty one, described as a link. */
    return export_folder(from, NULL, comparing->exporting, &comparing->found);
}

static HRESULT find_tombstone(PCWSTR below, PCWSTR own, const WIN32_FIND_DATAW *found, void *context)
{
    struct comparing *comparing = context;
    struct exporting *exporting = comparing->exporting;
    (void)found;
    if (path_exists(own)) return S_OK;
    comparing->found = 1;
    text_add(&exporting->tombstones, below + wcslen(exporting->below));
    text_add(&exporting->tombstones, L"\r\n");
    return S_OK;
}

/* @param below the same folder of the layer below; NULL where that has none */
static HRESULT export_folder(PCWSTR from, PCWSTR below, struct exporting *exporting, int *found)
{
    struct comparing comparing = {exporting, below, 0};
    HRESULT hr = each_in_folder(from, below ? below : from, export_child, &comparing);
    if (!hr && below) hr = each_in_folder(below, from, find_tombstone, &comparing);
    if (!hr && (comparing.found || !below || !same_metadata(from, below) || !wcscmp(from, exporting->root))) {
        WCHAR *to = moved(from, exporting->root, exporting->out), *described;
        size_t length = wcslen(to);
        if (length && to[length - 1] == '\\') to[length - 1] = 0;
        described = with_suffix(to);
        hr = make_folders(to);
        if (!hr) hr = export_stream(from, described);
        free(described);
        free(to);
        *found = 1;
    }
    return hr;
}

static HRESULT write_tombstones(PCWSTR folder, const struct text *lines)
{
    static const WCHAR version[] = L"\xFEFFVersion 1.0\r\n";
    struct text all = {0};
    text_add(&all, version);
    if (lines->at) text_add(&all, lines->at);
    int size = WideCharToMultiByte(CP_UTF8, 0, all.at, (int)all.length, NULL, 0, NULL, NULL);
    char *bytes = take_memory((size_t)size);
    WideCharToMultiByte(CP_UTF8, 0, all.at, (int)all.length, bytes, size, NULL, NULL);
    WCHAR *path = join_path(folder, L"tombstones.txt");
    HRESULT hr = write_file(path, bytes, (DWORD)size, 1);
    free(path);
    free(bytes);
    free(all.at);
    return hr;
}

HRESULT transport_export(PCWSTR layer, PCWSTR view, PCWSTR parent, PCWSTR folder)
{
    WCHAR *out = join_path(folder, L"Files"), *below = join_path(parent, L"Files"), *hives = join_path(folder, L"Hives");
    WCHAR *own = join_path(layer, L"Hives"), *described = with_suffix(hives);
    struct exporting exporting = {view, out, below, {0}, NULL};
    int found;
    HRESULT hr = make_folders(out);
    if (!hr) hr = make_folders(hives);
    if (!hr) hr = export_folder(view, below, &exporting, &found);
    if (!hr) hr = copy_area(layer, folder, L"Hives");
    if (!hr) hr = export_stream(path_exists(own) ? own : view, described);
    if (!hr) hr = copy_area(layer, folder, L"UtilityVM");
    if (!hr) hr = write_tombstones(folder, &exporting.tombstones);
    forget_exported(&exporting);
    free(exporting.tombstones.at);
    free(described);
    free(own);
    free(hives);
    free(below);
    free(out);
    return hr;
}
