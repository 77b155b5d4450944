/** Notification types of vmcompute.dll. computecore.dll numbers them otherwise and must not be mixed in. */
export const HcsNotification = {
  SystemExited: 0x00000001,
  SystemCreateCompleted: 0x00000002,
  SystemStartCompleted: 0x00000003,
  SystemPauseCompleted: 0x00000004,
  SystemResumeCompleted: 0x00000005,
  SystemCrashReport: 0x00000006,
  SystemSiloJobCreated: 0x00000007,
  SystemSaveCompleted: 0x00000008,
  ProcessExited: 0x00010000,
  ServiceDisconnect: 0x01000000,
} as const;

/**
 * Called on each notification, on the event loop. `status` is an HRESULT. Calls may come from the moment of
 * registration on; what happened between creation and registration is delivered then.
 */
export type HcsNotificationCallback = (notificationType: number, context: bigint, status: number, data: string | null) => void;
