#pragma once

/* yin.h: the C interface of Yin, which all other bindings are built on.
 *
 *   yin_domain* domain;
 *   yin_open("my.yin", NULL, &domain, &error);
 *   yin_pin* pin;
 *   yin_pin_begin(domain, &pin, &error);              reads and builds happen under a pin
 *   yin_atom(pin, "counter", 7, yin_int(pin, 0), &counter, &error);
 *   yin_swap(pin, counter, increment, NULL, NULL, &now, &error);
 *   yin_pin_end(pin);
 *   yin_close(domain);
 *
 * Values are immutable and stand in the domain, which any number of threads and processes map at
 * once. A yin_word is a value: all of it (nil, booleans, small integers, most doubles, characters,
 * names, strings up to 7 bytes) or where it stands. Three things keep what a word refers to:
 *
 *   a pin       what was read or built under it, until it ends. Short: no waiting, no I/O
 *   a handle    one value and what it reaches, for any time
 *   an atom     what it holds, and what somebody may read of it
 *
 * Threads: any function may be called by any thread at any time; a pin, an iterator and a watch by
 * one thread at a time. Nothing is global: two copies of this library in one process do not meet
 * but in the domain. A pin is cheap (some 20 ns). Some 60 may be open at once in a process;
 * one more waits for another to end, two seconds at most.
 *
 * Errors: a yin_status, and one sentence in *error if `error` is not null (it is not touched by
 * what succeeds). Where an error is told, nothing has happened. Without room a word that was built
 * is a value all the same; what would keep it (a commit, a handle) says YIN_RESOURCE_EXHAUSTED.
 * A wrong kind of value is YIN_WRONG_TYPE, never undefined; a word that was not got from this
 * domain, or whose pin has ended, is undefined.
 *
 * Text is UTF-8 with its size in bytes; names are "name" or "namespace/name", without colon.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define YIN_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/* ---- versions, errors ---------------------------------------------------------------------- */

/* Changes when a program compiled with another yin.h may not work with the library. */
#define YIN_ABI_VERSION 1

YIN_API uint32_t yin_abi_version(void);     /* of the library that is loaded */
YIN_API const char* yin_version(void);      /* "0.2.0" */
YIN_API uint32_t yin_format_version(void);  /* of the domains it makes */

typedef enum yin_status {
  YIN_OK = 0,
  YIN_INVALID_ARGUMENT = 1,
  YIN_NOT_FOUND = 2,
  YIN_ALREADY_EXISTS = 3,
  YIN_PERMISSION_DENIED = 4,
  YIN_RESOURCE_EXHAUSTED = 5, /* disk, domain, memory: nothing is lost */
  YIN_DATA_LOSS = 6,          /* the file is damaged, or no domain */
  YIN_UNAVAILABLE = 7,        /* try again */
  YIN_UNIMPLEMENTED = 8,      /* a format or a feature this library does not have */
  YIN_INTERNAL = 9,           /* the system refused what it should not */
  YIN_CLOSED = 10,            /* the domain was closed */
  YIN_WRONG_TYPE = 11,        /* no operation of such a value */
  YIN_CONFLICT = 12,          /* another commit was first: read again */
  YIN_ABORTED = 13,           /* the callback said so */
  YIN_OUT_OF_RANGE = 14,      /* an index, or a number that does not fit */
  YIN_TIMEOUT = 15,
  YIN_END = 16                /* a stream was closed and is read to its end */
} yin_status;

/* Owned by the caller. The message is cut off where it does not fit, and ends in a zero. */
typedef struct yin_error {
  yin_status status;
  char message[508];
} yin_error;

YIN_API const char* yin_status_name(yin_status status); /* "YIN_NOT_FOUND" */

/* ---- domains ------------------------------------------------------------------------------- */

typedef struct yin_domain yin_domain;

typedef enum yin_open_mode {
  YIN_CREATE_OR_JOIN = 0,
  YIN_CREATE = 1,   /* YIN_ALREADY_EXISTS */
  YIN_JOIN = 2,     /* YIN_NOT_FOUND */
  YIN_READ_ONLY = 3 /* a domain at rest: no byte changes, nobody may write it meanwhile */
} yin_open_mode;

/* When commits reach the disk; kept in the domain. Any other number: milliseconds apart. */
#define YIN_DURABILITY_KEEP ((int64_t)-1)   /* what the domain has; a new one has NONE */
#define YIN_DURABILITY_NONE ((int64_t)0)    /* by yin_flush() only */
#define YIN_DURABILITY_COMMIT ((int64_t)-2) /* on the disk soon after each commit */

/* Start from YIN_OPEN_OPTIONS. */
typedef struct yin_open_options {
  uint32_t size; /* of this struct, as the caller knows it */
  yin_open_mode mode;
  uint64_t capacity_bytes; /* of a new domain; 0: what the library thinks best */
  int64_t durability;
  uint32_t no_keeper; /* not 0: no thread of ours; somebody else collects (yin_keep()) */
  uint32_t reserved;
} yin_open_options;
#define YIN_OPEN_OPTIONS \
  { (uint32_t)sizeof(yin_open_options), YIN_CREATE_OR_JOIN, 0, YIN_DURABILITY_KEEP, 0, 0 }

/* Joins the domain at `path`, made if need be: a file's path, "shm:NAME", or "" for memory of
 * this process alone. `options` may be null. A file that this machine has not known since it
 * was started is verified first. A thread of ours collects, and makes checkpoints if the domain
 * wishes for them. Errors: all from YIN_INVALID_ARGUMENT to YIN_INTERNAL; YIN_UNIMPLEMENTED:
 * another format. */
YIN_API yin_status yin_open(const char* path, const yin_open_options* options, yin_domain** domain,
                            yin_error* error);
/* A domain in memory of this process alone that begins as these bytes, a file at rest or what
 * yin_save() gave; verified first. They are copied. Errors: as yin_open(). */
YIN_API yin_status yin_open_bytes(const void* bytes, size_t size, const yin_open_options* options,
                                  yin_domain** domain, yin_error* error);
/* All of a domain in memory, as it is between two operations, in bytes that yin_open() takes as a
 * file and yin_open_bytes() as they are: write(context, bytes, size) once, while others wait; not
 * 0: YIN_ABORTED. YIN_INVALID_ARGUMENT: it is a file, or agents are running in it (yin_serve()).
 * YIN_UNAVAILABLE: a pin stays open. write() must not use the domain. */
typedef int (*yin_save_fn)(void* context, const void* bytes, size_t size);
YIN_API yin_status yin_save(yin_domain* domain, yin_save_fn write, void* context,
                            yin_error* error);
/* Leaves the domain, when the pins that are open have ended. What was made from it (handles,
 * watches) says YIN_CLOSED from now on and is still to be released. Once more is once. */
YIN_API void yin_close(yin_domain* domain);
/* Closes, and gives the yin_domain itself back: when what was made from it is released too. */
YIN_API void yin_domain_release(yin_domain* domain);
YIN_API int yin_is_closed(const yin_domain* domain);
YIN_API const char* yin_domain_path(const yin_domain* domain);
YIN_API int yin_domain_is_read_only(yin_domain* domain);
/* Takes the domain's name away; who has it open goes on. */
YIN_API yin_status yin_remove(const char* path, yin_error* error);

typedef struct yin_stat {
  uint64_t capacity_bytes;
  uint64_t committed_bytes; /* that the file has grown to */
  uint64_t live_bytes;      /* as the last collection found */
  uint64_t collections;
  uint64_t holds;   /* places of the table of handles, snapshots and watches, free ones too */
  uint64_t slots;   /* places of atoms, agents, streams; free ones too */
  uint64_t workers; /* threads that are in the domain now, of all processes */
} yin_stat;
YIN_API yin_status yin_domain_stat(yin_domain* domain, yin_stat* stat, yin_error* error);

/* Waits until all that was committed before is on the disk; those who wait together share one
 * write. YIN_TIMEOUT: it is visible all the same. No pin of this thread may be open. */
YIN_API yin_status yin_flush(yin_domain* domain, uint32_t timeout_ms, yin_error* error);
/* The work of the keeper, once, for who opened without one: collects if it is time, at most one
 * cycle. *busy: was there something to do? No pin of this thread may be open. */
YIN_API yin_status yin_keep(yin_domain* domain, int* busy, yin_error* error);
/* Walks everything; YIN_DATA_LOSS with the first finding. No pin of this thread may be open. */
YIN_API yin_status yin_verify(yin_domain* domain, yin_error* error);

/* ---- pins ---------------------------------------------------------------------------------- */

typedef struct yin_pin yin_pin;

/* YIN_CLOSED; YIN_RESOURCE_EXHAUSTED: some 60 stay open, or the domain has no room for another
 * worker. On another thread than the one that began it a pin may go on, one thread at a time. */
YIN_API yin_status yin_pin_begin(yin_domain* domain, yin_pin** pin, yin_error* error);
YIN_API void yin_pin_end(yin_pin* pin);
YIN_API yin_domain* yin_pin_domain(const yin_pin* pin);

/* ---- words --------------------------------------------------------------------------------- */

typedef uint64_t yin_word;

/* Are two words the same value? Of words that both tell their value by themselves, ==. */
typedef enum yin_kind {
  YIN_ABSENT = 0, /* no value: what a look-up gives that finds nothing. Never stored */
  YIN_NIL = 1,
  YIN_BOOLEAN = 2,
  YIN_INT = 3, /* 64 bits */
  YIN_DOUBLE = 4,
  YIN_BIGINT = 5,
  YIN_RATIO = 6,
  YIN_CHARACTER = 7,
  YIN_STRING = 8,
  YIN_KEYWORD = 9,
  YIN_SYMBOL = 10,
  YIN_INSTANT = 11,
  YIN_UUID = 12,
  YIN_BYTES = 13,
  YIN_TAGGED = 14,
  YIN_LIST = 15,
  YIN_VECTOR = 16,
  YIN_QUEUE = 17,
  YIN_MAP = 18,
  YIN_SET = 19,
  YIN_SORTED_MAP = 20,
  YIN_SORTED_SET = 21,
  YIN_INT_MAP = 22,
  YIN_ARRAY = 23,  /* of numbers that change in place */
  YIN_STRUCT = 24, /* the same, with names */
  YIN_TENSOR = 25,
  YIN_LAYOUT = 26,
  YIN_ATOM = 27,
  YIN_AGENT = 28,
  YIN_STREAM = 29,
  YIN_CURSOR = 30,
  YIN_VAR = 31,
  YIN_FUNCTION = 32,
  YIN_PROGRAM = 33,
  YIN_GUEST_ERROR = 34, /* what a program raised */
  YIN_OTHER = 35
} yin_kind;

#define YIN_WORD_NIL ((yin_word)0)
#define YIN_WORD_FALSE ((yin_word)0x10)
#define YIN_WORD_TRUE ((yin_word)0x110)
#define YIN_WORD_ABSENT ((yin_word)0x90)

/* Words that tell their value by themselves can be looked at and made without a pin, in any
 * process of the domain. The layouts are those of docs/format.md, "Words". */

/* Does the word refer to bytes elsewhere, which something has to keep? */
static inline int yin_is_reference(yin_word w) {
  return (w & 0xf) == 4 || (w & 0xf) == 8; /* objects; long strings */
}
/* 63-bit integers; the others are boxed (yin_to_int()). */
static inline int yin_is_small_int(yin_word w) { return (w & 1) != 0; }
static inline int64_t yin_small_int(yin_word w) { return (int64_t)w >> 1; }
static inline int yin_fits_small_int(int64_t v) {
  return v >= -((int64_t)1 << 62) && v < ((int64_t)1 << 62);
}
static inline yin_word yin_from_small_int(int64_t v) { return (yin_word)v << 1 | 1; }
static inline yin_word yin_boolean(int b) { return b ? YIN_WORD_TRUE : YIN_WORD_FALSE; }
static inline yin_word yin_character(uint32_t code_point) {
  return (yin_word)code_point << 8 | 0x20;
}
/* Keywords and symbols are numbers of names, one numbering a domain. Names are never forgotten. */
static inline int yin_is_keyword(yin_word w) { return (w & 0xff) == 0x30; }
static inline int yin_is_symbol(yin_word w) { return (w & 0xff) == 0x40; }
static inline uint32_t yin_name_id(yin_word w) { return (uint32_t)(w >> 8); }

/* Metadata apart: the kind of what is annotated. */
YIN_API yin_kind yin_kind_of(const yin_pin* pin, yin_word w);
YIN_API const char* yin_kind_name(yin_kind kind); /* "sorted map" */

/* As Clojure's =, hash and compare: (= 1 1.0) is false, a list equals a vector of equal items,
 * a sorted map a hash map. The hash is the domain's own. */
YIN_API int yin_equal(const yin_pin* pin, yin_word a, yin_word b);
YIN_API uint64_t yin_hash(const yin_pin* pin, yin_word w);
YIN_API int yin_compare(const yin_pin* pin, yin_word a, yin_word b);

/* ---- scalars ------------------------------------------------------------------------------- */

YIN_API yin_word yin_int(yin_pin* pin, int64_t v);
YIN_API yin_word yin_double(yin_pin* pin, double v);
/* At most 2^32 - 1 bytes, as they are; YIN_WORD_ABSENT, which nothing takes, if there are more. */
YIN_API yin_word yin_string(yin_pin* pin, const char* text, size_t size);
/* 1 to 4,096 bytes: YIN_INVALID_ARGUMENT. YIN_RESOURCE_EXHAUSTED. */
YIN_API yin_status yin_keyword(yin_pin* pin, const char* name, size_t size, yin_word* out,
                               yin_error* error);
YIN_API yin_status yin_symbol(yin_pin* pin, const char* name, size_t size, yin_word* out,
                              yin_error* error);
/* Does the domain know the name? *id is then what yin_name_id() gives. For look-ups that shall
 * leave no name behind. */
YIN_API int yin_known_name(const yin_pin* pin, const char* name, size_t size, uint32_t* id);
static inline yin_word yin_keyword_word(uint32_t id) { return (yin_word)id << 8 | 0x30; }
static inline yin_word yin_symbol_word(uint32_t id) { return (yin_word)id << 8 | 0x40; }
/* Decimal digits, a sign before them; "3/4" with one slash is a ratio. YIN_INVALID_ARGUMENT. */
YIN_API yin_status yin_number(yin_pin* pin, const char* text, size_t size, yin_word* out,
                              yin_error* error);
/* Milliseconds since 1970, the years 0 to 9999: YIN_OUT_OF_RANGE. */
YIN_API yin_status yin_instant(yin_pin* pin, int64_t millis, yin_word* out, yin_error* error);
YIN_API yin_word yin_uuid(yin_pin* pin, const uint8_t bytes[16]); /* in the order of the text */
YIN_API yin_word yin_bytes(yin_pin* pin, const void* bytes, size_t size);
/* The tag is a symbol. YIN_WRONG_TYPE. */
YIN_API yin_status yin_tagged(yin_pin* pin, yin_word tag, yin_word value, yin_word* out,
                              yin_error* error);

/* YIN_WRONG_TYPE: the word is none. */
YIN_API yin_status yin_to_int(const yin_pin* pin, yin_word w, int64_t* out, yin_error* error);
/* Of any number, the nearest. */
YIN_API yin_status yin_to_double(const yin_pin* pin, yin_word w, double* out, yin_error* error);
/* The bytes of a string, a keyword's or symbol's name, or of bytes: valid as long as the pin,
 * and, of those in the word itself, as `room`. */
YIN_API yin_status yin_to_bytes(const yin_pin* pin, yin_word w, char room[8], const char** bytes,
                                size_t* size, yin_error* error);
YIN_API yin_status yin_to_millis(const yin_pin* pin, yin_word w, int64_t* out, yin_error* error);
YIN_API yin_status yin_to_uuid(const yin_pin* pin, yin_word w, uint8_t out[16], yin_error* error);
/* A ratio's numerator and denominator; a tagged literal's tag and value. */
YIN_API yin_status yin_to_pair(const yin_pin* pin, yin_word w, yin_word* first, yin_word* second,
                               yin_error* error);

/* ---- text ---------------------------------------------------------------------------------- */

/* EDN in. YIN_INVALID_ARGUMENT with line and column. */
YIN_API yin_status yin_read(yin_pin* pin, const char* text, size_t size, yin_word* out,
                            yin_error* error);
/* EDN out, whole: what the callback gets goes on where the last piece ended. `limit` bytes at
 * most (0: no limit): YIN_OUT_OF_RANGE when there is more. */
typedef void (*yin_write_fn)(void* context, const char* text, size_t size);
YIN_API yin_status yin_print(const yin_pin* pin, yin_word w, size_t limit, yin_write_fn write,
                             void* context, yin_error* error);
YIN_API yin_status yin_print_with_meta(const yin_pin* pin, yin_word w, size_t limit,
                                       yin_write_fn write, void* context, yin_error* error);

/* ---- collections --------------------------------------------------------------------------- */
/* One set of verbs for all kinds, as Clojure's; YIN_WRONG_TYPE where a kind has no such verb.
 * Updates give a new value and share what did not change; metadata stays with it. Costs are
 * those of substrate/map.h and its neighbours. */

YIN_API yin_word yin_empty(yin_kind kind); /* of a collection; YIN_WORD_ABSENT for other kinds */
/* Items, or for maps pairs of key and value, `count` of them; a later double wins. Kinds: list,
 * vector, queue, set, map, sorted set and sorted map (by yin_compare), int map. O(n). */
YIN_API yin_status yin_collection(yin_pin* pin, yin_kind kind, const yin_word* words, size_t count,
                                  yin_word* out, yin_error* error);
/* Of strings and bytes too (their bytes). */
YIN_API yin_status yin_count(const yin_pin* pin, yin_word w, uint64_t* out, yin_error* error);
/* By key, or index of a vector or queue: YIN_WORD_ABSENT when it is not there, and of
 * everything that is no collection. Of a set the item, as it stands there. Allocates nothing. */
YIN_API yin_word yin_get(const yin_pin* pin, yin_word collection, yin_word key);
/* The key as it stands in the map (its metadata, its kind of number); YIN_WORD_ABSENT. */
YIN_API yin_word yin_find_key(const yin_pin* pin, yin_word collection, yin_word key);
/* By a string, which is not made in the domain for it. */
YIN_API yin_word yin_get_text(yin_pin* pin, yin_word collection, const char* key, size_t size);
/* Of a list O(n), a sorted map or set by rank (the key), YIN_WORD_ABSENT behind the end. */
YIN_API yin_word yin_nth(const yin_pin* pin, yin_word collection, uint64_t index);
/* The last of a vector, the first of a list or queue; YIN_WORD_ABSENT of nothing. */
YIN_API yin_word yin_peek(const yin_pin* pin, yin_word collection);

YIN_API yin_status yin_assoc(yin_pin* pin, yin_word collection, yin_word key, yin_word value,
                             yin_word* out, yin_error* error);
YIN_API yin_status yin_dissoc(yin_pin* pin, yin_word map, yin_word key, yin_word* out,
                              yin_error* error);
/* At the front of a list, the back of a vector or queue, into a set. */
YIN_API yin_status yin_conj(yin_pin* pin, yin_word collection, yin_word item, yin_word* out,
                            yin_error* error);
YIN_API yin_status yin_disj(yin_pin* pin, yin_word set, yin_word item, yin_word* out,
                            yin_error* error);
/* Without yin_peek()'s item. YIN_OUT_OF_RANGE of nothing. */
YIN_API yin_status yin_pop(yin_pin* pin, yin_word collection, yin_word* out, yin_error* error);
/* From..to without it, of a vector. */
YIN_API yin_status yin_slice(yin_pin* pin, yin_word vector, uint64_t from, uint64_t to,
                             yin_word* out, yin_error* error);
/* Two maps (the second's values win), sets or vectors of one kind. O(what differs), vectors
 * O(log n). */
YIN_API yin_status yin_merge(yin_pin* pin, yin_word a, yin_word b, yin_word* out,
                             yin_error* error);
typedef enum yin_update {
  YIN_UPDATE_ITEMS = 0, /* each as by yin_conj() */
  YIN_UPDATE_PAIRS = 1, /* as by yin_assoc(): key and value, or index and item (the vector's count
                         * appends); a value of YIN_WORD_ABSENT: as by yin_dissoc() */
  YIN_UPDATE_REMOVE = 2 /* items, as by yin_disj() */
} yin_update;
/* Many updates at once, in place where nobody else can see: `count` items or pairs. */
YIN_API yin_status yin_update_many(yin_pin* pin, yin_word collection, yin_update update,
                                   const yin_word* words, size_t count, yin_word* out,
                                   yin_error* error);

YIN_API yin_word yin_meta(const yin_pin* pin, yin_word w); /* a map or nil */
YIN_API yin_word yin_bare(const yin_pin* pin, yin_word w); /* without its metadata */
/* Collections and symbols take a map or nil. YIN_WRONG_TYPE. */
YIN_API yin_status yin_with_meta(yin_pin* pin, yin_word w, yin_word meta, yin_word* out,
                                 yin_error* error);

/* ---- iteration ----------------------------------------------------------------------------- */

typedef struct yin_iterator yin_iterator;

typedef struct yin_range {
  yin_word from, to; /* the lower and the upper end, keys; YIN_WORD_ABSENT: open */
  int without_from, with_to, descending;
} yin_range;

/* Goes through a collection in its order, in pieces, each under any pin; keeps the collection by a
 * handle of its own. Null: all of it; else a range of keys of a sorted map or set or an int map, or
 * of indices of a vector or queue. Of maps keys and values in turn. YIN_WRONG_TYPE: no collection,
 * one without such an order, ends that are no such keys. */
YIN_API yin_status yin_iterate(yin_pin* pin, yin_word collection, const yin_range* range,
                               yin_iterator** out, yin_error* error);
/* The next words, at most `room` (2 or more); 0: there are no more. */
YIN_API size_t yin_next(yin_iterator* iterator, const yin_pin* pin, yin_word* words, size_t room);
YIN_API void yin_iterator_release(yin_iterator* iterator);

/* visit() for each item, or key and value (item: `value` is YIN_WORD_ABSENT), until it returns
 * other than 0: what yin_each() returns; -1: no collection. Under one pin. */
typedef int (*yin_visit_fn)(void* context, yin_word key, yin_word value);
YIN_API int yin_each(const yin_pin* pin, yin_word collection, yin_visit_fn visit, void* context);

/* What differs between two hash maps, sets or vectors of one kind: visit(key, before, after),
 * where YIN_WORD_ABSENT is "not in it". O(what differs). Returns as yin_each(). */
typedef int (*yin_diff_fn)(void* context, yin_word key, yin_word before, yin_word after);
YIN_API int yin_diff(const yin_pin* pin, yin_word before, yin_word after, yin_diff_fn visit,
                     void* context);

/* ---- handles ------------------------------------------------------------------------------- */

/* Keeps a value and what it reaches: what a host's variable holds. */
typedef struct yin_handle yin_handle;

/* Of a word read or built under the pin. A word that refers to nothing needs none, and may have
 * one. */
YIN_API yin_status yin_handle_make(yin_pin* pin, yin_word w, yin_handle** out, yin_error* error);
/* To be looked into under any pin that begins before the release; a pin that was open then
 * keeps what was got from it. */
YIN_API yin_word yin_handle_word(const yin_handle* handle);
YIN_API yin_domain* yin_handle_domain(const yin_handle* handle);
/* By any thread, at any time, after the domain is closed too. */
YIN_API void yin_handle_release(yin_handle* handle);

/* ---- atoms --------------------------------------------------------------------------------- */
/* An atom's word tells where it is and refers to nothing: it can be kept, stored and handed to
 * other processes of the domain. */

/* The atom called `name`, made with `initial` if it is not there. YIN_INVALID_ARGUMENT:
 * something else has that name. */
YIN_API yin_status yin_atom(yin_pin* pin, const char* name, size_t size, yin_word initial,
                            yin_word* atom, yin_error* error);
/* One without a name. It stays until yin_delete(). */
YIN_API yin_status yin_new_atom(yin_pin* pin, yin_word initial, yin_word* atom, yin_error* error);
/* An atom, stream or cursor without a name; who has its word finds it deleted.
 * YIN_INVALID_ARGUMENT: it has one, see yin_delete_name(). */
YIN_API yin_status yin_delete(yin_pin* pin, yin_word root, yin_error* error);
/* YIN_NOT_FOUND. The word of whatever has the name: an atom, a stream. */
YIN_API yin_status yin_find_name(yin_pin* pin, const char* name, size_t size, yin_word* out,
                                 yin_error* error);
YIN_API yin_status yin_delete_name(yin_pin* pin, const char* name, size_t size, yin_error* error);
YIN_API yin_status yin_rename(yin_pin* pin, const char* from, size_t from_size, const char* to,
                              size_t to_size, yin_error* error);
/* visit(context, name, size, word) for all atoms, sorted, as they were at one instant. */
typedef int (*yin_name_fn)(void* context, const char* name, size_t size, yin_word atom);
YIN_API yin_status yin_each_atom(yin_pin* pin, yin_name_fn visit, void* context, yin_error* error);

/* YIN_NOT_FOUND: it was deleted; YIN_UNAVAILABLE: the pin stood too long, take a new one. */
YIN_API yin_status yin_deref(yin_pin* pin, yin_word atom, yin_word* out, yin_error* error);

/* next for the value `now`. May run several times, for the last time with what is replaced: no
 * side effects. Anything but YIN_OK gives up, is returned, and leaves nothing behind. It may
 * fill in *error. */
typedef yin_status (*yin_swap_fn)(void* context, yin_pin* pin, yin_word now, yin_word* next,
                                  yin_error* error);
/* Sets the atom to what `swap` makes of it. `before` and `after` may be null. */
YIN_API yin_status yin_swap(yin_pin* pin, yin_word atom, yin_swap_fn swap, void* context,
                            yin_word* before, yin_word* after, yin_error* error);
YIN_API yin_status yin_reset(yin_pin* pin, yin_word atom, yin_word value, yin_word* before,
                             yin_error* error);
/* Sets it if it holds a value equal to `expected`: *was. */
YIN_API yin_status yin_compare_and_set(yin_pin* pin, yin_word atom, yin_word expected,
                                       yin_word value, int* was, yin_error* error);

/* Several atoms at one instant, or none. `expected` is the very word that was read, by yin_deref()
 * under this pin or from a handle that still keeps it: YIN_CONFLICT when the atom holds another.
 * The same word for both: it must not have changed. At most 64, each atom once. For hosts
 * whose swap functions may take long: read, make a handle, let the function run without a pin,
 * commit under a new one, begin anew on YIN_CONFLICT. */
typedef struct yin_change {
  yin_word atom;
  yin_word expected;
  yin_word value;
} yin_change;
YIN_API yin_status yin_commit(yin_pin* pin, const yin_change* changes, size_t count,
                              yin_error* error);
/* Gives others a moment after `tries` conflicts on the atom in a row, so that each gets on. No
 * pin of this thread may be open. */
YIN_API void yin_back_off(yin_domain* domain, yin_word atom, uint32_t tries);

/* ---- snapshots ----------------------------------------------------------------------------- */

/* Every atom as it was at one instant. O(1) to take; commits go on. */
typedef struct yin_snapshot yin_snapshot;

YIN_API yin_status yin_snapshot_take(yin_domain* domain, yin_snapshot** out, yin_error* error);
/* YIN_NOT_FOUND: it was not there then. */
YIN_API yin_status yin_snapshot_deref(const yin_snapshot* snapshot, yin_pin* pin, yin_word atom,
                                      yin_word* out, yin_error* error);
YIN_API void yin_snapshot_release(yin_snapshot* snapshot);

/* ---- watches ------------------------------------------------------------------------------- */

typedef struct yin_watch yin_watch;

typedef enum yin_watch_mode {
  YIN_LATEST = 0,      /* from what was told last to what is now, however many lie between */
  YIN_EVERY_CHANGE = 1 /* each commit, in order: the versions are kept until they are taken */
} yin_watch_mode;

/* From now on. To be asked (yin_watch_wait(), yin_watch_take()). YIN_NOT_FOUND. */
YIN_API yin_status yin_watch_start(yin_pin* pin, yin_word atom, yin_watch_mode mode,
                                   yin_watch** out, yin_error* error);
/* Waits until there may be a change of one of them, all of one domain; YIN_TIMEOUT. No pin of this
 * thread may be open. By one thread; yin_watch_wake() makes it return, from any, once for each that
 * waits. Linux 5.16 or later for more than one; else, and beyond 127, looks at them once a
 * millisecond. */
YIN_API yin_status yin_watch_wait(yin_watch* const* watches, size_t count, uint32_t timeout_ms,
                                  yin_error* error);
YIN_API void yin_watch_wake(yin_domain* domain);
/* The next change: 1; 0: there is none. A deleted atom's `after` is YIN_WORD_ABSENT, the last
 * one. */
YIN_API int yin_watch_take(yin_watch* watch, yin_pin* pin, yin_word* before, yin_word* after);
YIN_API void yin_watch_release(yin_watch* watch);
/* The 32 bits that change when there may be news, and what they were when all was taken: for hosts
 * that wait in their own way (a futex, Atomics.waitAsync), in slices, since whoever should wake
 * them may die before. They stand in the domain: not to be looked at when it is closed. */
YIN_API const uint32_t* yin_watch_word(const yin_watch* watch, uint32_t* seen);

/* The same with a callback, from a thread of the domain's that looks after all of these. It
 * must not take long, nor close the domain. It is not called behind yin_watch_stop(), but for a
 * call that goes on while yin_watch_stop() is called from within it. */
typedef void (*yin_watch_fn)(void* context, yin_pin* pin, yin_word before, yin_word after);
YIN_API yin_status yin_watch_call(yin_pin* pin, yin_word atom, yin_watch_mode mode,
                                  yin_watch_fn call, void* context, yin_watch** out,
                                  yin_error* error);
YIN_API void yin_watch_stop(yin_watch* watch); /* and releases it */

/* ---- agents and streams -------------------------------------------------------------------- */

/* Reads a program (Clojure) and makes the agent that runs it. `file` names it in errors.
 * YIN_INVALID_ARGUMENT with its place. No pin of this thread may be open. */
YIN_API yin_status yin_spawn(yin_domain* domain, const char* program, size_t size,
                             const char* file, const char* name, yin_word* agent,
                             yin_error* error);
typedef enum yin_agent_state {
  YIN_AGENT_READY = 0,
  YIN_AGENT_WAITING = 1, /* for a stream */
  YIN_AGENT_PARKED = 2,  /* until somebody resumes it */
  YIN_AGENT_DONE = 3,
  YIN_AGENT_FAILED = 4
} yin_agent_state;
/* *value: what it waits for, its error. YIN_NOT_FOUND: it is done, and gone. */
YIN_API yin_status yin_agent_look(yin_pin* pin, yin_word agent, yin_agent_state* state,
                                  yin_word* value, yin_error* error);
/* YIN_INVALID_ARGUMENT: it is not parked. */
YIN_API yin_status yin_agent_resume(yin_pin* pin, yin_word agent, yin_word value,
                                    yin_error* error);

/* Runs agents of the domain in `threads` threads of this process, until yin_serve_stop(). What
 * ran in the middle of a step then did not happen; others, or who serves next, go on with it. */
typedef struct yin_server yin_server;
YIN_API yin_status yin_serve(yin_domain* domain, unsigned threads, yin_server** out,
                             yin_error* error);
/* Gives it back as well. Why it had to stop by itself, if it had. */
YIN_API yin_status yin_serve_stop(yin_server* server, yin_error* error);

/* A log that is appended to. `capacity` items until readers have passed them (0: any number).
 * With a name it is found again (null: without). */
YIN_API yin_status yin_stream(yin_pin* pin, const char* name, size_t size, uint64_t capacity,
                              yin_word* stream, yin_error* error);
/* YIN_UNAVAILABLE: it is full, wait for a change of it (yin_watch_start() takes streams too);
 * YIN_END: it is closed. */
YIN_API yin_status yin_stream_put(yin_pin* pin, yin_word stream, yin_word item, yin_error* error);
YIN_API yin_status yin_stream_close(yin_pin* pin, yin_word stream, yin_error* error);
/* A reader's position, from the first item that is kept; yin_delete() of it lets go of them. */
YIN_API yin_status yin_cursor(yin_pin* pin, yin_word stream, yin_word* cursor, yin_error* error);
/* The next item, exactly once for all who share the cursor. YIN_UNAVAILABLE: there is none yet;
 * YIN_END. */
YIN_API yin_status yin_cursor_next(yin_pin* pin, yin_word cursor, yin_word* item,
                                   yin_error* error);
/* The stream of a cursor. */
YIN_API yin_status yin_cursor_stream(yin_pin* pin, yin_word cursor, yin_word* stream,
                                     yin_error* error);

#ifdef __cplusplus
}
#endif
