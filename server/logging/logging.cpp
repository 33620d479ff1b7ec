#include "server/logging/logging.h"

#include <grpc/support/log.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "common/utf8.h"
#include "server/logging/log_writer.h"

namespace wheelhouse {
namespace {

// `%*`: the message on one line, in the JSON format as the inside of a string.
class Escaped final : public spdlog::custom_flag_formatter {
 public:
  explicit Escaped(bool in_json) : in_json_(in_json) {}

  void format(const spdlog::details::log_msg& entry, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string valid = ValidUtf8({entry.payload.data(), entry.payload.size()});
    const std::string text = EscapeControls(valid, in_json_);
    out.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<Escaped>(in_json_);
  }

 private:
  const bool in_json_;
};

constexpr size_t kMostWaiting = size_t{8} << 20;
constexpr absl::Duration kLastLines = absl::Seconds(2);

std::unique_ptr<spdlog::formatter> MakeFormatter(bool json) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<Escaped>('*', json);
  formatter->set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":"%*"})"
                              : "%Y-%m-%dT%H:%M:%S.%eZ %l %*");
  return formatter;
}

class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit StderrSink(bool json)
      : base_sink(MakeFormatter(json)),
        about_dropped_(MakeFormatter(json)),
        writer_(STDERR_FILENO, kMostWaiting,
                [this](uint64_t number) { return AboutDropped(number); }) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& entry) override {
    spdlog::memory_buf_t line;
    formatter_->format(entry, line);
    writer_.Write({line.data(), line.size()});
  }
  void flush_() override { writer_.Flush(kLastLines); }

 private:
  // Called by the writer, one call at a time.
  std::string AboutDropped(uint64_t number) {
    const std::string text = fmt::format("{} lines are missing here: the log was not read", number);
    spdlog::memory_buf_t line;
    about_dropped_->format({"wheelhoused", spdlog::level::warn, text}, line);
    return {line.data(), line.size()};
  }

  const std::unique_ptr<spdlog::formatter> about_dropped_;
  LogWriter writer_;
};

spdlog::level::level_enum LevelOf(config::v1::LogLevel level) {
  switch (level) {
    case config::v1::LOG_LEVEL_DEBUG:
      return spdlog::level::debug;
    case config::v1::LOG_LEVEL_WARN:
      return spdlog::level::warn;
    case config::v1::LOG_LEVEL_ERROR:
      return spdlog::level::err;
    default:
      return spdlog::level::info;
  }
}

// gRPC calls a handshake that a client failed an error.
void LogOfGrpc(gpr_log_func_args* entry) {
  spdlog::log(
      entry->severity == GPR_LOG_SEVERITY_ERROR ? spdlog::level::warn : spdlog::level::debug,
      "gRPC: {}", entry->message);
}

}  // namespace

void StartLog(const config::v1::Log& log) {
  const bool json = log.format() == config::v1::LOG_FORMAT_JSON;
  auto logger = std::make_shared<spdlog::logger>("wheelhoused", std::make_shared<StderrSink>(json));
  logger->set_level(LevelOf(log.level()));
  spdlog::set_default_logger(std::move(logger));
  gpr_set_log_function(LogOfGrpc);
}

void FlushLog() { spdlog::default_logger()->flush(); }

}  // namespace wheelhouse
