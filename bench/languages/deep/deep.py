import sys

def sum_to(n):
    return 0 if n == 0 else n + sum_to(n - 1)

n = int(sys.argv[1])
sys.setrecursionlimit(n + 100)
print(sum_to(n))
