#include "server/api/unix_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "common/failure.h"
#include "tests/unit/fakes/test_folder.h"

namespace wheelhouse::api {
namespace {

class UnixSocketTest : public testing::Test {
 protected:
  UnixSocketTest() {}
  ~UnixSocketTest() override {
    if (socket_ >= 0) close(socket_);
  }
  // As a daemon that listens there.
  void Listen(int backlog = 1) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
    socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(listen(socket_, backlog), 0);
  }
  void Die() {
    close(socket_);
    socket_ = -1;
  }
  static unsigned ModeOf(const std::string& path) {
    struct stat info = {};
    EXPECT_EQ(stat(path.c_str(), &info), 0);
    return info.st_mode & 07777;
  }
  const TestFolder temp_;
  const std::string folder_ = temp_.path();
  std::string path_ = folder_ + "/s";
  int socket_ = -1;
};

TEST_F(UnixSocketTest, ItsFolderIsMadeAndMayBeEntered) {
  path_ = folder_ + "/run/wheelhouse/s";
  EXPECT_TRUE(MakeRoomForSocket(path_).ok());
  EXPECT_EQ(ModeOf(folder_ + "/run/wheelhouse"), 0755u);
}

TEST_F(UnixSocketTest, TheModeOfAFolderThatIsThereIsLeftAlone) {
  chmod(folder_.c_str(), 0700);
  EXPECT_TRUE(MakeRoomForSocket(path_).ok());
  EXPECT_EQ(ModeOf(folder_), 0700u);
}

TEST_F(UnixSocketTest, OneThatADeadDaemonLeftIsRemoved) {
  Listen();
  Die();
  ASSERT_TRUE(std::filesystem::exists(path_));
  EXPECT_TRUE(MakeRoomForSocket(path_).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UnixSocketTest, OneThatSomebodyAnswersOnIsNeverTakenOver) {
  Listen();
  const absl::Status refused = MakeRoomForSocket(path_);
  EXPECT_TRUE(HasReason(refused, Reason::kConfigInvalid));
  EXPECT_NE(std::string(refused.message()).find(path_), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(UnixSocketTest, OneWhoseDaemonIsTooBusyToAnswerIsNeverTakenOver) {
  Listen(0);
  std::vector<int> callers;
  for (bool full = false; !full;) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
    callers.push_back(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    full = connect(callers.back(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0;
  }
  EXPECT_TRUE(HasReason(MakeRoomForSocket(path_), Reason::kConfigInvalid));
  for (const int caller : callers) close(caller);
}

TEST_F(UnixSocketTest, WhatIsNoSocketIsLeftAlone) {
  std::ofstream(path_) << "precious";
  EXPECT_TRUE(HasReason(MakeRoomForSocket(path_), Reason::kConfigInvalid));
  EXPECT_EQ(std::filesystem::file_size(path_), 8u);
  std::filesystem::remove(path_);
  std::filesystem::create_symlink(folder_ + "/elsewhere", path_);
  EXPECT_TRUE(HasReason(MakeRoomForSocket(path_), Reason::kConfigInvalid));
}

TEST_F(UnixSocketTest, ItGetsItsModeAndItsGroup) {
  Listen();
  ASSERT_TRUE(GrantSocket(path_, 0660, "").ok());
  EXPECT_EQ(ModeOf(path_), 0660u);
  const absl::Status unknown = GrantSocket(path_, 0666, "no-such-group");
  EXPECT_TRUE(HasReason(unknown, Reason::kConfigInvalid));
  EXPECT_NE(std::string(unknown.message()).find("no-such-group"), std::string::npos);
  EXPECT_EQ(ModeOf(path_), 0660u) << "without its group it is not opened";
}

}  // namespace
}  // namespace wheelhouse::api
