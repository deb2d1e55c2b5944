#include "bindings/cli/explain.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "substrate/edit.h"
#include "substrate/intern.h"
#include "substrate/print.h"
#include "substrate/vector.h"
#include "ast/module.h"
#include "ast/schema.h"
#include "vm/code.h"
#include "vm/disassemble.h"
#include "vm/error.h"
#include "vm/native/native.h"
#include "bindings/cli/exit_code.h"
#include "bindings/cli/open.h"
#include "bindings/cli/options.h"
#include "bindings/cli/program.h"
#include "bindings/cli/session.h"

namespace yin::cli {

using nlohmann::json;
using substrate::Datom;
using substrate::Edit;
using substrate::Pin;
using substrate::Status;
using substrate::Vector;
using substrate::Word;
using vm::Function;
using vm::Instruction;

namespace {

// All entities of the program, or those of the named functions' nodes.
std::vector<std::uint32_t> entities_of(const Pin& pin, const std::vector<Function>& functions,
                                       bool whole) {
  const Word program = functions.front().program();
  if (whole) {
    std::vector<std::uint32_t> all(ast::entity_count(pin, program));
    std::iota(all.begin(), all.end(), ast::kFirstEntity);
    return all;
  }
  std::set<std::uint32_t> some;
  for (const Function& f : functions) {
    const std::uint32_t root = f.info().lambda_entity;
    const auto nodes = ast::nodes_below(pin, program, root == 0 ? f.info().body_entity : root);
    some.insert(nodes.begin(), nodes.end());
  }
  return {some.begin(), some.end()};
}

struct Place {
  std::string file;
  std::uint32_t line = 0, column = 0;

  [[nodiscard]] std::string text() const {
    if (line == 0) return file;
    return file + ":" + std::to_string(line) + ":" + std::to_string(column);
  }
};

Place place_of(const Pin& pin, const Function& f, std::uint32_t entity) {
  const vm::ErrorPlace at = vm::place_of_node(pin, f.program(), entity);
  Place place;
  if (substrate::is_string(at.file)) place.file = to_string(pin, at.file);
  if (substrate::is_small_int(at.line)) place.line = static_cast<std::uint32_t>(small_int(at.line));
  if (substrate::is_small_int(at.column))
    place.column = static_cast<std::uint32_t>(small_int(at.column));
  return place;
}

Place place_of(const Pin& pin, const Function& f) {
  return place_of(pin, f,
                  f.info().lambda_entity == 0 ? f.info().body_entity : f.info().lambda_entity);
}

std::string name_of_function(const Pin& pin, const Function& f) {
  std::string name;
  if (substrate::is_symbol(f.name())) name = substrate::name_of(pin, f.name());
  if (substrate::is_string(f.name())) name = to_string(pin, f.name());
  if (name.ends_with("()")) name.resize(name.size() - 2);  // as Python's functions call themselves
  return name;
}

std::string capture_text(substrate::Place place) {
  const std::string index = std::to_string(vm::place_index(place));
  switch (vm::place_kind(place)) {
    case substrate::PlaceKind::kSlot:
      return "s" + index;
    case substrate::PlaceKind::kCapture:
      return "captured " + index;
    case substrate::PlaceKind::kSelf:
      return "self";
    case substrate::PlaceKind::kConstant:
      break;
  }
  return "constant " + index;
}

std::vector<Word> constants_of(const Function& f) {
  const std::uint32_t count = f.header()->count - substrate::FunctionField::kConstants;
  return {f.constants(), f.constants() + count};
}

std::string arity_text(const Function& f) {
  const unsigned count = f.info().parameter_count;
  if (f.variadic()) return std::to_string(count - 1) + " parameters or more";
  return std::to_string(count) + (count == 1 ? " parameter" : " parameters");
}

// The line of each instruction; what stands for no node belongs to what it is for, behind it.
std::vector<std::uint32_t> lines_of(const Pin& pin, const Function& f,
                                    const std::vector<Instruction>& all) {
  std::vector<std::uint32_t> lines(all.size());
  std::uint32_t known = 0;
  for (std::size_t i = all.size(); i-- > 0;) {
    if (all[i].entity != 0) known = place_of(pin, f, all[i].entity).line;
    lines[i] = known;
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // (But a return belongs to what comes before it.)
    if (lines[i] == 0 || (i > 0 && all[i].entity == 0 && all[i].name.starts_with("return")))
      lines[i] = i > 0 ? lines[i - 1] : place_of(pin, f).line;
  }
  return lines;
}

std::string instruction_text(const Instruction& i) {
  char pc[16];
  std::snprintf(pc, sizeof pc, "%4u ", i.pc);
  std::string text = pc + std::string(i.name);
  if (!i.operands.empty()) text += " " + i.operands;
  return text;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string_view part_name(std::size_t column) {
  static constexpr std::string_view kNames[] = {"stack", "register", "native"};
  return kNames[column];
}

// The three columns of one function's code, by line of text.
class Code {
 public:
  Code(const Pin& pin, vm::Disassembler& disassembler, const Function& f, const ExplainParts& parts)
      : parts_(parts) {
    const auto stack = disassembler.stack(f);
    const auto registers = disassembler.registers(f);
    const auto native = vm::native::listing(pin, f);
    std::multimap<std::uint32_t, std::string> made;
    for (const vm::native::Listed& line : native) {
      if (line.out_of_line || line.pc == vm::native::Listed::kEntry) {
        (line.out_of_line ? apart_ : entry_).push_back(line.text);
      } else {
        made.emplace(line.pc, line.text);
      }
    }
    const auto stack_lines = lines_of(pin, f, stack);
    const auto register_lines = lines_of(pin, f, registers);
    for (std::size_t i = 0; i < stack.size(); ++i)
      blocks_[stack_lines[i]].left.push_back(instruction_text(stack[i]));
    for (std::size_t i = 0; i < registers.size(); ++i) {
      auto& right = blocks_[register_lines[i]].right;
      right.push_back({instruction_text(registers[i]), {}});
      if (!parts.native) continue;
      const auto [from, to] = made.equal_range(registers[i].pc);
      for (auto it = from; it != to; ++it) {
        if (it != from) right.push_back({});
        right.back()[1] = it->second;
      }
    }
    for (const auto& [line, block] : blocks_) {
      for (const std::string& text : block.left) wider(0, text);
      for (const auto& row : block.right) wider(1, row[0]);
    }
  }

  void show(std::string& out, const std::string& file, const Texts& texts) const {
    title(out);
    for (const std::string& text : native_rows(entry_)) row(out, {"", "", text});
    for (const auto& [line, block] : blocks_) {
      const std::string text = texts.line(file, line);
      if (line != 0) out += "; " + file + ":" + std::to_string(line) + "  " + text + "\n";
      for (std::size_t i = 0; i < std::max(block.left.size(), block.right.size()); ++i) {
        const auto right = i < block.right.size() ? block.right[i] : Row{};
        row(out, {i < block.left.size() ? block.left[i] : "", right[0], right[1]});
      }
    }
    if (!native_rows(apart_).empty()) out += "; native, out of line\n";
    for (const std::string& text : native_rows(apart_)) row(out, {"", "", text});
  }

 private:
  using Row = std::array<std::string, 2>;  // register, native
  struct Block {
    std::vector<std::string> left;
    std::vector<Row> right;
  };

  void wider(std::size_t column, const std::string& text) {
    widths_[column] = std::max(widths_[column], width_of(text));
  }
  [[nodiscard]] bool shown(std::size_t column) const {
    return column == 0 ? parts_.stack : column == 1 ? parts_.registers : parts_.native;
  }
  [[nodiscard]] std::vector<std::string> native_rows(const std::vector<std::string>& all) const {
    return parts_.native ? all : std::vector<std::string>{};
  }
  void title(std::string& out) const {
    std::array<std::string, 3> names;
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = "     " + std::string(part_name(i));
    if (parts_.native && !vm::native::available())
      out += "; native: this build has no assembler for this processor, and runs register code\n";
    std::string line;
    row(line, names);
    if (!line.empty()) line[0] = ';';
    out += line;
  }
  void row(std::string& out, const std::array<std::string, 3>& columns) const {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!shown(i)) continue;
      line += columns[i];
      line.append(widths_[i] > width_of(columns[i]) ? widths_[i] - width_of(columns[i]) : 0, ' ');
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    if (!line.empty()) out += line + "\n";
  }

  const ExplainParts& parts_;
  std::map<std::uint32_t, Block> blocks_;
  std::vector<std::string> entry_, apart_;
  std::array<std::size_t, 3> widths_ = {24, 24, 0};
};

std::vector<Function> functions_named(const Pin& pin, Word closure, std::string_view name) {
  std::vector<Function> found;
  for (const Word w : vm::functions_of(pin, closure)) {
    const Function f(pin, w);
    if (name.empty() || name_of_function(pin, f) == name) found.push_back(f);
  }
  return found;
}

void show_function(std::string& out, const Pin& pin, vm::Disassembler& disassembler,
                   const Function& f) {
  const std::string name = name_of_function(pin, f);
  if (!out.empty()) out += '\n';
  out +=
      "; function " + (name.empty() ? "of no name" : name) + ", " + place_of(pin, f).text() + "\n";
  out += ";   " + arity_text(f) + ", " + std::to_string(f.info().slot_max) + " slots, body [" +
         std::to_string(f.info().body_entity) + "]: what walk runs\n";
  std::size_t i = 0;
  for (const substrate::Place place : f.captures())
    out += ";   captured " + std::to_string(i++) + ": " + capture_text(place) +
           " of the function around it\n";
  i = 0;
  for (const Word constant : constants_of(f))
    out += ";   constant " + std::to_string(i++) + ": " + disassembler.constant(constant) + "\n";
  i = 0;
  for (const substrate::SafePoint& point : f.safe_points()) {
    out += ";   safe point @" + std::to_string(i++) + ": stack " + std::to_string(point.pc) +
           ", register " + std::to_string(point.register_pc) + ", " +
           std::to_string(point.live_count) + " live" +
           ((point.flags & substrate::kSafePointAwaits) != 0 ? ", awaits a value" : "") +
           ((point.flags & substrate::kSafePointPrompt) != 0 ? ", prompt" : "") + ", [" +
           std::to_string(point.entity) + "]\n";
  }
  for (const substrate::ErrorHandler& handler : f.handlers()) {
    out += ";   handler: stack " + std::to_string(handler.from) + " to " +
           std::to_string(handler.to) + " -> " + std::to_string(handler.pc) + ", register " +
           std::to_string(handler.register_from) + " to " + std::to_string(handler.register_to) +
           " -> " + std::to_string(handler.register_pc) + ", the error to s" +
           std::to_string(handler.slot) + "\n";
  }
}

void show_datoms(std::string& out, const Pin& pin, const std::vector<Function>& functions,
                 bool all) {
  const substrate::FunctionInfo& first = functions.front().info();
  const Word program = functions.front().program();
  const bool whole = all && first.lambda_entity == 0;
  const std::uint32_t function = first.lambda_entity == 0 ? first.body_entity : first.lambda_entity;
  const auto entities = entities_of(pin, functions, whole);
  out += "; the program as datoms: [entity attribute value transaction mark]\n";
  ast::print_datoms(out, pin, program, whole ? ast::root_entity(pin, program) : function, entities);
}

json instructions_json(const Pin& pin, const Function& f, const std::vector<Instruction>& all) {
  json out = json::array();
  const auto lines = lines_of(pin, f, all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    out.push_back({{"pc", all[i].pc},
                   {"op", all[i].name},
                   {"operands", all[i].operands},
                   {"node", all[i].entity},
                   {"line", lines[i]}});
  }
  return out;
}

json function_json(const Pin& pin, vm::Disassembler& disassembler, const Function& f,
                   const ExplainParts& parts) {
  const Place place = place_of(pin, f);
  json captures = json::array(), constants = json::array(), points = json::array();
  for (const substrate::Place p : f.captures()) captures.push_back(capture_text(p));
  for (const Word constant : constants_of(f)) constants.push_back(disassembler.constant(constant));
  for (const substrate::SafePoint& point : f.safe_points()) {
    points.push_back({{"pc", point.pc},
                      {"register_pc", point.register_pc},
                      {"live", point.live_count},
                      {"awaits", (point.flags & substrate::kSafePointAwaits) != 0},
                      {"prompt", (point.flags & substrate::kSafePointPrompt) != 0},
                      {"node", point.entity}});
  }
  json out = {{"name", name_of_function(pin, f)},
              {"file", place.file},
              {"line", place.line},
              {"column", place.column},
              {"parameters", f.info().parameter_count},
              {"variadic", f.variadic()},
              {"slots", f.info().slot_max},
              {"body", f.info().body_entity},
              {"captures", captures},
              {"constants", constants},
              {"safe_points", points}};
  if (parts.stack) out["stack"] = instructions_json(pin, f, disassembler.stack(f));
  if (parts.registers) out["register"] = instructions_json(pin, f, disassembler.registers(f));
  if (parts.native && vm::native::available()) {
    json native = json::array();
    for (const vm::native::Listed& line : vm::native::listing(pin, f)) {
      json one = {{"text", line.text}, {"out_of_line", line.out_of_line}};
      if (line.pc != vm::native::Listed::kEntry) one["register_pc"] = line.pc;
      native.push_back(one);
    }
    out["native"] = native;
  }
  return out;
}

bool is_code(const ExplainParts& parts) { return parts.stack || parts.registers || parts.native; }

}  // namespace

bool explain(std::string& out, const Pin& pin, Word closure, std::string_view name,
             const Texts& texts, const ExplainParts& parts) {
  const auto functions = functions_named(pin, closure, name);
  if (functions.empty()) return false;
  if (parts.ast) show_datoms(out, pin, functions, name.empty());
  if (!is_code(parts)) return true;
  vm::Disassembler disassembler(pin);
  for (const Function& f : functions) {
    show_function(out, pin, disassembler, f);
    Code(pin, disassembler, f, parts).show(out, place_of(pin, f).file, texts);
  }
  return true;
}

bool explain_json(json& out, const Pin& pin, Word closure, std::string_view name,
                  const ExplainParts& parts) {
  const auto functions = functions_named(pin, closure, name);
  if (functions.empty()) return false;
  const Word program = functions.front().program();
  out["file"] = to_string(pin, ast::source_name(pin, program));
  out["root"] = ast::root_entity(pin, program);
  if (parts.ast) {
    const bool whole = name.empty() && functions.front().info().lambda_entity == 0;
    out["datoms"] = ast::datom_texts(pin, program, entities_of(pin, functions, whole));
  }
  if (!is_code(parts)) return true;
  out["native_available"] = vm::native::available();
  json all = json::array();
  vm::Disassembler disassembler(pin);
  for (const Function& f : functions) all.push_back(function_json(pin, disassembler, f, parts));
  out["functions"] = all;
  return true;
}

int explain_command(const ExplainOptions& options) {
  auto program = program_of(options.program);
  if (!program.ok()) return fail(program.status());
  auto opened = open_domain({}, substrate::OpenMode::kCreate);
  if (!opened.ok()) return fail(opened.status());
  if (const Status ready = install_run_time(*opened->worker, program->language); !ready.ok())
    return fail(ready);
  Texts texts;
  texts.add(program->name, program->text);
  const Pin pin(*opened->worker);
  Edit edit = Edit::in_slab(pin);
  auto lowered = lower_program(edit, *program, {.python = ast::PythonMode::kShown});
  if (!lowered.ok()) {
    std::fprintf(stderr, "yin: %s\n", texts.of_message(lowered.status().message()).c_str());
    return lowered.status().code() == substrate::StatusCode::kInvalidArgument
               ? int{kExitProgram}
               : exit_code(lowered.status().code());
  }
  const Word main = lowered->programs.back();
  ExplainParts parts;
  if (!options.only.empty()) {
    parts = {.ast = options.only == "ast",
             .stack = options.only == "stack",
             .registers = options.only == "register",
             .native = options.only == "native"};
  }
  std::string out;
  json all;
  const bool found = options.json ? explain_json(all, pin, main, options.function, parts)
                                  : explain(out, pin, main, options.function, texts, parts);
  if (!found) {
    std::fprintf(stderr, "yin: %s has no function %s\n", program->name.c_str(),
                 options.function.c_str());
    return kExitProgram;
  }
  if (options.json) out = all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  const Status written = write_out(out);
  return written.ok() ? int{kExitOk} : fail(written);
}

}  // namespace yin::cli
