// What all transfers of ours with curl have in common.
#pragma once

#include <curl/curl.h>

#include "common/context.h"

namespace wheelhouse::kube {

// http and https only, no signals, 10 s to connect; ends when `context` does, which curl looks at
// least once a second. `detail` (CURL_ERROR_SIZE) gets curl's words for an error. Both outlive the
// transfer.
void SetUpTransfer(CURL* handle, const Context* context, char* detail);

}  // namespace wheelhouse::kube
