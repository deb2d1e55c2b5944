// The natives of yin.Native that read and make values.

#include <vector>

#include "bindings/clojure/native/jni_support.h"
#include "bindings/clojure/native/natives.h"
#include "bindings/clojure/native/parcel.h"

namespace yin::jni {
namespace {

// What yin.Native.apply() can do; Native.java names them alike.
enum class Verb : jint {
  kBuild = 0,
  kAssoc = 1,
  kDissoc = 2,
  kConj = 3,
  kDisj = 4,
  kPop = 5,
  kMerge = 6,
  kWithMeta = 7,
  kBare = 8,
  kUpdateItems = 9,  // yin_update_many()
  kUpdatePairs = 10,
  kUpdateRemove = 11
};

yin_status apply_verb(yin_pin* pin, Verb verb, yin_word base, const std::vector<yin_word>& given,
                      yin_word* made, yin_error* error) {
  switch (verb) {
    case Verb::kBuild:
      *made = given.back();
      return YIN_OK;
    case Verb::kAssoc:
      return yin_assoc(pin, base, given[0], given[1], made, error);
    case Verb::kDissoc:
      return yin_dissoc(pin, base, given[0], made, error);
    case Verb::kConj:
      return yin_conj(pin, base, given[0], made, error);
    case Verb::kDisj:
      return yin_disj(pin, base, given[0], made, error);
    case Verb::kPop:
      return yin_pop(pin, base, made, error);
    case Verb::kMerge:
      return yin_merge(pin, base, given[0], made, error);
    case Verb::kWithMeta:
      return yin_with_meta(pin, base, given[0], made, error);
    case Verb::kBare:
      *made = yin_bare(pin, base);
      return YIN_OK;
    case Verb::kUpdateItems:
    case Verb::kUpdatePairs:
    case Verb::kUpdateRemove: {
      const yin_update update = verb == Verb::kUpdateItems   ? YIN_UPDATE_ITEMS
                                : verb == Verb::kUpdatePairs ? YIN_UPDATE_PAIRS
                                                             : YIN_UPDATE_REMOVE;
      const std::size_t count = update == YIN_UPDATE_PAIRS ? given.size() / 2 : given.size();
      return yin_update_many(pin, base, update, given.data(), count, made, error);
    }
  }
  return YIN_INTERNAL;
}

constexpr jint kFrom = 1;  // yin.Items has the same
constexpr jint kTo = 2;
constexpr jint kWithoutFrom = 4;
constexpr jint kWithTo = 8;
constexpr jint kDescending = 16;

// The next `room` words (even): how many, then what they are. Returns whether there may be more.
bool pack_next(const yin_pin* pin, yin_iterator* iterator, std::size_t room, jlong box) {
  yin_word words[kBatchWords];
  std::size_t count = 0;
  bool more = true;
  while (more && count + 2 <= room) {
    const std::size_t got = yin_next(iterator, pin, words + count, room - count);
    more = got != 0;
    count += got;
  }
  auto* const out = pointer<std::uint64_t>(box);
  out[0] = count;
  Packer packer(pin, out + 1, kBoxWords - 1);
  for (std::size_t i = 0; i < count; ++i) packer.put(words[i], count - i - 1);
  return more;
}

yin_range range_of(jint range, const std::vector<yin_word>& bounds) {
  std::size_t given = 0;
  yin_range made = {};
  made.from = (range & kFrom) != 0 ? bounds[given++] : YIN_WORD_ABSENT;
  made.to = (range & kTo) != 0 ? bounds[given++] : YIN_WORD_ABSENT;
  made.without_from = range & kWithoutFrom;
  made.with_to = range & kWithTo;
  made.descending = range & kDescending;
  return made;
}

}  // namespace

std::vector<yin_word>& scratch_stack() {
  thread_local std::vector<yin_word> stack;
  if (stack.capacity() > 65536) stack = {};  // of a large value once
  stack.clear();
  return stack;
}

yin_status keep(yin_pin* pin, yin_word w, jlong box, yin_word* kept, yin_error* error) {
  *kept = w;
  if (!yin_is_reference(w)) return YIN_OK;
  yin_handle* handle = nullptr;
  const yin_status status = yin_handle_make(pin, w, &handle, error);
  if (status != YIN_OK) return status;
  *kept = yin_handle_word(handle);
  auto* const out = pointer<std::uint64_t>(box);
  out[0] = static_cast<std::uint64_t>(number(handle));
  Packer(pin, out + 1, kBoxWords - 1).put(*kept, 0);
  return YIN_OK;
}

}  // namespace yin::jni

using namespace yin::jni;  // NOLINT(google-build-using-namespace): the natives below are C

YIN_NATIVE(jlong, bufferAddress)(JNIEnv* env, jclass, jobject buffer) {
  return number(env->GetDirectBufferAddress(buffer));
}

// ---- reading ------------------------------------------------------------------------------------

YIN_NATIVE(jint, kind)(JNIEnv* env, jclass, jlong domain, jlong w) {
  const Pinned pin(env, domain);
  return pin ? static_cast<jint>(yin_kind_of(pin, word(w))) : 0;
}

YIN_NATIVE(jlong, count)(JNIEnv* env, jclass, jlong domain, jlong w) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  yin_error error;
  std::uint64_t count = 0;
  if (yin_count(pin, word(w), &count, &error) != YIN_OK) raise(env, error);
  return static_cast<jlong>(count);
}

YIN_NATIVE(jlong, get)(JNIEnv* env, jclass, jlong domain, jlong collection, jlong key) {
  const Pinned pin(env, domain);
  return pin ? number(yin_get(pin, word(collection), word(key))) : 0;
}

YIN_NATIVE(jlong, findKey)(JNIEnv* env, jclass, jlong domain, jlong collection, jlong key) {
  const Pinned pin(env, domain);
  return pin ? number(yin_find_key(pin, word(collection), word(key))) : 0;
}

YIN_NATIVE(jlong, getParcel)
(JNIEnv* env, jclass, jlong domain, jlong collection, jboolean the_key, jlong parcel, jint words) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  auto& stack = scratch_stack();
  if (unpack(pin, pointer<std::uint64_t>(parcel), static_cast<std::size_t>(words), &stack,
             nullptr) != YIN_OK)
    return number(YIN_WORD_ABSENT);  // no value of a domain, so no key in one
  return number(the_key != 0 ? yin_find_key(pin, word(collection), stack.back())
                             : yin_get(pin, word(collection), stack.back()));
}

YIN_NATIVE(jlong, getText)
(JNIEnv* env, jclass, jlong domain, jlong collection, jlong text, jint size) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  return number(yin_get_text(pin, word(collection), pointer<const char>(text),
                             static_cast<std::size_t>(size)));
}

YIN_NATIVE(jlong, nth)(JNIEnv* env, jclass, jlong domain, jlong collection, jlong index) {
  const Pinned pin(env, domain);
  return pin ? number(yin_nth(pin, word(collection), static_cast<std::uint64_t>(index))) : 0;
}

YIN_NATIVE(jlong, peek)(JNIEnv* env, jclass, jlong domain, jlong collection) {
  const Pinned pin(env, domain);
  return pin ? number(yin_peek(pin, word(collection))) : 0;
}

YIN_NATIVE(jlong, meta)(JNIEnv* env, jclass, jlong domain, jlong w) {
  const Pinned pin(env, domain);
  return pin ? number(yin_meta(pin, word(w))) : 0;
}

YIN_NATIVE(jboolean, equal)(JNIEnv* env, jclass, jlong domain, jlong a, jlong b) {
  const Pinned pin(env, domain);
  return pin && yin_equal(pin, word(a), word(b)) != 0 ? JNI_TRUE : JNI_FALSE;
}

YIN_NATIVE(jint, describe)(JNIEnv* env, jclass, jlong domain, jlong w, jlong room, jint words) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  Packer packer(pin, pointer<std::uint64_t>(room), static_cast<std::size_t>(words));
  packer.put_whole(word(w));
  return static_cast<jint>(packer.words());
}

YIN_NATIVE(jbyteArray, name)(JNIEnv* env, jclass, jlong domain, jlong w) {
  const Pinned pin(env, domain);
  if (!pin) return nullptr;
  char room[8];
  const char* bytes = nullptr;
  std::size_t size = 0;
  yin_error error;
  if (yin_to_bytes(pin, word(w), room, &bytes, &size, &error) != YIN_OK) {
    raise(env, error);
    return nullptr;
  }
  return byte_array(env, std::string(bytes, size));
}

YIN_NATIVE(jbyteArray, print)(JNIEnv* env, jclass, jlong domain, jlong w, jlong limit) {
  const Pinned pin(env, domain);
  if (!pin) return nullptr;
  std::string text;
  yin_error error;
  const auto append = [](void* to, const char* piece, std::size_t size) {
    static_cast<std::string*>(to)->append(piece, size);
  };
  if (yin_print_with_meta(pin, word(w), static_cast<std::size_t>(limit), append, &text, &error) !=
      YIN_OK) {
    raise(env, error);
    return nullptr;
  }
  return byte_array(env, text);
}

YIN_NATIVE(jlong, knownKeyword)(JNIEnv* env, jclass, jlong domain, jbyteArray name) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  const std::string bytes = bytes_of(env, name);
  std::uint32_t id = 0;
  const bool known = yin_known_name(pin, bytes.data(), bytes.size(), &id) != 0;
  return known ? number(yin_keyword_word(id)) : 0;
}

// ---- making -------------------------------------------------------------------------------------

YIN_NATIVE(jlong, keyword)(JNIEnv* env, jclass, jlong domain, jbyteArray name) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  const std::string bytes = bytes_of(env, name);
  yin_word made = YIN_WORD_NIL;
  yin_error error;
  if (yin_keyword(pin, bytes.data(), bytes.size(), &made, &error) != YIN_OK) raise(env, error);
  return number(made);
}

YIN_NATIVE(jlong, symbol)(JNIEnv* env, jclass, jlong domain, jbyteArray name) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  const std::string bytes = bytes_of(env, name);
  yin_word made = YIN_WORD_NIL;
  yin_error error;
  if (yin_symbol(pin, bytes.data(), bytes.size(), &made, &error) != YIN_OK) raise(env, error);
  return number(made);
}

YIN_NATIVE(jlong, apply)
(JNIEnv* env, jclass, jlong domain, jint verb, jlong base, jlong parcel, jint words, jlong box) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  auto& stack = scratch_stack();
  yin_error error;
  yin_word made = YIN_WORD_NIL;
  if (unpack(pin, pointer<std::uint64_t>(parcel), static_cast<std::size_t>(words), &stack,
             &error) != YIN_OK ||
      apply_verb(pin, static_cast<Verb>(verb), word(base), stack, &made, &error) != YIN_OK) {
    raise(env, error);
    return 0;
  }
  if (made == word(base)) return base;  // nothing changed: what the caller has
  if (keep(pin, made, box, &made, &error) != YIN_OK) raise(env, error);
  return number(made);
}

YIN_NATIVE(jlong, read)(JNIEnv* env, jclass, jlong domain, jbyteArray text, jlong box) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  const std::string bytes = bytes_of(env, text);
  yin_error error;
  yin_word made = YIN_WORD_NIL;
  if (yin_read(pin, bytes.data(), bytes.size(), &made, &error) != YIN_OK ||
      keep(pin, made, box, &made, &error) != YIN_OK)
    raise(env, error);
  return number(made);
}

// ---- handles ------------------------------------------------------------------------------------

YIN_NATIVE(jlong, handle)(JNIEnv* env, jclass, jlong domain, jlong w) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  yin_error error;
  yin_handle* handle = nullptr;
  if (yin_handle_make(pin, word(w), &handle, &error) != YIN_OK) raise(env, error);
  return number(handle);
}

// ---- iteration ----------------------------------------------------------------------------------

YIN_NATIVE(jlong, iterate)
(JNIEnv* env, jclass, jlong domain, jlong collection, jint range, jlong parcel, jint words,
 jint room, jlong box) {
  yin_iterator* iterator = nullptr;
  {
    const Pinned pin(env, domain);
    if (!pin) return 0;
    auto& stack = scratch_stack();
    yin_error error;
    if (unpack(pin, pointer<std::uint64_t>(parcel), static_cast<std::size_t>(words), &stack,
               &error) != YIN_OK) {
      raise(env, error);
      return 0;
    }
    const yin_range bounds = range_of(range, stack);
    if (yin_iterate(pin, word(collection), range != 0 ? &bounds : nullptr, &iterator, &error) !=
        YIN_OK) {
      raise(env, error);
      return 0;
    }
    if (pack_next(pin, iterator, static_cast<std::size_t>(room), box)) return number(iterator);
  }
  yin_iterator_release(iterator);  // takes a pin of its own
  return 0;
}

YIN_NATIVE(jboolean, next)
(JNIEnv* env, jclass, jlong domain, jlong iterator, jint room, jlong box) {
  const Pinned pin(env, domain);
  if (!pin) return JNI_FALSE;
  return pack_next(pin, pointer<yin_iterator>(iterator), static_cast<std::size_t>(room), box)
             ? JNI_TRUE
             : JNI_FALSE;
}
