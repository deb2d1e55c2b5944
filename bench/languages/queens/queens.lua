local function safe(column, placed)
  local distance = 1
  while placed do
    local other = placed.first
    if other == column or other == column + distance or other == column - distance then return false end
    distance = distance + 1
    placed = placed.rest
  end
  return true
end

local function extend_all(ways)
  local out
  while ways do
    for column = 0, 7 do
      if safe(column, ways.first) then out = {first = {first = column, rest = ways.first}, rest = out} end
    end
    ways = ways.rest
  end
  return out
end

local found = 0
for _ = 1, tonumber(arg[1]) do
  local ways = {first = nil, rest = nil}
  for _ = 1, 8 do ways = extend_all(ways) end
  while ways do
    found = found + 1
    ways = ways.rest
  end
end
print(found)
