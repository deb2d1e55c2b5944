local function merge(a, b)
  local out, i, j, m, n = {}, 1, 1, #a, #b
  while i <= m and j <= n do
    if b[j] < a[i] then
      out[#out + 1] = b[j]
      j = j + 1
    else
      out[#out + 1] = a[i]
      i = i + 1
    end
  end
  for k = i, m do out[#out + 1] = a[k] end
  for k = j, n do out[#out + 1] = b[k] end
  return out
end

local function merge_sort(items, from, n)
  if n == 1 then return {items[from]} end
  local half = math.floor(n / 2)
  return merge(merge_sort(items, from, half), merge_sort(items, from + half, n - half))
end

local n, x, numbers, sum = tonumber(arg[1]), 42, {}, 0
for i = 1, n do
  x = x * 16807 % 2147483647
  numbers[i] = x
end
local sorted = merge_sort(numbers, 1, n)
for i = 0, n - 1 do sum = sum + i % 3 * sorted[i + 1] end
print(string.format("%d", sum))
