// helm 4 marks each document that it hands to a post-renderer with the file that it comes from, by
// an annotation, and takes the mark off what comes back. So what goes back keeps the marks; whoever
// looks at the objects wants them as they will be.
#pragma once

#include <absl/strings/string_view.h>

#include <string>

namespace wheelhouse::helm {

// `manifest`, as helm 4 wrote it, without the marks. Other texts stay as they are.
std::string WithoutFileMarks(absl::string_view manifest);

}  // namespace wheelhouse::helm
