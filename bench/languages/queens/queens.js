const safe = (column, placed) => {
  for (let distance = 1; placed; distance++, placed = placed.rest) {
    const other = placed.first
    if (other === column || other === column + distance || other === column - distance) return false
  }
  return true
}

const extendAll = ways => {
  let out = null
  for (; ways; ways = ways.rest) {
    for (let column = 0; column < 8; column++) {
      if (safe(column, ways.first)) out = { first: { first: column, rest: ways.first }, rest: out }
    }
  }
  return out
}

const n = Number(process.argv[2])
let found = 0
for (let i = 0; i < n; i++) {
  let ways = { first: null, rest: null }
  for (let row = 0; row < 8; row++) ways = extendAll(ways)
  for (; ways; ways = ways.rest) found++
}
console.log(found)
