// What all our transfers with curl have in common.
#pragma once

#include <curl/curl.h>

#include "common/context.h"

namespace wheelhouse::kube {

// Sets: http and https only, no signals, 10 s to connect. The transfer ends when `context` does,
// which curl checks at least once a second. `detail` (CURL_ERROR_SIZE) receives curl's error
// message. Both must outlive the transfer.
void SetUpTransfer(CURL* handle, const Context* context, char* detail);

}  // namespace wheelhouse::kube
