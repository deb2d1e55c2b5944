local pieces = {}
for i = 0, tonumber(arg[1]) - 1 do pieces[#pieces + 1] = tostring(i % 1000) end
print(#table.concat(pieces))
