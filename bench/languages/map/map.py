import sys

def key_of(i):
    return i * 2654435761 % 4294967296

def run(n):
    entries = {}
    total = 0
    for i in range(n):
        entries[key_of(i)] = i
    for i in range(n):
        total += entries[key_of(i)]
    return total

print(run(int(sys.argv[1])))
