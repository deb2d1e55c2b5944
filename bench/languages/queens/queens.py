import sys

# A list is a pair (first, rest), or None.
def safe(column, placed):
    distance = 1
    while placed is not None:
        other, placed = placed
        if other == column or other == column + distance or other == column - distance:
            return False
        distance += 1
    return True

def extend_all(ways):
    out = None
    while ways is not None:
        way, ways = ways
        for column in range(8):
            if safe(column, way):
                out = ((column, way), out)
    return out

def run(n):
    found = 0
    for _ in range(n):
        ways = (None, None)
        for _ in range(8):
            ways = extend_all(ways)
        while ways is not None:
            found += 1
            ways = ways[1]
    return found

print(run(int(sys.argv[1])))
