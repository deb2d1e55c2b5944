const keyOf = i => i * 2654435761 % 4294967296

const n = Number(process.argv[2])
const entries = new Map()
let sum = 0
for (let i = 0; i < n; i++) entries.set(keyOf(i), i)
for (let i = 0; i < n; i++) sum += entries.get(keyOf(i))
console.log(sum)
