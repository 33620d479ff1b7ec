// Ctrl-C while a run is watched.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace wheelhouse::cli {

enum class Answer { kCancel, kDetach };

// From its making to its end SIGINT and SIGTERM come here. Make it before the first thread of
// gRPC's, since a thread inherits which signals it takes.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // The first signal calls `act` (asking cancel or detach where there is a terminal, else cancel);
  // a second one ends the program. Without Start the first one does.
  void Start(std::function<void(Answer)> act);
  // After it `act` is not called any more.
  void Stop();

 private:
  void Listen(const std::function<void(Answer)>& act);
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace wheelhouse::cli
