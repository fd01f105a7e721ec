// The built-in guests, complete ELF files inside this program, the files of a new guest, and the platform
// they run on.
//
// The interface is scalars only, so that callers need no unsafe code: an image is read byte by
// byte. *Guarantee:* every combination of arguments is safe; out of range, a function returns 0.

#ifndef SWVMM_GUEST_IMAGES_H
#define SWVMM_GUEST_IMAGES_H

#include <stddef.h>
#include <stdint.h>

#include "platform.h"

// How many guests there are. They are numbered from 0.
size_t guest_image_count(void);

// The size in bytes of a guest's ELF file.
size_t guest_image_size(size_t index);

// A byte of a guest's ELF file.
uint8_t guest_image_byte(size_t index, size_t offset);

// A byte of a guest's name, such as "hello"; 0 ends it.
uint8_t guest_image_name_byte(size_t index, size_t offset);

// A byte of a guest's one-line summary; 0 ends it.
uint8_t guest_image_summary_byte(size_t index, size_t offset);

// How many files a new guest has. They are numbered from 0.
size_t guest_template_count(void);

// The size in bytes of such a file.
size_t guest_template_size(size_t index);

// A byte of it.
uint8_t guest_template_byte(size_t index, size_t offset);

// A byte of its name, such as "Makefile"; 0 ends it.
uint8_t guest_template_name_byte(size_t index, size_t offset);

#endif
