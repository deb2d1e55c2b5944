#pragma once

// Symbols: which line of the source an address of this program came from, by addr2line if there.

#include <string>
#include <vector>

namespace yin::explore {

std::vector<std::string> source_lines(const std::vector<const void*>& addresses);

}  // namespace yin::explore
