#include "server/logging/log_writer.h"

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/clock.h"

namespace wheelhouse {
namespace {

constexpr int kLookEveryMs = 100;  // whether the writer has been stopped

bool IsSocket(int fd) {
  struct stat info{};
  return fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode);
}

bool IsReady(int fd, int wait_ms) {
  pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
  return poll(&ready, 1, wait_ms) > 0;
}

// The descriptor stays blocking, since others may share what it refers to. So a pipe gets no more
// than is free in one that polls as ready.
ssize_t WriteSome(int fd, bool is_socket, std::string_view data) {
  if (is_socket) return send(fd, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return write(fd, data.data(), std::min<size_t>(data.size(), PIPE_BUF));
}

}  // namespace

LogWriter::LogWriter(int fd, size_t most, Dropped dropped)
    : fd_(fd),
      is_socket_(IsSocket(fd)),
      most_(most),
      dropped_line_(std::move(dropped)),
      thread_([this] { Loop(); }) {}

LogWriter::~LogWriter() {
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

void LogWriter::Write(std::string_view line) {
  MutexLock lock(&mutex_);
  const bool first = lines_.empty();
  Queue(std::string(line));
  if (first) WriteWaiting();
  if (!lines_.empty()) changed_.NotifyAll();
}

bool LogWriter::Flush(absl::Duration most) {
  const absl::Duration end = SteadyNow() + most;
  MutexLock lock(&mutex_);
  while (!lines_.empty() && SteadyNow() < end) changed_.WaitFor(&mutex_, end - SteadyNow());
  return lines_.empty();
}

void LogWriter::Queue(std::string line) {
  // What was dropped is told where it is missing. Room for that is always left.
  if (dropped_ > 0 && bytes_ + line.size() <= most_) {
    lines_.push_back(dropped_line_(std::exchange(dropped_, 0)));
    bytes_ += lines_.back().size();
  }
  if (bytes_ + line.size() > most_) {
    ++dropped_;
    return;
  }
  bytes_ += line.size();
  lines_.push_back(std::move(line));
}

void LogWriter::WriteWaiting() {
  while (!lines_.empty() && IsReady(fd_, 0)) {
    const std::string& line = lines_.front();
    const ssize_t wrote = WriteSome(fd_, is_socket_, std::string_view(line).substr(written_));
    if (wrote < 0 && (errno == EINTR || errno == EAGAIN)) {
      if (errno == EAGAIN) return;
      continue;
    }
    // After an error the rest of the line is given up: nobody is there to be told.
    written_ = wrote < 0 ? line.size() : written_ + static_cast<size_t>(wrote);
    if (written_ < line.size()) continue;
    bytes_ -= line.size();
    written_ = 0;
    lines_.pop_front();
    if (lines_.empty() && dropped_ > 0) {
      lines_.push_back(dropped_line_(std::exchange(dropped_, 0)));
      bytes_ += lines_.back().size();
    }
  }
  if (lines_.empty()) changed_.NotifyAll();
}

void LogWriter::Loop() {
  while (true) {
    {
      MutexLock lock(&mutex_);
      while (lines_.empty() && !stopped_) changed_.Wait(&mutex_);
      if (stopped_) return;
    }
    if (!IsReady(fd_, kLookEveryMs)) continue;
    MutexLock lock(&mutex_);
    WriteWaiting();
  }
}

}  // namespace wheelhouse
