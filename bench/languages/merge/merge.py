import sys

def merge(a, b):
    out = []
    i = j = 0
    while i < len(a) and j < len(b):
        if b[j] < a[i]:
            out.append(b[j])
            j += 1
        else:
            out.append(a[i])
            i += 1
    out.extend(a[i:])
    out.extend(b[j:])
    return out

def merge_sort(items, start, n):
    if n == 1:
        return [items[start]]
    half = n // 2
    return merge(merge_sort(items, start, half), merge_sort(items, start + half, n - half))

def run(n):
    x = 42
    numbers = []
    for _ in range(n):
        x = x * 16807 % 2147483647
        numbers.append(x)
    ordered = merge_sort(numbers, 0, n)
    total = 0
    for i in range(n):
        total += i % 3 * ordered[i]
    return total

print(run(int(sys.argv[1])))
