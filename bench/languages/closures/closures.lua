local function adder(k) return function(x) return x + k end end

local n, sum = tonumber(arg[1]), 0
for i = 0, n - 1 do sum = adder(i)(sum) end
print(string.format("%d", sum))
