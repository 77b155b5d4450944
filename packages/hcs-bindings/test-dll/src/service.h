/* What the parts of the test vmcompute.dll share. Every function that can fail answers an HRESULT and says why in `why`. */
#ifndef ORIEL_TEST_SERVICE_H
#define ORIEL_TEST_SERVICE_H
#include <windows.h>
#include <stddef.h>

/* winerror.h ERROR_VMCOMPUTE_* */
#define HCS_OPERATION_PENDING ((HRESULT)0xC0370103)
#define HCS_INVALID_STATE ((HRESULT)0xC0370105)
#define HCS_INVALID_JSON ((HRESULT)0xC037010D)
#define HCS_SYSTEM_NOT_FOUND ((HRESULT)0xC037010E)
#define HCS_SYSTEM_ALREADY_EXISTS ((HRESULT)0xC037010F)
#define HCS_SYSTEM_ALREADY_STOPPED ((HRESULT)0xC0370110)
#define HCS_INVALID_LAYER ((HRESULT)0xC0370112)
#define HCS_TERMINATED_DURING_START ((HRESULT)0xC0370100)
#define HCN_ENDPOINT_NOT_FOUND ((HRESULT)0x803B0002)
#define WIN32_HRESULT(code) ((HRESULT)(0x80070000u | (code)))

enum notification {
    SYSTEM_EXITED = 1, SYSTEM_CREATE_COMPLETED = 2, SYSTEM_START_COMPLETED = 3, SYSTEM_PAUSE_COMPLETED = 4,
    SYSTEM_RESUME_COMPLETED = 5, PROCESS_EXITED = 0x10000
};

typedef void(CALLBACK *HCS_NOTIFICATION_CALLBACK)(DWORD type, void *context, HRESULT status, PCWSTR data);

typedef struct { DWORD ProcessId, Reserved; HANDLE StdInput, StdOutput, StdError; } HCS_PROCESS_INFORMATION;
typedef struct { GUID LayerId; ULONG Flags; PCWSTR Path; } WC_LAYER_DESCRIPTOR;
typedef struct { INT Flavour; PCWSTR HomeDir; } DRIVER_INFO;

/* The state of the service is behind one lock; `service_changed` is woken whenever somebody may wait for a change. */
extern CRITICAL_SECTION service_lock;
extern CONDITION_VARIABLE service_changed;
void service_wait(void);

/* text.c */
struct failure { WCHAR message[1024]; };
HRESULT fail(struct failure *why, HRESULT hresult, PCWSTR format, ...);
HRESULT fail_win32(struct failure *why, DWORD code);

struct text { WCHAR *at; size_t length, room; };
void text_add(struct text *text, PCWSTR more);
void text_add_char(struct text *text, WCHAR more);
void text_add_number(struct text *text, long long number);
void text_add_json(struct text *text, PCWSTR string);
/* Adds `"key":`, after a comma where one is needed. */
void text_add_key(struct text *text, PCWSTR key);
WCHAR *text_take(struct text *text);
void *take_memory(size_t size);
WCHAR *copy_string(PCWSTR string);
WCHAR *join_path(PCWSTR folder, PCWSTR name);
/* For the caller, who frees it with CoTaskMemFree. */
PWSTR result_string(PCWSTR string);

/* json.c */
enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
struct json {
    enum json_kind kind;
    WCHAR *key;    /* of a member of an object */
    WCHAR *string; /* of a string; the digits of a number */
    struct json *first, *next;
};
struct json *json_parse(PCWSTR text, struct failure *why);
/* `""` is the empty object; answers NULL, and HCS_INVALID_JSON by `why`, for what is no object. */
struct json *json_parse_object(PCWSTR text, struct failure *why);
void json_free(struct json *value);
struct json *json_member(const struct json *object, PCWSTR key);
PCWSTR json_string(const struct json *object, PCWSTR key);
int json_true(const struct json *object, PCWSTR key);
int json_has(const struct json *object, PCWSTR key, enum json_kind kind);
long long json_number(const struct json *object, PCWSTR key, long long otherwise);
void json_write(struct text *text, const struct json *value);
/* Replaces or adds a member, given as JSON text. */
void json_set(struct json *object, PCWSTR key, PCWSTR text);

/* handles.c */
enum handle_kind { SYSTEM_HANDLE, PROCESS_HANDLE, CALLBACK_HANDLE, HANDLE_KINDS };
/* The head of everything that a handle can stand for. */
struct object { LONG references; void (*destroy)(struct object *); };
void object_keep(struct object *object);
void object_release(struct object *object);
HANDLE handle_open(enum handle_kind kind, struct object *object);
/* The object with one reference more; NULL where the handle is not open. */
struct object *handle_get(enum handle_kind kind, HANDLE handle);
/* Closes it and answers the object, with the reference that the handle had. */
struct object *handle_close(enum handle_kind kind, HANDLE handle);
int handles_open(enum handle_kind kind);
/* Whether a handle of the kind stands for the object. */
int handle_stands_for(enum handle_kind kind, const struct object *object);

/* notifications.c */
struct channel; /* Delivers what concerns one system and its processes, in order, from a thread of its own. */
struct channel *channel_make(PCWSTR system_id);
PCWSTR channel_system(const struct channel *channel);
void channel_keep(struct channel *channel);
void channel_release(struct channel *channel);
struct past;
struct callback;
struct source { struct channel *channel; struct past *past; struct callback *callbacks; };
void source_init(struct source *source, struct channel *channel);
void source_clear(struct source *source);
void source_notify(struct source *source, DWORD type, HRESULT status);
/* Answers the handle of the registration. */
HANDLE source_register(struct source *source, struct object *owner, HCS_NOTIFICATION_CALLBACK function, void *context);
/* Waits for a call under way; none comes after it. */
void callback_stop(struct object *callback);
PCWSTR callback_system(const struct object *callback);

/* container-document.c */
struct container {
    struct json *document; /* Keeps the strings. */
    PCWSTR name, owner, volume_path, scratch, host_name, utility_vm;
    int hyperv, ends_with_handles;
    WC_LAYER_DESCRIPTOR *layers;
    DWORD layer_count;
};
HRESULT container_read(struct container *container, PCWSTR document, struct failure *why);
/* What HCS refuses at creation. */
HRESULT container_check(const struct container *container, struct failure *why);
/* Refuses a member of another kind; absent and null are the default. JSON_TRUE is for both truths. */
HRESULT check_kind(const struct json *object, PCWSTR key, enum json_kind kind, struct failure *why);
void container_clear(struct container *container);

/* systems.c, over processes.c */
struct system;
struct process;
HRESULT system_create(PCWSTR id, PCWSTR document, struct system **made, struct failure *why);
HRESULT system_find(PCWSTR id, struct system **found, struct failure *why);
PCWSTR system_id(const struct system *system);
PCWSTR system_host_name(const struct system *system);
struct source *system_source(struct system *system);
struct channel *system_channel(struct system *system);
HANDLE system_job(struct system *system);
HRESULT system_start(struct system *system, struct failure *why);
/* A shutdown, or a termination. */
HRESULT system_stop(struct system *system, int forced, struct failure *why);
HRESULT system_pause(struct system *system, struct failure *why);
HRESULT system_resume(struct system *system, struct failure *why);
HRESULT system_modify(struct system *system, PCWSTR configuration, struct failure *why);
/* A handle of it was closed. */
void system_handle_closed(struct system *system);
HRESULT system_properties(struct system *system, PCWSTR query, WCHAR **properties, struct failure *why);
HRESULT systems_list(PCWSTR query, WCHAR **list, struct failure *why);
HRESULT system_create_process(struct system *system, PCWSTR document, HCS_PROCESS_INFORMATION *information, struct process **made,
                              struct failure *why);
HRESULT system_find_process(struct system *system, DWORD pid, struct process **found, struct failure *why);

HRESULT process_create(struct system *system, const struct json *document, HCS_PROCESS_INFORMATION *information,
                       struct process **made, struct failure *why);
DWORD process_id(const struct process *process);
int process_exited(const struct process *process);
struct source *process_source(struct process *process);
PCWSTR process_system(const struct process *process);
HRESULT process_terminate(struct process *process, struct failure *why);
/* With the lock held: stops it or lets it go on. */
void process_suspend(struct process *process, int suspended);
/* With the lock held. NULL once it has exited. */
HANDLE process_handle(const struct process *process);
const struct usage *process_spent(const struct process *process);
HRESULT process_modify(struct process *process, PCWSTR settings, struct failure *why);
HRESULT process_signal(struct process *process, PCWSTR options, struct failure *why);
WCHAR *process_status(struct process *process);
WCHAR *process_environment(PCWSTR host_name, PCWSTR user, const struct json *environment);

/* usage.c: what processes have used, times in 100 ns. */
struct usage { long long user, kernel, read_bytes, written_bytes, commit, working_set; };
void usage_of(HANDLE process, struct usage *usage);
void usage_write_statistics(struct text *text, const struct usage *total, long long peak, const FILETIME *started);
void usage_write_item(struct text *text, HANDLE process, DWORD pid);

/* layers.c, files.c, backup-stream.c, name-guid.c */
HRESULT layer_create(PCWSTR id, PCWSTR parent);
HRESULT layer_create_sandbox(PCWSTR id, const WC_LAYER_DESCRIPTOR *layers, DWORD count);
HRESULT layer_activate(PCWSTR id);
HRESULT layer_deactivate(PCWSTR id);
HRESULT layer_prepare(PCWSTR id, const WC_LAYER_DESCRIPTOR *layers, DWORD count);
HRESULT layer_unprepare(PCWSTR id);
HRESULT layer_destroy(PCWSTR id);
HRESULT layer_mount_path(PCWSTR id, WCHAR **path);
HRESULT layer_expand(PCWSTR id, UINT64 size);
HRESULT layer_export(PCWSTR id, PCWSTR folder, const WC_LAYER_DESCRIPTOR *layers, DWORD count);
HRESULT layer_import(PCWSTR id, PCWSTR folder, const WC_LAYER_DESCRIPTOR *layers, DWORD count);
HRESULT layer_process_base(PCWSTR layer);
HRESULT layer_process_utility(PCWSTR utility_vm);
int layer_has_volume(PCWSTR volume_path);
int path_exists(PCWSTR path);
HRESULT make_folders(PCWSTR path);
HRESULT write_file(PCWSTR path, const void *bytes, DWORD size, int replace);
HRESULT backup_copy_in(HANDLE from, HANDLE to);
HRESULT backup_copy_out(HANDLE from, HANDLE to);
void name_to_guid(PCWSTR name, GUID *guid);
/* RuntimeId of a compute system. */
void system_guid(PCWSTR id, GUID *guid);
WCHAR *guid_text(const GUID *guid);

BOOL WINAPI OrielTestBackupRead(HANDLE file, BYTE *bytes, DWORD size, DWORD *read, BOOL abort, BOOL security, void **context);
BOOL WINAPI OrielTestBackupWrite(HANDLE file, const BYTE *bytes, DWORD size, DWORD *written, BOOL abort, BOOL security, void **context);

/* hns.c */
HRESULT hns_call(PCWSTR method, PCWSTR path, PCWSTR object, WCHAR **response);
int hns_has_endpoint(PCWSTR id);
/* Answers whether there is one. */
int hns_attach(PCWSTR id, PCWSTR system);
/* Of all endpoints where `id` is NULL. */
void hns_detach(PCWSTR id, PCWSTR system);

/* faults.c: the faults are those of the kit's FaultPlan, as a JSON array. */
HRESULT faults_set(PCWSTR document, struct failure *why);
/* Delays or hangs; answers whether the call shall fail with `*hresult` instead of doing its work. */
int fault_for_call(PCWSTR call, HRESULT *hresult, WCHAR **result);
/* How often it is delivered; `early`: before the registration has answered that finds it there. */
int fault_deliveries(DWORD notification, int *early);
void faults_release_hung(void);

/* trace.c */
void trace_open(void);
void trace_call(PCWSTR call, PCWSTR target, PCWSTR document, HRESULT hresult);
#endif
