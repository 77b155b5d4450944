// Starts each command line of a file by CreateProcessW, exactly as it is in the file, and waits for it. The name of the file comes
// from ORIEL_ARGV_INPUT: for each line a 32-bit length and its UTF-16 units. The exit code is the number of failures.
#include <windows.h>
#include <stdio.h>

static wchar_t line[32768];

int wmain(void) {
  FILE *in = _wfopen(_wgetenv(L"ORIEL_ARGV_INPUT"), L"rb");
  if (in == NULL) return 100;
  int failures = 0;
  unsigned int length;
  while (fread(&length, sizeof length, 1, in) == 1) {
    if (length > 32766 || fread(line, sizeof(wchar_t), length, in) != length) return 101;
    line[length] = 0;
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    DWORD code = 1;
    if (CreateProcessW(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process)) {
      WaitForSingleObject(process.hProcess, INFINITE);
      GetExitCodeProcess(process.hProcess, &code);
      CloseHandle(process.hThread);
      CloseHandle(process.hProcess);
    }
    if (code != 0 && failures < 99) failures += 1;
  }
  return failures;
}
