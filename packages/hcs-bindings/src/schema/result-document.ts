/** One event of a result document. @see https://learn.microsoft.com/virtualization/api/hcs/schemareference#ErrorEvent */
export interface ErrorEvent {
  readonly Message?: string;
  readonly StackTrace?: string;
  readonly Provider?: string;
  readonly EventId?: number;
  readonly Flags?: number;
  readonly Source?: string;
}

/** What a failed call says beside its HRESULT. */
export interface ResultDocument {
  /** Signed 32 bits. */
  readonly Error?: number;
  readonly ErrorMessage?: string;
  readonly ErrorEvents?: readonly ErrorEvent[];
}
