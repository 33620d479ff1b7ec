#include "common/process/child_streams.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>

#include "common/failure.h"

namespace wheelhouse {
namespace {

constexpr size_t kLongestLine = 64 << 10;

bool IsOver(ssize_t size) { return size < 0 && errno != EAGAIN && errno != EINTR; }

// False when there was nothing to read. Closes `fd` at the end of the stream.
bool Read(Fd* fd, std::string* data) {
  char buffer[64 << 10];
  const ssize_t size = read(fd->get(), buffer, sizeof(buffer));
  if (size > 0) data->assign(buffer, static_cast<size_t>(size));
  if (size == 0 || IsOver(size)) fd->Close();
  return size > 0;
}

}  // namespace

void Fd::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

absl::StatusOr<Pipe> MakePipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0)
    return MakeFailure(Reason::kInternal, absl::StrCat("pipe: ", strerror(errno)));
  return Pipe{Fd(fds[0]), Fd(fds[1])};
}

void LineSplitter::Add(absl::string_view data) {
  if (!on_line_) return;
  absl::StrAppend(&partial_, data);
  size_t begin = 0;
  for (size_t end; (end = partial_.find('\n', begin)) != std::string::npos; begin = end + 1)
    on_line_(absl::string_view(partial_).substr(begin, end - begin));
  partial_.erase(0, begin);
  if (partial_.size() > kLongestLine) Finish();
}

void LineSplitter::Finish() {
  if (!partial_.empty()) on_line_(partial_);
  partial_.clear();
}

ChildStreams::ChildStreams(const ProcessSpec& spec, Fd in, Fd out, Fd err, ProcessResult* result)
    : spec_(spec),
      in_(std::move(in)),
      out_(std::move(out)),
      err_(std::move(err)),
      out_lines_(spec.on_stdout_line),
      err_lines_(spec.on_stderr_line),
      result_(result) {
  for (const Fd* fd : {&in_, &out_, &err_}) fcntl(fd->get(), F_SETFL, O_NONBLOCK);
  if (spec_.stdin_data.empty()) in_.Close();
}

bool ChildStreams::Pump(int wake, absl::Duration bound) {
  pollfd fds[] = {
      {wake, POLLIN, 0}, {out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}, {in_.get(), POLLOUT, 0}};
  const int64_t ms = absl::ToInt64Milliseconds(std::min(bound, absl::Hours(1)));
  poll(fds, 4, static_cast<int>(ms) + 1);
  if (fds[1].revents != 0) ReadOut();
  if (fds[2].revents != 0) ReadErr();
  if (fds[3].revents != 0) WriteIn();
  return fds[1].revents != 0 || fds[2].revents != 0;
}

void ChildStreams::Drain(int wake) {
  constexpr int kReadsOfLargestPipe = 16;  // unless root made it larger
  for (int i = 0; i < kReadsOfLargestPipe && Pump(wake, absl::ZeroDuration()); ++i) {
  }
}

void ChildStreams::Finish() {
  out_lines_.Finish();
  err_lines_.Finish();
}

void ChildStreams::ReadOut() {
  std::string data;
  if (!Read(&out_, &data)) return;
  const size_t room = spec_.stdout_limit - result_->out.size();
  if (data.size() > room) result_->truncated = true;
  result_->out.append(data, 0, room);
  out_lines_.Add(data);
}

void ChildStreams::ReadErr() {
  std::string data;
  if (!Read(&err_, &data)) return;
  result_->err += data;
  if (result_->err.size() > spec_.stderr_limit)
    result_->err.erase(0, result_->err.size() - spec_.stderr_limit);
  err_lines_.Add(data);
}

void ChildStreams::WriteIn() {
  const ssize_t size =
      write(in_.get(), spec_.stdin_data.data() + written_, spec_.stdin_data.size() - written_);
  if (size > 0) written_ += static_cast<size_t>(size);
  if (written_ == spec_.stdin_data.size() || IsOver(size)) in_.Close();
}

}  // namespace wheelhouse
