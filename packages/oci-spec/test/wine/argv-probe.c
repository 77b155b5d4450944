// Appends the arguments that it was started with to the file named by ORIEL_ARGV_OUTPUT: once as the C runtime parsed
// them, once as CommandLineToArgvW does. Numbers are 32 bits, little-endian; each text is its length and its UTF-16 units.
#include <windows.h>
#include <shellapi.h>
#include <stdio.h>

int _dowildcard = 0; // mingw-w64's switch against the expansion of wildcards

static void write_list(FILE *out, int count, wchar_t **list) {
  unsigned int number = (unsigned int)count;
  fwrite(&number, sizeof number, 1, out);
  for (int i = 0; i < count; i += 1) {
    number = (unsigned int)wcslen(list[i]);
    fwrite(&number, sizeof number, 1, out);
    fwrite(list[i], sizeof(wchar_t), number, out);
  }
}

int wmain(int argc, wchar_t **argv) {
  FILE *out = _wfopen(_wgetenv(L"ORIEL_ARGV_OUTPUT"), L"ab");
  if (out == NULL) return 1;
  int count = 0;
  wchar_t **list = CommandLineToArgvW(GetCommandLineW(), &count);
  write_list(out, argc, argv);
  write_list(out, count, list);
  return fclose(out);
}
