#include "bindings/clojure/native/jni_support.h"

#include <cstring>

namespace yin::jni {
namespace {

// Of the class loader that loaded this library; it unloads both together.
jclass failure_class = nullptr;
jmethodID failure_of = nullptr;

}  // namespace

bool load_support(JNIEnv* env) {
  jclass found = env->FindClass("yin/Failure");
  if (found == nullptr) return false;
  failure_class = static_cast<jclass>(env->NewGlobalRef(found));
  failure_of = env->GetStaticMethodID(failure_class, "of", "(I[B)Ljava/lang/RuntimeException;");
  return failure_of != nullptr;
}

void raise(JNIEnv* env, const yin_error& error) { raise(env, error.status, error.message); }

void raise(JNIEnv* env, yin_status status, const char* message) {
  jobject thrown = env->CallStaticObjectMethod(failure_class, failure_of, static_cast<jint>(status),
                                               byte_array(env, message));
  if (!env->ExceptionCheck()) env->Throw(static_cast<jthrowable>(thrown));
}

std::string bytes_of(JNIEnv* env, jbyteArray array) {
  std::string bytes(static_cast<std::size_t>(env->GetArrayLength(array)), '\0');
  env->GetByteArrayRegion(array, 0, static_cast<jsize>(bytes.size()),
                          reinterpret_cast<jbyte*>(bytes.data()));
  return bytes;
}

jbyteArray byte_array(JNIEnv* env, const std::string& bytes) {
  const auto size = static_cast<jsize>(bytes.size());
  jbyteArray array = env->NewByteArray(size);
  if (array != nullptr)
    env->SetByteArrayRegion(array, 0, size, reinterpret_cast<const jbyte*>(bytes.data()));
  return array;
}

}  // namespace yin::jni
