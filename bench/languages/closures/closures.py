import sys

def adder(k):
    return lambda x: x + k

def run(n):
    total = 0
    for i in range(n):
        total = adder(i)(total)
    return total

print(run(int(sys.argv[1])))
