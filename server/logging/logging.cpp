#include "server/logging/logging.h"

#include <grpc/support/log.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>

#include "common/utf8.h"

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
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<Escaped>('*', json);
  formatter->set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":"%*"})"
                              : "%Y-%m-%dT%H:%M:%S.%eZ %l %*");
  auto logger = std::make_shared<spdlog::logger>("wheelhoused",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::move(formatter));
  logger->set_level(LevelOf(log.level()));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
  gpr_set_log_function(LogOfGrpc);
}

}  // namespace wheelhouse
