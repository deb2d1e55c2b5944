# A report of words, in Python, which asks a Clojure function for the words of each line.
#
#   yin run examples/word_report.py
#
# The lists and dicts that change are here; text_tools.clj takes and gives values that do not. What
# goes over is copied: a Python list becomes a vector, a vector comes back as a new list.

from text_tools import split_words, rank_by as rank

LINES = [
    "the quick brown fox jumps over the lazy dog",
    "the dog sleeps, the fox does not",
]


def count(lines):
    counts = {}
    for line in lines:
        for word in split_words(line):
            counts[word] = counts.get(word, 0) + 1
    return counts


def report(counts, most):
    for word, n in rank(lambda entry: -entry[1], list(counts.items()))[:most]:
        print(f"{n:5}  {word}")


counts = count(LINES)
print(sum(counts.values()), "words,", len(counts), "different")
report(counts, 3)
