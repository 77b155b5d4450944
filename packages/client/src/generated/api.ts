// Generated from the gateway's OpenAPI document: do not edit.
// After a change of the gateway's schemas run "pnpm --filter @oriel/openapi-types generate" in the root.

export interface paths {
    "/_ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ask whether the daemon is there */
        get: operations["SystemPing"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** Ask whether the daemon is there, headers only */
        head: operations["SystemPing-head"];
        patch?: never;
        trace?: never;
    };
    "/commit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make an image of a container */
        post: operations["ImageCommit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a container */
        delete: operations["ContainerDelete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/attach": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Join a container's input and output
         * @description Send `Connection: Upgrade` and `Upgrade: tcp`: after the answer of 101 the connection carries the input one way and the output the other, framed as for logs unless the container has a terminal. Ending the client's side ends the input.
         */
        post: operations["ContainerAttach"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a container changed against its image */
        get: operations["ContainerChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/exec": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Prepare a further process of a running container */
        post: operations["ContainerExec"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export a container's files (not on Windows) */
        get: operations["ContainerExport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Inspect a container */
        get: operations["ContainerInspect"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/kill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a container */
        post: operations["ContainerKill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a container's output
         * @description Each piece has a header of eight bytes: 1 for stdout or 2 for stderr, three zeros, and the length as four bytes, big-endian. A container with a terminal has one stream without headers.
         */
        get: operations["ContainerLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hold a container with Hyper-V isolation */
        post: operations["ContainerPause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/rename": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Rename a container */
        post: operations["ContainerRename"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/resize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set the size of a container's terminal */
        post: operations["ContainerResize"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a container and start it again */
        post: operations["ContainerRestart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start a container */
        post: operations["ContainerStart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a container has used, every second or once */
        get: operations["ContainerStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask a container to end, and end it after a while */
        post: operations["ContainerStop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/top": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the processes of a container that runs */
        get: operations["ContainerTop"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/unpause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a paused container go on */
        post: operations["ContainerUnpause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change a container's restart policy, and its limits where the host can */
        post: operations["ContainerUpdate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/{id}/wait": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Wait for a container to end */
        post: operations["ContainerWait"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create a container */
        post: operations["ContainerCreate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List containers */
        get: operations["ContainerList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/containers/prune": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remove all containers that do not run */
        post: operations["ContainerPrune"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happens, one JSON object a line */
        get: operations["SystemEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/exec/{id}/json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an exec, also some minutes after it has ended */
        get: operations["ExecInspect"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/exec/{id}/resize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set the size of an exec's terminal */
        post: operations["ExecResize"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/exec/{id}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start an exec, and join its input and output
         * @description As for attaching to a container: send `Connection: Upgrade` and `Upgrade: tcp`, and the connection carries the input one way and the output the other. A program that cannot be run says why in the output, and gives the exec the exit code 127 or 126.
         */
        post: operations["ExecStart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/images/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a name, and the image with its last */
        delete: operations["ImageDelete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/images/{name}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How an image was made */
        get: operations["ImageHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/images/{name}/json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Inspect an image */
        get: operations["ImageInspect"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/images/{name}/tag": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give an image another name */
        post: operations["ImageTag"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/images/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pull an image (not in this version) */
        post: operations["ImageCreate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/images/json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List images */
        get: operations["ImageList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/images/load": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Load images from an archive
         * @description The body is a `docker save` archive, or a tar of an OCI layout; either may be compressed with gzip. The answer is progress, one JSON object a line; a failure after the headers is the last of them.
         */
        post: operations["ImageLoad"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Facts of the daemon and its host */
        get: operations["SystemInfo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/networks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List networks */
        get: operations["NetworkList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/networks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Inspect a network */
        get: operations["NetworkInspect"];
        put?: never;
        post?: never;
        /** Remove a network */
        delete: operations["NetworkDelete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/networks/{id}/connect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Connect a container to a network */
        post: operations["NetworkConnect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/networks/{id}/disconnect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Disconnect a container from a network */
        post: operations["NetworkDisconnect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/networks/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create a network */
        post: operations["NetworkCreate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/networks/prune": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remove all networks in which no container runs */
        post: operations["NetworkPrune"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["OpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/system/df": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What takes up space */
        get: operations["SystemDataUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Versions of Oriel and of the API (1.50) */
        get: operations["SystemVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/volumes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List volumes */
        get: operations["VolumeList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/volumes/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Inspect a volume */
        get: operations["VolumeInspect"];
        put?: never;
        post?: never;
        /** Remove a volume */
        delete: operations["VolumeDelete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/volumes/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create a volume */
        post: operations["VolumeCreate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/volumes/prune": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remove the volumes that no container uses */
        post: operations["VolumePrune"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ContainerChange: {
            /** @description 0: changed, 1: added, 2: deleted. */
            Kind: number;
            /** @example \app\data.txt */
            Path: string;
        };
        ContainerConfig: {
            /** @description Cmd or Entrypoint is one ready Windows command line. */
            ArgsEscaped?: boolean | undefined;
            AttachStderr?: boolean | undefined;
            AttachStdin?: boolean | undefined;
            AttachStdout?: boolean | undefined;
            Cmd?: string[] | string | null | undefined;
            Domainname?: string | undefined;
            Entrypoint?: string[] | string | null | undefined;
            Env?: string[] | null | undefined;
            ExposedPorts?: {
                [key: string]: Record<string, never>;
            } | null | undefined;
            Healthcheck?: {
                /** @description Nanoseconds. */
                Interval?: number | undefined;
                Retries?: number | undefined;
                /** @description Nanoseconds. */
                StartInterval?: number | undefined;
                /** @description Nanoseconds. */
                StartPeriod?: number | undefined;
                Test?: string[] | null | undefined;
                /** @description Nanoseconds. */
                Timeout?: number | undefined;
            } | null | undefined;
            Hostname?: string | undefined;
            /**
             * @description Reference or id of the image.
             * @example oriel/nano:latest
             */
            Image?: string | undefined;
            Labels?: {
                [key: string]: string;
            } | null | undefined;
            NetworkDisabled?: boolean | undefined;
            OnBuild?: string[] | null | undefined;
            /** @description Keep the program's input open. */
            OpenStdin?: boolean | undefined;
            Shell?: string[] | string | null | undefined;
            /** @description End the input when the first attached client goes. */
            StdinOnce?: boolean | undefined;
            StopSignal?: string | undefined;
            StopTimeout?: number | null | undefined;
            /** @description Give the program a terminal; its output is one stream then. */
            Tty?: boolean | undefined;
            User?: string | undefined;
            Volumes?: {
                [key: string]: Record<string, never>;
            } | null | undefined;
            WorkingDir?: string | undefined;
        };
        ContainerCpuStats: {
            cpu_usage: {
                /** @description In units of 100 ns. */
                total_usage: number;
                /** @description In units of 100 ns. */
                usage_in_kernelmode: number;
                /** @description In units of 100 ns. */
                usage_in_usermode: number;
            };
            /** @description Linux only. */
            throttling_data: {
                periods: number;
                throttled_periods: number;
                throttled_time: number;
            };
        };
        ContainerCreateBody: {
            /** @description Cmd or Entrypoint is one ready Windows command line. */
            ArgsEscaped?: boolean | undefined;
            AttachStderr?: boolean | undefined;
            AttachStdin?: boolean | undefined;
            AttachStdout?: boolean | undefined;
            Cmd?: string[] | string | null | undefined;
            Domainname?: string | undefined;
            Entrypoint?: string[] | string | null | undefined;
            Env?: string[] | null | undefined;
            ExposedPorts?: {
                [key: string]: Record<string, never>;
            } | null | undefined;
            Healthcheck?: {
                /** @description Nanoseconds. */
                Interval?: number | undefined;
                Retries?: number | undefined;
                /** @description Nanoseconds. */
                StartInterval?: number | undefined;
                /** @description Nanoseconds. */
                StartPeriod?: number | undefined;
                Test?: string[] | null | undefined;
                /** @description Nanoseconds. */
                Timeout?: number | undefined;
            } | null | undefined;
            HostConfig?: {
                Annotations?: {
                    [key: string]: string;
                } | null | undefined;
                AutoRemove?: boolean | undefined;
                Binds?: string[] | null | undefined;
                /** @description Refused unless empty. */
                BlkioDeviceReadBps?: unknown | undefined;
                /** @description Refused unless empty. */
                BlkioDeviceReadIOps?: unknown | undefined;
                /** @description Refused unless empty. */
                BlkioDeviceWriteBps?: unknown | undefined;
                /** @description Refused unless empty. */
                BlkioDeviceWriteIOps?: unknown | undefined;
                /** @description Refused unless empty. */
                BlkioWeight?: unknown | undefined;
                /** @description Refused unless empty. */
                BlkioWeightDevice?: unknown | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                CapAdd?: unknown | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                CapDrop?: unknown | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                Cgroup?: unknown | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                CgroupnsMode?: unknown | undefined;
                /** @description Refused unless empty. */
                CgroupParent?: unknown | undefined;
                ConsoleSize?: number[] | null | undefined;
                ContainerIDFile?: string | undefined;
                CpuCount?: number | undefined;
                /** @description Percent of all processors. */
                CpuPercent?: number | undefined;
                /** @description Refused unless empty. */
                CpuPeriod?: unknown | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                CpuQuota?: unknown | undefined;
                /** @description Refused unless empty. */
                CpuRealtimePeriod?: unknown | undefined;
                /** @description Refused unless empty. */
                CpuRealtimeRuntime?: unknown | undefined;
                /** @description Refused unless empty. */
                CpusetCpus?: unknown | undefined;
                /** @description Refused unless empty. */
                CpusetMems?: unknown | undefined;
                /** @description Relative weight. */
                CpuShares?: number | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                DeviceCgroupRules?: unknown | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                DeviceRequests?: unknown | undefined;
                Devices?: {
                    CgroupPermissions?: string | undefined;
                    PathInContainer?: string | undefined;
                    /** @example class/5B45201D-F2F2-4F3B-85BB-30FF1F953599 */
                    PathOnHost: string;
                }[] | null | undefined;
                Dns?: string[] | null | undefined;
                DnsOptions?: string[] | null | undefined;
                DnsSearch?: string[] | null | undefined;
                ExtraHosts?: string[] | null | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                GroupAdd?: unknown | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                Init?: unknown | undefined;
                /** @description Bytes a second on the system drive. */
                IOMaximumBandwidth?: number | undefined;
                /** @description Operations a second on the system drive. */
                IOMaximumIOps?: number | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                IpcMode?: unknown | undefined;
                /** @description default, process or hyperv, in any case. */
                Isolation?: string | undefined;
                /** @description Refused unless empty. */
                KernelMemory?: unknown | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                KernelMemoryTCP?: unknown | undefined;
                Links?: string[] | null | undefined;
                LogConfig?: {
                    Config?: {
                        [key: string]: string;
                    } | null | undefined;
                    Type?: string | undefined;
                } | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                MaskedPaths?: unknown | undefined;
                /** @description Bytes. */
                Memory?: number | undefined;
                /** @description Refused unless empty. */
                MemoryReservation?: unknown | undefined;
                /** @description Refused unless empty. */
                MemorySwap?: unknown | undefined;
                /** @description Refused unless empty. */
                MemorySwappiness?: unknown | undefined;
                Mounts?: {
                    BindOptions?: {
                        CreateMountpoint?: boolean | undefined;
                        NonRecursive?: boolean | undefined;
                        Propagation?: string | undefined;
                        ReadOnlyForceRecursive?: boolean | undefined;
                        ReadOnlyNonRecursive?: boolean | undefined;
                    } | null | undefined;
                    Consistency?: string | undefined;
                    ReadOnly?: boolean | undefined;
                    Source?: string | undefined;
                    Target: string;
                    /**
                     * @description bind, volume or npipe; others are refused.
                     * @enum {string}
                     */
                    Type: "bind" | "volume" | "npipe" | "tmpfs" | "cluster" | "image";
                    VolumeOptions?: {
                        DriverConfig?: {
                            Name?: string | undefined;
                            Options?: {
                                [key: string]: string;
                            } | null | undefined;
                        } | null | undefined;
                        Labels?: {
                            [key: string]: string;
                        } | null | undefined;
                        /** @description Do not copy what the image has at the place into the volume. */
                        NoCopy?: boolean | undefined;
                        /** @description Folder within the volume that is mounted. */
                        Subpath?: string | undefined;
                    } | null | undefined;
                }[] | null | undefined;
                /** @description Billionths of a processor. */
                NanoCpus?: number | undefined;
                NetworkMode?: string | undefined;
                /** @description Refused unless empty. */
                OomKillDisable?: unknown | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                OomScoreAdj?: unknown | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                PidMode?: unknown | undefined;
                /** @description Refused unless empty. */
                PidsLimit?: unknown | undefined;
                PortBindings?: {
                    [key: string]: {
                        HostIp?: string | undefined;
                        HostPort?: string | undefined;
                    }[] | null;
                } | null | undefined;
                /** @description Refused unless empty. */
                Privileged?: unknown | undefined;
                PublishAllPorts?: boolean | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                ReadonlyPaths?: unknown | undefined;
                /** @description Refused unless empty. */
                ReadonlyRootfs?: unknown | undefined;
                RestartPolicy?: {
                    MaximumRetryCount?: number | undefined;
                    /** @description no, always, unless-stopped or on-failure. */
                    Name?: string | undefined;
                } | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                Runtime?: unknown | undefined;
                SecurityOpt?: string[] | null | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                ShmSize?: unknown | undefined;
                StorageOpt?: {
                    [key: string]: string;
                } | null | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                Sysctls?: unknown | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                Tmpfs?: unknown | undefined;
                /** @description Refused unless empty. */
                Ulimits?: unknown | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                UsernsMode?: unknown | undefined;
                /** @description Taken with a warning: it has no effect on Windows. */
                UTSMode?: unknown | undefined;
                /** @description Of volumes that it makes: local. */
                VolumeDriver?: string | undefined;
                VolumesFrom?: string[] | null | undefined;
            } | null | undefined;
            Hostname?: string | undefined;
            /**
             * @description Reference or id of the image.
             * @example oriel/nano:latest
             */
            Image?: string | undefined;
            Labels?: {
                [key: string]: string;
            } | null | undefined;
            /** @description Of its first network; newer clients give it in NetworkingConfig. */
            MacAddress?: string | undefined;
            NetworkDisabled?: boolean | undefined;
            NetworkingConfig?: {
                EndpointsConfig?: {
                    [key: string]: components["schemas"]["EndpointSettings"] | null;
                } | null | undefined;
            } | null | undefined;
            OnBuild?: string[] | null | undefined;
            /** @description Keep the program's input open. */
            OpenStdin?: boolean | undefined;
            Shell?: string[] | string | null | undefined;
            /** @description End the input when the first attached client goes. */
            StdinOnce?: boolean | undefined;
            StopSignal?: string | undefined;
            StopTimeout?: number | null | undefined;
            /** @description Give the program a terminal; its output is one stream then. */
            Tty?: boolean | undefined;
            User?: string | undefined;
            Volumes?: {
                [key: string]: Record<string, never>;
            } | null | undefined;
            WorkingDir?: string | undefined;
        };
        ContainerCreated: {
            Id: string;
            Warnings: string[];
        };
        ContainerInspect: {
            AppArmorProfile: string;
            Args: string[];
            Config: components["schemas"]["ContainerConfig"];
            Created: string;
            Driver: string;
            ExecIDs: string[] | null;
            GraphDriver: {
                Data: {
                    [key: string]: string;
                };
                Name: string;
            };
            HostConfig: components["schemas"]["HostConfigInspect"];
            HostnamePath: string;
            HostsPath: string;
            Id: string;
            /** @description The image's id. */
            Image: string;
            LogPath: string;
            MountLabel: string;
            Mounts: components["schemas"]["MountPoint"][];
            /** @description With a leading slash. */
            Name: string;
            NetworkSettings: {
                Bridge: string;
                EndpointID: string;
                Gateway: string;
                GlobalIPv6Address: string;
                GlobalIPv6PrefixLen: number;
                HairpinMode: boolean;
                IPAddress: string;
                IPPrefixLen: number;
                IPv6Gateway: string;
                LinkLocalIPv6Address: string;
                LinkLocalIPv6PrefixLen: number;
                MacAddress: string;
                Networks: {
                    [key: string]: components["schemas"]["EndpointInspect"];
                };
                /** @description Of a container that runs: where each is published, or null. */
                Ports: {
                    [key: string]: {
                        HostIp: string;
                        HostPort: string;
                    }[] | null;
                };
                SandboxID: string;
                SandboxKey: string;
                SecondaryIPAddresses: unknown;
                SecondaryIPv6Addresses: unknown;
            };
            Path: string;
            Platform: string;
            ProcessLabel: string;
            ResolvConfPath: string;
            RestartCount: number;
            SizeRootFs?: number | undefined;
            SizeRw?: number | undefined;
            State: components["schemas"]["ContainerState"];
        };
        ContainerNetworkStats: {
            rx_bytes: number;
            rx_dropped: number;
            rx_errors: number;
            rx_packets: number;
            tx_bytes: number;
            tx_dropped: number;
            tx_errors: number;
            tx_packets: number;
        };
        ContainersPruned: {
            ContainersDeleted: string[];
            /** @description Bytes. */
            SpaceReclaimed: number;
        };
        ContainerState: {
            Dead: boolean;
            Error: string;
            /** @description Of the last run; unsigned 32 bits. */
            ExitCode: number;
            /** @description 0001-01-01T00:00:00Z: never. */
            FinishedAt: string;
            OOMKilled: boolean;
            Paused: boolean;
            Pid: number;
            Restarting: boolean;
            Running: boolean;
            /** @description 0001-01-01T00:00:00Z: never. */
            StartedAt: string;
            /** @enum {string} */
            Status: "created" | "running" | "paused" | "restarting" | "exited" | "removing" | "dead";
        };
        /** @description What a container has used. A stream is a sequence of these, one a line. */
        ContainerStats: {
            /** @description Linux only. */
            blkio_stats: {
                io_merged_recursive: {
                    [key: string]: unknown;
                }[] | null;
                io_queue_recursive: {
                    [key: string]: unknown;
                }[] | null;
                io_service_bytes_recursive: {
                    [key: string]: unknown;
                }[] | null;
                io_service_time_recursive: {
                    [key: string]: unknown;
                }[] | null;
                io_serviced_recursive: {
                    [key: string]: unknown;
                }[] | null;
                io_time_recursive: {
                    [key: string]: unknown;
                }[] | null;
                io_wait_time_recursive: {
                    [key: string]: unknown;
                }[] | null;
                sectors_recursive: {
                    [key: string]: unknown;
                }[] | null;
            };
            cpu_stats: components["schemas"]["ContainerCpuStats"];
            id: string;
            memory_stats: {
                commitbytes?: number | undefined;
                commitpeakbytes?: number | undefined;
                privateworkingset?: number | undefined;
            };
            /** @description With a leading slash. */
            name: string;
            /** @description By the endpoint's id. */
            networks?: {
                [key: string]: components["schemas"]["ContainerNetworkStats"];
            } | undefined;
            /** @description Number of the host's processors. */
            num_procs: number;
            /** @description Linux only. */
            pids_stats: Record<string, never>;
            precpu_stats: components["schemas"]["ContainerCpuStats"];
            /** @description Of the sample before; 0001-01-01T00:00:00Z: there is none. */
            preread: string;
            /** @description When; 0001-01-01T00:00:00Z of a container that does not run. */
            read: string;
            storage_stats: {
                read_count_normalized?: number | undefined;
                read_size_bytes?: number | undefined;
                write_count_normalized?: number | undefined;
                write_size_bytes?: number | undefined;
            };
        };
        ContainerSummary: {
            Command: string;
            /** @description Seconds since 1970. */
            Created: number;
            HostConfig: {
                Annotations?: {
                    [key: string]: string;
                } | undefined;
                NetworkMode: string;
            };
            Id: string;
            /** @description As given at create, or the image's id if the name means another image now, or none. */
            Image: string;
            ImageID: string;
            Labels: {
                [key: string]: string;
            };
            Mounts: components["schemas"]["MountPoint"][];
            /** @description With a leading slash. */
            Names: string[];
            NetworkSettings: {
                Networks: {
                    [key: string]: components["schemas"]["EndpointInspect"];
                };
            };
            /** @description Of a container that runs. */
            Ports: components["schemas"]["PortSummary"][];
            /** @description With those of its image. */
            SizeRootFs?: number | undefined;
            /** @description Bytes that it changed or added; where sizes were asked for and it could be found out. */
            SizeRw?: number | undefined;
            /** @enum {string} */
            State: "created" | "running" | "paused" | "restarting" | "exited" | "removing" | "dead";
            /**
             * @example Up 5 seconds
             * @example Exited (7) 2 minutes ago
             */
            Status: string;
        };
        ContainerTop: {
            /** @description A row per process, as wide as the titles. */
            Processes: string[][];
            /**
             * @example [
             *       "Name",
             *       "PID",
             *       "CPU",
             *       "Private Working Set"
             *     ]
             */
            Titles: string[];
        };
        /** @description What is 0, empty or absent stays as it is. */
        ContainerUpdateBody: {
            /** @description Refused unless empty. */
            BlkioDeviceReadBps?: unknown | undefined;
            /** @description Refused unless empty. */
            BlkioDeviceReadIOps?: unknown | undefined;
            /** @description Refused unless empty. */
            BlkioDeviceWriteBps?: unknown | undefined;
            /** @description Refused unless empty. */
            BlkioDeviceWriteIOps?: unknown | undefined;
            /** @description Refused unless empty. */
            BlkioWeight?: unknown | undefined;
            /** @description Refused unless empty. */
            BlkioWeightDevice?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            CapAdd?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            CapDrop?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            Cgroup?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            CgroupnsMode?: unknown | undefined;
            /** @description Refused unless empty. */
            CgroupParent?: unknown | undefined;
            CpuCount?: number | undefined;
            /** @description Percent of all processors. */
            CpuPercent?: number | undefined;
            /** @description Refused unless empty. */
            CpuPeriod?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            CpuQuota?: unknown | undefined;
            /** @description Refused unless empty. */
            CpuRealtimePeriod?: unknown | undefined;
            /** @description Refused unless empty. */
            CpuRealtimeRuntime?: unknown | undefined;
            /** @description Refused unless empty. */
            CpusetCpus?: unknown | undefined;
            /** @description Refused unless empty. */
            CpusetMems?: unknown | undefined;
            /** @description Relative weight. */
            CpuShares?: number | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            DeviceCgroupRules?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            DeviceRequests?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            GroupAdd?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            Init?: unknown | undefined;
            /** @description Bytes a second on the system drive. */
            IOMaximumBandwidth?: number | undefined;
            /** @description Operations a second on the system drive. */
            IOMaximumIOps?: number | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            IpcMode?: unknown | undefined;
            /** @description Refused unless empty. */
            KernelMemory?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            KernelMemoryTCP?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            MaskedPaths?: unknown | undefined;
            /** @description Bytes. */
            Memory?: number | undefined;
            /** @description Refused unless empty. */
            MemoryReservation?: unknown | undefined;
            /** @description Refused unless empty. */
            MemorySwap?: unknown | undefined;
            /** @description Refused unless empty. */
            MemorySwappiness?: unknown | undefined;
            /** @description Billionths of a processor. */
            NanoCpus?: number | undefined;
            /** @description Refused unless empty. */
            OomKillDisable?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            OomScoreAdj?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            PidMode?: unknown | undefined;
            /** @description Refused unless empty. */
            PidsLimit?: unknown | undefined;
            /** @description Refused unless empty. */
            Privileged?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            ReadonlyPaths?: unknown | undefined;
            /** @description Refused unless empty. */
            ReadonlyRootfs?: unknown | undefined;
            RestartPolicy?: {
                MaximumRetryCount?: number | undefined;
                /** @description no, always, unless-stopped or on-failure. */
                Name?: string | undefined;
            } | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            Runtime?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            ShmSize?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            Sysctls?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            Tmpfs?: unknown | undefined;
            /** @description Refused unless empty. */
            Ulimits?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            UsernsMode?: unknown | undefined;
            /** @description Taken with a warning: it has no effect on Windows. */
            UTSMode?: unknown | undefined;
        };
        ContainerUpdated: {
            Warnings: string[];
        };
        DiskUsage: {
            BuildCache: {
                [key: string]: unknown;
            }[] | null;
            Containers: components["schemas"]["ContainerSummary"][] | null;
            Images: components["schemas"]["ImageSummary"][] | null;
            /** @description Bytes of all layers, each counted once. */
            LayersSize: number;
            Volumes: components["schemas"]["Volume"][] | null;
        };
        EndpointInspect: {
            Aliases: string[] | null;
            DNSNames: string[] | null;
            DriverOpts: {
                [key: string]: string;
            } | null;
            /** @description Empty while the container does not run. */
            EndpointID: string;
            Gateway: string;
            GlobalIPv6Address: string;
            GlobalIPv6PrefixLen: number;
            GwPriority: number;
            IPAddress: string;
            IPAMConfig: {
                /** @example 172.29.0.77 */
                IPv4Address?: string | undefined;
                IPv6Address?: string | undefined;
                LinkLocalIPs?: string[] | null | undefined;
            } | null;
            IPPrefixLen: number;
            IPv6Gateway: string;
            Links: string[] | null;
            MacAddress: string;
            NetworkID: string;
        };
        EndpointSettings: {
            Aliases?: string[] | null | undefined;
            DriverOpts?: {
                [key: string]: string;
            } | null | undefined;
            /** @description The connection with the highest one has the default gateway. */
            GwPriority?: number | undefined;
            IPAMConfig?: {
                /** @example 172.29.0.77 */
                IPv4Address?: string | undefined;
                IPv6Address?: string | undefined;
                LinkLocalIPs?: string[] | null | undefined;
            } | null | undefined;
            Links?: string[] | null | undefined;
            /** @example 00:15:5d:11:22:33 */
            MacAddress?: string | undefined;
        };
        /** @description Every answer with a status of 400 and above has this form. */
        ErrorAnswer: {
            /** @description What went wrong, and with which value. */
            message: string;
        };
        /** @description The answer is a sequence of these, one a line. */
        EventMessage: {
            Action: string;
            Actor: {
                Attributes: {
                    [key: string]: string;
                };
                ID: string;
            };
            from?: string | undefined;
            id?: string | undefined;
            /** @enum {string} */
            scope: "local";
            /** @description As Action; containers and images only, for older clients. */
            status?: string | undefined;
            /** @description Seconds since 1970. */
            time: number;
            /** @description Nanoseconds since 1970. */
            timeNano: number;
            Type: string;
        };
        ExecCreateBody: {
            AttachStderr?: boolean | undefined;
            AttachStdin?: boolean | undefined;
            AttachStdout?: boolean | undefined;
            Cmd?: string[] | null | undefined;
            ConsoleSize?: number[] | null | undefined;
            /** @description Accepted and without effect: the start says it. */
            Detach?: boolean | undefined;
            /** @description For a terminal; `ctrl-p,ctrl-q` unless given. */
            DetachKeys?: string | undefined;
            Env?: string[] | null | undefined;
            /** @description Refused: Windows has no privileged mode. */
            Privileged?: boolean | undefined;
            /** @description Give the program a terminal; its output is one stream then. */
            Tty?: boolean | undefined;
            /** @description The container's unless given. */
            User?: string | undefined;
            /** @description The container's unless given. */
            WorkingDir?: string | undefined;
        };
        ExecCreated: {
            Id: string;
        };
        ExecInspect: {
            CanRemove: boolean;
            ContainerID: string;
            /** @description The bytes of the keys in base64. */
            DetachKeys: string;
            ExitCode: number | null;
            ID: string;
            OpenStderr: boolean;
            OpenStdin: boolean;
            OpenStdout: boolean;
            /** @description Inside the container; 0 before the start. */
            Pid: number;
            ProcessConfig: {
                arguments: string[];
                /** @description The program. */
                entrypoint: string;
                tty: boolean;
            };
            Running: boolean;
        };
        ExecStartBody: {
            ConsoleSize?: number[] | null | undefined;
            /** @description Answer as soon as it runs, and drop its output. */
            Detach?: boolean | undefined;
            /** @description Accepted and without effect: what the exec was created with holds. */
            Tty?: boolean | undefined;
        };
        HostConfig: {
            Annotations?: {
                [key: string]: string;
            } | null | undefined;
            AutoRemove?: boolean | undefined;
            Binds?: string[] | null | undefined;
            ConsoleSize?: number[] | null | undefined;
            ContainerIDFile?: string | undefined;
            CpuCount?: number | undefined;
            /** @description Percent of all processors. */
            CpuPercent?: number | undefined;
            /** @description Relative weight. */
            CpuShares?: number | undefined;
            Devices?: {
                CgroupPermissions?: string | undefined;
                PathInContainer?: string | undefined;
                /** @example class/5B45201D-F2F2-4F3B-85BB-30FF1F953599 */
                PathOnHost: string;
            }[] | null | undefined;
            Dns?: string[] | null | undefined;
            DnsOptions?: string[] | null | undefined;
            DnsSearch?: string[] | null | undefined;
            ExtraHosts?: string[] | null | undefined;
            /** @description Bytes a second on the system drive. */
            IOMaximumBandwidth?: number | undefined;
            /** @description Operations a second on the system drive. */
            IOMaximumIOps?: number | undefined;
            /** @description default, process or hyperv, in any case. */
            Isolation?: string | undefined;
            Links?: string[] | null | undefined;
            LogConfig?: {
                Config?: {
                    [key: string]: string;
                } | null | undefined;
                Type?: string | undefined;
            } | undefined;
            /** @description Bytes. */
            Memory?: number | undefined;
            Mounts?: {
                BindOptions?: {
                    CreateMountpoint?: boolean | undefined;
                    NonRecursive?: boolean | undefined;
                    Propagation?: string | undefined;
                    ReadOnlyForceRecursive?: boolean | undefined;
                    ReadOnlyNonRecursive?: boolean | undefined;
                } | null | undefined;
                Consistency?: string | undefined;
                ReadOnly?: boolean | undefined;
                Source?: string | undefined;
                Target: string;
                /**
                 * @description bind, volume or npipe; others are refused.
                 * @enum {string}
                 */
                Type: "bind" | "volume" | "npipe" | "tmpfs" | "cluster" | "image";
                VolumeOptions?: {
                    DriverConfig?: {
                        Name?: string | undefined;
                        Options?: {
                            [key: string]: string;
                        } | null | undefined;
                    } | null | undefined;
                    Labels?: {
                        [key: string]: string;
                    } | null | undefined;
                    /** @description Do not copy what the image has at the place into the volume. */
                    NoCopy?: boolean | undefined;
                    /** @description Folder within the volume that is mounted. */
                    Subpath?: string | undefined;
                } | null | undefined;
            }[] | null | undefined;
            /** @description Billionths of a processor. */
            NanoCpus?: number | undefined;
            NetworkMode?: string | undefined;
            PortBindings?: {
                [key: string]: {
                    HostIp?: string | undefined;
                    HostPort?: string | undefined;
                }[] | null;
            } | null | undefined;
            PublishAllPorts?: boolean | undefined;
            RestartPolicy?: {
                MaximumRetryCount?: number | undefined;
                /** @description no, always, unless-stopped or on-failure. */
                Name?: string | undefined;
            } | undefined;
            SecurityOpt?: string[] | null | undefined;
            StorageOpt?: {
                [key: string]: string;
            } | null | undefined;
            /** @description Of volumes that it makes: local. */
            VolumeDriver?: string | undefined;
            VolumesFrom?: string[] | null | undefined;
        };
        /** @description With the options that no Windows container can have: as given where they were taken, else empty. */
        HostConfigInspect: {
            Annotations?: {
                [key: string]: string;
            } | null | undefined;
            AutoRemove?: boolean | undefined;
            Binds?: string[] | null | undefined;
            BlkioDeviceReadBps: unknown;
            BlkioDeviceReadIOps: unknown;
            BlkioDeviceWriteBps: unknown;
            BlkioDeviceWriteIOps: unknown;
            BlkioWeight: number;
            BlkioWeightDevice: unknown;
            CapAdd: unknown;
            CapDrop: unknown;
            Cgroup: string;
            CgroupnsMode: string;
            CgroupParent: string;
            ConsoleSize?: number[] | null | undefined;
            ContainerIDFile?: string | undefined;
            CpuCount?: number | undefined;
            /** @description Percent of all processors. */
            CpuPercent?: number | undefined;
            CpuPeriod: number;
            CpuQuota: number;
            CpuRealtimePeriod: number;
            CpuRealtimeRuntime: number;
            CpusetCpus: string;
            CpusetMems: string;
            /** @description Relative weight. */
            CpuShares?: number | undefined;
            DeviceCgroupRules: unknown;
            DeviceRequests: unknown;
            Devices?: {
                CgroupPermissions?: string | undefined;
                PathInContainer?: string | undefined;
                /** @example class/5B45201D-F2F2-4F3B-85BB-30FF1F953599 */
                PathOnHost: string;
            }[] | null | undefined;
            Dns?: string[] | null | undefined;
            DnsOptions?: string[] | null | undefined;
            DnsSearch?: string[] | null | undefined;
            ExtraHosts?: string[] | null | undefined;
            GroupAdd: unknown;
            /** @description Bytes a second on the system drive. */
            IOMaximumBandwidth?: number | undefined;
            /** @description Operations a second on the system drive. */
            IOMaximumIOps?: number | undefined;
            IpcMode: string;
            /** @description default, process or hyperv, in any case. */
            Isolation?: string | undefined;
            Links?: string[] | null | undefined;
            LogConfig?: {
                Config?: {
                    [key: string]: string;
                } | null | undefined;
                Type?: string | undefined;
            } | undefined;
            MaskedPaths: unknown;
            /** @description Bytes. */
            Memory?: number | undefined;
            MemoryReservation: number;
            MemorySwap: number;
            MemorySwappiness: unknown;
            Mounts?: {
                BindOptions?: {
                    CreateMountpoint?: boolean | undefined;
                    NonRecursive?: boolean | undefined;
                    Propagation?: string | undefined;
                    ReadOnlyForceRecursive?: boolean | undefined;
                    ReadOnlyNonRecursive?: boolean | undefined;
                } | null | undefined;
                Consistency?: string | undefined;
                ReadOnly?: boolean | undefined;
                Source?: string | undefined;
                Target: string;
                /**
                 * @description bind, volume or npipe; others are refused.
                 * @enum {string}
                 */
                Type: "bind" | "volume" | "npipe" | "tmpfs" | "cluster" | "image";
                VolumeOptions?: {
                    DriverConfig?: {
                        Name?: string | undefined;
                        Options?: {
                            [key: string]: string;
                        } | null | undefined;
                    } | null | undefined;
                    Labels?: {
                        [key: string]: string;
                    } | null | undefined;
                    /** @description Do not copy what the image has at the place into the volume. */
                    NoCopy?: boolean | undefined;
                    /** @description Folder within the volume that is mounted. */
                    Subpath?: string | undefined;
                } | null | undefined;
            }[] | null | undefined;
            /** @description Billionths of a processor. */
            NanoCpus?: number | undefined;
            NetworkMode?: string | undefined;
            OomKillDisable: unknown;
            OomScoreAdj: number;
            PidMode: string;
            PidsLimit: unknown;
            PortBindings?: {
                [key: string]: {
                    HostIp?: string | undefined;
                    HostPort?: string | undefined;
                }[] | null;
            } | null | undefined;
            Privileged: boolean;
            PublishAllPorts?: boolean | undefined;
            ReadonlyPaths: unknown;
            ReadonlyRootfs: boolean;
            RestartPolicy?: {
                MaximumRetryCount?: number | undefined;
                /** @description no, always, unless-stopped or on-failure. */
                Name?: string | undefined;
            } | undefined;
            SecurityOpt?: string[] | null | undefined;
            ShmSize: number;
            StorageOpt?: {
                [key: string]: string;
            } | null | undefined;
            Ulimits: unknown;
            UsernsMode: string;
            UTSMode: string;
            /** @description Of volumes that it makes: local. */
            VolumeDriver?: string | undefined;
            VolumesFrom?: string[] | null | undefined;
        };
        ImageCommitted: {
            Id: string;
        };
        ImageHistoryItem: {
            Comment: string;
            /** @description Seconds since 1970. */
            Created: number;
            CreatedBy: string;
            /** @description The image's, for its latest step; `<missing>` otherwise. */
            Id: string;
            /** @description Bytes of the layer that it added. */
            Size: number;
            Tags: string[] | null;
        };
        ImageInspect: {
            Architecture: string;
            Author: string;
            Comment: string;
            Config: components["schemas"]["ContainerConfig"];
            Created?: string | undefined;
            DockerVersion: string;
            GraphDriver: {
                Data: {
                    [key: string]: string;
                };
                Name: string;
            };
            Id: string;
            Metadata: {
                LastTagTime: string;
            };
            Os: string;
            OsVersion?: string | undefined;
            Parent: string;
            RepoDigests: string[];
            RepoTags: string[];
            RootFS: {
                Layers: string[];
                Type: string;
            };
            /** @description Bytes. */
            Size: number;
            Variant?: string | undefined;
        };
        /** @description A tag that was taken away, or an image or layer that was deleted. */
        ImageRemoval: {
            Deleted?: string | undefined;
            Untagged?: string | undefined;
        };
        ImageSummary: {
            /** @description -1: not computed. */
            Containers: number;
            /** @description Seconds since 1970. */
            Created: number;
            Id: string;
            Labels: {
                [key: string]: string;
            };
            ParentId: string;
            RepoDigests: string[];
            RepoTags: string[];
            /** @description -1: not computed. */
            SharedSize: number;
            /** @description Bytes. */
            Size: number;
        };
        MountPoint: {
            Destination: string;
            /** @description Of the volume. */
            Driver?: string | undefined;
            /** @description Empty: Windows has no modes of mounts. */
            Mode: string;
            /** @description Of the volume. */
            Name?: string | undefined;
            /** @description Empty: Windows has none. */
            Propagation: string;
            RW: boolean;
            /** @description Folder or pipe of the host. */
            Source: string;
            /** @enum {string} */
            Type: "bind" | "npipe" | "volume";
        };
        /**
         * @example {
         *       "Container": "web",
         *       "EndpointConfig": {
         *         "Aliases": [
         *           "www"
         *         ]
         *       }
         *     }
         */
        NetworkConnectBody: {
            /** @description Id, an unambiguous beginning of it, or name. */
            Container: string;
            EndpointConfig?: components["schemas"]["EndpointSettings"] | null | undefined;
        };
        /**
         * @example {
         *       "Name": "shop",
         *       "Driver": "nat",
         *       "IPAM": {
         *         "Config": [
         *           {
         *             "Subnet": "172.29.0.0/16",
         *             "Gateway": "172.29.0.1"
         *           }
         *         ]
         *       }
         *     }
         */
        NetworkCreateBody: {
            Attachable?: boolean | undefined;
            /** @description Taken and without effect: names are always unique. */
            CheckDuplicate?: boolean | undefined;
            ConfigFrom?: {
                Network?: string | undefined;
            } | null | undefined;
            /** @description Must be false. */
            ConfigOnly?: boolean | undefined;
            /**
             * @description nat unless given.
             * @example nat
             */
            Driver?: string | undefined;
            EnableIPv4?: boolean | null | undefined;
            EnableIPv6?: boolean | null | undefined;
            /** @description Must be false: there is no swarm. */
            Ingress?: boolean | undefined;
            /** @description Without a way out of the host. */
            Internal?: boolean | undefined;
            IPAM?: {
                Config?: {
                    AuxiliaryAddresses?: {
                        [key: string]: string;
                    } | null | undefined;
                    /** @example 172.29.0.1 */
                    Gateway?: string | undefined;
                    IPRange?: string | undefined;
                    /** @example 172.29.0.0/16 */
                    Subnet?: string | undefined;
                }[] | null | undefined;
                Driver?: string | undefined;
                Options?: {
                    [key: string]: string;
                } | null | undefined;
            } | null | undefined;
            Labels?: {
                [key: string]: string;
            } | null | undefined;
            /** @example shop */
            Name: string;
            Options?: {
                [key: string]: string;
            } | null | undefined;
            /** @description Must be local, or absent. */
            Scope?: string | undefined;
        };
        NetworkCreated: {
            Id: string;
            Warning: string;
        };
        /**
         * @example {
         *       "Container": "web"
         *     }
         */
        NetworkDisconnectBody: {
            /** @description Id, an unambiguous beginning of it, or name. */
            Container: string;
            /** @description Also from a network that is gone. */
            Force?: boolean | undefined;
        };
        NetworkInspect: {
            Attachable: boolean;
            ConfigFrom: {
                Network: string;
            };
            ConfigOnly: boolean;
            /** @description By id: those that run. Empty in a list. */
            Containers: {
                [key: string]: {
                    EndpointID: string;
                    /** @example 172.29.0.2/16 */
                    IPv4Address: string;
                    IPv6Address: string;
                    MacAddress: string;
                    Name: string;
                };
            };
            Created: string;
            /**
             * @example nat
             * @example transparent
             * @example l2bridge
             * @example internal
             * @example null
             */
            Driver: string;
            /** @description Since version 1.48 of the API. */
            EnableIPv4?: boolean | undefined;
            EnableIPv6: boolean;
            Id: string;
            Ingress: boolean;
            Internal: boolean;
            IPAM: {
                Config: {
                    AuxiliaryAddresses?: {
                        [key: string]: string;
                    } | null | undefined;
                    /** @example 172.29.0.1 */
                    Gateway?: string | undefined;
                    IPRange?: string | undefined;
                    /** @example 172.29.0.0/16 */
                    Subnet?: string | undefined;
                }[] | null;
                Driver: string;
                Options: {
                    [key: string]: string;
                } | null;
            };
            Labels: {
                [key: string]: string;
            };
            Name: string;
            Options: {
                [key: string]: string;
            };
            /** @enum {string} */
            Scope: "local";
        };
        NetworksPruned: {
            NetworksDeleted: string[];
        };
        PortSummary: {
            IP?: string | undefined;
            /** @description The container's. */
            PrivatePort: number;
            /** @description The host's, for a port that is published. */
            PublicPort?: number | undefined;
            /**
             * @example tcp
             * @example udp
             */
            Type: string;
        };
        /** @description The answer is a sequence of these, one a line; a failure after the headers is the last. */
        ProgressMessage: {
            error?: string | undefined;
            errorDetail?: {
                message: string;
            } | undefined;
            id?: string | undefined;
            progressDetail?: {
                current?: number | undefined;
                total?: number | undefined;
            } | undefined;
            status?: string | undefined;
            stream?: string | undefined;
        };
        SystemInfo: {
            Architecture: string;
            Containers: number;
            ContainersPaused: number;
            ContainersRunning: number;
            ContainersStopped: number;
            /** @description Whether the log's level is debug. */
            Debug: boolean;
            DefaultRuntime: string;
            DockerRootDir: string;
            Driver: string;
            DriverStatus: string[][];
            ExperimentalBuild: boolean;
            HttpProxy: string;
            HttpsProxy: string;
            ID: string;
            Images: number;
            IndexServerAddress: string;
            InitBinary: string;
            /** @enum {string} */
            Isolation: "process" | "hyperv";
            KernelVersion: string;
            Labels: string[];
            LiveRestoreEnabled: boolean;
            LoggingDriver: string;
            /** @description Bytes. */
            MemTotal: number;
            Name: string;
            NCPU: number;
            /** @description Followers of events. */
            NEventsListener: number;
            NoProxy: string;
            OperatingSystem: string;
            /** @enum {string} */
            OSType: "windows";
            OSVersion: string;
            Plugins: {
                Authorization: string[];
                Log: string[];
                Network: string[];
                Volume: string[];
            };
            ProductLicense: string;
            RegistryConfig: {
                [key: string]: unknown;
            };
            Runtimes: {
                [key: string]: {
                    [key: string]: unknown;
                };
            };
            SecurityOptions: string[];
            ServerVersion: string;
            Swarm: {
                ControlAvailable: boolean;
                LocalNodeState: string;
                NodeAddr: string;
                NodeID: string;
            };
            SystemTime: string;
            Warnings: string[] | null;
        };
        Version: {
            ApiVersion: string;
            Arch: string;
            BuildTime: string;
            Components: {
                Details: {
                    [key: string]: string;
                };
                Name: string;
                Version: string;
            }[];
            Experimental: boolean;
            GitCommit: string;
            /** @description Docker clients print it; Oriel is run by Node.js. */
            GoVersion: string;
            KernelVersion: string;
            MinAPIVersion: string;
            Os: string;
            Platform: {
                Name: string;
            };
            Version: string;
        };
        Volume: {
            /** @example 2026-01-02T03:04:05Z */
            CreatedAt: string;
            /** @enum {string} */
            Driver: "local";
            Labels: {
                [key: string]: string;
            } | null;
            /** @description Folder of its files on the host. */
            Mountpoint: string;
            /** @description In lower case: names of volumes have no case. */
            Name: string;
            Options: {
                [key: string]: string;
            } | null;
            /** @enum {string} */
            Scope: "local";
            /** @description In the disk usage only. */
            UsageData?: {
                /** @description Number of containers that have it. */
                RefCount: number;
                /** @description Bytes of its files. */
                Size: number;
            } | undefined;
        };
        VolumeCreateBody: {
            /** @description Refused: there is no swarm. */
            ClusterVolumeSpec?: unknown | undefined;
            /** @description local; others are refused. */
            Driver?: string | undefined;
            DriverOpts?: {
                [key: string]: string;
            } | null | undefined;
            Labels?: {
                [key: string]: string;
            } | null | undefined;
            /** @description Absent or empty: a random one. */
            Name?: string | undefined;
        };
        VolumeList: {
            Volumes: components["schemas"]["Volume"][];
            Warnings: string[] | null;
        };
        VolumesPruned: {
            /** @description Bytes. */
            SpaceReclaimed: number;
            VolumesDeleted: string[];
        };
        /** @description The headers come at once, the body when the container has ended. */
        WaitAnswer: {
            Error?: {
                Message: string;
            } | null | undefined;
            /** @description The program's exit code; unsigned 32 bits. */
            StatusCode: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type ContainerChange = components['schemas']['ContainerChange'];
export type ContainerConfig = components['schemas']['ContainerConfig'];
export type ContainerCpuStats = components['schemas']['ContainerCpuStats'];
export type ContainerCreateBody = components['schemas']['ContainerCreateBody'];
export type ContainerCreated = components['schemas']['ContainerCreated'];
export type ContainerInspect = components['schemas']['ContainerInspect'];
export type ContainerNetworkStats = components['schemas']['ContainerNetworkStats'];
export type ContainersPruned = components['schemas']['ContainersPruned'];
export type ContainerState = components['schemas']['ContainerState'];
export type ContainerStats = components['schemas']['ContainerStats'];
export type ContainerSummary = components['schemas']['ContainerSummary'];
export type ContainerTop = components['schemas']['ContainerTop'];
export type ContainerUpdateBody = components['schemas']['ContainerUpdateBody'];
export type ContainerUpdated = components['schemas']['ContainerUpdated'];
export type DiskUsage = components['schemas']['DiskUsage'];
export type EndpointInspect = components['schemas']['EndpointInspect'];
export type EndpointSettings = components['schemas']['EndpointSettings'];
export type ErrorAnswer = components['schemas']['ErrorAnswer'];
export type EventMessage = components['schemas']['EventMessage'];
export type ExecCreateBody = components['schemas']['ExecCreateBody'];
export type ExecCreated = components['schemas']['ExecCreated'];
export type ExecInspect = components['schemas']['ExecInspect'];
export type ExecStartBody = components['schemas']['ExecStartBody'];
export type HostConfig = components['schemas']['HostConfig'];
export type HostConfigInspect = components['schemas']['HostConfigInspect'];
export type ImageCommitted = components['schemas']['ImageCommitted'];
export type ImageHistoryItem = components['schemas']['ImageHistoryItem'];
export type ImageInspect = components['schemas']['ImageInspect'];
export type ImageRemoval = components['schemas']['ImageRemoval'];
export type ImageSummary = components['schemas']['ImageSummary'];
export type MountPoint = components['schemas']['MountPoint'];
export type NetworkConnectBody = components['schemas']['NetworkConnectBody'];
export type NetworkCreateBody = components['schemas']['NetworkCreateBody'];
export type NetworkCreated = components['schemas']['NetworkCreated'];
export type NetworkDisconnectBody = components['schemas']['NetworkDisconnectBody'];
export type NetworkInspect = components['schemas']['NetworkInspect'];
export type NetworksPruned = components['schemas']['NetworksPruned'];
export type PortSummary = components['schemas']['PortSummary'];
export type ProgressMessage = components['schemas']['ProgressMessage'];
export type SystemInfo = components['schemas']['SystemInfo'];
export type Version = components['schemas']['Version'];
export type Volume = components['schemas']['Volume'];
export type VolumeCreateBody = components['schemas']['VolumeCreateBody'];
export type VolumeList = components['schemas']['VolumeList'];
export type VolumesPruned = components['schemas']['VolumesPruned'];
export type WaitAnswer = components['schemas']['WaitAnswer'];
export type $defs = Record<string, never>;
export interface operations {
    SystemPing: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The daemon is there; the headers tell what it speaks. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "SystemPing-head": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The daemon is there. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ImageCommit: {
        parameters: {
            query: {
                author?: string | undefined;
                /**
                 * @description Build instructions for the image's configuration, one each.
                 * @example [
                 *       "CMD [\"app.exe\"]"
                 *     ]
                 */
                changes?: string[] | undefined;
                comment?: string | undefined;
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                container: string;
                /** @description Accepted and without effect: a container that runs is refused. */
                pause?: boolean | undefined;
                /** @description Name of the image; none unless given. */
                repo?: string | undefined;
                /** @description `latest` unless given. */
                tag?: string | undefined;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ContainerConfig"] | null;
            };
        };
        responses: {
            /** @description The image was made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageCommitted"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description This version of Oriel, or this host, cannot do that. */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerDelete: {
        parameters: {
            query?: {
                /** @description Also one that runs. */
                force?: boolean | undefined;
                /** @description Must be false: a link is removed with its container. */
                link?: boolean | undefined;
                /** @description With its volumes that nobody has named, unless other containers use them. */
                v?: boolean | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was removed. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerAttach: {
        parameters: {
            query?: {
                /** @description For a terminal; `ctrl-p,ctrl-q` unless given. */
                detachKeys?: string | undefined;
                /** @description Begin with what was put out so far. */
                logs?: boolean | undefined;
                stderr?: boolean | undefined;
                stdin?: boolean | undefined;
                stdout?: boolean | undefined;
                /** @description Stay for what comes. */
                stream?: boolean | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The connection is the container's now. */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.docker.multiplexed-stream": string;
                    "application/vnd.docker.raw-stream": string;
                };
            };
            /** @description As 101, for clients that did not ask for an upgrade; the input is the request's body. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.docker.multiplexed-stream": string;
                    "application/vnd.docker.raw-stream": string;
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerChanges: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The changes, in the order of the paths. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContainerChange"][];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerExec: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExecCreateBody"];
            };
        };
        responses: {
            /** @description It can be started. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExecCreated"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerExport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description This version of Oriel, or this host, cannot do that. */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerInspect: {
        parameters: {
            query?: {
                /** @description Also say what it takes up. */
                size?: boolean | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The container. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContainerInspect"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerKill: {
        parameters: {
            query?: {
                /** @example SIGKILL */
                signal?: string | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerLogs: {
        parameters: {
            query?: {
                /** @description Accepted and without effect. */
                details?: boolean | undefined;
                /** @description Stay for what comes. */
                follow?: boolean | undefined;
                /** @description Seconds since 1970, or RFC 3339. */
                since?: string | undefined;
                stderr?: boolean | undefined;
                stdout?: boolean | undefined;
                /** @description Number of last lines, or `all`. */
                tail?: string | undefined;
                /** @description Begin every line with its time. */
                timestamps?: boolean | undefined;
                /** @description Seconds since 1970, or RFC 3339. */
                until?: string | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The output. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.docker.multiplexed-stream": string;
                    "application/vnd.docker.raw-stream": string;
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerPause: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is paused. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description This version of Oriel, or this host, cannot do that. */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerRename: {
        parameters: {
            query: {
                name: string;
            };
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was renamed. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerResize: {
        parameters: {
            query: {
                /** @description Rows. */
                h: number;
                /** @description Columns. */
                w: number;
            };
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was set. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerRestart: {
        parameters: {
            query?: {
                /** @example SIGTERM */
                signal?: string | undefined;
                /** @description Seconds before it is ended; -1: waits for ever. */
                t?: number | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was restarted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerStart: {
        parameters: {
            query?: {
                detachKeys?: string | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was started. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It runs already. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerStats: {
        parameters: {
            query?: {
                /** @description For `stream=false`: answer at once, without the sample before that rates are made from. */
                "one-shot"?: boolean | undefined;
                /** @description Every second, one JSON object a line; true unless given. */
                stream?: boolean | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures; empty ones while it does not run. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContainerStats"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerStop: {
        parameters: {
            query?: {
                /** @example SIGTERM */
                signal?: string | undefined;
                /** @description Seconds before it is ended; -1: waits for ever. */
                t?: number | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was stopped. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It does not run. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerTop: {
        parameters: {
            query?: {
                /** @description Must be empty: there is no `ps` on Windows. */
                ps_args?: string | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The processes, in the order in which they were made. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContainerTop"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerUnpause: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It runs. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerUpdate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ContainerUpdateBody"];
            };
        };
        responses: {
            /** @description It was changed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContainerUpdated"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description This version of Oriel, or this host, cannot do that. */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerWait: {
        parameters: {
            query?: {
                /** @description not-running unless given. */
                condition?: "" | "not-running" | "next-exit" | "removed" | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The container's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The headers come at once, the body at the end. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WaitAnswer"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerCreate: {
        parameters: {
            query?: {
                /** @description Absent: a random one is given. */
                name?: string | undefined;
                /**
                 * @description What the image must be for.
                 * @example windows/amd64
                 */
                platform?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ContainerCreateBody"];
            };
        };
        responses: {
            /** @description The container was created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContainerCreated"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerList: {
        parameters: {
            query?: {
                /** @description Also those that do not run. */
                all?: boolean | undefined;
                /**
                 * @description A JSON object of lists: `{"label":["role=web"]}`.
                 * @example {"label":["role=web"]}
                 */
                filters?: string | undefined;
                /** @description The number of the latest containers, running or not; 0 and -1: all. */
                limit?: number | undefined;
                /** @description Also say what each takes up. */
                size?: boolean | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Containers, the latest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContainerSummary"][];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ContainerPrune: {
        parameters: {
            query?: {
                /**
                 * @description A JSON object of lists: `{"label":["role=web"]}`.
                 * @example {"label":["role=web"]}
                 */
                filters?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The ids of those removed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContainersPruned"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    SystemEvents: {
        parameters: {
            query?: {
                /**
                 * @description A JSON object of lists: `{"label":["role=web"]}`.
                 * @example {"label":["role=web"]}
                 */
                filters?: string | undefined;
                /** @description Begin with what was kept from then on: seconds since 1970, RFC 3339, or a duration such as 1h. Absent: only what comes. */
                since?: string | undefined;
                /** @description When to end: seconds since 1970, RFC 3339, or a duration such as 1h. */
                until?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events, until the client goes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventMessage"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ExecInspect: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The exec's id, whole. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The exec. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExecInspect"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ExecResize: {
        parameters: {
            query: {
                /** @description Rows. */
                h: number;
                /** @description Columns. */
                w: number;
            };
            header?: never;
            path: {
                /** @description The exec's id, whole. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was set. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ExecStart: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The exec's id, whole. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExecStartBody"];
            };
        };
        responses: {
            /** @description The connection is the program's now. */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.docker.multiplexed-stream": string;
                    "application/vnd.docker.raw-stream": string;
                };
            };
            /** @description With Detach: it runs. Otherwise as 101, for clients that did not ask for an upgrade. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.docker.multiplexed-stream": string;
                    "application/vnd.docker.raw-stream": string;
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ImageDelete: {
        parameters: {
            query?: {
                force?: boolean | undefined;
                /** @description Accepted and without effect: there are no intermediate images. */
                noprune?: boolean | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The image's reference, its id, or an unambiguous beginning of that. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was taken away. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageRemoval"][];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ImageHistory: {
        parameters: {
            query?: {
                /** @description Accepted and without effect. */
                platform?: string | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The image's reference, its id, or an unambiguous beginning of that. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its steps, the latest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageHistoryItem"][];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ImageInspect: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The image's reference, its id, or an unambiguous beginning of that. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageInspect"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ImageTag: {
        parameters: {
            query: {
                repo: string;
                tag?: string | undefined;
            };
            header?: never;
            path: {
                /** @description The image's reference, its id, or an unambiguous beginning of that. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It has the name now. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ImageCreate: {
        parameters: {
            query?: {
                fromImage?: string | undefined;
                fromSrc?: string | undefined;
                platform?: string | undefined;
                tag?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This version of Oriel, or this host, cannot do that. */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ImageList: {
        parameters: {
            query?: {
                /** @description Accepted and without effect: there are no intermediate images. */
                all?: boolean | undefined;
                /** @description Accepted and without effect: digests are always shown. */
                digests?: boolean | undefined;
                /**
                 * @description A JSON object of lists: `{"label":["role=web"]}`.
                 * @example {"label":["role=web"]}
                 */
                filters?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Images, the latest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageSummary"][];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    ImageLoad: {
        parameters: {
            query?: {
                /** @description Only say what was loaded. */
                quiet?: boolean | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Progress. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProgressMessage"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    SystemInfo: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The facts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SystemInfo"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    NetworkList: {
        parameters: {
            query?: {
                /**
                 * @description A JSON object of lists: `{"label":["role=web"]}`.
                 * @example {"label":["role=web"]}
                 */
                filters?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Networks, in the order of their creation. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NetworkInspect"][];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    NetworkInspect: {
        parameters: {
            query?: {
                /** @description Must be local, or absent. */
                scope?: string | undefined;
                /** @description Taken and without effect: it is about services of a swarm. */
                verbose?: boolean | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The network's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The network. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NetworkInspect"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    NetworkDelete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The network's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was removed. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The host refused access. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    NetworkConnect: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The network's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NetworkConnectBody"];
            };
        };
        responses: {
            /** @description It is connected. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The host refused access. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description This version of Oriel, or this host, cannot do that. */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    NetworkDisconnect: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The network's id, an unambiguous beginning of it, or its name. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NetworkDisconnectBody"];
            };
        };
        responses: {
            /** @description It is not connected any more. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description This version of Oriel, or this host, cannot do that. */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    NetworkCreate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NetworkCreateBody"];
            };
        };
        responses: {
            /** @description The network was created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NetworkCreated"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The host refused access. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    NetworkPrune: {
        parameters: {
            query?: {
                /**
                 * @description A JSON object of lists: `{"label":["role=web"]}`.
                 * @example {"label":["role=web"]}
                 */
                filters?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The names of those removed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NetworksPruned"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    OpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    SystemDataUsage: {
        parameters: {
            query?: {
                /** @description Only these kinds of things; all unless given. */
                type?: ("container" | "image" | "volume" | "build-cache")[] | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Sizes in bytes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DiskUsage"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    SystemVersion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The versions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    VolumeList: {
        parameters: {
            query?: {
                /**
                 * @description A JSON object of lists: `{"label":["role=web"]}`.
                 * @example {"label":["role=web"]}
                 */
                filters?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Volumes, by name. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VolumeList"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    VolumeInspect: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The volume's name, in any case. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The volume. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Volume"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    VolumeDelete: {
        parameters: {
            query?: {
                /** @description One that does not exist is no error. */
                force?: boolean | undefined;
            } | undefined;
            header?: never;
            path: {
                /** @description The volume's name, in any case. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was removed. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    VolumeCreate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VolumeCreateBody"] | null;
            };
        };
        responses: {
            /** @description The volume; one of that name is returned as it is. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Volume"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such object. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    VolumePrune: {
        parameters: {
            query?: {
                /**
                 * @description A JSON object of lists: `{"label":["role=web"]}`.
                 * @example {"label":["role=web"]}
                 */
                filters?: string | undefined;
            } | undefined;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The names of those removed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VolumesPruned"];
                };
            };
            /** @description A parameter is malformed or out of range. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description In conflict with the object's state, or with another object. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Any other failure. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
}
