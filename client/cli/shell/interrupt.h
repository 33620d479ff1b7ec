// Ctrl-C while a run is watched.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace wheelhouse::cli {

enum class Answer { kCancel, kDetach, kGoOn };

// From its making to its end SIGINT and SIGTERM come here. Make it before the first thread of
// gRPC's, since a thread inherits which signals it takes.
class Interrupt {
 public:
  struct Handlers {
    std::function<void(const std::string&)> show;  // a question; empty when it was answered
    std::function<void(Answer)> act;               // never with kGoOn
  };

  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // The first Ctrl-C asks for one key where there is a terminal, then acts; without a terminal, and
  // by SIGTERM, it does what `unasked` says. A second one ends the program. Without Start the first
  // one does.
  void Start(Handlers handlers, Answer unasked);
  // After it no handler is called any more. A signal that comes then waits for the next Start.
  void Stop();

 private:
  void Listen(const Handlers& handlers, Answer unasked);
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace wheelhouse::cli
