const record = i =>
  `{"id": ${i}, "name": "item \\"${i}\\"", "values": [${i}, ${Math.floor(i / 2)}.5, -3], "on": true, "none": null}`

let text = '', at = 0  // where the parser is

const skipSpace = () => {
  while (text.charCodeAt(at) === 32) at++
}

const digits = () => {
  let value = 0, scale = 1
  for (;; at++) {
    const c = text.charCodeAt(at)
    if (!(c >= 48 && c <= 57)) return { value, scale }
    value = value * 10 + (c - 48)
    scale *= 10
  }
}

const parseNumber = () => {
  if (text.charCodeAt(at) === 45) {
    at++
    return -parseNumber()
  }
  const { value } = digits()
  if (text.charCodeAt(at) !== 46) return value
  at++
  const fraction = digits()
  return value + fraction.value / fraction.scale
}

const parseString = () => {
  let out = ''
  for (;; at++) {
    let c = text[at]
    if (c === '"') {
      at++
      return out
    }
    if (c === '\\') c = text[++at]
    out += c
  }
}

const skipComma = () => {
  skipSpace()
  if (text.charCodeAt(at) === 44) {
    at++
    skipSpace()
  }
}

const parseArray = () => {
  const out = []
  skipSpace()
  while (text.charCodeAt(at) !== 93) {
    out.push(parseValue())
    skipComma()
  }
  at++
  return out
}

const parseObject = () => {
  const out = new Map()
  skipSpace()
  while (text.charCodeAt(at) !== 125) {
    at++
    const key = parseString()
    skipSpace()
    at++
    out.set(key, parseValue())
    skipComma()
  }
  at++
  return out
}

const parseValue = () => {
  skipSpace()
  switch (text[at]) {
    case '{': at++; return parseObject()
    case '[': at++; return parseArray()
    case '"': at++; return parseString()
    case 't': at += 4; return true
    case 'f': at += 5; return false
    case 'n': at += 4; return null
    default: return parseNumber()
  }
}

const weight = value => {
  if (typeof value === 'number') return 2 * value
  if (typeof value === 'string') return value.length
  let sum = 0
  if (value instanceof Map) for (const [key, item] of value) sum += key.length + weight(item)
  else if (Array.isArray(value)) for (const item of value) sum += weight(item)
  else if (value) sum = 1
  return sum
}

text = `[${Array.from({ length: Number(process.argv[2]) }, (_, i) => record(i)).join(', ')}]`
console.log(`${text.length} ${Math.trunc(weight(parseValue()))}`)
