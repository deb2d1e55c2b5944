/* The C part of the story (tests/bindings/story): counts in an atom that other hosts count in too.
 *
 *   counter swap PATH N          swaps the atom "total" N times, one more each
 *   counter tally PATH N NAME    the same together with an atom of its own, in one commit, until that
 *                                is N: killed anywhere, started again, it counts each once
 *   counter watch PATH N         watches "total" up to N: every change is one more than the last
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/c/yin.h"

static yin_error error;

static void need(yin_status status, const char* what) {
  if (status == YIN_OK) return;
  fprintf(stderr, "%s: %s: %s\n", what, yin_status_name(status), error.message);
  exit(1);
}

static yin_pin* pinned(yin_domain* domain) {
  yin_pin* pin = NULL;
  need(yin_pin_begin(domain, &pin, &error), "pin");
  return pin;
}

static yin_word atom(yin_domain* domain, const char* name) {
  yin_pin* pin = pinned(domain);
  yin_word atom = 0;
  need(yin_atom(pin, name, strlen(name), yin_int(pin, 0), &atom, &error), "atom");
  yin_pin_end(pin);
  return atom;
}

static yin_status one_more(void* context, yin_pin* pin, yin_word now, yin_word* next,
                           yin_error* why) {
  int64_t n = 0;
  (void)context;
  const yin_status status = yin_to_int(pin, now, &n, why);
  if (status == YIN_OK) *next = yin_int(pin, n + 1);
  return status;
}

static void swap_so_often(yin_domain* domain, long times) {
  const yin_word total = atom(domain, "total");
  for (long i = 0; i < times; ++i) {
    yin_pin* pin = pinned(domain);
    need(yin_swap(pin, total, one_more, NULL, NULL, NULL, &error), "swap");
    yin_pin_end(pin);
  }
  printf("%ld\n", times);
}

static void tally(yin_domain* domain, int64_t until, const char* name) {
  const yin_word atoms[] = {atom(domain, "total"), atom(domain, name)};
  for (uint32_t conflicts = 0;;) {
    yin_pin* pin = pinned(domain);
    yin_change changes[2];
    int64_t n = 0;
    for (int i = 0; i < 2; ++i) {
      changes[i].atom = atoms[i];
      need(yin_deref(pin, atoms[i], &changes[i].expected, &error), "deref");
      need(yin_to_int(pin, changes[i].expected, &n, &error), "an integer");
      changes[i].value = yin_int(pin, n + 1);
    }
    if (n == until) {
      yin_pin_end(pin);
      return;
    }
    const yin_status status = yin_commit(pin, changes, 2, &error);
    yin_pin_end(pin);
    if (status == YIN_CONFLICT) {
      yin_back_off(domain, atoms[0], ++conflicts);
    } else {
      need(status, "commit");
      conflicts = 0;
    }
  }
}

static void watch(yin_domain* domain, int64_t until) {
  const yin_word total = atom(domain, "total");
  yin_pin* pin = pinned(domain);
  yin_watch* watch = NULL;
  int64_t seen = -1;
  int64_t changes = 0;
  need(yin_watch_start(pin, total, YIN_EVERY_CHANGE, &watch, &error), "watch");
  yin_pin_end(pin);
  printf("watching\n");
  fflush(stdout);
  while (seen < until) {
    const yin_status waited = yin_watch_wait(&watch, 1, 60000, &error);
    if (waited == YIN_TIMEOUT) {
      fprintf(stderr, "no change for a minute at %lld\n", (long long)seen);
      exit(1);
    }
    need(waited, "wait");
    pin = pinned(domain);
    yin_word before = 0;
    yin_word after = 0;
    for (int told = 0; told < 1000 && yin_watch_take(watch, pin, &before, &after); ++told) {
      const int64_t from = yin_small_int(before);
      if (yin_small_int(after) != from + 1 || (changes > 0 && from != seen)) {
        fprintf(stderr, "from %lld to %lld, behind %lld\n", (long long)from,
                (long long)yin_small_int(after), (long long)seen);
        exit(1);
      }
      ++changes;
      seen = from + 1;
    }
    yin_pin_end(pin);
  }
  yin_watch_release(watch);
  printf("%lld changes to %lld\n", (long long)changes, (long long)seen);
}

int main(int count, char** words) {
  if (count < 4) {
    fprintf(stderr, "usage: counter swap|tally|watch PATH N [NAME]\n");
    return 2;
  }
  yin_domain* domain = NULL;
  need(yin_open(words[2], NULL, &domain, &error), "open");
  const long n = strtol(words[3], NULL, 10);
  if (strcmp(words[1], "swap") == 0) {
    swap_so_often(domain, n);
  } else if (strcmp(words[1], "tally") == 0 && count > 4) {
    tally(domain, n, words[4]);
  } else {
    watch(domain, n);
  }
  yin_domain_release(domain);
  return 0;
}
