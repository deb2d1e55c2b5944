import sys

def run(n):
    i = total = 0
    while i < n:
        total += i
        i += 1
    return total

print(run(int(sys.argv[1])))
