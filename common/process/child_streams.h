// The pipes of a child process: writes its input, keeps its output within limits and reports it
// line by line. For use by one thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <functional>
#include <string>
#include <utility>

#include "common/process/process.h"

namespace wheelhouse {

// A descriptor that closes itself.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { Close(); }
  int get() const { return fd_; }
  void Close();

 private:
  int fd_;
};

struct Pipe {
  Fd read, write;
};

// Both ends close on exec. INTERNAL when the system is out of descriptors.
absl::StatusOr<Pipe> MakePipe();

// Splits a stream into lines and passes each to a callback, which may be empty and must outlive
// this object.
class LineSplitter {
 public:
  explicit LineSplitter(const std::function<void(absl::string_view)>& on_line)
      : on_line_(on_line) {}
  void Add(absl::string_view data);
  // Passes on what is left as the last line.
  void Finish();

 private:
  const std::function<void(absl::string_view)>& on_line_;
  std::string partial_;
};

class ChildStreams {
 public:
  // `in`, `out` and `err` are our ends; `spec` and `result` must outlive this object. Output goes
  // to `result` and to the callbacks of `spec`.
  ChildStreams(const ProcessSpec& spec, Fd in, Fd out, Fd err, ProcessResult* result);

  // Waits until a stream or `wake` is ready, at most `bound`, and serves the streams that are.
  // False when there was no output.
  bool Pump(int wake, absl::Duration bound);

  // Reads what is in the streams now. That is all the output of a child that has ended: another
  // process that still holds them open may write for ever.
  void Drain(int wake);

  // Reports a last line that has no newline.
  void Finish();

 private:
  void ReadOut();
  void ReadErr();
  void WriteIn();

  const ProcessSpec& spec_;
  Fd in_, out_, err_;
  LineSplitter out_lines_, err_lines_;
  ProcessResult* const result_;
  size_t written_ = 0;
};

}  // namespace wheelhouse
