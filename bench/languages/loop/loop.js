const n = Number(process.argv[2])
let i = 0, sum = 0
while (i < n) {
  sum += i
  i++
}
console.log(sum)
