// The natives of yin.Native about domains and what stands in them: atoms, snapshots, watches,
// agents, streams.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "bindings/clojure/native/natives.h"
#include "bindings/clojure/native/parcel.h"

using namespace yin::jni;  // NOLINT(google-build-using-namespace): the natives below are C

namespace {

// One value that is given as a parcel. False: the exception is under way.
bool one_value(JNIEnv* env, yin_pin* pin, jlong parcel, jint words, yin_word* value) {
  auto& stack = scratch_stack();
  yin_error error;
  if (unpack(pin, pointer<std::uint64_t>(parcel), static_cast<std::size_t>(words), &stack,
             &error) != YIN_OK) {
    raise(env, error);
    return false;
  }
  *value = stack.back();
  return true;
}

// The word that a function of yin.h gives, or the exception.
template <typename Call>
jlong word_or_raise(JNIEnv* env, jlong domain, Call call) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  yin_error error;
  yin_word out = YIN_WORD_NIL;
  if (call(static_cast<yin_pin*>(pin), &out, &error) != YIN_OK) raise(env, error);
  return number(out);
}

}  // namespace

extern "C" JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM* vm, void*) {
  JNIEnv* env = nullptr;
  if (vm->GetEnv(reinterpret_cast<void**>(&env), JNI_VERSION_10) != JNI_OK) return JNI_ERR;
  return load_support(env) ? JNI_VERSION_10 : JNI_ERR;
}

YIN_NATIVE(jint, abiVersion)(JNIEnv*, jclass) { return static_cast<jint>(yin_abi_version()); }
YIN_NATIVE(jbyteArray, version)(JNIEnv* env, jclass) { return byte_array(env, yin_version()); }
YIN_NATIVE(jint, formatVersion)(JNIEnv*, jclass) { return static_cast<jint>(yin_format_version()); }

// ---- domains ------------------------------------------------------------------------------------

YIN_NATIVE(jlong, open)
(JNIEnv* env, jclass, jbyteArray path, jint mode, jlong capacity, jlong durability,
 jboolean keeper) {
  yin_open_options options = YIN_OPEN_OPTIONS;
  options.mode = static_cast<yin_open_mode>(mode);
  options.capacity_bytes = static_cast<std::uint64_t>(capacity);
  options.durability = durability;
  options.no_keeper = keeper == 0;
  yin_domain* domain = nullptr;
  yin_error error;
  if (yin_open(bytes_of(env, path).c_str(), &options, &domain, &error) != YIN_OK) raise(env, error);
  return number(domain);
}

YIN_NATIVE(void, close)(JNIEnv*, jclass, jlong domain) { yin_close(pointer<yin_domain>(domain)); }

YIN_NATIVE(jboolean, isClosed)(JNIEnv*, jclass, jlong domain) {
  return yin_is_closed(pointer<yin_domain>(domain)) != 0 ? JNI_TRUE : JNI_FALSE;
}

YIN_NATIVE(void, remove)(JNIEnv* env, jclass, jbyteArray path) {
  yin_error error;
  if (yin_remove(bytes_of(env, path).c_str(), &error) != YIN_OK) raise(env, error);
}

YIN_NATIVE(jlongArray, stat)(JNIEnv* env, jclass, jlong domain) {
  yin_stat stat;
  yin_error error;
  if (yin_domain_stat(pointer<yin_domain>(domain), &stat, &error) != YIN_OK) {
    raise(env, error);
    return nullptr;
  }
  const std::uint64_t fields[] = {stat.capacity_bytes, stat.committed_bytes, stat.live_bytes,
                                  stat.collections,    stat.holds,           stat.slots,
                                  stat.workers};
  jlongArray array = env->NewLongArray(std::size(fields));
  if (array != nullptr)
    env->SetLongArrayRegion(array, 0, std::size(fields), reinterpret_cast<const jlong*>(fields));
  return array;
}

YIN_NATIVE(void, flush)(JNIEnv* env, jclass, jlong domain, jint timeout_ms) {
  yin_error error;
  if (yin_flush(pointer<yin_domain>(domain), static_cast<std::uint32_t>(timeout_ms), &error) !=
      YIN_OK)
    raise(env, error);
}

YIN_NATIVE(jboolean, collect)(JNIEnv* env, jclass, jlong domain) {
  int busy = 0;
  yin_error error;
  if (yin_keep(pointer<yin_domain>(domain), &busy, &error) != YIN_OK) raise(env, error);
  return busy != 0 ? JNI_TRUE : JNI_FALSE;
}

YIN_NATIVE(void, verify)(JNIEnv* env, jclass, jlong domain) {
  yin_error error;
  if (yin_verify(pointer<yin_domain>(domain), &error) != YIN_OK) raise(env, error);
}

// What Java objects own, given back when they are closed or collected: yin.Owned names the sorts
// alike.
YIN_NATIVE(void, release)(JNIEnv*, jclass, jint sort, jlong owned) {
  switch (sort) {
    case 0:
      return yin_handle_release(pointer<yin_handle>(owned));
    case 1:
      return yin_iterator_release(pointer<yin_iterator>(owned));
    case 2:
      return yin_snapshot_release(pointer<yin_snapshot>(owned));
    case 3:
      return yin_watch_release(pointer<yin_watch>(owned));
    default:
      return yin_domain_release(pointer<yin_domain>(owned));
  }
}

// ---- atoms --------------------------------------------------------------------------------------

YIN_NATIVE(jlong, atom)
(JNIEnv* env, jclass, jlong domain, jbyteArray name, jlong parcel, jint words) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  yin_word initial = YIN_WORD_NIL;
  if (!one_value(env, pin, parcel, words, &initial)) return 0;
  yin_word atom = YIN_WORD_NIL;
  yin_error error;
  yin_status status = YIN_OK;
  if (name == nullptr) {
    status = yin_new_atom(pin, initial, &atom, &error);
  } else {
    const std::string bytes = bytes_of(env, name);
    status = yin_atom(pin, bytes.data(), bytes.size(), initial, &atom, &error);
  }
  if (status != YIN_OK) raise(env, error);
  return number(atom);
}

YIN_NATIVE(jlong, findName)(JNIEnv* env, jclass, jlong domain, jbyteArray name) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  const std::string bytes = bytes_of(env, name);
  yin_word found = YIN_WORD_ABSENT;
  yin_error error;
  const yin_status status = yin_find_name(pin, bytes.data(), bytes.size(), &found, &error);
  if (status == YIN_NOT_FOUND) return number(YIN_WORD_ABSENT);
  if (status != YIN_OK) raise(env, error);
  return number(found);
}

YIN_NATIVE(void, deleteName)(JNIEnv* env, jclass, jlong domain, jbyteArray name) {
  const Pinned pin(env, domain);
  if (!pin) return;
  const std::string bytes = bytes_of(env, name);
  yin_error error;
  if (yin_delete_name(pin, bytes.data(), bytes.size(), &error) != YIN_OK) raise(env, error);
}

YIN_NATIVE(void, rename)(JNIEnv* env, jclass, jlong domain, jbyteArray from, jbyteArray to) {
  const Pinned pin(env, domain);
  if (!pin) return;
  const std::string old_name = bytes_of(env, from);
  const std::string new_name = bytes_of(env, to);
  yin_error error;
  if (yin_rename(pin, old_name.data(), old_name.size(), new_name.data(), new_name.size(), &error) !=
      YIN_OK)
    raise(env, error);
}

YIN_NATIVE(void, deleteAtom)(JNIEnv* env, jclass, jlong domain, jlong atom) {
  const Pinned pin(env, domain);
  if (!pin) return;
  yin_error error;
  if (yin_delete(pin, word(atom), &error) != YIN_OK) raise(env, error);
}

// {byte[][] names, long[] words}
YIN_NATIVE(jobjectArray, atoms)(JNIEnv* env, jclass, jlong domain) {
  std::vector<std::pair<std::string, yin_word>> found;
  {
    const Pinned pin(env, domain);
    if (!pin) return nullptr;
    const auto visit = [](void* to, const char* name, std::size_t size, yin_word atom) {
      static_cast<decltype(found)*>(to)->emplace_back(std::string(name, size), atom);
      return 0;
    };
    yin_error error;
    if (yin_each_atom(pin, visit, &found, &error) != YIN_OK) {
      raise(env, error);
      return nullptr;
    }
  }
  const auto count = static_cast<jsize>(found.size());
  jobjectArray names = env->NewObjectArray(count, env->FindClass("[B"), nullptr);
  jlongArray words = env->NewLongArray(count);
  jobjectArray both = env->NewObjectArray(2, env->FindClass("java/lang/Object"), nullptr);
  if (names == nullptr || words == nullptr || both == nullptr) return nullptr;
  for (jsize i = 0; i < count; ++i) {
    const auto& [name, atom] = found[static_cast<std::size_t>(i)];
    jbyteArray bytes = byte_array(env, name);
    env->SetObjectArrayElement(names, i, bytes);
    env->DeleteLocalRef(bytes);
    const jlong w = number(atom);
    env->SetLongArrayRegion(words, i, 1, &w);
  }
  env->SetObjectArrayElement(both, 0, names);
  env->SetObjectArrayElement(both, 1, words);
  return both;
}

// `known`: the word of a value the caller still keeps: the same again needs no handle.
YIN_NATIVE(jlong, deref)
(JNIEnv* env, jclass, jlong domain, jlong atom, jlong known, jlong box) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  yin_word now = YIN_WORD_NIL;
  yin_error error;
  if (yin_deref(pin, word(atom), &now, &error) != YIN_OK ||
      (number(now) != known && keep(pin, now, box, &now, &error) != YIN_OK))
    raise(env, error);
  return number(now);
}

// 0: done; 1: conflict; 2: done, and the box is as keep() fills it.
YIN_NATIVE(jint, commitParcel)
(JNIEnv* env, jclass, jlong domain, jlong atom, jlong expected, jlong parcel, jint words,
 jlong box) {
  yin_error error;
  yin_status status = YIN_OK;
  bool kept = false;
  {
    const Pinned pin(env, domain);
    if (!pin) return 0;
    yin_change change = {word(atom), word(expected), YIN_WORD_NIL};
    if (!one_value(env, pin, parcel, words, &change.value)) return 0;
    status = keep(pin, change.value, box, &change.value, &error);
    kept = status == YIN_OK && yin_is_reference(change.value) != 0;
    if (status == YIN_OK) status = yin_commit(pin, &change, 1, &error);
  }
  if (status == YIN_OK) return kept ? 2 : 0;
  if (kept) yin_handle_release(pointer<yin_handle>(*pointer<jlong>(box)));  // takes a pin
  if (status != YIN_CONFLICT) raise(env, error);
  return 1;
}

YIN_NATIVE(jint, commit)
(JNIEnv* env, jclass, jlong domain, jlong atom, jlong expected, jlong value) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  const yin_change change = {word(atom), word(expected), word(value)};
  yin_error error;
  const yin_status status = yin_commit(pin, &change, 1, &error);
  if (status != YIN_OK && status != YIN_CONFLICT) raise(env, error);
  return status == YIN_CONFLICT ? 1 : 0;
}

// `changes`: atom, expected, value, atom, ... True: done; false: conflict.
YIN_NATIVE(jboolean, commitAll)(JNIEnv* env, jclass, jlong domain, jlongArray changes) {
  const Pinned pin(env, domain);
  if (!pin) return JNI_FALSE;
  std::vector<yin_change> all(static_cast<std::size_t>(env->GetArrayLength(changes)) / 3);
  env->GetLongArrayRegion(changes, 0, static_cast<jsize>(3 * all.size()),
                          reinterpret_cast<jlong*>(all.data()));
  yin_error error;
  const yin_status status = yin_commit(pin, all.data(), all.size(), &error);
  if (status != YIN_OK && status != YIN_CONFLICT) raise(env, error);
  return status == YIN_OK ? JNI_TRUE : JNI_FALSE;
}

// The parcel holds what is expected, and the value.
YIN_NATIVE(jboolean, compareAndSet)
(JNIEnv* env, jclass, jlong domain, jlong atom, jlong parcel, jint words) {
  const Pinned pin(env, domain);
  if (!pin) return JNI_FALSE;
  auto& stack = scratch_stack();
  yin_error error;
  int was = 0;
  if (unpack(pin, pointer<std::uint64_t>(parcel), static_cast<std::size_t>(words), &stack,
             &error) != YIN_OK ||
      yin_compare_and_set(pin, word(atom), stack[0], stack[1], &was, &error) != YIN_OK)
    raise(env, error);
  return was != 0 ? JNI_TRUE : JNI_FALSE;
}

YIN_NATIVE(void, backOff)(JNIEnv*, jclass, jlong domain, jlong atom, jint tries) {
  yin_back_off(pointer<yin_domain>(domain), word(atom), static_cast<std::uint32_t>(tries));
}

// ---- snapshots ----------------------------------------------------------------------------------

YIN_NATIVE(jlong, snapshot)(JNIEnv* env, jclass, jlong domain) {
  yin_snapshot* snapshot = nullptr;
  yin_error error;
  if (yin_snapshot_take(pointer<yin_domain>(domain), &snapshot, &error) != YIN_OK)
    raise(env, error);
  return number(snapshot);
}

YIN_NATIVE(jlong, snapshotDeref)
(JNIEnv* env, jclass, jlong domain, jlong snapshot, jlong atom, jlong box) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  yin_word then = YIN_WORD_ABSENT;
  yin_error error;
  const yin_status status =
      yin_snapshot_deref(pointer<yin_snapshot>(snapshot), pin, word(atom), &then, &error);
  if (status == YIN_NOT_FOUND) return number(YIN_WORD_ABSENT);
  if (status != YIN_OK || keep(pin, then, box, &then, &error) != YIN_OK) raise(env, error);
  return number(then);
}

// ---- watches ------------------------------------------------------------------------------------

YIN_NATIVE(jlong, watchStart)(JNIEnv* env, jclass, jlong domain, jlong atom, jint mode) {
  const Pinned pin(env, domain);
  if (!pin) return 0;
  yin_watch* watch = nullptr;
  yin_error error;
  if (yin_watch_start(pin, word(atom), static_cast<yin_watch_mode>(mode), &watch, &error) != YIN_OK)
    raise(env, error);
  return number(watch);
}

// A status: YIN_OK, YIN_TIMEOUT or YIN_CLOSED.
YIN_NATIVE(jint, watchWait)(JNIEnv* env, jclass, jlongArray watches, jint timeout_ms) {
  std::vector<yin_watch*> all(static_cast<std::size_t>(env->GetArrayLength(watches)));
  env->GetLongArrayRegion(watches, 0, static_cast<jsize>(all.size()),
                          reinterpret_cast<jlong*>(all.data()));
  yin_error error;
  const yin_status status =
      yin_watch_wait(all.data(), all.size(), static_cast<std::uint32_t>(timeout_ms), &error);
  if (status != YIN_OK && status != YIN_TIMEOUT && status != YIN_CLOSED) raise(env, error);
  return static_cast<jint>(status);
}

YIN_NATIVE(void, watchWake)(JNIEnv*, jclass, jlong domain) {
  yin_watch_wake(pointer<yin_domain>(domain));
}

// {before, after}, each kept in its own box; null: there is no change.
YIN_NATIVE(jlongArray, watchTake)
(JNIEnv* env, jclass, jlong domain, jlong watch, jlong before_box, jlong after_box) {
  yin_word words[2] = {YIN_WORD_ABSENT, YIN_WORD_ABSENT};
  yin_error error;
  yin_status status = YIN_OK;
  bool before_kept = false;
  {
    const Pinned pin(env, domain);
    if (!pin) return nullptr;
    if (yin_watch_take(pointer<yin_watch>(watch), pin, &words[0], &words[1]) == 0) return nullptr;
    status = keep(pin, words[0], before_box, &words[0], &error);
    before_kept = status == YIN_OK && yin_is_reference(words[0]) != 0;
    if (status == YIN_OK) status = keep(pin, words[1], after_box, &words[1], &error);
  }
  if (status != YIN_OK) {
    if (before_kept) yin_handle_release(pointer<yin_handle>(*pointer<jlong>(before_box)));
    raise(env, error);
    return nullptr;
  }
  jlongArray both = env->NewLongArray(2);
  if (both != nullptr) env->SetLongArrayRegion(both, 0, 2, reinterpret_cast<const jlong*>(words));
  return both;
}

// ---- agents, streams ----------------------------------------------------------------------------

YIN_NATIVE(jlong, spawn)
(JNIEnv* env, jclass, jlong domain, jbyteArray program, jbyteArray file, jbyteArray name) {
  const std::string text = bytes_of(env, program);
  const std::string path = bytes_of(env, file);
  const std::string called = name == nullptr ? "" : bytes_of(env, name);
  yin_word agent = YIN_WORD_NIL;
  yin_error error;
  if (yin_spawn(pointer<yin_domain>(domain), text.data(), text.size(), path.c_str(),
                name == nullptr ? nullptr : called.c_str(), &agent, &error) != YIN_OK)
    raise(env, error);
  return number(agent);
}

// {state, value}: the value kept in the box.
YIN_NATIVE(jlongArray, agentLook)(JNIEnv* env, jclass, jlong domain, jlong agent, jlong box) {
  const Pinned pin(env, domain);
  if (!pin) return nullptr;
  yin_agent_state state = YIN_AGENT_READY;
  yin_word value = YIN_WORD_NIL;
  yin_error error;
  if (yin_agent_look(pin, word(agent), &state, &value, &error) != YIN_OK ||
      keep(pin, value, box, &value, &error) != YIN_OK) {
    raise(env, error);
    return nullptr;
  }
  const jlong both[] = {static_cast<jlong>(state), number(value)};
  jlongArray array = env->NewLongArray(2);
  if (array != nullptr) env->SetLongArrayRegion(array, 0, 2, both);
  return array;
}

YIN_NATIVE(void, agentResume)
(JNIEnv* env, jclass, jlong domain, jlong agent, jlong parcel, jint words) {
  const Pinned pin(env, domain);
  yin_word value = YIN_WORD_NIL;
  if (!pin || !one_value(env, pin, parcel, words, &value)) return;
  yin_error error;
  if (yin_agent_resume(pin, word(agent), value, &error) != YIN_OK) raise(env, error);
}

YIN_NATIVE(jlong, serve)(JNIEnv* env, jclass, jlong domain, jint threads) {
  yin_server* server = nullptr;
  yin_error error;
  if (yin_serve(pointer<yin_domain>(domain), static_cast<unsigned>(threads), &server, &error) !=
      YIN_OK)
    raise(env, error);
  return number(server);
}

YIN_NATIVE(void, serveStop)(JNIEnv* env, jclass, jlong server) {
  yin_error error;
  if (yin_serve_stop(pointer<yin_server>(server), &error) != YIN_OK) raise(env, error);
}

YIN_NATIVE(jlong, stream)(JNIEnv* env, jclass, jlong domain, jbyteArray name, jlong capacity) {
  const std::string called = name == nullptr ? "" : bytes_of(env, name);
  return word_or_raise(env, domain, [&](yin_pin* pin, yin_word* out, yin_error* error) {
    return yin_stream(pin, name == nullptr ? nullptr : called.data(), called.size(),
                      static_cast<std::uint64_t>(capacity), out, error);
  });
}

// False: it is full.
YIN_NATIVE(jboolean, streamPut)
(JNIEnv* env, jclass, jlong domain, jlong stream, jlong parcel, jint words) {
  const Pinned pin(env, domain);
  yin_word item = YIN_WORD_NIL;
  if (!pin || !one_value(env, pin, parcel, words, &item)) return JNI_FALSE;
  yin_error error;
  const yin_status status = yin_stream_put(pin, word(stream), item, &error);
  if (status != YIN_OK && status != YIN_UNAVAILABLE) raise(env, error);
  return status == YIN_OK ? JNI_TRUE : JNI_FALSE;
}

YIN_NATIVE(void, streamClose)(JNIEnv* env, jclass, jlong domain, jlong stream) {
  const Pinned pin(env, domain);
  if (!pin) return;
  yin_error error;
  if (yin_stream_close(pin, word(stream), &error) != YIN_OK) raise(env, error);
}

YIN_NATIVE(jlong, cursor)(JNIEnv* env, jclass, jlong domain, jlong stream) {
  return word_or_raise(env, domain, [&](yin_pin* pin, yin_word* out, yin_error* error) {
    return yin_cursor(pin, word(stream), out, error);
  });
}

YIN_NATIVE(jlong, cursorStream)(JNIEnv* env, jclass, jlong domain, jlong cursor) {
  return word_or_raise(env, domain, [&](yin_pin* pin, yin_word* out, yin_error* error) {
    return yin_cursor_stream(pin, word(cursor), out, error);
  });
}

// {status, item}: YIN_OK with the item kept in the box, YIN_UNAVAILABLE or YIN_END.
YIN_NATIVE(jlongArray, cursorNext)(JNIEnv* env, jclass, jlong domain, jlong cursor, jlong box) {
  const Pinned pin(env, domain);
  if (!pin) return nullptr;
  yin_word item = YIN_WORD_NIL;
  yin_error error;
  const yin_status status = yin_cursor_next(pin, word(cursor), &item, &error);
  const bool told = status == YIN_OK || status == YIN_UNAVAILABLE || status == YIN_END;
  if (!told || keep(pin, item, box, &item, &error) != YIN_OK) {
    raise(env, error);
    return nullptr;
  }
  const jlong both[] = {static_cast<jlong>(status), number(item)};
  jlongArray array = env->NewLongArray(2);
  if (array != nullptr) env->SetLongArrayRegion(array, 0, 2, both);
  return array;
}
