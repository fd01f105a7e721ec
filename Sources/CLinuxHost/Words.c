// The command line as the C library has it.

#include "CLinuxHost.h"

static char **kept;
static int kept_count;

void chost_keep_words(int count, char **words) {
  kept_count = count;
  kept = words;
}

char **chost_words(int *count) {
  *count = kept_count;
  return kept;
}

const char *chost_word(int index) { return index >= 0 && index < kept_count ? kept[index] : NULL; }
