/* Counts the runs of this program in a domain, and shows what the C interface is made of: a pin, an
 * atom, a swap with a callback, a watch, a snapshot, text.
 *
 *   cc -std=c11 counter.c $(pkg-config --cflags --libs yin) -o counter
 *   ./counter my.yin && ./counter my.yin
 */

#include <stdio.h>

#include <yin.h>

static yin_status increment(void* by, yin_pin* pin, yin_word now, yin_word* next,
                            yin_error* error) {
  int64_t count;
  const yin_status status = yin_to_int(pin, now, &count, error);
  if (status == YIN_OK) *next = yin_int(pin, count + *(const int64_t*)by);
  return status;
}

static void print(void* file, const char* text, size_t size) { fwrite(text, 1, size, file); }

/* Says what changed: {:before 1, :after 2}. */
static void tell(yin_pin* pin, yin_word before, yin_word after) {
  printf("before: ");
  yin_print(pin, before, 0, print, stdout, NULL);
  printf(", after: ");
  yin_print(pin, after, 0, print, stdout, NULL);
  printf("\n");
}

static yin_status run(yin_domain* domain, yin_error* error) {
  yin_pin* pin = NULL;
  yin_watch* watch = NULL;
  yin_snapshot* snapshot = NULL;
  yin_word counter, before, after, then;
  int64_t by = 1;
  yin_status status = yin_pin_begin(domain, &pin, error);
  if (status != YIN_OK) return status;

  status = yin_atom(pin, "counter", 7, yin_int(pin, 0), &counter, error);
  if (status == YIN_OK) status = yin_watch_start(pin, counter, YIN_EVERY_CHANGE, &watch, error);
  if (status == YIN_OK) status = yin_snapshot_take(domain, &snapshot, error);
  if (status == YIN_OK) status = yin_swap(pin, counter, increment, &by, NULL, NULL, error);
  while (status == YIN_OK && yin_watch_take(watch, pin, &before, &after) == 1)
    tell(pin, before, after);
  if (status == YIN_OK) status = yin_snapshot_deref(snapshot, pin, counter, &then, error);
  if (status == YIN_OK) status = yin_deref(pin, counter, &after, error);
  if (status == YIN_OK) {
    printf("the snapshot: ");
    yin_print(pin, then, 0, print, stdout, NULL);
    printf(", now: ");
    yin_print(pin, after, 0, print, stdout, NULL);
    printf("\n");
  }

  yin_watch_release(watch);
  yin_snapshot_release(snapshot);
  yin_pin_end(pin);
  return status;
}

int main(int argc, char** argv) {
  yin_error error;
  yin_domain* domain = NULL;
  yin_status status = yin_open(argc > 1 ? argv[1] : "", NULL, &domain, &error);
  if (status == YIN_OK) {
    status = run(domain, &error);
    yin_domain_release(domain);
  }
  if (status != YIN_OK) fprintf(stderr, "%s: %s\n", yin_status_name(status), error.message);
  return status == YIN_OK ? 0 : 1;
}
