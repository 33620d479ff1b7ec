// What to do next, in the words of whoever uses the command line. The daemon speaks to callers of
// the API: it names methods and fields.
#pragma once

#include <string>

#include "client/cli/shell/options.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

// Whether what the user wrote are fields of a plan file or flags. Methods become commands in both.
enum class HintStyle { kFields, kFlags };

HintStyle StyleOf(const Options& options);

// The failure's hint, translated; empty when it has none. With the failure's own release, where it
// names one, in place of RELEASE and NAMESPACE.
std::string HintText(const v1::Failure& failure, HintStyle style);

// Translates the hints of a run's failures.
void TranslateHints(HintStyle style, v1::Run* run);

}  // namespace wheelhouse::cli
