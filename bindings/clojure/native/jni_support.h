#pragma once

// What every native of the JVM binding needs: pins that end by themselves, errors that become
// Clojure's exceptions, byte arrays.
//
// All of it is for one thread, within one call from the JVM: a Pinned must end before the call
// returns, and handles and iterators are released behind it, since releasing takes a pin. Not for
// threads that the JVM does not know.

#include <string>

#include <jni.h>

#include "bindings/c/yin.h"

namespace yin::jni {

// Objects of the library are long numbers in Java.
template <typename T>
T* pointer(jlong number) {
  return reinterpret_cast<T*>(number);  // NOLINT(performance-no-int-to-ptr)
}
inline jlong number(const void* pointer) { return reinterpret_cast<jlong>(pointer); }
inline jlong number(yin_word w) { return static_cast<jlong>(w); }
inline yin_word word(jlong number) { return static_cast<yin_word>(number); }

// Throws yin.Failure.of(status, message); the caller returns to the JVM at once.
void raise(JNIEnv* env, const yin_error& error);
void raise(JNIEnv* env, yin_status status, const char* message);
bool load_support(JNIEnv* env);

// A pin for one call. Without one (the domain is closed) the exception is under way.
class Pinned {
 public:
  Pinned(JNIEnv* env, jlong domain) {
    yin_error error;
    if (yin_pin_begin(pointer<yin_domain>(domain), &pin_, &error) == YIN_OK) return;
    pin_ = nullptr;
    raise(env, error);
  }
  ~Pinned() {
    if (pin_ != nullptr) yin_pin_end(pin_);
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

  explicit operator bool() const { return pin_ != nullptr; }
  operator yin_pin*() const { return pin_; }  // NOLINT(google-explicit-constructor)

 private:
  yin_pin* pin_ = nullptr;
};

// The bytes of a Java array; text is UTF-8.
std::string bytes_of(JNIEnv* env, jbyteArray array);
jbyteArray byte_array(JNIEnv* env, const std::string& bytes);

}  // namespace yin::jni
