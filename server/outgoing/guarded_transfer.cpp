#include "server/outgoing/guarded_transfer.h"

#include <utility>

#include "server/kube/http/curl_transfer.h"
#include "server/outgoing/networks.h"

namespace wheelhouse::outgoing {

GuardedTransfer::GuardedTransfer(const Context& context, const std::string& url,
                                 MayConnect may_connect)
    : may_connect_(std::move(may_connect)) {
  kube::SetUpTransfer(handle_.get(), &context, detail_);
  Set(CURLOPT_URL, url.c_str());
  Set(CURLOPT_FOLLOWLOCATION, 0L);
  Set(CURLOPT_PROXY, "");
  Set(CURLOPT_OPENSOCKETFUNCTION, OnOpenSocket);
  Set(CURLOPT_OPENSOCKETDATA, this);
}

GuardedTransfer::~GuardedTransfer() { curl_slist_free_all(headers_); }

CURLcode GuardedTransfer::Perform() {
  Set(CURLOPT_HTTPHEADER, headers_);
  return curl_easy_perform(handle_.get());
}

std::string GuardedTransfer::Words(CURLcode code) const {
  return detail_[0] != '\0' ? detail_ : curl_easy_strerror(code);
}

curl_socket_t GuardedTransfer::OnOpenSocket(void* user, curlsocktype, curl_sockaddr* address) {
  auto* transfer = static_cast<GuardedTransfer*>(user);
  if (!transfer->may_connect_(address->addr)) {
    if (transfer->refused_.empty()) transfer->refused_ = NameOf(address->addr);
    return CURL_SOCKET_BAD;
  }
  transfer->tried_ = true;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace wheelhouse::outgoing
