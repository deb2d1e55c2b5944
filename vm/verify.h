#pragma once

// Verify: whether what a domain holds as code may be run.
//
// A machine trusts a function: it checks no slot, no index and no distance. Functions that this
// machine's own workers lowered are right; what a file from elsewhere holds is checked here first,
// once, with everything else in it (substrate/verify.h). A function passes when, in stack code, in
// register code and in what the walk was told about its nodes, every slot is written before it is
// read, on every path and from every safe point a frame may name; operands lead to constants,
// primitives, safe points and instructions that are there; and each safe point is where its
// instruction says. Only a back edge leads back, so what runs comes to a safe point. It may still
// mean something else than its program: that is an author's right.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "substrate/verify.h"
#include "substrate/worker.h"

namespace yin::vm {

namespace internal {
struct Vocabulary;
}

// As substrate's, with code.
substrate::VerifyReport verify(substrate::Worker& worker);
substrate::Status trust(substrate::Worker& worker);

// What is wrong with a function, closure, frame or program whose objects are sound; empty: nothing.
// For objects of one domain; each program is looked at once.
class CodeCheck {
 public:
  CodeCheck();
  ~CodeCheck();
  std::string operator()(const substrate::Pin& pin, substrate::Word object);

 private:
  bool is_program(const substrate::Pin& pin, substrate::Word program);

  std::unique_ptr<internal::Vocabulary> words_;
  std::unordered_map<std::uint64_t, bool> programs_;  // by their words
};

}  // namespace yin::vm
