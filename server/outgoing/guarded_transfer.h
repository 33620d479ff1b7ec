// An HTTP transfer that connects only where it may.
#pragma once

#include <curl/curl.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>

#include "common/context.h"

namespace wheelhouse::outgoing {

// Asked about each address just before a socket is opened for it, so that a name cannot come to
// mean another address after it was checked.
using MayConnect = std::function<bool(const sockaddr& address)>;

// A handle of libcurl, set up: it ends with the context, follows no redirects, and uses no proxy,
// since the address checked would be the proxy's. For one thread; stays where it is made.
class GuardedTransfer {
 public:
  // `context` is lent.
  GuardedTransfer(const Context& context, const std::string& url, MayConnect may_connect);
  ~GuardedTransfer();
  GuardedTransfer(const GuardedTransfer&) = delete;
  GuardedTransfer& operator=(const GuardedTransfer&) = delete;

  template <typename Value>
  void Set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }
  void Header(const std::string& line) { headers_ = curl_slist_append(headers_, line.c_str()); }

  CURLcode Perform();

  template <typename Value>
  Value Info(CURLINFO info) const {
    Value value{};
    curl_easy_getinfo(handle_.get(), info, &value);
    return value;
  }
  int status() const { return static_cast<int>(Info<long>(CURLINFO_RESPONSE_CODE)); }

  // What libcurl says of `code`, which is not CURLE_OK.
  std::string Words(CURLcode code) const;
  // The first address that it may not connect to; empty when there was none.
  const std::string& refused() const { return refused_; }
  // Whether it has opened a socket.
  bool tried() const { return tried_; }

 private:
  static curl_socket_t OnOpenSocket(void* user, curlsocktype, curl_sockaddr* address);

  const MayConnect may_connect_;
  const std::unique_ptr<CURL, void (*)(CURL*)> handle_{curl_easy_init(), curl_easy_cleanup};
  curl_slist* headers_ = nullptr;
  char detail_[CURL_ERROR_SIZE] = "";
  std::string refused_;
  bool tried_ = false;
};

}  // namespace wheelhouse::outgoing
