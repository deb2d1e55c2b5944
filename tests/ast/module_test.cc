#include "ast/module.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>

#include "substrate/intern.h"
#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/set.h"
#include "substrate/vector.h"
#include "ast/node.h"
#include "ast/schema.h"
#include "tests/support/test_domain.h"

using namespace yin;
using substrate::Datom;
using substrate::Edit;
using substrate::int_word;
using substrate::Pin;
using substrate::Word;
namespace attribute = ast::attribute;

namespace {

// A domain, and datoms being collected for a program.
struct ModuleTest : tests::TestDomain {
  Pin pin{*worker};
  Edit edit = Edit::in_nursery(pin);
  std::vector<Datom> datoms;

  [[nodiscard]] Word keyword(std::string_view name) const { return substrate::keyword(pin, name); }
  [[nodiscard]] Word symbol(std::string_view name) const { return substrate::symbol(pin, name); }
  Word vector(const std::vector<Word>& items) { return substrate::Vector::from(edit, items).word; }
  Word ids(const std::vector<std::int64_t>& entities) {
    std::vector<Word> words;
    for (const std::int64_t e : entities) words.push_back(int_word(e));
    return vector(words);
  }

  ModuleTest& put(std::int64_t e, std::string_view a, Word v, std::int64_t m = 1,
                  std::int64_t t = 0) {
    datoms.push_back({int_word(e), keyword(a), v, int_word(t), int_word(m)});
    return *this;
  }
  ModuleTest& type(std::int64_t e, std::string_view name) {
    return put(e, attribute::kType, keyword(name));
  }
  ModuleTest& literal(std::int64_t e, Word v) {
    return type(e, "literal").put(e, attribute::kValue, v);
  }
  ModuleTest& variable(std::int64_t e, std::string_view name) {
    return type(e, "variable").put(e, attribute::kName, symbol(name));
  }
  ModuleTest& operands(std::int64_t e, const std::vector<std::int64_t>& entities) {
    return put(e, attribute::kOperands, ids(entities));
  }

  substrate::StatusOr<Word> try_seal(std::uint32_t root = ast::kFirstEntity) {
    auto sealed = ast::seal_program(edit, root, "some.clj", std::move(datoms));
    datoms.clear();
    return sealed;
  }
  Word seal(std::uint32_t root = ast::kFirstEntity) {
    auto sealed = try_seal(root);
    INFO(sealed.status().message());
    REQUIRE(sealed.ok());
    return *sealed;
  }
  std::uint64_t sealed_hash(std::uint32_t root = ast::kFirstEntity) {
    return ast::content_hash(pin, seal(root));
  }
  // The message without "seal program some.clj: ".
  std::string refusal(std::uint32_t root = ast::kFirstEntity) {
    auto sealed = try_seal(root);
    REQUIRE_FALSE(sealed.ok());
    CHECK(sealed.status().code() == substrate::StatusCode::kInvalidArgument);
    const std::string prefix = "seal program some.clj: ";
    REQUIRE(sealed.status().message().starts_with(prefix));
    return sealed.status().message().substr(prefix.size());
  }
};

// (+ x 1), with entities at the given ids; the root is the first.
void put_sum(ModuleTest& t, std::int64_t root, std::int64_t plus, std::int64_t x,
             std::int64_t one) {
  t.type(root, "application").put(root, attribute::kOperator, int_word(plus));
  t.operands(root, {x, one}).variable(plus, "+").variable(x, "x").literal(one, int_word(1));
}

}  // namespace

TEST_CASE_METHOD(ModuleTest,
                 "a sealed program gives back its root, name, entities and attributes") {
  put_sum(*this, 16, 17, 18, 19);
  put(16, attribute::kLine, int_word(3), 2).put(16, attribute::kColumn, int_word(7), 2);
  std::ranges::reverse(datoms);
  const Word program = seal();

  CHECK(ast::root_entity(pin, program) == 16);
  CHECK(ast::entity_count(pin, program) == 4);
  CHECK(substrate::to_string(pin, ast::source_name(pin, program)) == "some.clj");
  CHECK(ast::attribute_of(pin, program, 16, keyword(attribute::kOperator)) == int_word(17));
  CHECK(ast::attribute_of(pin, program, 16, keyword(attribute::kLine)) == int_word(3));
  CHECK(ast::attribute_of(pin, program, 18, keyword(attribute::kName)) == symbol("x"));
  CHECK(substrate::is_absent(ast::attribute_of(pin, program, 18, keyword(attribute::kValue))));
  CHECK(ast::entity(pin, program, 16).size() == 5);
  CHECK(ast::entity(pin, program, 19).size() == 2);
  for (const std::uint32_t id : {0u, 15u, 20u, 0xffffffffu}) {
    CHECK(ast::entity(pin, program, id).empty());
    CHECK(substrate::is_absent(ast::attribute_of(pin, program, id, keyword(attribute::kType))));
  }
  for (std::uint32_t id = 16; id < 20; ++id) {
    for (const Datom& d : ast::entity(pin, program, id)) CHECK(d.e == int_word(id));
  }
}

TEST_CASE_METHOD(ModuleTest,
                 "the content hash does not depend on ids, t, m, positions or names of files") {
  put_sum(*this, 16, 17, 18, 19);
  const std::uint64_t hash = sealed_hash();

  put_sum(*this, 19, 16, 18, 17);
  CHECK(sealed_hash(19) == hash);

  put_sum(*this, 16, 17, 18, 19);
  for (Datom& d : datoms) {
    d.t = int_word(9);
    d.m = int_word(20);
  }
  CHECK(sealed_hash() == hash);

  put_sum(*this, 16, 17, 18, 19);
  put(17, attribute::kLine, int_word(5), 2).put(17, attribute::kColumn, int_word(6), 2);
  CHECK(sealed_hash() == hash);

  put_sum(*this, 16, 17, 18, 19);
  put(16, "doc/note", keyword("fine"));
  put(16, "yin/tail?", substrate::kTrue);
  CHECK(sealed_hash() == hash);

  put_sum(*this, 16, 17, 18, 19);
  auto renamed = ast::seal_program(edit, 16, "other.clj", datoms);
  REQUIRE(renamed.ok());
  CHECK(ast::content_hash(pin, *renamed) == hash);
}

TEST_CASE_METHOD(ModuleTest,
                 "the content hash is the same in a domain of other names and another seed") {
  const auto build = [](ModuleTest& t) {
    t.type(16, "do").put(16, attribute::kForms, t.ids({17, 18, 19, 20, 21}));
    put_sum(t, 17, 22, 23, 24);
    t.literal(18, t.keyword("color/red"))
        .literal(19, substrate::from_string(t.edit, "a longer text"));
    std::vector<Word> keys;
    for (const auto* name : {"one", "two", "three", "four", "five", "six"})
      keys.push_back(t.keyword(name));
    t.literal(20, substrate::Set::from(t.edit, keys).word);
    std::vector<substrate::MapEntry> entries;
    for (const Word key : keys) entries.push_back({key, t.vector({key})});
    t.literal(21, substrate::Map::from(t.edit, entries).word);
    return t.sealed_hash();
  };
  ModuleTest other;
  for (const auto* name : {"six", "x", "color/red", "three"}) (void)other.keyword(name);
  CHECK(build(*this) == build(other));
}

TEST_CASE_METHOD(ModuleTest, "programs that differ in anything they mean have different hashes") {
  using Build = std::function<void(ModuleTest&)>;
  const auto value = [](auto make) {
    return Build([make](ModuleTest& t) { t.literal(16, make(t)); });
  };
  const auto items = [](ModuleTest&) { return std::vector{int_word(1), int_word(2)}; };
  const auto pair = [](std::string_view type, std::int64_t a, std::int64_t b) {
    return Build([=](ModuleTest& t) {
      t.type(16, type).operands(16, {17, 18}).literal(17, int_word(a)).literal(18, int_word(b));
    });
  };
  const auto lambda = [](const std::vector<std::string_view>& parameters, std::string_view self,
                         std::string_view rest) {
    return Build([=](ModuleTest& t) {
      std::vector<Word> names;
      for (const auto p : parameters) names.push_back(t.symbol(p));
      t.type(16, "lambda").put(16, attribute::kParams, t.vector(names));
      t.put(16, attribute::kBody, int_word(17)).variable(17, "a");
      if (!self.empty()) t.put(16, attribute::kSelf, t.symbol(self));
      if (!rest.empty()) t.put(16, attribute::kRest, t.symbol(rest));
    });
  };
  const auto choice = [](std::int64_t test, std::int64_t yes, std::int64_t no) {
    return Build([=](ModuleTest& t) {
      t.type(16, "if").put(16, attribute::kTest, int_word(test));
      t.put(16, attribute::kConsequent, int_word(yes)).put(16, attribute::kAlternate, int_word(no));
      t.literal(17, substrate::kTrue).literal(18, int_word(1)).literal(19, int_word(2));
    });
  };
  const auto let = [](std::string_view type, std::string_view name) {
    return Build([=](ModuleTest& t) {
      t.type(16, type).put(16, attribute::kNames, t.vector({t.symbol(name)}));
      t.put(16, attribute::kInits, t.ids({17})).put(16, attribute::kBody, int_word(18));
      t.literal(17, int_word(1)).variable(18, "a");
    });
  };

  const std::vector<Build> programs = {
      value([](auto&) { return substrate::kNil; }),
      value([](auto&) { return substrate::kFalse; }),
      value([](auto&) { return int_word(0); }),
      value([](auto&) { return int_word(1); }),
      value([](auto& t) { return substrate::from_int(t.edit, INT64_MIN); }),
      value([](auto& t) { return substrate::from_double(t.edit, 1.0); }),
      value([](auto& t) { return substrate::from_double(t.edit, 0.0); }),
      value([](auto& t) { return substrate::from_double(t.edit, -0.0); }),
      value([](auto& t) { return substrate::from_double(t.edit, 1e300); }),
      value([](auto&) { return substrate::character_word(U'a'); }),
      value([](auto& t) { return substrate::from_string(t.edit, "a"); }),
      value([](auto& t) { return substrate::from_string(t.edit, ""); }),
      value([](auto& t) { return substrate::from_string(t.edit, "a string beyond a word"); }),
      value([](auto& t) { return t.keyword("a"); }),
      value([](auto& t) { return t.symbol("a"); }),
      value([](auto& t) { return t.symbol("a/a"); }),
      value([](auto&) { return substrate::kEmptyVector; }),
      value([](auto&) { return substrate::kEmptyList; }),
      value([](auto&) { return substrate::kEmptySet; }),
      value([](auto&) { return substrate::kEmptyMap; }),
      value([=](auto& t) { return substrate::Vector::from(t.edit, items(t)).word; }),
      value([=](auto& t) { return substrate::List::from(t.edit, items(t)).word; }),
      value([=](auto& t) { return substrate::Set::from(t.edit, items(t)).word; }),
      value([](auto& t) {
        return t.vector({int_word(2), int_word(1)});
      }),
      value([](auto& t) {
        return t.vector({t.vector({int_word(1)}), int_word(2)});
      }),
      value([](auto& t) {
        return t.vector({t.vector({int_word(1), int_word(2)})});
      }),
      value([](auto& t) { return substrate::Map().assoc(t.edit, int_word(1), int_word(2)).word; }),
      value([](auto& t) { return substrate::Map().assoc(t.edit, int_word(2), int_word(1)).word; }),
      [](ModuleTest& t) { t.variable(16, "a"); },
      [](ModuleTest& t) { t.variable(16, "b"); },
      pair("vector", 1, 2),
      pair("vector", 2, 1),
      pair("set", 1, 2),
      pair("map", 1, 2),
      pair("recur", 1, 2),
      [](ModuleTest& t) { put_sum(t, 16, 17, 18, 19); },
      [](ModuleTest& t) {  // (x + 1)
        put_sum(t, 16, 17, 18, 19);
        t.datoms[1].v = int_word(18);
        t.datoms[2].v = t.ids({17, 19});
      },
      lambda({"a"}, "", ""),
      lambda({"b"}, "", ""),
      lambda({"a", "b"}, "", ""),
      lambda({"a"}, "b", ""),
      lambda({"a"}, "", "b"),
      choice(17, 18, 19),
      choice(17, 19, 18),
      choice(18, 17, 19),
      let("let", "a"),
      let("let", "b"),
      let("loop", "a"),
  };
  std::vector<std::uint64_t> hashes;
  for (const Build& build : programs) {
    build(*this);
    const std::uint64_t hash = sealed_hash();
    build(*this);
    CHECK(sealed_hash() == hash);
    const auto same = std::ranges::find(hashes, hash);
    INFO("program " << hashes.size() << " is like program " << same - hashes.begin());
    CHECK(same == hashes.end());
    hashes.push_back(hash);
  }
}

TEST_CASE_METHOD(ModuleTest, "a literal without a value is a literal of nil") {
  type(16, "literal");
  const std::uint64_t absent = sealed_hash();
  literal(16, substrate::kNil);
  CHECK(sealed_hash() == absent);
}

TEST_CASE_METHOD(ModuleTest, "an entity may be the child of several") {
  type(16, "vector").operands(16, {17, 17}).literal(17, int_word(1));
  const std::uint64_t shared = sealed_hash();
  type(16, "vector").operands(16, {17, 18}).literal(17, int_word(1)).literal(18, int_word(1));
  CHECK(sealed_hash() == shared);
}

TEST_CASE_METHOD(ModuleTest, "hostile datoms are refused with what is wrong") {
  CHECK(refusal() == "has no datoms; an empty program is one :literal nil");

  literal(16, int_word(1));
  CHECK(refusal(17) == "the root 17 is none of its entities");
  literal(16, int_word(1));
  CHECK(refusal(3) == "the root 3 is none of its entities");

  literal(17, int_word(1));
  CHECK(refusal() == "entity 17 stands where 16 should: ids count from 16 without holes");
  literal(16, int_word(1)).literal(18, int_word(1));
  CHECK(refusal() == "entity 18 stands where 17 should: ids count from 16 without holes");
  literal(15, int_word(1));
  CHECK(refusal() == "entity 15 stands where 16 should: ids count from 16 without holes");
  literal(15, int_word(1)).literal(16, int_word(1));
  CHECK(refusal() == "entity 15 stands where 16 should: ids count from 16 without holes");

  literal(-1, int_word(1));
  CHECK(refusal() == "a datom is not [entity :ns/name value t m]");
  literal(16, int_word(1)).put(16, "plain", int_word(1));
  CHECK(refusal() == "a datom is not [entity :ns/name value t m]");
  literal(16, int_word(1)).put(16, "a/b", int_word(1), 7);
  CHECK(refusal() == "a datom is not [entity :ns/name value t m]");
  literal(16, int_word(1)).put(16, "a/b", int_word(1), 0);
  CHECK(refusal() == "retractions have no place in a program");

  put(16, "a/b", int_word(1));
  CHECK(refusal() == "entity 16 has no :yin/type that is known");
  type(16, "goto");
  CHECK(refusal() == "entity 16 :goto has no :yin/type that is known");
  put(16, attribute::kType, substrate::kNil);
  CHECK(refusal() == "entity 16 has no :yin/type that is known");
  type(16, "literal").type(16, "variable");
  CHECK(refusal() == "entity 16 :literal has :yin/type twice");
  literal(16, int_word(1)).put(16, attribute::kValue, int_word(2));
  CHECK(refusal() == "entity 16 :literal has :yin/value twice");
  literal(16, int_word(1)).put(16, attribute::kName, symbol("x"));
  CHECK(refusal() == "entity 16 :literal has no use for :yin/name");
  literal(16, int_word(1)).put(16, "yin/unheard-of", symbol("x"));
  CHECK(refusal() == "entity 16 :literal has no use for :yin/unheard-of");
  type(16, "literal").put(16, attribute::kValue, int_word(1), 2);
  CHECK(refusal() ==
        "entity 16 :literal has :yin/value marked as derived, which content must not be");
  literal(16, int_word(1)).put(16, attribute::kLine, int_word(0), 2);
  CHECK(refusal() == "entity 16 :literal on line 0 has a :yin/line that is no count from 1");
  literal(16, int_word(1)).put(16, attribute::kColumn, substrate::kNil, 2);
  CHECK(refusal() == "entity 16 :literal has a :yin/column that is no count from 1");

  type(16, "variable");
  CHECK(refusal() == "entity 16 :variable lacks :yin/name");
  type(16, "variable")
      .put(16, attribute::kName, keyword("x"))
      .put(16, attribute::kLine, int_word(4), 2);
  CHECK(refusal() == "entity 16 :variable on line 4 needs a symbol as :yin/name");
  type(16, "vector").operands(16, {17});
  CHECK(refusal() ==
        "entity 16 :vector needs a vector of entities of the program as :yin/operands");
  type(16, "vector").operands(16, {15});
  CHECK(refusal() ==
        "entity 16 :vector needs a vector of entities of the program as :yin/operands");
  type(16, "vector").put(16, attribute::kOperands, vector({symbol("x")}));
  CHECK(refusal() ==
        "entity 16 :vector needs a vector of entities of the program as :yin/operands");
  type(16, "vector").put(16, attribute::kOperands, int_word(16));
  CHECK(refusal() ==
        "entity 16 :vector needs a vector of entities of the program as :yin/operands");
  type(16, "lambda")
      .put(16, attribute::kParams, vector({int_word(1)}))
      .put(16, attribute::kBody, int_word(16));
  CHECK(refusal() == "entity 16 :lambda needs a vector of symbols as :yin/params");
  type(16, "lambda").put(16, attribute::kParams, vector({}));
  CHECK(refusal() == "entity 16 :lambda lacks :yin/body");
  type(16, "lambda")
      .put(16, attribute::kParams, vector({}))
      .put(16, attribute::kBody, int_word(99));
  CHECK(refusal() == "entity 16 :lambda needs an entity of the program as :yin/body");
  type(16, "lambda")
      .put(16, attribute::kParams, vector({}))
      .put(16, attribute::kArities, ids({17}));
  CHECK(refusal() == "entity 16 :lambda has no use for :yin/params");
  type(16, "lambda").put(16, attribute::kArities, ids({17})).literal(17, int_word(1));
  CHECK(refusal() == "entity 16 :lambda needs lambdas with :yin/params as :yin/arities");
  type(16, "lambda").put(16, attribute::kArities, ids({}));
  CHECK(refusal() == "entity 16 :lambda needs an arity");
  type(16, "do").put(16, attribute::kForms, ids({}));
  CHECK(refusal() == "entity 16 :do needs a form");
  type(16, "map").operands(16, {17}).literal(17, int_word(1));
  CHECK(refusal() == "entity 16 :map needs a value for every key: an even number of :yin/operands");
  type(16, "let")
      .put(16, attribute::kNames, vector({symbol("a")}))
      .put(16, attribute::kInits, ids({}));
  put(16, attribute::kBody, int_word(17)).literal(17, int_word(1));
  CHECK(refusal() == "entity 16 :let needs as many :yin/inits as :yin/names");

  literal(16, substrate::kAbsent);
  CHECK(refusal() == "a datom is not [entity :ns/name value t m]");
  const Word function[] = {substrate::kNil};
  literal(16, vector({substrate::make_record(edit, substrate::ObjectKind::kClosure, function, 1)}));
  CHECK(refusal() == "entity 16 :literal holds a value that is not data, such as a closure");
}

TEST_CASE_METHOD(ModuleTest, "a program that contains itself is refused, wherever in it") {
  type(16, "vector").operands(16, {16});
  CHECK(refusal() == "entity 16 :vector contains itself");
  type(16, "do").put(16, attribute::kForms, ids({17})).type(17, "vector").operands(17, {18, 16});
  literal(18, int_word(1));
  CHECK(refusal() == "entity 16 :do contains itself");
  literal(16, int_word(1)).type(17, "vector").operands(17, {18}).type(18, "set").operands(18, {17});
  CHECK(refusal() == "entity 17 :vector contains itself");
}

TEST_CASE_METHOD(ModuleTest, "a program as deep as memory holds is sealed without recursion") {
  constexpr std::uint32_t kDepth = 200'000;
  for (std::uint32_t i = 0; i < kDepth; ++i) type(16 + i, "vector").operands(16 + i, {17 + i});
  literal(16 + kDepth, int_word(1));
  const Word deep = seal();
  CHECK(ast::entity_count(pin, deep) == kDepth + 1);

  Word value = int_word(1);
  for (std::uint32_t i = 0; i < kDepth; ++i) value = vector({value});
  literal(16, value);
  CHECK(sealed_hash() != ast::content_hash(pin, deep));
}

TEST_CASE_METHOD(ModuleTest, "errors' nodes are datoms, out and in again with the same content") {
  const auto program = [&](std::string_view error, std::int64_t from) {
    type(from, "finally");
    put(from, attribute::kBody, int_word(from + 1));
    put(from, attribute::kCleanup, int_word(from + 5));
    type(from + 1, "try");
    put(from + 1, attribute::kBody, int_word(from + 2));
    put(from + 1, attribute::kName, symbol(error));
    put(from + 1, attribute::kHandler, int_word(from + 4));
    type(from + 2, "throw").put(from + 2, attribute::kValueNode, int_word(from + 3));
    literal(from + 3, int_word(1));
    variable(from + 4, error);
    literal(from + 5, int_word(2));
  };
  program("e", 16);
  const Word first = seal();
  for (std::uint32_t id = 16; id < 22; ++id) {
    for (const Datom& d : ast::entity(pin, first, id)) datoms.push_back(d);
  }
  const Word second = seal();
  CHECK(ast::content_hash(pin, second) == ast::content_hash(pin, first));
  CHECK(ast::attribute_of(pin, second, 17, keyword(attribute::kHandler)) == int_word(20));
  program("other", 16);
  CHECK(sealed_hash() != ast::content_hash(pin, first));

  const auto refused = [&](const std::string& what) {
    const auto sealed = try_seal(16);
    REQUIRE_FALSE(sealed.ok());
    CHECK(sealed.status().message().find(what) != std::string::npos);
  };
  literal(17, int_word(1));
  type(16, "try").put(16, attribute::kBody, int_word(17));
  refused("lacks :yin/name");
  literal(17, int_word(1));
  type(16, "finally").put(16, attribute::kBody, int_word(17));
  put(16, attribute::kCleanup, int_word(99));
  refused("needs an entity of the program as :yin/cleanup");
  type(16, "throw");
  refused("lacks :yin/val-node");
}

TEST_CASE_METHOD(ModuleTest, "random datoms are sealed or refused, and never crash") {
  const auto seed = Catch::getSeed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::int64_t>(random() % n); };
  const std::vector<std::string_view> types = {
      "literal", "variable", "lambda", "application", "if",  "let",     "do",    "loop",
      "recur",   "vector",   "map",    "set",         "try", "finally", "throw", "other"};
  const std::vector<std::string_view> attributes = {
      attribute::kType,      attribute::kValue,    attribute::kName,      attribute::kParams,
      attribute::kRest,      attribute::kSelf,     attribute::kArities,   attribute::kBody,
      attribute::kOperator,  attribute::kOperands, attribute::kTest,      attribute::kConsequent,
      attribute::kAlternate, attribute::kNames,    attribute::kInits,     attribute::kForms,
      attribute::kHandler,   attribute::kCleanup,  attribute::kValueNode, attribute::kLine,
      attribute::kColumn,    "other/thing"};
  std::size_t sealed = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto entities = 1 + below(4);
    const auto reference = [&] { return int_word(16 + below(5)); };
    for (std::int64_t e = 16; e < 16 + entities; ++e) {
      type(e, types[static_cast<std::size_t>(below(types.size()))]);
      for (auto n = below(4); n > 0; --n) {
        const Word choices[] = {reference(), vector({reference()}), vector({}),
                                symbol("x"), vector({symbol("x")}), substrate::kNil};
        put(e, attributes[static_cast<std::size_t>(below(attributes.size()))],
            choices[below(std::size(choices))]);
      }
    }
    auto program = try_seal(static_cast<std::uint32_t>(16 + below(3)));
    if (program.ok()) {
      ++sealed;
      for (std::uint32_t id = 14; id < 24; ++id) (void)ast::entity(pin, *program, id);
    }
  }
  CHECK(sealed > 0);
}

TEST_CASE_METHOD(ModuleTest, "nodes become the datoms of the schema") {
  std::vector<ast::Node> nodes(3);
  nodes[0] = {.type = ast::NodeType::kLambda,
              .at = {2, 5},
              .self = symbol("f"),
              .rest = symbol("more"),
              .names = {symbol("a"), symbol("b")},
              .children = {ast::NodeIndex{1}}};
  nodes[1] = {
      .type = ast::NodeType::kRecur, .at = {3, 1}, .names = {}, .children = {ast::NodeIndex{2}}};
  nodes[2].type = ast::NodeType::kVariable;
  nodes[2].value = symbol("a");
  auto sealed = ast::seal_nodes(edit, "nodes.clj", nodes);
  INFO(sealed.status().message());
  REQUIRE(sealed.ok());
  const Word program = *sealed;
  const auto get = [&](std::uint32_t id, std::string_view a) {
    return ast::attribute_of(pin, program, id, keyword(a));
  };
  CHECK(ast::root_entity(pin, program) == 16);
  CHECK(get(16, attribute::kType) == keyword("lambda"));
  CHECK(get(16, attribute::kSelf) == symbol("f"));
  CHECK(get(16, attribute::kRest) == symbol("more"));
  CHECK(substrate::equal(pin, get(16, attribute::kParams), vector({symbol("a"), symbol("b")})));
  CHECK(get(16, attribute::kBody) == int_word(17));
  CHECK(get(16, attribute::kLine) == int_word(2));
  CHECK(get(16, attribute::kColumn) == int_word(5));
  CHECK(substrate::equal(pin, get(17, attribute::kOperands), ids({18})));
  CHECK(get(18, attribute::kName) == symbol("a"));
  CHECK(substrate::is_absent(get(18, attribute::kLine)));
  for (const Datom& d : ast::entity(pin, program, 16)) {
    const bool position = d.a == keyword(attribute::kLine) || d.a == keyword(attribute::kColumn);
    CHECK(d.m == int_word(position ? 2 : 1));
  }
}
