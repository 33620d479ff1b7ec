// A web server on loopback that gives the answers it was told to, one connection each, and breaks
// where it was told to: what a real API server does only when it is unwell.
#pragma once

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace wheelhouse::kube {

class FaultServer {
 public:
  enum class Then { kClose, kReset, kSilence };
  struct Answer {
    std::string bytes;
    Then then = Then::kClose;
  };

  static Answer Whole(int status, const std::string& body, const std::string& headers = "") {
    return {absl::StrCat("HTTP/1.1 ", status, " -\r\n", headers, "Content-Length: ", body.size(),
                         "\r\nConnection: close\r\n\r\n", body)};
  }
  // The first part of a longer body.
  static Answer Part(const std::string& body, Then then) {
    return {absl::StrCat("HTTP/1.1 200 -\r\nContent-Length: 1000000\r\n\r\n", body), then};
  }
  static Answer Silence() { return {"", Then::kSilence}; }

  explicit FaultServer(std::deque<Answer> answers) : answers_(std::move(answers)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 64);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    url_ = absl::StrCat("http://127.0.0.1:", ntohs(address.sin_port));
    thread_ = std::thread([this] { Serve(); });
  }
  ~FaultServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    for (const int silent : silent_) close(silent);
  }

  const std::string& url() const { return url_; }

  // What was asked so far: each head and body as it came.
  std::vector<std::string> requests() {
    MutexLock lock(&mutex_);
    return requests_;
  }

 private:
  static std::string ReadRequest(int connection) {
    std::string request;
    char buffer[4096];
    size_t end = std::string::npos, body = 0;
    while (end == std::string::npos || request.size() < end + 4 + body) {
      const ssize_t got = read(connection, buffer, sizeof(buffer));
      if (got <= 0) break;
      request.append(buffer, static_cast<size_t>(got));
      end = request.find("\r\n\r\n");
      const size_t length = request.find("Content-Length: ");
      if (length != std::string::npos && length < end)
        (void)absl::SimpleAtoi(
            request.substr(length + 16, request.find('\r', length) - length - 16), &body);
    }
    return request;
  }

  void Serve() {
    for (int connection; (connection = accept(listener_, nullptr, nullptr)) >= 0;) {
      std::string request = ReadRequest(connection);
      Answer answer = Whole(400, R"({"message": "nobody expected another request"})");
      {
        MutexLock lock(&mutex_);
        requests_.push_back(std::move(request));
        if (!answers_.empty()) {
          answer = std::move(answers_.front());
          answers_.pop_front();
        }
      }
      (void)!send(connection, answer.bytes.data(), answer.bytes.size(), MSG_NOSIGNAL);
      if (answer.then == Then::kSilence) {
        silent_.push_back(connection);
        continue;
      }
      const linger reset{1, 0};
      if (answer.then == Then::kReset)
        setsockopt(connection, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
      close(connection);
    }
  }

  int listener_ = -1;
  std::string url_;
  std::vector<int> silent_;  // of the serving thread, until it has ended
  Mutex mutex_;
  std::deque<Answer> answers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace wheelhouse::kube
