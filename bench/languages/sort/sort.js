const n = Number(process.argv[2])
const numbers = []
let x = 42, sum = 0
for (let i = 0; i < n; i++) {
  x = x * 16807 % 2147483647
  numbers.push(x)
}
numbers.sort((a, b) => a - b)
for (let i = 0; i < n; i++) sum += i % 3 * numbers[i]
console.log(sum)
