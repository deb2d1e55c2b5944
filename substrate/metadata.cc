#include "substrate/metadata.h"

#include "substrate/check.h"
#include "substrate/internal/walk.h"
#include "substrate/map.h"

namespace yin::substrate {

bool takes_meta(Word w) { return is_symbol(w) || is_collection(shape_of(w)); }

Word with_meta(Edit& edit, Word w, Word meta) {
  const Word value = bare(edit.pin(), w);
  check(takes_meta(value), "metadata on what takes none");
  if (is_nil(meta)) return value;
  check(Map::is(meta), "metadata that is no map");
  const Word words[] = {value, meta};
  return make_record(edit, ObjectKind::kAnnotated, words, AnnotatedField::kEnd);
}

}  // namespace yin::substrate
