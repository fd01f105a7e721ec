// Nothing to call: linking this target is what counts.

#ifndef CSTART_H
#define CSTART_H
#endif
