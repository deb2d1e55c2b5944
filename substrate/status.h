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
// along (docs/decisions/0001). An ok Status is one null word, so that returning it costs nothing
// where it is returned a hundred million times a second.

#include <memory>
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
  Status(StatusCode code, std::string message)
      : error_(std::make_unique<Error>(Error{code, std::move(message)})) {}
  Status(const Status& other) : error_(other.ok() ? nullptr : copy_of(*other.error_)) {}
  Status& operator=(const Status& other) { return *this = Status(other); }
  Status(Status&&) = default;
  Status& operator=(Status&&) = default;
  ~Status() = default;

  [[nodiscard]] bool ok() const { return error_ == nullptr; }
  [[nodiscard]] StatusCode code() const { return ok() ? StatusCode::kOk : error_->code; }
  [[nodiscard]] const std::string& message() const {
    static const std::string none;
    return ok() ? none : error_->message;
  }

 private:
  struct Error {
    StatusCode code;
    std::string message;
  };
  [[gnu::cold]] static std::unique_ptr<Error> copy_of(const Error& error) {
    return std::make_unique<Error>(error);
  }

  std::unique_ptr<Error> error_;
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
