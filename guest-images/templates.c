// The files of a new guest, as they are in template/, and their accessors.

#include "GuestImages.h"

// A compiler that is new enough for everything else here has C23's #embed, in every C.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t makefile[] = {
#embed "template/Makefile"
};
static const uint8_t options[] = {
#embed "template/gcc.options"
};
static const uint8_t linker_script[] = {
#embed "template/guest.ld"
};
static const uint8_t main_file[] = {
#embed "template/main.c"
};
static const uint8_t start_file[] = {
#embed "template/start.S"
};
static const uint8_t platform[] = {
#embed "include/platform.h"
};

static const struct {
  const char *name;
  size_t name_size;  // the 0 at the end included
  const uint8_t *bytes;
  size_t size;
} templates[] = {
#define TEMPLATE(name, bytes) {name, sizeof(name), bytes, sizeof(bytes)}
    TEMPLATE("Makefile", makefile),      TEMPLATE("gcc.options", options),
    TEMPLATE("guest.ld", linker_script), TEMPLATE("main.c", main_file),
    TEMPLATE("platform.h", platform),    TEMPLATE("start.S", start_file),
#undef TEMPLATE
};

size_t guest_template_count(void) {
  return sizeof templates / sizeof *templates;
}

size_t guest_template_size(size_t index) {
  return index < guest_template_count() ? templates[index].size : 0;
}

uint8_t guest_template_byte(size_t index, size_t offset) {
  return offset < guest_template_size(index) ? templates[index].bytes[offset] : 0;
}

uint8_t guest_template_name_byte(size_t index, size_t offset) {
  return index < guest_template_count() && offset < templates[index].name_size
             ? (uint8_t)templates[index].name[offset]
             : 0;
}
