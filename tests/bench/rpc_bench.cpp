// What a call costs, beside the least that it could cost. For `run`, which starts it several times:
//   bench_rpc serve SOCKET FILE          a bare gRPC server: answers GetRun with the Run in FILE
//   bench_rpc get SOCKET RUN SECONDS     calls GetRun, one call at a time
//   bench_rpc create SOCKET FILE SECONDS CALLERS   calls CreateRun with the request in FILE
//   bench_rpc commits FOLDER SECONDS     commits single rows to an SQLite database as durable as
//   ours
// All but the first print {"calls", "seconds", "median_ms", "p99_ms"}.
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/time/clock.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

#include "server/store/sqlite/database.h"
#include "wheelhouse/v1/deployer_service.grpc.pb.h"

namespace wheelhouse {
namespace {

using Call = std::function<bool()>;

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Calls for so long on each thread, and prints what it took. Exits with 1 when a call fails.
int Measure(double seconds, int threads, const Call& call) {
  std::mutex mutex;
  std::vector<double> all;
  bool good = true;
  const absl::Time begin = absl::Now(), end = begin + absl::Seconds(seconds);
  const auto loop = [&] {
    std::vector<double> took;
    bool ok = true;
    for (absl::Time from = absl::Now(); ok && from < end;) {
      ok = call();
      const absl::Time now = absl::Now();
      took.push_back(absl::ToDoubleMilliseconds(now - std::exchange(from, now)));
    }
    const std::lock_guard lock(mutex);
    all.insert(all.end(), took.begin(), took.end());
    good = good && ok;
  };
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back(loop);
  for (std::thread& one : running) one.join();
  const double lasted = absl::ToDoubleSeconds(absl::Now() - begin);
  if (!good || all.empty()) return 1;
  std::sort(all.begin(), all.end());
  std::cout << absl::StrFormat(
      "{\"calls\": %d, \"seconds\": %.3f, \"median_ms\": %.4f, \"p99_ms\": %.4f}\n", all.size(),
      lasted, all[all.size() / 2], all[all.size() * 99 / 100]);
  return 0;
}

std::unique_ptr<v1::DeployerService::Stub> Connect(const std::string& socket) {
  return v1::DeployerService::NewStub(
      grpc::CreateChannel("unix:" + socket, grpc::InsecureChannelCredentials()));
}

class Bare final : public v1::DeployerService::CallbackService {
 public:
  explicit Bare(v1::Run run) : run_(std::move(run)) {}
  grpc::ServerUnaryReactor* GetRun(grpc::CallbackServerContext* context, const v1::GetRunRequest*,
                                   v1::GetRunResponse* response) override {
    *response->mutable_run() = run_;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const v1::Run run_;
};

int Serve(const std::string& socket, const std::string& file) {
  v1::Run run;
  if (!run.ParseFromString(Contents(file))) return 1;
  Bare service(std::move(run));
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  server->Wait();
  return 0;
}

int Get(const std::string& socket, const std::string& run, double seconds) {
  const auto stub = Connect(socket);
  v1::GetRunRequest request;
  request.set_run_id(run);
  return Measure(seconds, 1, [&] {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    v1::GetRunResponse response;
    const grpc::Status status = stub->GetRun(&context, request, &response);
    if (!status.ok()) std::cerr << status.error_message() << "\n";
    return status.ok();
  });
}

int Create(const std::string& socket, const std::string& file, double seconds, int callers) {
  const auto stub = Connect(socket);
  v1::CreateRunRequest request;
  if (!request.ParseFromString(Contents(file))) return 1;
  return Measure(seconds, callers, [&] {
    grpc::ClientContext context;
    v1::CreateRunResponse response;
    const grpc::Status status = stub->CreateRun(&context, request, &response);
    if (!status.ok()) std::cerr << status.error_message() << "\n";
    return status.ok();
  });
}

int Commits(const std::string& folder, double seconds) {
  const auto database = store::Database::Open(folder + "/commits.db", false);
  if (!database.ok()) return 1;
  if (!(*database)->Execute("CREATE TABLE rows(id INTEGER PRIMARY KEY, row BLOB)").ok()) return 1;
  return Measure(seconds, 1, [&] {
    return (*database)->Execute("INSERT INTO rows(row) VALUES(zeroblob(1000))").ok();
  });
}

int Main(const std::vector<std::string>& args) {
  const auto number = [&args](size_t at) {
    double value = 0;
    return at < args.size() && absl::SimpleAtod(args[at], &value) ? value : 1.0;
  };
  if (args.size() == 3 && args[0] == "serve") return Serve(args[1], args[2]);
  if (args.size() == 4 && args[0] == "get") return Get(args[1], args[2], number(3));
  if (args.size() == 5 && args[0] == "create")
    return Create(args[1], args[2], number(3), static_cast<int>(number(4)));
  if (args.size() == 3 && args[0] == "commits") return Commits(args[1], number(2));
  std::cerr << "see tests/bench/rpc_bench.cpp for the arguments\n";
  return 2;
}

}  // namespace
}  // namespace wheelhouse

int main(int argc, char** argv) {
  return wheelhouse::Main(std::vector<std::string>(argv + 1, argv + argc));
}
