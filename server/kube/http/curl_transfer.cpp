#include "server/kube/http/curl_transfer.h"

namespace wheelhouse::kube {
namespace {

int OnProgress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Context*>(context)->Check().ok() ? 0 : 1;
}

// Called when connected, before the first byte is sent, where OnProgress is not. Without it a
// process that was frozen while connecting would still send a request that it may no longer send.
int OnConnected(void* context, char*, char*, int, int) {
  return static_cast<const Context*>(context)->Check().ok() ? CURL_PREREQFUNC_OK
                                                            : CURL_PREREQFUNC_ABORT;
}

}  // namespace

void SetUpTransfer(CURL* handle, const Context* context, char* detail) {
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, OnConnected);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, context);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, 10L);
}

}  // namespace wheelhouse::kube
