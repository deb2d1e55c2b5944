local n, x, numbers, sum = tonumber(arg[1]), 42, {}, 0
for i = 1, n do
  x = x * 16807 % 2147483647
  numbers[i] = x
end
table.sort(numbers)
for i = 0, n - 1 do sum = sum + i % 3 * numbers[i + 1] end
print(string.format("%d", sum))
