local n, i, sum = tonumber(arg[1]), 0, 0
while i < n do
  sum = sum + i
  i = i + 1
end
print(string.format("%d", sum))
