const merge = (a, b) => {
  const out = []
  let i = 0, j = 0
  while (i < a.length && j < b.length) out.push(b[j] < a[i] ? b[j++] : a[i++])
  while (i < a.length) out.push(a[i++])
  while (j < b.length) out.push(b[j++])
  return out
}

const mergeSort = (items, from, n) => {
  if (n === 1) return [items[from]]
  const half = Math.floor(n / 2)
  return merge(mergeSort(items, from, half), mergeSort(items, from + half, n - half))
}

const n = Number(process.argv[2])
const numbers = []
let x = 42, sum = 0
for (let i = 0; i < n; i++) {
  x = x * 16807 % 2147483647
  numbers.push(x)
}
const sorted = mergeSort(numbers, 0, n)
for (let i = 0; i < n; i++) sum += i % 3 * sorted[i]
console.log(sum)
