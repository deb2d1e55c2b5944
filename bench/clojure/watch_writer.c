/* The other process of watch_bench.clj: watch_writer PATH N PAUSE_US. Sets the atom "time" of the
 * domain at PATH to the time of the commit (CLOCK_MONOTONIC, in ns), N times with a pause between,
 * then to -1. */

#include <string.h>
#include <time.h>

#include <stdio.h>
#include <stdlib.h>

#include "bindings/c/yin.h"

static yin_error error;

static void need(yin_status status, const char* what) {
  if (status == YIN_OK) return;
  fprintf(stderr, "%s: %s: %s\n", what, yin_status_name(status), error.message);
  exit(1);
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void set(yin_domain* domain, yin_word atom, int last) {
  yin_pin* pin = NULL;
  need(yin_pin_begin(domain, &pin, &error), "pin");
  need(yin_reset(pin, atom, yin_int(pin, last ? -1 : now()), NULL, &error), "reset");
  yin_pin_end(pin);
}

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: watch_writer PATH N PAUSE_US\n");
    return 2;
  }
  yin_domain* domain = NULL;
  need(yin_open(argv[1], NULL, &domain, &error), "open");
  yin_pin* pin = NULL;
  need(yin_pin_begin(domain, &pin, &error), "pin");
  yin_word atom = 0;
  need(yin_atom(pin, "time", strlen("time"), yin_int(pin, 0), &atom, &error), "atom");
  yin_pin_end(pin);
  const struct timespec pause = {0, atol(argv[3]) * 1000};
  for (long i = atol(argv[2]); i > 0; --i) {
    nanosleep(&pause, NULL);
    set(domain, atom, 0);
  }
  nanosleep(&pause, NULL);
  set(domain, atom, 1);
  yin_domain_release(domain);
  return 0;
}
