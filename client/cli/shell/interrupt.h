// Ctrl-C while a run is watched.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "common/process/child_streams.h"

namespace wheelhouse::cli {

enum class Answer { kCancel, kDetach, kGoOn };

// While it lives, SIGINT and SIGTERM come here. Create it before gRPC starts its first thread,
// since a thread inherits the signals that are blocked.
class Interrupt {
 public:
  struct Handlers {
    std::function<void(const std::string&)> show;  // a question; empty once it is answered
    std::function<void(Answer)> act;               // never with kGoOn
  };

  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // On a terminal the first Ctrl-C asks for one key, then acts on it; without a terminal, and on
  // SIGTERM, it acts on `unasked`. A second one ends the program; before Start the first one does.
  void Start(Handlers handlers, Answer unasked);
  // No handler is called after it returns. A signal that arrives then waits for the next Start.
  void Stop();

 private:
  enum class Event { kSignal, kKey, kStop };

  void Listen(const Handlers& handlers, Answer unasked);
  // Blocks until a signal has come, which `signal` gets; until Stop, which counts first; or, with
  // `keys`, until there is something to read.
  Event Await(bool keys, int* signal) const;
  Event AwaitKey(char* key) const;
  bool works() const { return signals_.get() >= 0 && stop_.get() >= 0; }

  Fd signals_;  // a signalfd
  Fd stop_;     // an eventfd; readable: it is to stop
  std::thread thread_;
};

}  // namespace wheelhouse::cli
