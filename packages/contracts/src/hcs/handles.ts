declare const handleKind: unique symbol;

/** An opaque, pointer-sized handle. `0n` means "none". The brand keeps one kind from being passed as another. */
export type Handle<Kind extends string> = bigint & { readonly [handleKind]: Kind };

export type HcsSystem = Handle<"HCS_SYSTEM">;
export type HcsProcess = Handle<"HCS_PROCESS">;
export type HcsCallback = Handle<"HCS_CALLBACK">;
/** A Win32 HANDLE of one end of a pipe, as `HCS_PROCESS_INFORMATION` carries them. */
export type PipeHandle = Handle<"HANDLE(pipe)">;
/** A Win32 HANDLE of a file or directory opened with backup semantics. */
export type BackupHandle = Handle<"HANDLE(backup)">;
/** A HANDLE of a virtual disk (virtdisk.dll). */
export type DiskHandle = Handle<"HANDLE(disk)">;
