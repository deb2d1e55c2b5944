// Disassembly: every operation of both machines has a name and operands; what programs are lowered
// to can be read back, and the words add up; machine code is listed where there is any.

#include "vm/disassemble.h"

#include <set>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "vm/lower.h"
#include "vm/native/native.h"
#include "vm/prelude.h"
#include "vm/reading.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin;
using substrate::Edit;
using substrate::Pin;
using substrate::Word;
using vm::Function;
using vm::Instruction;

struct Lowered {
  tests::TestDomain domain;
  Pin pin;
  std::vector<Word> functions;

  explicit Lowered(const std::string& text) : pin(prepared(domain)) {
    Edit edit = Edit::in_slab(pin);
    auto program = vm::read_program(edit, text, "t.clj");
    REQUIRE(program.ok());
    auto main = vm::lower(edit, *program);
    REQUIRE(main.ok());
    functions = vm::functions_of(pin, *main);
  }
  static substrate::Worker& prepared(tests::TestDomain& in) {
    REQUIRE(vm::install_prelude(*in.worker).ok());
    return *in.worker;
  }
  [[nodiscard]] Function at(std::size_t i) const { return {pin, functions.at(i)}; }
  [[nodiscard]] std::vector<Instruction> stack(std::size_t i) const {
    return vm::Disassembler(pin).stack(at(i));
  }
  [[nodiscard]] std::vector<Instruction> registers(std::size_t i) const {
    return vm::Disassembler(pin).registers(at(i));
  }
};

std::string shown(const std::vector<Instruction>& all) {
  std::string text;
  for (const Instruction& i : all) {
    text += std::to_string(i.pc) + " " + std::string(i.name);
    if (!i.operands.empty()) text += " " + i.operands;
    text += "\n";
  }
  return text;
}

template <class OpType>
void check_names() {
  std::set<std::string_view> names;
  for (unsigned i = 1; i < static_cast<unsigned>(OpType::kEnd); ++i) {
    INFO("operation " << i);
    const std::string_view name = vm::op_name(static_cast<OpType>(i));
    CHECK(!name.empty());
    CHECK(names.insert(name).second);
  }
  CHECK(vm::op_name(OpType::kInvalid).empty());
  CHECK(vm::op_name(OpType::kEnd).empty());
}

// Adjacent, from the first word to the last.
void check_whole(const std::vector<Instruction>& all, std::uint32_t words) {
  std::uint32_t at = 0;
  for (const Instruction& i : all) {
    CHECK(i.pc == at);
    at += i.words;
  }
  CHECK(at == words);
}

}  // namespace

TEST_CASE("every operation has a name of its own") {
  check_names<vm::Op>();
  check_names<vm::RegisterOp>();
}

TEST_CASE("a function is disassembled for both machines") {
  const Lowered program("(defn f [n] (if (< n 2) n (+ (f (- n 1)) 40000000)))");
  REQUIRE(program.functions.size() == 2);
  CHECK(shown(program.stack(1)) ==
        "0 unless-less-local-int s0 #2 -> 4\n"
        "3 return-local s0\n"
        "4 self\n"
        "5 subtract-local-int s0 #1\n"
        "6 call *1 @1\n"
        "8 constant 40000000\n"
        "9 add\n"
        "10 return\n");
  CHECK(shown(program.registers(1)) ==
        "0 unless-less-int s0 #2 -> 4\n"
        "3 return s0\n"
        "4 subtract-int s2 s0 #1\n"
        "7 call-self s1 *1 @1\n"
        "10 constant s2 40000000\n"
        "12 return-add s1 s2\n");
}

TEST_CASE("operands are shown by what they mean") {
  const Lowered program(
      "(def limit 10) (defn g [m k] (let [f (fn ([x] (get m x)) ([x y] [x y k \"text\"]))]"
      " (loop [i 0] (if (= i limit) (f (str m) {k #{m}}) (recur (inc i))))))");
  std::string stack, registers;
  for (std::size_t i = 0; i < program.functions.size(); ++i) {
    const Function f = program.at(i);
    const auto s = program.stack(i);
    const auto r = program.registers(i);
    check_whole(s, f.info().code_count);
    check_whole(r, f.info().register_code_count);
    stack += shown(s);
    registers += shown(r);
  }
  CHECK(program.functions.size() == 4);  // main, g and the two arities of f
  for (const std::string& text : {stack, registers}) {
    INFO(text);
    CHECK(text.find("limit") != text.npos);
    CHECK(text.find("closure") != text.npos);
    CHECK(text.find("fn f") != text.npos);
    CHECK(text.find("captured 0") != text.npos);
    CHECK(text.find("primitive") != text.npos);
    CHECK(text.find(" str ") != text.npos);
    CHECK(text.find("\"text\"") != text.npos);
  }
}

TEST_CASE("functions of the prelude do not belong to a program that calls them") {
  const Lowered program("(defn f [xs] (map inc xs)) (f [1])");
  CHECK(program.functions.size() == 2);
}

TEST_CASE("a primitive of another build has no name here") {
  const Lowered program("1");
  vm::Disassembler names(program.pin);
  CHECK(names.constant(substrate::primitive_word(0xffffff)) == "primitive of no name");
}

TEST_CASE("machine code is listed by the register code it is made from") {
  const Lowered program("(defn f [n] (if (< n 2) n (* n (f (- n 1)))))");
  const Function f = program.at(1);
  const auto lines = vm::native::listing(program.pin, f);
  if (!vm::native::available()) {
    CHECK(lines.empty());
    return;
  }
  std::set<std::uint32_t> listed;
  bool out_of_line = false;
  for (const vm::native::Listed& line : lines) {
    CHECK(!line.text.empty());
    if (!line.out_of_line && line.pc != vm::native::Listed::kEntry) listed.insert(line.pc);
    out_of_line |= line.out_of_line;
  }
  CHECK(out_of_line);
  std::set<std::uint32_t> made;
  for (const Instruction& i : program.registers(1)) made.insert(i.pc);
  CHECK(listed == made);
}
