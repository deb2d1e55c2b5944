import sys

def run(n):
    x = 42
    numbers = []
    for _ in range(n):
        x = x * 16807 % 2147483647
        numbers.append(x)
    numbers.sort()
    total = 0
    for i in range(n):
        total += i % 3 * numbers[i]
    return total

print(run(int(sys.argv[1])))
