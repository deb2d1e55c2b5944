local function key_of(i) return i * 2654435761 % 4294967296 end

local n, entries, sum = tonumber(arg[1]), {}, 0
for i = 0, n - 1 do entries[key_of(i)] = i end
for i = 0, n - 1 do sum = sum + entries[key_of(i)] end
print(string.format("%d", sum))
