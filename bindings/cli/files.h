#pragma once

// Host operations on files, granted by `--grant file`: a program may look at the files its user may
// read.
//
//   (call :file/size path)            size in bytes
//   (call :file/read-text path)       all of it, if it is not larger than 16 MiB
//   (call :file/read-lines path at)   {:lines [...] :next offset} from byte `at`, whole lines of
//                                     some 64 KiB together; nil at the end of the file
//
// Texts and lines are valid UTF-8: each byte that is not part of a valid sequence reads as U+FFFD. A line
// longer than a block is cut behind an ASCII byte that is no letter or digit, if there is one in
// it; so no word is cut before 1 MiB.

#include <string_view>

#include "scheduler/host.h"

namespace yin::cli {

void grant_files(scheduler::HostTable& host);

// Text as a string, its broken bytes as U+FFFD.
substrate::Word valid_text(substrate::Edit& edit, std::string_view text);

}  // namespace yin::cli
