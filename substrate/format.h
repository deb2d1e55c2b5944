#pragma once

// The format: every byte of a domain that outlives a process, as structs. Shapes, no behaviour.
//
//   slab 0          identity | state | 2 checkpoint records | workers | slots | ready bits | names
//                   | index | name bytes
//   slabs 1..M      mark words of the group's slabs, 1 KiB each
//   slabs M+1..M+D  slab descriptors of the group
//   the others      values, cells (version nodes, records), tables, large values
//   next group      the same, its first slab unused
//
// A group is 65,536 slabs (4 GiB), or the whole capacity if that is less; M = slabs / 64, D = slabs
// / 4096. The leading slabs are holes in the file but for what the slabs in use need.
//
// All integers are little-endian and of fixed width, all offsets count from the first byte of the
// domain, all objects start on 16 bytes. x86-64, aarch64 and wasm32 must agree on every
// static_assert here. A change of meaning, width or order bumps kFormatVersion, adds a golden file
// and a paragraph to docs/format.md, which explains all this in prose.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "substrate/shared_word.h"

namespace yin::substrate {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

template <class T>
inline constexpr bool kIsFormat = std::is_trivial_v<T>&& std::is_standard_layout_v<T>&&
    std::has_unique_object_representations_v<T>;

// ---- sizes --------------------------------------------------------------------------------------

inline constexpr std::uint32_t kFormatVersion = 5;
inline constexpr std::uint64_t kMagic =
    0x0a0d1a4e49590289;  // 89 02 'Y' 'I' 'N' 1a 0d 0a: text tools and FTP break it
inline constexpr std::uint32_t kEndianMark = 0x01020304;

inline constexpr std::uint64_t kGranule = 16;       // every object starts on one
inline constexpr std::uint64_t kSlabBytes = 65536;  // the unit of ownership
inline constexpr std::uint64_t kGroupSlabsMax = 65536;
inline constexpr std::uint64_t kCapacityUnit = std::uint64_t{16}
                                               << 20;  // capacities are multiples of it
inline constexpr std::uint64_t kMarkedPerWord = 32;    // granules a mark word covers
inline constexpr std::uint64_t kSlabMarkWords = kSlabBytes / kGranule / kMarkedPerWord;
inline constexpr std::uint64_t kSmallMaxBytes = 32768;  // larger objects may take a run of slabs
inline constexpr std::uint64_t kSlabMarkBytes = kSlabMarkWords * 8;
inline constexpr std::uint64_t kCapacityMin = kCapacityUnit;
inline constexpr std::uint64_t kCapacityDefault = std::uint64_t{64} << 30;
inline constexpr std::uint64_t kCapacityMax = std::uint64_t{16} << 40;
inline constexpr std::uint32_t kNameMaxBytes = 4096;
inline constexpr std::uint32_t kCommitMaxEntries = 64;
static_assert(kSlabMarkBytes * 64 == kSlabBytes, "the marks of 64 slabs fill one");

// ---- words --------------------------------------------------------------------------------------

// A word: 64 bits that mean one value. The low four bits say how to read the rest.
//   ...1  integer, 63 bits, two's complement, in bits 1..63
//   ..10  double, rotated (its exponent within 2^-255..2^256; +0.0 is its own pattern)
//   0000  small immediate: bits 4..7 say which (Immediate), bits 8..63 carry it; all zero is nil
//   0100  object: kind 58..63, no-references 57, granules 48..56 (0: see header), offset 4..47
//   1000  string object: hash bits 54..63, granules 48..53 (0: see header), offset 4..47
//   1100  short string: length 4..6, bytes from bit 8
struct Word {
  std::uint64_t bits;
  friend constexpr bool operator==(Word, Word) = default;
};
static_assert(sizeof(Word) == 8 && kIsFormat<Word>);

inline constexpr std::uint64_t kTagMask = 0xf;
inline constexpr std::uint64_t kTagImmediate = 0x0;
inline constexpr std::uint64_t kTagObject = 0x4;
inline constexpr std::uint64_t kTagString = 0x8;
inline constexpr std::uint64_t kTagShortString = 0xc;
inline constexpr std::uint64_t kOffsetMask = 0x0000fffffffffff0;
inline constexpr std::uint32_t kShortStringMax = 7;

enum class Immediate : std::uint8_t {
  kNil = 0,
  kBoolean = 1,    // bit 8
  kCharacter = 2,  // code point
  kKeyword = 3,    // NameId
  kSymbol = 4,     // NameId
  kRoot = 5,       // reference to a root slot: RootKind 8..11, slot 12..43, generation 44..63
  kEmpty = 6,      // an empty collection: ObjectKind 8..15
  kTombstone = 7,  // the value of a deleted slot; never seen by a reader
  kPrimitive = 8,  // a built-in function: its index in the vm's table
  kAbsent = 9,  // "no value here", for lookups and unset frame slots; never stored in a collection
};

enum class RootKind : std::uint8_t {
  kRegistry = 0,
  kAtom = 1,
  kAgent = 2,
  kStream = 3,
  kCursor = 4,
  kVar = 5
};

// ---- objects ------------------------------------------------------------------------------------

enum class ObjectKind : std::uint8_t {
  kNone = 0,
  kDouble = 1,        // header, double
  kInt64 = 2,         // header, int64 that does not fit 63 bits
  kString = 3,        // StringObject
  kMapNode = 4,       // TrieNode, entries of two words
  kMapCollision = 5,  // CollisionNode, entries of two words
  kSetNode = 6,       // TrieNode, entries of one word
  kSetCollision = 7,  // CollisionNode, entries of one word
  // From here on: records, `count` words after the header, then raw bytes up to the size.
  kVector = 8,      // words: VectorField, then the tail
  kVectorNode = 9,  // words: children (vector nodes) or elements
  kList = 10,       // words: ListField, then the chunk's items
  // 11..15 reserved for value kinds to come
  kClosure = 16,     // words: ClosureField, then captured values
  kFunction = 17,    // words: FunctionField, then constants; raw: FunctionInfo, safe points, code
  kProgram = 18,     // words: ProgramField, then 5 words a datom in EAVT order; raw: ProgramInfo,
                     // entity index
  kFrame = 19,       // words: FrameField, then the live slots
  kAgent = 20,       // words: AgentField
  kStream = 21,      // words: StreamField
  kCursor = 22,      // words: CursorField
  kError = 23,       // words: ErrorField
  kBigInt = 24,      // words: BigIntField; raw: limbs
  kRatio = 25,       // words: RatioField
  kBytes = 26,       // words: BytesField; raw: the bytes
  kInstant = 27,     // words: InstantField
  kUuid = 28,        // raw: 16 bytes
  kTagged = 29,      // words: TaggedField
  kAnnotated = 30,   // words: AnnotatedField
  kSortedMap = 31,   // words: SortedField
  kSortedSet = 32,   // the same without values
  kSortedNode = 33,  // B+ tree node of either; words: rows, or keys and children; raw: counts
  kIntMap = 34,      // IntMapNode (no record), entries of two words
  // 35 reserved: every node of an int map is an int map
  kQueue = 36,         // words: QueueField, then the tail
  kArray = 37,         // words: ArrayField; raw: elements, which may change
  kStruct = 38,        // words: StructField; raw: fields, which may change
  kLayout = 39,        // words: LayoutField
  kRelaxedNode = 40,   // words: children; raw: a size table, see docs/format.md
  kTensor = 41,        // words: TensorField
  kContinuation = 42,  // words: ContinuationField
  kKindEnd = 43,
};
inline constexpr std::uint8_t kFirstRecordKind = static_cast<std::uint8_t>(ObjectKind::kVector);

// Header flags: bits 0 and 1, and the scale of the size in bits 3..7.
inline constexpr std::uint8_t kFlagNoReferences =
    1;                                         // no word of the object refers to another object
inline constexpr std::uint8_t kFlagOwned = 2;  // a transient may still change it: in no object that
                                               // a value reaches (internal/ownership.h)
inline constexpr std::uint8_t kFlagIntegerKeys =
    4;  // sorted node: all its keys are integers that stand in their words
inline constexpr unsigned kFlagScaleShift = 3;

struct ObjectHeader {
  std::uint8_t kind;  // ObjectKind
  std::uint8_t flags;
  std::uint16_t granules;  // size = granules * 16 << scale
  std::uint32_t
      count;  // string: bytes; trie node: entries in the subtree; collision: entries; record: words
};
static_assert(sizeof(ObjectHeader) == 8 && kIsFormat<ObjectHeader>);

struct NumberObject {  // kDouble, kInt64
  ObjectHeader header;
  std::uint64_t bits;
};
static_assert(sizeof(NumberObject) == 16 && kIsFormat<NumberObject>);

struct StringObject {
  ObjectHeader header;
  std::uint64_t hash;  // XXH3-64 of the bytes with the domain's seed
  // header.count bytes of UTF-8 follow
};
static_assert(sizeof(StringObject) == 16 && kIsFormat<StringObject>);

// CHAMP node (Steindorfer & Vinju, OOPSLA 2015), children before entries. The root node is the
// collection. Level L looks at bits 5L..5L+4 of the key's hash; 13 levels, then a collision node.
struct TrieNode {
  ObjectHeader header;
  std::uint32_t data_map;  // which of 32 positions hold an entry
  std::uint32_t node_map;  // which hold a child; disjoint from data_map
  // popcount(node_map) child words, then popcount(data_map) entries
};
static_assert(sizeof(TrieNode) == 16 && kIsFormat<TrieNode>);

struct CollisionNode {
  ObjectHeader header;
  std::uint64_t hash;  // what all its keys hash to
  // header.count entries
};
static_assert(sizeof(CollisionNode) == 16 && kIsFormat<CollisionNode>);

inline constexpr unsigned kTrieBits = 5;
inline constexpr unsigned kTrieLevels = 13;

// Field numbers of record objects: the word's index behind the header.
struct VectorField {
  enum : std::uint32_t {
    kMeta,
    kRoot,
    kTail
  };  // meta: integer (count << 8 | relaxed << 7 | shift); root: (relaxed) vector node or nil
};
struct ListField {
  enum : std::uint32_t {
    kCount,
    kNext,
    kItems
  };  // count: integer, of the whole list; next: list or nil
};

// An integer beyond 64 bits: magnitude in limbs of 64 bits, the lowest first, the highest not 0.
struct BigIntField {
  enum : std::uint32_t { kLimbs, kEnd };  // integer: how many; negative if the number is
};
inline constexpr std::uint32_t kBigIntLimbsMax = 4096;
struct RatioField {
  enum : std::uint32_t {
    kNumerator,
    kDenominator,
    kEnd
  };  // integers of any size without a common divisor; denominator > 1
};
struct BytesField {
  enum : std::uint32_t { kLength, kEnd };  // integer
};
struct InstantField {
  enum : std::uint32_t { kMillis, kEnd };  // integer: since 1970-01-01T00:00Z, without leap seconds
};
inline constexpr std::int64_t kInstantMin = -62167219200000;  // 0000-01-01T00:00:00.000Z
inline constexpr std::int64_t kInstantMax = 253402300799999;  // 9999-12-31T23:59:59.999Z
inline constexpr std::uint32_t kUuidBytes = 16;
struct TaggedField {
  enum : std::uint32_t { kTag, kValue, kEnd };  // symbol | any value
};
struct AnnotatedField {
  enum : std::uint32_t { kValue, kMetadata, kEnd };  // collection or symbol | map
};

// ---- arrays and structs -------------------------------------------------------------------------

// The raw parts of these two kinds are the only bytes of objects that change after publishing: they
// hold numbers, never words. Nil words behind the fields put the raw part on a granule, and on a
// line of 64 bytes if it is as long and was made where others may see it.

inline constexpr std::uint64_t kRawLine = 64;

// What an element is: numbers of these widths, little-endian, IEEE 754.
enum class ElementType : std::uint8_t {
  kWord = 0,  // of a struct's field: any value, never to change; not of an array
  kI8 = 1,
  kU8 = 2,
  kI16 = 3,
  kU16 = 4,
  kI32 = 5,
  kU32 = 6,
  kI64 = 7,
  kF32 = 8,
  kF64 = 9,
  kU8Clamped = 10,  // as kU8, but what does not fit becomes 0 or 255
  kEnd = 11
};

struct ArrayField {  // raw: the elements
  enum : std::uint32_t {
    kType,      // integer, ElementType
    kCount,     // integer: elements
    kIdentity,  // integer, drawn when it was made: what it hashes by
    kEnd        // nil words follow
  };
};

// Whether a field may change after its struct was made.
enum class FieldAccess : std::uint8_t { kImmutable = 0, kMutable = 1, kAtomic = 2, kEnd = 3 };

struct LayoutField {
  enum : std::uint32_t {
    kRowBytes,   // integer: the scalar fields of one instance, a multiple of the widest
    kWordCount,  // integer: the word fields of one instance
    kFields      // then two words a field: name (keyword), descriptor (integer)
  };
};
// A field's descriptor: type in bits 0..7, access in 8..15, place from 16: a scalar's byte in the
// row, a word's number among the words.
inline constexpr unsigned kFieldAccessShift = 8;
inline constexpr unsigned kFieldPlaceShift = 16;
inline constexpr std::uint32_t kLayoutFieldsMax = 4096;

struct StructField {  // raw: the scalar fields, row by row or column by column
  enum : std::uint32_t {
    kLayout,
    kIdentity,  // integer, as an array's
    kShape,     // integer: rows << 1 | column by column
    kWords      // the word fields, in the same order as the raw part; then nil words
  };
};

// An array in several dimensions. Element [i j ..] is the array's start + i * stride + j * stride ..
struct TensorField {
  enum : std::uint32_t {
    kArray,
    kStart,
    kDimensions  // then two integers a dimension: size, stride, in elements
  };
};
inline constexpr std::uint32_t kTensorRankMax = 16;

// Sorted map and set: a B+ tree. A leaf has `count` / width rows, one behind the other. A node with
// n children has the first key of each child, then the children; raw: n uint32, rows in the
// children up to and with each.
struct SortedField {
  enum : std::uint32_t {
    kOrder,  // integer, BuiltInOrder; or the name of a registered comparator (keyword or symbol)
    kMeta,   // integer (count << 8 | height); height counts levels, 0: empty
    kRoot,   // sorted node or nil
    kEnd
  };
};
enum class BuiltInOrder : std::uint8_t {
  kCompare = 0,  // of compare(), value.h
  kReverse = 1,  // the same, descending
  kBytes = 2,    // strings by their bytes, all else as kCompare
};
inline constexpr unsigned kSortedHeightMax = 12;

// Int map: a radix tree over keys of 64 bits, 5 bits a level from the top, without nodes that have
// one position only. Every node is an int map by itself.
struct IntMapNode {
  ObjectHeader header;     // count: entries in the subtree
  std::uint32_t data_map;  // which of 32 positions hold an entry
  std::uint32_t node_map;  // which hold a child; disjoint from data_map
  std::uint64_t place;     // what all keys have in common: the bits above `level` * 5 + 5 of
                           // key + 2^63, and `level` in bits 0..4
  // popcount(node_map) child words, then popcount(data_map) entries: key (integer), value
};
static_assert(sizeof(IntMapNode) == 24 && kIsFormat<IntMapNode>);
inline constexpr unsigned kIntMapLevels = 13;

struct QueueField {
  enum : std::uint32_t {
    kMeta,  // integer (count << 8 | shift), as a vector's
    kHead,  // integer: position of the first item below the root
    kRoot,  // vector node or nil; nil stands for what was dropped from it
    kTail   // the last 1..32 items
  };
};

// ---- programs -----------------------------------------------------------------------------------

// A datom is five words; see dao/datom.h.
struct Datom {
  Word e, a, v, t, m;
};
static_assert(sizeof(Datom) == 40 && kIsFormat<Datom>);

struct ProgramField {
  enum : std::uint32_t {
    kRoot,
    kFile,
    kDatoms
  };  // root entity (integer) | source name (string) | datoms
};
struct ProgramInfo {  // raw part of a program, followed by entity_count + 1 datom indexes (uint32),
                      // entity ids from first_entity
  std::uint64_t content_hash;
  std::uint32_t first_entity;
  std::uint32_t entity_count;
};
static_assert(sizeof(ProgramInfo) == 16 && kIsFormat<ProgramInfo>);

struct ClosureField {
  enum : std::uint32_t {
    kFunction,
    kCaptured
  };  // function, or a vector of them: one an arity | captured values
};

struct FunctionField {
  enum : std::uint32_t {
    kName,
    kProgram,
    kConstants
  };  // symbol or nil | program object | constants
};
// Raw part of a function, followed by its tables in this order: code of the stack projection (words
// of 32 bits, see vm/code.h), code of the register projection (vm/register/code.h), safe points,
// captures (Place, of the enclosing function), positions in the one code and in the other, nodes,
// handlers.
struct FunctionInfo {
  std::uint64_t content_hash;
  std::uint32_t body_entity;    // AST entity that is evaluated
  std::uint32_t lambda_entity;  // AST entity of the :lambda, 0: a program's root
  std::uint32_t code_count;
  std::uint32_t safe_point_count;
  std::uint32_t position_count;
  std::uint32_t node_count;
  std::uint32_t
      slot_max;  // slots an activation may use: parameters, lets and temporaries on one stack
  std::uint16_t parameter_count;  // the rest parameter included; they stand in slots 0..
  std::uint16_t flags;            // kFunctionVariadic
  std::uint16_t capture_count;
  std::uint16_t arity_index;  // which of the closure's functions it is
  std::uint32_t register_code_count;
  std::uint32_t register_position_count;
  std::uint32_t handler_count;
};
static_assert(sizeof(FunctionInfo) == 56 && kIsFormat<FunctionInfo>);
inline constexpr std::uint16_t kFunctionVariadic = 1;

// Where a machine may stop. Point 0 is the function's entry, with its parameters live.
struct SafePoint {
  std::uint32_t pc;           // instruction to go on at
  std::uint32_t register_pc;  // the same in the register projection's code
  std::uint32_t entity;       // AST node whose value is awaited, or the :loop it goes on with
  std::uint32_t live_count;   // slots a frame keeps
  std::uint32_t flags;        // kSafePointAwaits
  std::uint32_t handler;      // who handles an error raised here: 1 + index of a handler, 0: nobody
};
static_assert(sizeof(SafePoint) == 24 && kIsFormat<SafePoint>);
inline constexpr std::uint32_t kSafePointAwaits =
    1;  // the delivered value goes to slot live_count; else it is ignored
inline constexpr std::uint32_t kSafePointPrompt =
    2;  // a delimited continuation, captured while a frame waits here, ends with that frame

// Where a value is found: in an activation's slot, its closure, the closure itself, or the
// function's constants.
struct Place {
  std::uint32_t bits;  // kind 28..31, index 0..27
};
enum class PlaceKind : std::uint8_t { kSlot = 0, kCapture = 1, kSelf = 2, kConstant = 3 };

struct CodePosition {  // which node an instruction that can fail stands for; sorted by pc
  std::uint32_t pc;
  std::uint32_t entity;
};
struct FunctionNode {  // what lowering found out about a node, for the walk; sorted by entity
  std::uint32_t entity;
  std::uint32_t value;  // :variable a Place; :lambda a constant; call, :loop, :recur a safe point
};
// Where a function goes on when an error is raised inside the body of a :try or :finally. A node
// inside another's body has a higher index.
struct ErrorHandler {
  std::uint32_t from;  // the body's instructions, up to but not including `to`
  std::uint32_t to;
  std::uint32_t pc;  // instruction to go on at
  std::uint32_t register_from;
  std::uint32_t register_to;
  std::uint32_t register_pc;
  std::uint32_t entity;  // the :try or :finally
  std::uint32_t slot;    // that gets the error; those below stay as they are
};
static_assert(sizeof(ErrorHandler) == 32 && kIsFormat<ErrorHandler>);
static_assert(sizeof(Place) == 4 && sizeof(CodePosition) == 8 && sizeof(FunctionNode) == 8);
static_assert(kIsFormat<Place> && kIsFormat<CodePosition> && kIsFormat<FunctionNode>);

struct FrameField {
  enum : std::uint32_t {
    kCaller,
    kClosure,
    kSafePoint,
    kSlots
  };  // frame or nil | closure | integer | live slots
};
// A continuation as a value.
struct ContinuationField {
  enum : std::uint32_t {
    kFrame,   // the innermost frame, or nil: nothing is left to do
    kPrompt,  // the outermost frame that belongs to it; nil: all do
    kEnd
  };
};
inline constexpr unsigned kFrameArityShift = 32;  // the integer is safe point | arity index << 32

// ---- agents -------------------------------------------------------------------------------------

struct AgentField {
  enum : std::uint32_t {
    kContinuation,      // frame the agent goes on with
    kValue,             // what the awaited node yields; meaning by status
    kStatus,            // integer, AgentStatus
    kEffect,            // waiting: the effect to try again (vector), else nil
    kParent,            // agent ref or nil
    kName,              // string or nil
    kFuelUsed,          // integer
    kSteps,             // integer: commits so far
    kOldEnd,            // records of older builds end here; what they lack is nil
    kRandom = kOldEnd,  // integer: state of the agent's random numbers
    kMailbox,           // stream ref, or nil: nobody has sent it anything yet
    kTies,              // vector of TiesField, or nil: it has none
    kEnd
  };
};
// What an agent has to do with others, and its limits.
struct TiesField {
  enum : std::uint32_t {
    kLinks,      // set of agent refs: whose end reaches it, and whom its end reaches
    kMonitors,   // set of agent refs: who is told when it ends
    kTraps,      // true: the ends of those it is linked to are messages
    kSignal,     // nil, or [who why]: it is to end
    kFuelLimit,  // integer or nil
    kDeadline,   // milliseconds since 1970, or nil: it ends then
    kEnd
  };
};
// kEffect of an agent that waits: a vector.
struct WaitField {
  enum : std::uint32_t {
    kKind,                       // integer, vm::EffectKind
    kArguments,                  // three words
    kDeadline = kArguments + 3,  // milliseconds since 1970, or nil: for ever
    kRequest,                    // of a host operation: [worker, generation of its lease] who asks
    kEnd
  };
};
enum class AgentStatus : std::uint8_t {
  kReady = 0,    // goes on with kValue
  kRaise = 1,    // goes on by raising kValue, an error
  kWaiting = 2,  // tries kEffect again when woken
  kParked = 3,   // until somebody resumes it
  kDone = 4,     // kValue is its result
  kFailed = 5,   // kValue is the error nobody caught
  kEnding = 6,   // kValue is its result or error; those in kTies are being told
};

struct StreamField {
  enum : std::uint32_t {
    kItems,     // vector: what is kept
    kFirst,     // integer: position of items[0]
    kCapacity,  // integer; 0: unbounded
    kClosed,    // boolean
    kReaders,   // set of cursor refs that hold back retention
    kWaiters,   // set of agent refs that wait on this stream
    kEnd
  };
};
struct CursorField {
  enum : std::uint32_t { kStream, kPosition, kEnd };
};
struct ErrorField {
  enum : std::uint32_t {
    kKind,     // keyword
    kMessage,  // string
    kData,     // any
    kFile,     // string or nil
    kLine,     // integer or nil
    kColumn,   // integer or nil
    kFrames,   // the frames that awaited a value where it was raised, innermost first, or nil
    kProgram,  // program object it was raised in, or nil
    kEntity,   // integer: AST node that raised it; nil: not raised yet
    kCause,    // the error behind it, or nil
    kEnd
  };
};

// ---- roots --------------------------------------------------------------------------------------

// A version of a root slot (protocol.md 1 and 3). 48 bytes, in slabs of their own kind ("cells").
struct VersionNode {
  SharedWord ts;  // kStampPending, kStampAborted, or clock + 2; leaves pending once
  std::uint64_t value;
  SharedWord record;  // CommitRecord that decides it, 0: decided by its stamp alone; the collector
                      // may zero it
  SharedWord base;    // the last committed version below: what readers walk
  SharedWord prev;    // the physical predecessor: the log
  std::uint32_t generation;
  SharedHalf quarantine;  // the finished cycle that first found it unmarked, or 0 (amendment A2)
};
static_assert(sizeof(VersionNode) == 48 && std::is_standard_layout_v<VersionNode>);
static_assert(offsetof(VersionNode, generation) == 40 && offsetof(VersionNode, quarantine) == 44);

inline constexpr std::uint64_t kStampPending = 0;
inline constexpr std::uint64_t kStampAborted = 1;
inline constexpr std::uint64_t kStampFirst = 2;

struct CommitEntry {
  std::uint32_t slot;
  std::uint32_t generation;  // of the version to install
  std::uint64_t expected;  // the effective version the transaction read, 0: the slot was never used
  std::uint64_t value;
};
static_assert(sizeof(CommitEntry) == 24 && kIsFormat<CommitEntry>);

// Cells have one of these sizes: a version node, or a record of at most 4, 16 or 64 entries.
inline constexpr std::uint16_t kCellBytes[] = {48, 144, 432, 1584};

// One decision for several slots. Entries are sorted by slot, without doubles, frozen by the first
// install.
struct CommitRecord {
  SharedWord decision;  // as VersionNode::ts
  std::uint64_t reserved[4];
  std::uint32_t entry_count;
  SharedHalf quarantine;
  // entries follow
};
static_assert(sizeof(CommitRecord) == 48 && std::is_standard_layout_v<CommitRecord>);
static_assert(offsetof(CommitRecord, quarantine) == offsetof(VersionNode, quarantine));

struct RootSlot {
  SharedWord head;     // newest version node, 0: never used
  SharedHalf waiters;  // how many watch it (amendment A7), and kTurnAsked
  SharedHalf running;  // agents: {deaths:16, worker + 1 that runs it now:16}; a hint
};
static_assert(sizeof(RootSlot) == 16 && std::is_standard_layout_v<RootSlot>);

// RootSlot::waiters: somebody asks to be let by (turns.h); a hint.
inline constexpr std::uint32_t kTurnAsked = std::uint32_t{1} << 31;

// RootSlot::running. A death: of a worker while it had this agent, since the agent's last commit.
inline constexpr std::uint32_t kRunningWorker = 0xffff;
inline constexpr std::uint32_t kRunningDeath = 0x10000;

inline constexpr std::uint32_t kGenerationMax =
    (1u << 20) - 1;                                // a slot that reaches it is retired
inline constexpr std::uint32_t kRegistrySlot = 0;  // a map: name (string) -> root reference

// ---- slabs --------------------------------------------------------------------------------------

enum class SlabKind : std::uint8_t {
  kFree = 0,       // nothing in it
  kMeta = 1,       // header, marks, descriptors
  kTable = 2,      // chunks of tables, names: never swept
  kValues = 3,     // objects of mixed sizes, reclaimed by runs of unmarked granules
  kCells = 4,      // version nodes or records of one stride, reclaimed with quarantine
  kLarge = 5,      // first slab of a large object; run_length slabs
  kLargeRest = 6,  // its others
  kHole = 7,       // nothing in it, and no blocks behind it: allocated before the first store
};

struct SlabDescriptor {
  SharedWord state;  // {owner:16, owner generation:16, tag:32}: who may write it, since which cycle
  SharedHalf shape;  // {kind:8, reserved:8, stride in bytes:16}
  SharedHalf run_length;  // kLarge: slabs; kLargeRest: distance to the first
};
static_assert(sizeof(SlabDescriptor) == 16 && std::is_standard_layout_v<SlabDescriptor>);
static_assert(sizeof(SlabDescriptor) * 4096 == kSlabBytes,
              "the descriptors of 4096 slabs fill one");

// A mark word is {cycle:32, bits:32}: bit i stands for granule i of its 512 bytes, and counts in
// that cycle only.

// ---- workers ------------------------------------------------------------------------------------

inline constexpr std::uint32_t kTouchedMax = 14;

struct WorkerSlot {
  alignas(64) SharedWord pin;    // {label:32, sequence:29, kPinCollector, kPinStalled, kPinOn}
  alignas(64) SharedWord lease;  // {state:8, reserved:24, generation:32}
  SharedWord process;            // pid, as the kernel of pid_namespace counts
  SharedWord process_start;      // clock ticks since boot, against reused pids
  SharedWord pid_namespace;
  // Window of a guard that was declared stalled (protocol.md 7): {low 16 bits of its pin's
  // sequence, stamp:48}. One of another sequence is not known: everything is kept.
  SharedWord stall_low;
  SharedWord stall_high;  // kStallOpen: not yet set
  std::uint64_t reserved0;
  SharedWord joined_ns;            // CLOCK_REALTIME
  alignas(64) SharedHalf current;  // slot + 1 of the agent it runs, 0: none
  SharedHalf touched_count;        // more than kTouchedMax: those in `touched` and others
  SharedHalf
      touched[kTouchedMax];      // slots of its last commit: an adopter wakes them (amendment A8)
  alignas(64) SharedWord steps;  // counters, for inspection only
  SharedWord conflicts;
  SharedWord adopted;
  std::uint64_t reserved[5];
};
static_assert(sizeof(WorkerSlot) == 256 && std::is_standard_layout_v<WorkerSlot>);

inline constexpr std::uint64_t kPinOn = 1;
inline constexpr std::uint64_t kPinStalled = 2;
inline constexpr std::uint64_t kPinCollector = 4;
inline constexpr std::uint64_t kPinSequence = 8;  // one step of the sequence

inline constexpr std::uint64_t kStallOpen = (std::uint64_t{1} << 48) - 1;

enum class LeaseState : std::uint8_t { kFree = 0, kActive = 1, kAdopting = 2 };

// ---- tables -------------------------------------------------------------------------------------

// What is kept longer than a pin may last (hold.h, protocol.md 5). Never changed in place while it
// lives, but for the `content` of kSince, which only grows.
struct RootHold {
  SharedWord content;  // handle: the word; snapshot, since: a clock; last: a count
  SharedWord state;    // {phase:8, reserved:8, worker + 1:16, cycle it was dropped in:32}
  SharedWord slot;     // since, last: whose versions
  std::uint64_t reserved;
};
static_assert(sizeof(RootHold) == 32 && std::is_standard_layout_v<RootHold>);
enum class HoldPhase : std::uint8_t {
  kFree = 0,
  kTaken = 1,     // being filled
  kHandle = 2,    // a value
  kSnapshot = 3,  // every slot as it was at an instant
  kSince = 4,     // a slot's versions since an instant, and the one that was current then
  kLast = 5,      // a slot's last versions, so many; nobody's, it stays until it is dropped
};
inline constexpr std::uint8_t kHoldDropped = 0x80;  // a root still for the cycle it was dropped in

// A table that grows without moving: chunk 0 stands in slab 0, chunk k >= 1 has first_slab_entries
// << (k - 1) entries in slabs of its own.
inline constexpr std::uint32_t kTableChunks = 24;
struct TableDirectory {
  SharedWord chunk[kTableChunks];  // offset, 0: not there yet
};
static_assert(sizeof(TableDirectory) == 192);

struct TableShape {
  std::uint64_t entry_bytes;
  std::uint64_t first_entries;       // in chunk 0
  std::uint64_t first_slab_entries;  // in chunk 1
};
inline constexpr TableShape kWorkerTable{sizeof(WorkerSlot), 64, 256};
inline constexpr TableShape kSlotTable{sizeof(RootSlot), 512, 4096};
inline constexpr TableShape kReadyTable{8, 64, 8192};  // one bit a slot: "may be runnable", a hint
inline constexpr TableShape kDirtyTable =
    kReadyTable;  // one bit a slot: changed since the last checkpoint
inline constexpr TableShape kPendingTable =
    kReadyTable;  // ... and to be looked at by the one under way
inline constexpr TableShape kHoldTable{sizeof(RootHold), 64, 4096};
inline constexpr TableShape kNameTable{8, 512, 8192};  // NameId -> offset of its NameEntry
// When a slot's ready bit is to be set though nobody does, a hint (timer.h): milliseconds since
// 1970, 0: never. With kTimerAtDeath also whenever a worker has died. Chunk 0 is made when somebody
// first waits.
inline constexpr TableShape kTimerTable{8, 8192, 8192};
inline constexpr std::uint64_t kTimerAtDeath = std::uint64_t{1} << 63;
inline constexpr std::uint64_t kTimerNever = kTimerAtDeath - 1;

struct NameEntry {
  std::uint32_t length;
  std::uint32_t reserved;
  std::uint64_t hash;  // as a string's
  // bytes follow: "name" or "namespace/name"
};
static_assert(sizeof(NameEntry) == 16 && kIsFormat<NameEntry>);

// Open-addressed index over names: level k has kNameIndexFirst << (2 * k) cells of NameId + 1. A
// name stands within kNameProbe cells of its hash, in the first level where that window had room;
// cells are never cleared, so it is unique.
inline constexpr std::uint32_t kNameIndexFirst = 2048;
inline constexpr std::uint32_t kNameIndexLevels = 10;
inline constexpr std::uint32_t kNameProbe = 16;

// ---- header -------------------------------------------------------------------------------------

// First page: what never changes after creation. The checksum covers the whole page, so every
// flipped bit is seen.
struct DomainIdentity {
  std::uint64_t magic;
  std::uint32_t format_version;
  std::uint32_t endian_mark;
  std::uint64_t capacity_bytes;
  std::uint64_t slab_bytes;
  std::uint64_t hash_seed;
  std::uint64_t domain_id[2];
  std::uint64_t created_ns;  // CLOCK_REALTIME
  std::uint64_t reserved[503];
  std::uint64_t checksum;  // XXH3-64 of the bytes before it
};
static_assert(sizeof(DomainIdentity) == 4096 && kIsFormat<DomainIdentity>);

// What a power cut leaves to go on from (protocol.md 10): every slot as it was at one instant. Two of
// them, each on a page of its own and within one sector; the one that is whole and has the higher
// number counts, and the other is the next to be written.
struct CheckpointRecord {
  std::uint64_t sequence;                  // 1..
  std::uint64_t clock;                     // of the instant
  std::uint64_t table;                     // word: a vector, CheckpointRow for each slot
  std::uint64_t slots;                     // how many
  std::uint64_t next_name;                 // names from here on are not in it
  std::uint64_t name_chunk[kTableChunks];  // of the table of names
  std::uint64_t output;                    // as in DomainState, then
  std::uint64_t output_cursor;
  std::uint64_t main_agent;
  std::uint64_t durability;
  std::uint64_t written_ns;       // CLOCK_REALTIME
  std::uint64_t redo_log;         // where the log stands that goes on from it, 0: there is none
  std::uint64_t committed_bytes;  // of DomainState, then
  std::uint64_t reserved[27];
  std::uint64_t checksum;  // XXH3-64 of the bytes before it
};
static_assert(sizeof(CheckpointRecord) == 512 && kIsFormat<CheckpointRecord>);

// The redo log: slabs of a table's kind, entries one behind the other from its start, each on whole
// pages. An entry has the pieces of memory that came since the entry before it, the first one since
// the checkpoint: with these in their places, the checkpoint is `record`. What does not fit the chain
// of checksums is what an earlier checkpoint's log left.
constexpr std::uint64_t redo_log_bytes(std::uint64_t capacity) {
  const std::uint64_t most = std::uint64_t{4} << 20;
  return capacity / 64 < most ? capacity / 64 : most;
}
static_assert(redo_log_bytes(kCapacityUnit) % kSlabBytes == 0);
inline constexpr std::uint64_t kRedoPage = 4096;
struct RedoEntry {
  std::uint64_t checksum;   // XXH3-64 of the entry's bytes behind it
  std::uint64_t previous;   // the last entry's checksum; of the first, the checkpoint record's
  std::uint64_t bytes;      // of the entry, the rest of its last page not counted
  std::uint64_t pieces;     // how many: each a RedoPiece, its bytes, zeroes up to a multiple of 8
  CheckpointRecord record;  // its sequence: of the checkpoint that the log goes on from
};
static_assert(sizeof(RedoEntry) == 544 && kIsFormat<RedoEntry>);
struct RedoPiece {
  std::uint64_t at;
  std::uint64_t bytes;
};
static_assert(sizeof(RedoPiece) == 16 && kIsFormat<RedoPiece>);

// Elements of the table, for slot i from i * kEnd on.
struct CheckpointRow {
  enum : std::uint32_t {
    kGeneration,  // integer: generation (0: never used) | versions to be kept << 20 (0: the last)
    kValue,       // kAbsent: deleted
    kEnd
  };
};
inline constexpr unsigned kCheckpointRetentionShift = 20;

// DomainState::durability: when what was committed is to stand on the disk. Else: so many
// milliseconds later.
inline constexpr std::uint64_t kDurabilityNone = 0;
inline constexpr std::uint64_t kDurabilityCommit = ~std::uint64_t{0};  // as soon as can be

struct CycleTime {
  SharedWord cycle;
  SharedWord t0;  // {low 16 bits of the cycle, clock:48}
};

// Second page: what changes. Words that many write stand alone on their line.
struct DomainState {
  alignas(64) SharedWord clock;            // 1..; snapshots and cycles advance it
  alignas(64) SharedWord gc;               // {cycle:32, done:32}; a cycle runs while they differ
  CycleTime gc_base[2];                    // T0 of finished cycles (amendment A4)
  SharedWord live_bytes;                   // marked in cycle `done`
  alignas(64) SharedWord committed_bytes;  // the file has at least this many, allocated
  SharedWord next_slab;                    // first slab never handed out
  SharedWord sweep_values;                 // {cycle:32, next slab to look at:32}
  SharedWord sweep_cells;                  // the same, for slabs of cells
  SharedWord allocated_bytes;  // handed out to workers, ever; the collector starts by its growth
  SharedWord collected_at;     // allocated_bytes when the last cycle began
  SharedWord sweep_large;      // as sweep_values, for whole slabs in a row
  SharedWord sweep_none;       // {cycle:32, count:32}: so many in a row were looked for in vain
  alignas(64) SharedHalf next_slot;
  SharedHalf free_slots[15];  // hints: slot + 1, 0: empty
  alignas(64) SharedHalf next_name;
  SharedHalf next_hold;
  SharedWord name_bump;  // where the next name's bytes go; at a slab's start: that slab is full
  SharedWord collector_alive;   // counts up while one works: who stands still is taken over
  SharedWord marking_bytes;     // allocated while the last finished cycle ran
  SharedWord holes;             // slabs of kind kHole, about: 0 saves looking for them
  SharedWord sweep_holes;       // as sweep_values, for holes
  SharedWord marked_bytes;      // in the running cycle so far
  SharedWord marking_since;     // allocated_bytes when it began
  alignas(64) SharedHalf work;  // futex: changes when there is work
  SharedHalf sleepers;
  SharedHalf worker_high;    // workers ever used
  SharedHalf stop;           // 1: workers are asked to leave
  SharedWord output;         // root reference of the program's output stream, 0: none
  SharedWord output_cursor;  // ... and of its printer's cursor
  SharedWord main_agent;     // root reference of the program's first agent
  alignas(64) SharedWord
      boot_id[2];  // of the last opener: same boot and file = the page cache is the truth
  SharedWord device;
  SharedWord inode;
  SharedHalf verified;     // 1: nothing in it came from elsewhere unseen
  SharedHalf initialized;  // 1: the creator finished
  SharedWord sweep_small;  // as sweep_values, for slabs whose free rows are short
  std::uint64_t reserved2[2];
  alignas(64) SharedWord durable_seq;  // the last checkpoint known to be on the disk, 0: none
  SharedWord durable_clock;            // what was committed up to this instant is on the disk
  SharedWord durability;
  SharedWord durability_failed;  // 1: a sync has failed, nothing later is durable, for good
  SharedWord redo_log;           // as in CheckpointRecord
  SharedWord redo_last;  // the entry written last; counts while it is of the newest checkpoint
  SharedHalf checkpoint_busy;  // 1: one is under way, or died; a hint
  SharedHalf checkpoint_ends;  // counts up behind each: who waits for one
  std::uint64_t reserved3[1];
  alignas(64) TableDirectory workers;
  TableDirectory slots;
  TableDirectory ready;
  TableDirectory names;
  TableDirectory dirty;
  TableDirectory pending;
  TableDirectory holds;
  SharedWord name_index[kNameIndexLevels];
  std::uint64_t reserved4[2];
  TableDirectory timers;
  alignas(64) SharedWord next_timer;  // none is due before; 0: not known, look at all
  SharedWord timers_looked_at;        // who looks at all has done so by then; 0: nobody does
};
static_assert(sizeof(DomainState) <= 4096 && std::is_standard_layout_v<DomainState>);
static_assert(offsetof(DomainState, gc) == 64 && offsetof(DomainState, committed_bytes) == 128);
static_assert(offsetof(DomainState, next_name) == 256 && offsetof(DomainState, work) == 320);

// Slab 0.
inline constexpr std::uint64_t kIdentityAt = 0;
inline constexpr std::uint64_t kStateAt = 4096;
inline constexpr std::uint64_t kCheckpointsAt = 8192;
inline constexpr std::uint64_t kCheckpointStride = 4096;
inline constexpr std::uint32_t kCheckpointRecords = 2;
inline constexpr std::uint64_t kWorkersAt = kCheckpointsAt + kCheckpointStride * kCheckpointRecords;
inline constexpr std::uint64_t kSlotsAt =
    kWorkersAt + kWorkerTable.entry_bytes * kWorkerTable.first_entries;
inline constexpr std::uint64_t kReadyAt =
    kSlotsAt + kSlotTable.entry_bytes * kSlotTable.first_entries;
inline constexpr std::uint64_t kDirtyAt =
    kReadyAt + kReadyTable.entry_bytes * kReadyTable.first_entries;
inline constexpr std::uint64_t kPendingAt =
    kDirtyAt + kDirtyTable.entry_bytes * kDirtyTable.first_entries;
inline constexpr std::uint64_t kHoldsAt =
    kPendingAt + kPendingTable.entry_bytes * kPendingTable.first_entries;
inline constexpr std::uint64_t kNamesAt =
    kHoldsAt + kHoldTable.entry_bytes * kHoldTable.first_entries;
inline constexpr std::uint64_t kNameIndexAt =
    kNamesAt + kNameTable.entry_bytes * kNameTable.first_entries;
inline constexpr std::uint64_t kNameBytesAt = kNameIndexAt + std::uint64_t{4} * kNameIndexFirst;
static_assert(kNameBytesAt < kSlabBytes - kNameMaxBytes && kNameBytesAt % kGranule == 0);

// Byte-range locks on the file, far behind any byte of it: one a worker, one for the collector, one
// for checkpoints, one for opening.
inline constexpr std::uint64_t kLockBase = std::uint64_t{1} << 62;
inline constexpr std::uint64_t kLockOpen = kLockBase;
inline constexpr std::uint64_t kLockCollector = kLockBase + 1;
// Shared, by who may write the file; exclusive, by who writes it anew.
inline constexpr std::uint64_t kLockWriters = kLockBase + 2;
inline constexpr std::uint64_t kLockReaders =
    kLockBase + 3;  // shared, by who must not see it change
inline constexpr std::uint64_t kLockCheckpoint = kLockBase + 4;
inline constexpr std::uint64_t kLockWorkers = kLockBase + 4096;

}  // namespace yin::substrate
