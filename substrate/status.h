#pragma once

// Status and StatusOr: how the core reports what the *world* did wrong (no space, a missing file,
// hostile bytes).
//
// Three kinds of error have three tools (see ARCHITECTURE.md): a bug of ours is check() (check.h);
// the world is a Status; an error of the guest program is an ordinary value. A Status carries a
// code for the caller to branch on and one sentence for a person: what was tried, on what, and what
// to do.
//
// The interface follows absl::Status so that moving to it is a rename; it is our own because the
// core also compiles to WebAssembly, where Abseil's Status would bring Cord, Mutex and stack traces
// along (docs/decisions/0001).

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace yin::substrate {

enum class StatusCode {
  kOk,
  kInvalidArgument,    // the caller's words are wrong
  kNotFound,           // no such file, atom, agent
  kAlreadyExists,      // created twice
  kPermissionDenied,   // the file may not be read or written
  kResourceExhausted,  // disk, domain, slots: nothing was lost, free some and go on
  kDataLoss,           // the bytes are not a domain of ours, or not a whole one
  kUnavailable,        // try again: a peer holds it, a guard expired
  kUnimplemented,      // a format or a feature this build does not have
  kInternal,           // the system refused something it should not
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  [[nodiscard]] bool ok() const { return code_ == StatusCode::kOk; }
  [[nodiscard]] StatusCode code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

inline Status invalid_argument(std::string m) {
  return {StatusCode::kInvalidArgument, std::move(m)};
}
inline Status not_found(std::string m) { return {StatusCode::kNotFound, std::move(m)}; }
inline Status already_exists(std::string m) { return {StatusCode::kAlreadyExists, std::move(m)}; }
inline Status permission_denied(std::string m) {
  return {StatusCode::kPermissionDenied, std::move(m)};
}
inline Status resource_exhausted(std::string m) {
  return {StatusCode::kResourceExhausted, std::move(m)};
}
inline Status data_loss(std::string m) { return {StatusCode::kDataLoss, std::move(m)}; }
inline Status unavailable(std::string m) { return {StatusCode::kUnavailable, std::move(m)}; }
inline Status unimplemented(std::string m) { return {StatusCode::kUnimplemented, std::move(m)}; }
inline Status internal_error(std::string m) { return {StatusCode::kInternal, std::move(m)}; }

template <class T>
class [[nodiscard]] StatusOr {
 public:
  StatusOr(Status status)
      : status_(std::move(status)) {}              // NOLINT(google-explicit-constructor): as absl's
  StatusOr(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor): as absl's

  [[nodiscard]] bool ok() const { return value_.has_value(); }
  [[nodiscard]] const Status& status() const { return status_; }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace yin::substrate
