import sys

def record(i):
    return (f'{{"id": {i}, "name": "item \\"{i}\\"", "values": [{i}, {i // 2}.5, -3], '
            '"on": true, "none": null}')

# Each gives what was read and where it ends.
def space_end(text, at):
    while text[at] == ' ':
        at += 1
    return at

def digits(text, at):
    value = 0
    scale = 1
    while True:
        c = text[at]
        if not '0' <= c <= '9':
            return value, at, scale
        value = value * 10 + (ord(c) - 48)
        scale *= 10
        at += 1

def parse_number(text, at):
    if text[at] == '-':
        value, at = parse_number(text, at + 1)
        return -value, at
    value, at, _ = digits(text, at)
    if text[at] != '.':
        return value, at
    fraction, at, scale = digits(text, at + 1)
    return value + fraction / scale, at

def parse_string(text, at):
    out = []
    while True:
        c = text[at]
        if c == '"':
            return ''.join(out), at + 1
        if c == '\\':
            at += 1
            c = text[at]
        out.append(c)
        at += 1

def comma_end(text, at):
    at = space_end(text, at)
    return space_end(text, at + 1) if text[at] == ',' else at

def parse_array(text, at):
    out = []
    at = space_end(text, at)
    while text[at] != ']':
        value, at = parse_value(text, at)
        out.append(value)
        at = comma_end(text, at)
    return out, at + 1

def parse_object(text, at):
    out = {}
    at = space_end(text, at)
    while text[at] != '}':
        key, at = parse_string(text, at + 1)
        out[key], at = parse_value(text, space_end(text, at) + 1)
        at = comma_end(text, at)
    return out, at + 1

def parse_value(text, at):
    at = space_end(text, at)
    c = text[at]
    if c == '{':
        return parse_object(text, at + 1)
    if c == '[':
        return parse_array(text, at + 1)
    if c == '"':
        return parse_string(text, at + 1)
    if c == 't':
        return True, at + 4
    if c == 'f':
        return False, at + 5
    if c == 'n':
        return None, at + 4
    return parse_number(text, at)

def weight(value):
    if value is True:
        return 1
    if isinstance(value, (int, float)):
        return 2 * value
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + weight(item) for key, item in value.items())
    if isinstance(value, list):
        return sum(weight(item) for item in value)
    return 0

text = '[' + ', '.join(record(i) for i in range(int(sys.argv[1]))) + ']'
print(len(text), int(weight(parse_value(text, 0)[0])))
