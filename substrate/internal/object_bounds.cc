#include "substrate/internal/object_bounds.h"

#include <cstdlib>

#include "substrate/edit.h"
#include "substrate/int_map.h"
#include "substrate/internal/radix.h"
#include "substrate/internal/trie.h"
#include "substrate/value.h"

namespace yin::substrate {

std::uint64_t record_words_min(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kVector:
      return VectorField::kTail + 1;
    case ObjectKind::kVectorNode:
    case ObjectKind::kRelaxedNode:
      return 1;
    case ObjectKind::kList:
      return ListField::kItems + 1;
    case ObjectKind::kClosure:
      return ClosureField::kCaptured;
    case ObjectKind::kFunction:
      return FunctionField::kConstants;
    case ObjectKind::kProgram:
      return ProgramField::kDatoms;
    case ObjectKind::kFrame:
      return FrameField::kSlots;
    case ObjectKind::kAgent:
      return AgentField::kOldEnd;
    case ObjectKind::kStream:
      return StreamField::kEnd;
    case ObjectKind::kCursor:
      return CursorField::kEnd;
    case ObjectKind::kError:
      return ErrorField::kEnd;
    case ObjectKind::kBigInt:
      return BigIntField::kEnd;
    case ObjectKind::kRatio:
      return RatioField::kEnd;
    case ObjectKind::kBytes:
      return BytesField::kEnd;
    case ObjectKind::kInstant:
      return InstantField::kEnd;
    case ObjectKind::kTagged:
      return TaggedField::kEnd;
    case ObjectKind::kAnnotated:
      return AnnotatedField::kEnd;
    case ObjectKind::kArray:
      return ArrayField::kEnd;
    case ObjectKind::kStruct:
      return StructField::kWords;
    case ObjectKind::kLayout:
      return LayoutField::kFields;
    case ObjectKind::kTensor:
      return TensorField::kDimensions;
    case ObjectKind::kContinuation:
      return ContinuationField::kEnd;
    case ObjectKind::kSortedMap:
    case ObjectKind::kSortedSet:
      return SortedField::kEnd;
    case ObjectKind::kSortedNode:
      return 1;
    case ObjectKind::kQueue:
      return QueueField::kTail + 1;
    default:
      return 0;
  }
}

namespace {

// Of a literal whose length its first word says: the bytes behind that word, if it can be one.
bool length_fits(Word length, std::uint64_t unit, std::uint64_t left) {
  if (!is_small_int(length)) return false;
  const std::int64_t said = small_int(length);
  return (said < 0 ? 0 - static_cast<std::uint64_t>(said) : static_cast<std::uint64_t>(said)) <=
         left / unit;
}

std::uint64_t function_bytes(const FunctionInfo& info) {
  return sizeof info +
         (std::uint64_t{info.code_count} + info.register_code_count) * sizeof(std::uint32_t) +
         std::uint64_t{info.safe_point_count} * sizeof(SafePoint) +
         std::uint64_t{info.capture_count} * sizeof(Place) +
         (std::uint64_t{info.position_count} + info.register_position_count) *
             sizeof(CodePosition) +
         std::uint64_t{info.node_count} * sizeof(FunctionNode) +
         std::uint64_t{info.handler_count} * sizeof(ErrorHandler);
}

}  // namespace

bool words_fit(const ObjectHeader& h, std::uint64_t bytes) {
  const auto kind = static_cast<ObjectKind>(h.kind);
  switch (kind) {
    case ObjectKind::kDouble:
    case ObjectKind::kInt64:
      return bytes >= sizeof(NumberObject);
    case ObjectKind::kString:
      return bytes >= sizeof(StringObject) + std::uint64_t{h.count};
    case ObjectKind::kMapNode:
    case ObjectKind::kSetNode: {
      const auto& node = *reinterpret_cast<const TrieNode*>(&h);
      const unsigned width = kind == ObjectKind::kMapNode ? 2 : 1;
      return bytes >=
             sizeof(TrieNode) + 8 * (bit_count(node.node_map) + width * bit_count(node.data_map));
    }
    case ObjectKind::kIntMap:
      return bytes >= sizeof(IntMapNode) &&
             bytes >= sizeof(IntMapNode) + 8 * word_count(reinterpret_cast<const IntMapNode*>(&h));
    case ObjectKind::kMapCollision:
      return bytes >= sizeof(CollisionNode) + 16 * std::uint64_t{h.count};
    case ObjectKind::kSetCollision:
      return bytes >= sizeof(CollisionNode) + 8 * std::uint64_t{h.count};
    default:
      break;
  }
  const std::uint64_t words = sizeof(ObjectHeader) + 8 * std::uint64_t{h.count};
  if (h.count < record_words_min(kind) || bytes < words) return false;
  const std::byte* behind = reinterpret_cast<const std::byte*>(&h) + words;
  const std::uint64_t left = bytes - words;
  if (kind == ObjectKind::kRelaxedNode) return left >= 8 * std::uint64_t{h.count};
  if (kind == ObjectKind::kFunction) {
    return left >= sizeof(FunctionInfo) &&
           left >= function_bytes(*reinterpret_cast<const FunctionInfo*>(behind));
  }
  if (kind == ObjectKind::kUuid) return left >= kUuidBytes;
  if (kind == ObjectKind::kBigInt || kind == ObjectKind::kBytes) {
    const std::uint64_t unit = kind == ObjectKind::kBigInt ? sizeof(std::uint64_t) : 1;
    return length_fits(*record_words(&h), unit, left);
  }
  if (kind == ObjectKind::kProgram) {
    return left >= sizeof(ProgramInfo) &&
           (h.count - ProgramField::kDatoms) % (sizeof(Datom) / sizeof(Word)) == 0 &&
           left >=
               sizeof(ProgramInfo) +
                   4 * (std::uint64_t{reinterpret_cast<const ProgramInfo*>(behind)->entity_count} +
                        1);
  }
  return true;
}

std::uint64_t granules_in_word(Word w, std::uint64_t bytes) {
  const std::uint64_t granules = bytes / kGranule;
  return granules < (tag(w) == kTagString ? 64 : 512) ? granules : 0;
}

}  // namespace yin::substrate
