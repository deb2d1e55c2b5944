import sys

print(len(''.join(str(i % 1000) for i in range(int(sys.argv[1])))))
