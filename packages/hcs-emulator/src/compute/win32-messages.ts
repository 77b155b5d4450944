/** Texts of the errors that CreateProcessW answers, as Windows words them (winerror.h). */
const messages: Readonly<Record<number, string>> = {
  2: "The system cannot find the file specified.",
  3: "The system cannot find the path specified.",
  5: "Access is denied.",
  87: "The parameter is incorrect.",
  109: "The pipe has been ended.",
  193: "%1 is not a valid Win32 application.",
  206: "The filename or extension is too long.",
  216: "This version of %1 is not compatible with the version of Windows you're running.",
  267: "The directory name is invalid.",
  740: "The requested operation requires elevation.",
};

export function win32Message(code: number): string {
  return messages[code] ?? `CreateProcess failed with error ${code}.`;
}
