local byte = string.byte
local text, at  -- where the parser is

local function record(i)
  return '{"id": ' .. i .. ', "name": "item \\"' .. i .. '\\"", "values": [' .. i .. ', ' ..
    math.floor(i / 2) .. '.5, -3], "on": true, "none": null}'
end

local function skip_space()
  while byte(text, at) == 32 do at = at + 1 end
end

local function digits()
  local value, scale = 0, 1
  while true do
    local c = byte(text, at)
    if not c or c < 48 or c > 57 then return value, scale end
    value = value * 10 + (c - 48)
    scale = scale * 10
    at = at + 1
  end
end

local function parse_number()
  if byte(text, at) == 45 then
    at = at + 1
    return -parse_number()
  end
  local value = digits()
  if byte(text, at) ~= 46 then return value end
  at = at + 1
  local fraction, scale = digits()
  return value + fraction / scale
end

local function parse_string()
  local out = {}
  while true do
    local c = text:sub(at, at)
    if c == '"' then
      at = at + 1
      return table.concat(out)
    end
    if c == '\\' then
      at = at + 1
      c = text:sub(at, at)
    end
    out[#out + 1] = c
    at = at + 1
  end
end

local parse_value

local function skip_comma()
  skip_space()
  if byte(text, at) == 44 then
    at = at + 1
    skip_space()
  end
end

local function parse_array()
  local out = {}
  skip_space()
  while byte(text, at) ~= 93 do
    out[#out + 1] = parse_value()
    skip_comma()
  end
  at = at + 1
  return out
end

local null = {}

local function parse_object()
  local out = {}
  skip_space()
  while byte(text, at) ~= 125 do
    at = at + 1
    local key = parse_string()
    skip_space()
    at = at + 1
    out[key] = parse_value()
    skip_comma()
  end
  at = at + 1
  return out
end

function parse_value()
  skip_space()
  local c = byte(text, at)
  at = at + 1
  if c == 123 then return parse_object() end
  if c == 91 then return parse_array() end
  if c == 34 then return parse_string() end
  if c == 116 then at = at + 3 return true end
  if c == 102 then at = at + 4 return false end
  if c == 110 then at = at + 3 return null end
  at = at - 1
  return parse_number()
end

local function weight(value)
  local kind = type(value)
  if kind == 'number' then return 2 * value end
  if kind == 'string' then return #value end
  if kind == 'table' then
    local sum = 0
    for key, item in pairs(value) do
      if type(key) == 'string' then sum = sum + #key end
      sum = sum + weight(item)
    end
    return sum
  end
  return value and 1 or 0
end

local records = {}
for i = 0, tonumber(arg[1]) - 1 do records[#records + 1] = record(i) end
text, at = '[' .. table.concat(records, ', ') .. ']', 1
print(#text .. ' ' .. string.format('%d', weight(parse_value())))
