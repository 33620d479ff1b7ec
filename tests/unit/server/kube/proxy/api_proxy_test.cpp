#include "server/kube/proxy/api_proxy.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <openssl/pem.h>

#include <future>
#include <vector>

#include "common/failure.h"
#include "common/mutex.h"
#include "server/kube/json.h"

namespace wheelhouse::kube {
namespace {

constexpr char kOneConfigMap[] = "/api/v1/namespaces/demo/configmaps/a";

// The API server behind the proxy.
class ApiProxyTest : public testing::Test {
 protected:
  // As helm does: it trusts the proxy's certificate alone.
  httplib::Client Connect() {
    const ApiProxy::Address address = *proxy_.Listen();
    httplib::Client client(address.url);
    const std::unique_ptr<BIO, int (*)(BIO*)> pem(
        BIO_new_mem_buf(address.ca.data(), static_cast<int>(address.ca.size())), BIO_free);
    const std::unique_ptr<X509, void (*)(X509*)> ca(
        PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr), X509_free);
    X509_STORE* store = X509_STORE_new();
    X509_STORE_add_cert(store, ca.get());
    client.set_ca_cert_store(store);
    client.enable_server_certificate_verification(true);
    return client;
  }
  httplib::Result Ask(const std::string& method, const std::string& path,
                      const std::string& body = "", const std::string& token = "") {
    httplib::Client client = Connect();
    httplib::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.headers = {{"Authorization", "Bearer " + (token.empty() ? session_->token() : token)},
                       {"Accept", "application/json"},
                       {"Content-Type", "application/json"}};
    return client.send(request);
  }
  std::vector<HttpRequest> Sent() {
    MutexLock lock(&mutex_);
    return sent_;
  }

  absl::StatusOr<HttpResponse> Answer(const Context& context, const HttpRequest& request) {
    {
      MutexLock lock(&mutex_);
      sent_.push_back(request);
    }
    if (answer_) return answer_(context, request);
    return HttpResponse{.status = 201, .body = "made", .content_type = "text/x"};
  }

  Mutex mutex_;
  std::vector<HttpRequest> sent_ ABSL_GUARDED_BY(mutex_);
  SendUpstream answer_;  // set before a request is made
  ApiProxy proxy_{[this](const Context& context, const HttpRequest& request) {
    return Answer(context, request);
  }};
  const Context context_ = Context::Background().WithCancel();
  std::unique_ptr<ApiProxy::Session> session_ = proxy_.Open(context_);
};

TEST_F(ApiProxyTest, ARequestIsPassedOnAsItIsAndSoIsItsAnswer) {
  answer_ = [](const Context&, const HttpRequest&) {
    return HttpResponse{.status = 409,
                        .body = "other",
                        .content_type = "application/x",
                        .warnings = {"299 - \"old\""},
                        .retry_after = absl::Seconds(3)};
  };
  const auto answer = Ask("PATCH", "/apis/g/v1/things/a?fieldManager=helm&force=true", "{body}");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 409);
  EXPECT_EQ(answer->body, "other");
  EXPECT_EQ(answer->get_header_value("Content-Type"), "application/x");
  EXPECT_EQ(answer->get_header_value("Warning"), "299 - \"old\"");
  EXPECT_EQ(answer->get_header_value("Retry-After"), "3");
  ASSERT_EQ(Sent().size(), 1u);
  EXPECT_EQ(Sent()[0].method, "PATCH");
  EXPECT_EQ(Sent()[0].path, "/apis/g/v1/things/a?fieldManager=helm&force=true");
  EXPECT_EQ(Sent()[0].body, "{body}");
  EXPECT_EQ(Sent()[0].content_type, "application/json");
}

TEST_F(ApiProxyTest, WhoHasNoTokenIsNotPassedOn) {
  for (const std::string& token :
       {std::string("x"), std::string(64, 'a'), session_->token().substr(1)}) {
    const auto answer = Ask("GET", "/version", "", token);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 401);
  }
  EXPECT_TRUE(Sent().empty());
}

TEST_F(ApiProxyTest, ATokenEndsWithItsSession) {
  const std::string token = session_->token();
  session_.reset();
  EXPECT_EQ(Ask("GET", "/version", "", token)->status, 401);
}

TEST_F(ApiProxyTest, SessionsShareNothing) {
  const auto other = proxy_.Open(context_);
  EXPECT_NE(other->token(), session_->token());
  EXPECT_EQ(Ask("GET", "/version", "", other->token())->status, 201);
  session_.reset();
  EXPECT_EQ(Ask("GET", "/version", "", other->token())->status, 201);
}

TEST_F(ApiProxyTest, ObjectsAreReadFromAListUntilTheyAreWritten) {
  answer_ = [](const Context&, const HttpRequest& request) {
    const bool list = absl::StrContains(request.path, "limit=");
    return HttpResponse{
        .status = 200,
        .body = list ? R"({"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {},
                           "items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]})"
                     : "from the server",
        .content_type = "application/json"};
  };
  EXPECT_EQ(Ask("GET", "/api/v1/namespaces/demo/configmaps/b")->body, "from the server");
  EXPECT_EQ(Text(Json::parse(Ask("GET", kOneConfigMap)->body), "/metadata/name"), "a");
  EXPECT_EQ(Ask("PATCH", kOneConfigMap, "{}")->body, "from the server");
  EXPECT_EQ(Ask("GET", kOneConfigMap)->body, "from the server");
}

TEST_F(ApiProxyTest, WhatCannotBeReachedIsUnavailable) {
  answer_ = [](const Context&, const HttpRequest&) {
    return MakeFailure(Reason::kClusterUnreachable, "the API server is away");
  };
  const auto answer = Ask("GET", "/version");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(Text(Json::parse(answer->body), "/message"), "the API server is away");
}

TEST_F(ApiProxyTest, AWatchIsPassedOnWhileItArrives) {
  std::promise<void> first_seen;
  answer_ = [&](const Context&, const HttpRequest& request) {
    request.on_begin(HttpResponse{.status = 200, .content_type = "application/json"});
    request.on_data("first\n");
    first_seen.get_future().wait();
    request.on_data("second\n");
    return HttpResponse{.status = 200};
  };
  httplib::Client client = Connect();
  std::string body;
  const auto answer =
      client.Get("/api/v1/pods?watch=true",
                 {{"Authorization", "Bearer " + session_->token()}, {"Accept-Encoding", "gzip"}},
                 [&](const char* data, size_t size) {
                   if (body.empty()) first_seen.set_value();
                   body.append(data, size);
                   return true;
                 });
  ASSERT_TRUE(answer);
  EXPECT_EQ(body, "first\nsecond\n");
}

TEST_F(ApiProxyTest, AWatchThatIsRefusedSaysSo) {
  answer_ = [](const Context&, const HttpRequest&) {
    return HttpResponse{.status = 410, .body = "gone", .content_type = "application/json"};
  };
  const auto answer = Ask("GET", "/api/v1/pods?watch=true");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 410);
  EXPECT_EQ(answer->body, "gone");
}

TEST_F(ApiProxyTest, ASessionThatEndsEndsItsRequests) {
  std::promise<void> asked;
  answer_ = [&](const Context& context, const HttpRequest&) -> absl::StatusOr<HttpResponse> {
    asked.set_value();
    return context.Sleep(absl::InfiniteDuration());
  };
  const std::string token = session_->token();
  auto answer = std::async(std::launch::async, [&] { return Ask("GET", "/version", "", token); });
  asked.get_future().wait();
  session_.reset();
  EXPECT_EQ(answer.get()->status, 503);
}

}  // namespace
}  // namespace wheelhouse::kube
