/* The environment block of a process: what every Windows session has, then the document; one variable a name, whatever its case. */
#include "service.h"
#include <stdlib.h>
#include <wchar.h>

struct variable { WCHAR *name, *value; };
struct block { struct variable *at; size_t count; };

static void set(struct block *block, PCWSTR name, PCWSTR value)
{
    size_t i = 0;
    while (i < block->count && _wcsicmp(block->at[i].name, name)) i++;
    if (i < block->count) {
        free(block->at[i].name);
        free(block->at[i].value);
    } else if (!(block->at = realloc(block->at, ++block->count * sizeof *block->at))) ExitProcess(3);
    block->at[i] = (struct variable){copy_string(name), copy_string(value)};
}

static void set_joined(struct block *block, PCWSTR name, PCWSTR first, PCWSTR second)
{
    struct text text = {0};
    text_add(&text, first);
    text_add(&text, second);
    set(block, name, text_take(&text));
    free(text.at);
}

static void set_session(struct block *block, PCWSTR host_name, PCWSTR user)
{
    static const PCWSTR plain[][2] = {
        {L"ALLUSERSPROFILE", L"C:\\ProgramData"}, {L"CommonProgramFiles", L"C:\\Program Files\\Common Files"}, {L"HOMEDRIVE", L"C:"},
        {L"ComSpec", L"C:\\Windows\\system32\\cmd.exe"}, {L"OS", L"Windows_NT"}, {L"Path", L"C:\\Windows\\system32;C:\\Windows"},
        {L"PATHEXT", L".COM;.EXE;.BAT;.CMD"}, {L"ProgramData", L"C:\\ProgramData"}, {L"ProgramFiles", L"C:\\Program Files"},
        {L"PUBLIC", L"C:\\Users\\Public"}, {L"SystemDrive", L"C:"}, {L"SystemRoot", L"C:\\Windows"}, {L"windir", L"C:\\Windows"},
        {L"USERDOMAIN", L"User Manager"},
    };
    static const PCWSTR profile[][2] = {
        {L"APPDATA", L"\\AppData\\Roaming"}, {L"LOCALAPPDATA", L"\\AppData\\Local"}, {L"TEMP", L"\\AppData\\Local\\Temp"},
        {L"TMP", L"\\AppData\\Local\\Temp"}, {L"USERPROFILE", L""},
    };
    WCHAR computer[16], folder[300];
    for (size_t i = 0; i < ARRAYSIZE(plain); i++) set(block, plain[i][0], plain[i][1]);
    _snwprintf(folder, ARRAYSIZE(folder) - 1, L"C:\\Users\\%.255ls", user);
    folder[ARRAYSIZE(folder) - 1] = 0;
    for (size_t i = 0; i < ARRAYSIZE(profile); i++) set_joined(block, profile[i][0], folder, profile[i][1]);
    set(block, L"HOMEPATH", folder + 2);
    set(block, L"USERNAME", user);
    /* A NetBIOS name has 15 characters. */
    _snwprintf(computer, 15, L"%.*ls", (int)wcscspn(host_name, L"."), host_name);
    computer[15] = 0;
    _wcsupr(computer);
    set(block, L"COMPUTERNAME", computer);
    set_joined(block, L"LOGONSERVER", L"\\\\", computer);
}

static int by_name(const void *a, const void *b)
{
    return _wcsicmp(((const struct variable *)a)->name, ((const struct variable *)b)->name);
}

WCHAR *process_environment(PCWSTR host_name, PCWSTR user, const struct json *environment)
{
    struct block block = {0};
    struct text text = {0};
    set_session(&block, host_name, user);
    for (struct json *variable = environment ? environment->first : NULL; variable; variable = variable->next)
        if (variable->kind == JSON_STRING && *variable->key) set(&block, variable->key, variable->string);
    qsort(block.at, block.count, sizeof *block.at, by_name);
    for (size_t i = 0; i < block.count; i++) {
        text_add(&text, block.at[i].name);
        text_add_char(&text, '=');
        text_add(&text, block.at[i].value);
        text_add_char(&text, 0);
        free(block.at[i].name);
        free(block.at[i].value);
    }
    free(block.at);
    text_add_char(&text, 0);
    return text_take(&text);
}
